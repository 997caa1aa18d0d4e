"""One's own page: name, address confirmed where it leads, sessions ended one by one or all."""

import re
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client

from companies.mail.letters import words_of_letter
from companies.models import Company, Letter, Role, User
from companies.services import create_signing_key, get_live_signing_key, note_key_used, set_password
from tests.companies.builders import SETUP, make_user
from tests.companies.second_factor.apps import enrol_app
from tests.pages.money.builders import count_queries

PASSWORD = "et langt passord til prøver"


@pytest.fixture(autouse=True)
def _nobody_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def siri(company: Company) -> User:
    user = make_user(company=company, roles=(Role.APPROVER,), name="Siri Lund")
    set_password(user=user, password=PASSWORD, actor=SETUP)
    user.refresh_from_db()
    return user


def sign_in(user: User) -> Client:
    client = Client()
    answer = client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def link_to(address: str) -> str:
    letter = Letter.objects.get(kind="email_confirm", recipient=address)
    found = re.search(r"(/me/email/confirm/[\w-]+)", words_of_letter(letter)[1])
    assert found
    return f"{found[1]}/"


def ask(client: Client, email: str, **more: str) -> Any:
    return client.post("/me/email/", {"email": email, **more})


def test_an_address_counts_when_it_is_confirmed_where_it_leads(siri: User) -> None:
    client, old = sign_in(siri), siri.email
    ask(client, "Siri.Ny@fjord.example")
    siri.refresh_from_db()
    assert siri.email == old
    assert Letter.objects.filter(kind="email_asked", recipient=old).exists()
    link = link_to("siri.ny@fjord.example")
    assert Client().get(link).status_code == 200
    siri.refresh_from_db()
    assert siri.email == old, "a look alone changed it"
    Client().post(link)
    siri.refresh_from_db()

    assert siri.email == "siri.ny@fjord.example"
    assert Letter.objects.filter(kind="email_changed", recipient=old).exists()
    assert Client().post(link).status_code == 404


def test_a_later_wish_replaces_the_earlier_one(siri: User) -> None:
    client = sign_in(siri)
    ask(client, "en@fjord.example")
    first = link_to("en@fjord.example")
    ask(client, "to@fjord.example")

    assert Client().post(first).status_code == 404
    assert Client().get(link_to("to@fjord.example")).status_code == 200


def test_anothers_address_is_refused_when_confirmed_and_tells_nothing_before(siri: User) -> None:
    other = make_user(name="Ola Berg")
    client = sign_in(siri)
    taken = client.get(ask(client, other.email).headers["Location"]).content.decode()
    free = client.get(ask(client, "ledig@fjord.example").headers["Location"]).content.decode()
    assert "Vi har skrevet til den nye adressen" in taken
    assert "Vi har skrevet til den nye adressen" in free
    ask(client, other.email)
    link = Letter.objects.filter(kind="email_confirm", recipient=other.email).latest("created_at")
    found = re.search(r"(/me/email/confirm/[\w-]+)", words_of_letter(link)[1])
    assert found

    assert Client().post(f"{found[1]}/").status_code == 409
    siri.refresh_from_db()
    assert siri.email != other.email


def test_an_address_with_a_line_end_reaches_no_mail(siri: User) -> None:
    ask(sign_in(siri), "ny@fjord.example\nBcc: alle@ond.example")

    assert not Letter.objects.exists()


def test_who_has_a_factor_shows_it_before_his_address_changes(siri: User) -> None:
    client = Client()
    client.force_login(siri)
    enrol_app(siri)

    assert ask(client, "ny@fjord.example").headers["Location"].startswith("/me/step-up/")
    assert not Letter.objects.exists()


def test_the_page_says_which_erps_sign_with_the_address(siri: User, company: Company) -> None:
    key = create_signing_key(company_id=company.pk, actor=SETUP)
    note_key_used(key=get_live_signing_key(key_id=key.key_id), user_id=siri.pk)
    client = sign_in(siri)
    html = client.get("/me/").content.decode()

    assert "ERP-systemer signerer med denne adressen" in html
    assert company.name in html
    assert count_queries(client, "/me/") <= 10


def test_one_session_is_ended_and_then_all_others(siri: User) -> None:
    here, there, elsewhere = (sign_in(siri) for _ in range(3))
    row = UserSession.objects.get(session_key=there.session.session_key)
    here.post(f"/me/sessions/{row.pk}/end/")
    assert there.get("/me/").status_code == 302
    assert elsewhere.get("/me/").status_code == 200
    here.post("/me/sessions/end/")

    assert elsewhere.get("/me/").status_code == 302
    assert here.get("/me/").status_code == 200


def test_another_persons_session_stays(siri: User, company: Company) -> None:
    other = make_user(company=company, name="Ola Berg")
    set_password(user=other, password=PASSWORD, actor=SETUP)
    theirs = sign_in(other)
    row = UserSession.objects.get(session_key=theirs.session.session_key)
    sign_in(siri).post(f"/me/sessions/{row.pk}/end/")

    assert theirs.get("/me/").status_code == 200


def test_a_name_is_changed_and_an_empty_one_refused(siri: User) -> None:
    client = sign_in(siri)
    client.post("/me/name/", {"name": "Siri  Lund-Dal", "language": "en"})
    siri.refresh_from_db()
    assert (siri.name, siri.language) == ("Siri Lund-Dal", "en")
    client.post("/me/name/", {"name": "  ", "language": "nb"})
    siri.refresh_from_db()
    assert siri.name == "Siri Lund-Dal"
