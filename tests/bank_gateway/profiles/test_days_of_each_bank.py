"""Where a payment's date goes at each bank before anybody approves it, and that the order's sender is told."""

from datetime import datetime

import pytest
import time_machine

from bank_gateway.profiles import BankProfile
from remittance.models import Payment
from tests.bank_gateway.profiles.conftest import OSLO
from tests.remittance.builders import Sender, order, payment

# Asked for, and the bank days before and after it.
DAYS = (
    ("2026-12-23", "2026-12-23", "2026-12-23"),
    # A Thursday; the days after it are a holiday, a holiday that is a Saturday, and a Sunday.
    ("2026-12-24", "2026-12-23", "2026-12-28"),
    ("2026-12-27", "2026-12-23", "2026-12-28"),
    ("2026-11-28", "2026-11-27", "2026-11-30"),
    # Maundy Thursday to Easter Monday.
    ("2027-03-25", "2027-03-24", "2027-03-30"),
    # Open, although offices close early.
    ("2026-12-31", "2026-12-31", "2026-12-31"),
)
# Which kinds each bank pays before a day off; all others after.
BEFORE = {"dnb": {"salary", "pension"}, "nordea": set[str](), "sparebank1": {"salary"}}
PLACE = {"dnb": 0, "nordea": 1, "sparebank1": 2}


@pytest.mark.parametrize(("asked", "before", "after"), DAYS, ids=[row[0] for row in DAYS])
def test_a_day_off_is_moved_as_the_bank_does_it_and_named(
    sender: Sender, profile: BankProfile, asked: str, before: str, after: str
) -> None:
    expected = {
        category: before if category in BEFORE[profile.bank_id] else after
        for category in ("supplier", "salary", "pension", "tax", "intercompany")
    }

    answer = sender.send_json(
        order(
            *(
                payment(number, amount=f"{number}.00", execution_date=asked, category=category)
                for number, category in enumerate(expected, start=1)
            )
        )
    )

    assert answer.status_code == 201, answer.json()
    stored = Payment.objects.values_list("category", "execution_date", "bank_date")
    assert {category: str(day) for category, _, day in stored} == expected
    assert {str(day) for _, day, _ in stored} == {asked}
    named = [warning for warning in answer.json()["warnings"] if warning["code"] == "date_moved"]
    assert len(named) == sum(day != asked for day in expected.values())


@pytest.mark.parametrize(
    ("at", "normal", "urgent", "salary"),
    [
        # On the day itself, by the last cut-off of each kind at DNB, Nordea and SpareBank 1.
        ("11:29", "111", "111", "111"),
        ("11:31", "111", "111", "110"),
        ("12:59", "111", "111", "110"),
        ("13:01", "111", "111", "100"),
        ("13:31", "110", "111", "100"),
        ("14:01", "010", "111", "000"),
        ("14:31", "000", "110", "000"),
        ("15:01", "000", "010", "000"),
        ("15:31", "000", "000", "000"),
    ],
)
def test_a_payment_for_today_goes_today_until_the_banks_last_cut_off_of_its_kind(
    sender: Sender, profile: BankProfile, at: str, normal: str, urgent: str, salary: str
) -> None:
    place = PLACE[profile.bank_id]

    with time_machine.travel(datetime.fromisoformat(f"2026-11-24T{at}").replace(tzinfo=OSLO), tick=True):
        answer = sender.send_json(
            order(
                payment(1, execution_date="2026-11-24"),
                payment(2, amount="2.00", execution_date="2026-11-24", urgent=True),
                payment(3, amount="3.00", execution_date="2026-11-24", category="salary"),
            )
        )

    assert answer.status_code == 201, answer.json()
    days = Payment.objects.order_by("position").values_list("bank_date", flat=True)
    today = [int(str(day) == "2026-11-24") for day in days]
    assert today == [int(kind[place]) for kind in (normal, urgent, salary)]
    assert {str(day) for day in days} <= {"2026-11-24", "2026-11-25"}
