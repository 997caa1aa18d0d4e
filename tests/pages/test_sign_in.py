from django.core import mail
from django.test import Client

from companies.models import Company, Role, User
from companies.services import set_password
from tests.companies.builders import SETUP, make_user

PASSWORD = "fjorden-er-kald-i-dag"


def test_a_user_signs_in_with_mail_address_in_any_case_and_comes_to_his_company(
    client: Client, kari: User, company: Company
) -> None:
    set_password(user=kari, password=PASSWORD, actor=SETUP)

    answer = client.post("/account/login/", {"login": kari.email.upper(), "password": PASSWORD}, follow=True)

    assert answer.redirect_chain[-1][0] == f"/c/{company.pk}/"


def test_a_wrong_password_and_an_unknown_user_read_alike(client: Client, kari: User) -> None:
    set_password(user=kari, password=PASSWORD, actor=SETUP)

    def fault(login: str) -> str:
        html = client.post("/account/login/", {"login": login, "password": "noe-helt-annet"}).content.decode()
        return html[html.index('class="notice"') : html.index('name="login"')]

    assert fault(kari.email) == fault("nobody@fjord.example")


def test_nobody_signs_up_by_himself(client: Client, db: None) -> None:
    form = {"email": "x@fjord.example", "password1": PASSWORD, "password2": PASSWORD}

    answer = client.post("/account/signup/", form)

    assert "Brukere blir invitert" in answer.content.decode()
    assert not User.objects.filter(email="x@fjord.example").exists()


def test_signing_out_takes_a_press_and_not_a_link(signed_in: Client, company: Company) -> None:
    assert "Logg ut" in signed_in.get("/account/logout/").content.decode()
    assert signed_in.get(f"/c/{company.pk}/").status_code == 200

    signed_in.post("/account/logout/")

    assert signed_in.get(f"/c/{company.pk}/").status_code == 302


def test_a_forgotten_password_is_answered_alike_whether_or_not_the_user_exists(
    client: Client, company: Company
) -> None:
    kari = make_user(company=company, roles=(Role.VIEWER,))

    known = client.post("/account/password/reset/", {"email": kari.email}, follow=True)
    unknown = client.post("/account/password/reset/", {"email": "nobody@fjord.example"}, follow=True)

    assert "Se i e-posten din" in known.content.decode()
    assert known.redirect_chain == unknown.redirect_chain
    assert mail.outbox[0].to == [kari.email]
