"""The order form and the invitation in the browser's words: the same answer whoever exists, a link that opens nothing
that is another's."""

import pytest
from django.test import Client

from companies.models import CustomerOrder, Letter, User
from companies.services import create_user, invitations
from tests.companies.builders import SETUP, make_customer, make_customer_admin
from tests.companies.firms.builders import link_of, publish
from tests.pages.money.conftest import signed_in_as

pytestmark = pytest.mark.django_db
ORDER = {"customer_number": "20001", "company_name": "Ny AS", "name": "Kari Ny", "email": "kari@ny.example"}


def test_the_answer_is_the_same_whoever_exists(client: Client) -> None:
    customer = make_customer()
    administrator = make_customer_admin(customer=customer)
    known = {**ORDER, "customer_number": customer.number, "email": administrator.email}
    answers = [client.post("/order/", body) for body in (ORDER, known, {**known, "email": "x@x.example"}, ORDER)]

    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(302, "/order/taken/")}
    assert {len(answer.content) for answer in answers} == {0}


def test_faults_stand_at_their_fields_and_what_was_written_is_kept(client: Client) -> None:
    answer = client.post("/order/", {**ORDER, "customer_number": "1;2"})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Et kundenummer er høyst 20 bokstaver" in page
    assert 'value="Kari Ny"' in page
    assert not CustomerOrder.objects.exists()


def invite(email: str = "kari@ny.example") -> str:
    invitations.invite(
        customer_id=make_customer().pk, email=email, name="Kari Ny", language="nb", actor=SETUP, administrator=True
    )
    return link_of(Letter.objects.order_by("-pk")[0])


@pytest.mark.parametrize("password", ["kort", "passordpassord"[:8], "kari@ny.example", "passord1234x"[:11]])
def test_a_weak_password_is_refused_and_the_link_still_works(client: Client, password: str) -> None:
    link = invite()

    answer = client.post(link, {"name": "Kari", "password": password})

    assert answer.status_code == 422
    assert not User.objects.filter(email="kari@ny.example").exists()
    assert client.post(link, {"name": "Kari", "password": "en lang setning 7"}).status_code == 302


def test_a_link_signs_nobody_in(client: Client) -> None:
    client.post(invite(), {"name": "Kari", "password": "en lang setning 7"})

    assert "_auth_user_id" not in client.session


def test_who_has_an_account_signs_in_first(client: Client) -> None:
    create_user(email="kari@ny.example", name="Kari", password="hennes eget passord", actor=SETUP)
    link = invite()

    answer = client.post(link, {"name": "X", "password": "en lang setning 7"})

    assert answer.headers["Location"].startswith("/account/login/?next=%2Finvitations%2F")
    assert User.objects.get(email="kari@ny.example").check_password("hennes eget passord")


def test_another_who_is_signed_in_cannot_take_it() -> None:
    other = create_user(email="per@ny.example", name="Per", actor=SETUP)
    link = invite()

    signed_in_as(other).post(link)

    assert not other.administered_customers.exists()


def test_a_link_that_never_was_reads_like_one_that_is_used(client: Client) -> None:
    link = invite()
    client.post(link, {"name": "Kari", "password": "en lang setning 7"})

    used, never = client.get(link), client.get("/invitations/aldri/")
    assert (used.status_code, never.status_code) == (404, 404)


def test_accepting_twice_from_two_tabs_is_done_once(client: Client) -> None:
    publish()
    administrator = make_customer_admin(customer=make_customer())
    page = signed_in_as(administrator)
    address = f"/customers/{administrator.administered_customers.get().customer_id}/account/"
    terms = page.get(address).content.decode().split('name="terms" value="', 1)[1].split('"', 1)[0]

    for _ in range(2):
        assert page.post(f"{address}terms/", {"terms": terms}).status_code == 302
    assert page.get(address).content.decode().count("Vilkår 1") == 1
