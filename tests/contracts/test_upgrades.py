"""An upgrade takes over a database in which there are customers, people, agreements and payments."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from companies.models import CustomerMember, Role
from companies.services import make_customer_administrator
from remittance.models import Payment
from tests.companies.builders import SETUP, make_customer, make_user
from tests.remittance.answering import order_at_bank
from tests.remittance.builders import make_sender

# How the tables stood before administrators could do anything in the browser, the upper rooms first.
_BEFORE = (("agreements", "0001"), ("bank_gateway", "0007"), ("companies", "0005"))


@pytest.fixture
def upgraded_afterwards(transactional_db: None) -> Iterator[None]:
    """See to it that no other test finds tables of yesterday."""
    yield
    call_command("migrate", verbosity=0)


@pytest.mark.usefixtures("upgraded_afterwards")
def test_tables_of_yesterday_with_everything_in_them_become_todays() -> None:
    customer = make_customer()
    boss = make_user()
    make_customer_administrator(user=boss, customer=customer, actor=SETUP)
    at_bank = order_at_bank(make_sender(Role.FILE_TRANSFER, Role.AUTOPAY_ADMINISTRATOR), A="100.00", B="200.00")
    at_bank.report(A="ACCP", B="RJCT")
    at_bank.notify(at_bank.debit("A"))
    before = _contents(_tables())

    for room, name in _BEFORE:
        call_command("migrate", room, name, verbosity=0)
    there_were = _tables()
    call_command("migrate", verbosity=0)

    assert _contents(there_were) == {name: before[name] for name in (*there_were, "payments")}
    assert set(CustomerMember.objects.values_list("email", flat=True)) == {boss.email, at_bank.sender.erp.user.email}


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY relname")
        return [name for (name,) in cursor.fetchall() if name != "django_migrations"]


def _contents(tables: list[str]) -> dict[str, Any]:
    """Return how many rows some tables have, and how the payments stand."""
    counts = {}
    with connection.cursor() as cursor:
        for name in tables:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            counts[name] = cursor.fetchone()[0]
    return {**counts, "payments": list(Payment.objects.order_by("position").values_list("end_to_end_id", "status"))}
