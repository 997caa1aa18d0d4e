"""However much there is, a page of agreements takes at most ten queries: 2,000 companies with three agreements each."""

import pytest
from django.db import connection

from agreements.models import Agreement, ContactKind, Kind
from agreements.services import add_contact
from companies.models import Company
from tests.agreements.builders import SEVEN_DIGITS, account_number, draft, make_active
from tests.companies.builders import SETUP, make_company
from tests.pages.money.builders import count_queries
from tests.pages.money.conftest import People, signed_in_as

pytestmark = pytest.mark.django_db
MOST = 10
_COMPANIES = """
INSERT INTO companies_company (id, customer_id, country, org_number, name, address, postcode, town, message_sequence,
       acknowledged_sequence, ledger_batch_number, created_at{more})
SELECT uuidv7(), customer_id, 'NO', (200000000 + n)::text, 'Firma nummer ' || n, address, postcode, town, 0, 0, 0,
       created_at{more} FROM companies_company, generate_series(1, 2000) AS n WHERE id = %s
"""


def columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
        return [name for (name,) in cursor.fetchall()]


def multiply(company: Company, agreement: Agreement) -> None:
    """Make 2,000 companies of the customer, each with three agreements like this one, ordered."""
    made = {"id", "customer_id", "country", "org_number", "name", "address", "postcode", "town", "message_sequence",
            "acknowledged_sequence", "ledger_batch_number", "created_at"}  # fmt: skip
    more = "".join(f", {name}" for name in columns("companies_company") if name not in made)
    kept = [
        name
        for name in columns("agreements_agreement")
        if name not in {"id", "company_id", "owner_id", "number", "account", "status"}
    ]
    with connection.cursor() as cursor:
        cursor.execute(_COMPANIES.format(more=more), [company.pk])
        cursor.execute(
            f"""INSERT INTO agreements_agreement (id, company_id, owner_id, number, account, status, {", ".join(kept)})
            SELECT uuidv7(), c.id, c.id, n, (10000000000 + row_number() OVER ())::text, 'ordered',
                   {", ".join(f"a.{name}" for name in kept)}
              FROM companies_company c, generate_series(1, 3) AS n, agreements_agreement a
             WHERE a.id = %s AND c.org_number LIKE '2000%%'""",
            [agreement.pk],
        )
        cursor.execute("ANALYZE agreements_agreement; ANALYZE companies_company")


def fill(company: Company, count: int) -> None:
    for number in range(count):
        kind = Kind.INCOMING if number % 2 else Kind.REMITTANCE
        kid = [SEVEN_DIGITS] if number % 2 else []
        made = make_active(company=company, account=account_number(), kind=kind, kid=kid)
        add_contact(agreement=made, kind=ContactKind.REJECTS, email=f"en{number}@fjord.example", actor=SETUP)


@pytest.fixture
def addresses(company: Company, people: People) -> dict[str, list[str]]:
    fill(company, 2)
    one = Agreement.objects.filter(company=company).order_by("number")[0]
    line = one.connection_id
    return {
        "customer_administrator": [
            f"/c/{company.pk}/agreements/", f"/c/{company.pk}/agreements/convert/",
        ],
        "operator": [
            "/central/agreements/", f"/central/agreements/{one.pk}/", "/central/connections/",
            f"/central/connections/{line}/", "/central/agreements/?q=nummer",
        ],
    }  # fmt: skip


def costs(people: People, addresses: dict[str, list[str]]) -> dict[str, int]:
    return {
        address: count_queries(signed_in_as(people[role]), address) for role, found in addresses.items()
        for address in found
    }  # fmt: skip


def test_lists_take_at_most_ten_queries_however_much_there_is(
    company: Company, people: People, addresses: dict[str, list[str]]
) -> None:
    before = costs(people, addresses)
    multiply(company, draft(company=make_company(customer=company.customer)))
    fill(company, 5)

    after = costs(people, addresses)

    assert Agreement.objects.count() > 6000
    assert after == before
    assert max(after.values()) <= MOST, after


def test_one_agreements_page_costs_the_same_with_many_people_and_contacts(company: Company, people: People) -> None:
    fill(company, 2)
    one = Agreement.objects.filter(company=company).order_by("number")[0]
    address = f"/c/{company.pk}/agreements/{one.pk}/"
    browser = signed_in_as(people["customer_administrator"])
    before = count_queries(browser, address)
    for number in range(30):
        add_contact(agreement=one, kind=ContactKind.APPROVERS, email=f"to{number}@fjord.example", actor=SETUP)
    fill(company, 4)

    assert count_queries(browser, address) == before
    assert before <= MOST, before
