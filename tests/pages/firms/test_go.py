"""The stable links of an ERP's menu: they preselect the company, sign nobody in, and tell no stranger anything."""

import pytest
from django.test import Client

from companies.models import Company, User
from tests.companies.builders import make_company, make_customer_admin
from tests.pages.money.conftest import signed_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(company: Company) -> User:
    return make_customer_admin(customer=company.customer)


@pytest.mark.parametrize(
    ("what", "leads_to"),
    [
        ("agreements", "/c/{c}/agreements/"),
        ("company", "/c/{c}/"),
        ("getting-started", "/c/{c}/getting-started/"),
        ("payments", "/c/{c}/remittances/"),
        ("users", "/customers/{k}/users/?q={n}"),
        ("services", "/customers/{k}/services/?q={n}"),
        ("licence", "/customers/{k}/account/?q={n}"),
    ],
)
def test_a_link_opens_the_page_of_the_company_it_names(
    administrator: User, company: Company, what: str, leads_to: str
) -> None:
    spaced = f"NO {company.org_number[:3]} {company.org_number[3:]} MVA"
    answer = signed_in_as(administrator).get(f"/go/{what}/", {"org_number": spaced})

    assert answer.status_code == 302
    assert answer.headers["Location"] == leads_to.format(c=company.pk, k=company.customer_id, n=company.org_number)


def test_a_page_may_be_named_within(administrator: User, company: Company) -> None:
    answer = signed_in_as(administrator).get("/go/company/", {"org_number": company.org_number, "page": "batches"})

    assert answer.headers["Location"] == f"/c/{company.pk}/ledger-batches/"


def test_who_isnt_signed_in_signs_in_first_and_comes_there(company: Company) -> None:
    asked = f"/go/agreements/?org_number={company.org_number}"
    answer = Client().get(asked)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/login/?next=/go/agreements/%3Forg_number%3D")
    assert "_auth_user_id" not in Client().session


def test_another_firms_company_reads_like_one_that_never_was(administrator: User) -> None:
    other = make_company(name="Hemmelig Fangst AS")
    client = signed_in_as(administrator)
    for what in ("agreements", "users"):
        theirs = client.get(f"/go/{what}/", {"org_number": other.org_number})
        nobodys = client.get(f"/go/{what}/", {"org_number": "974760673"})
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert other.name not in theirs.content.decode()


@pytest.mark.parametrize("query", ["?page=../../admin", "?page=https://ond.example", "?org_number=%00", "?page=home"])
def test_nothing_but_known_pages_is_led_to(administrator: User, query: str) -> None:
    answer = signed_in_as(administrator).get(f"/go/agreements/{query}")

    assert answer.status_code in {302, 404}
    assert answer.headers.get("Location", "/").startswith("/")
    assert not answer.headers.get("Location", "/").startswith("//")
