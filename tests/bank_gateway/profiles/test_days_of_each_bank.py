"""Where a payment's date goes at each bank before anybody approves it, and that the order's sender is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
import time_machine

from bank_gateway.profiles import BankProfile, bank_ids
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


@dataclass(frozen=True)
class Days:
    """What one bank does with days, said once more by hand: a new bank gets its line here."""

    paid_before: set[str]  # categories that are paid before a day off; all others after it
    normal: str  # the last cut-offs of a day
    urgent: str
    salary: str


BANKS = {
    "dnb": Days({"salary", "pension"}, normal="14:00", urgent="15:00", salary="14:00"),
    "nordea": Days(set(), normal="14:30", urgent="15:30", salary="13:00"),
    "sparebank1": Days({"salary"}, normal="13:30", urgent="14:30", salary="11:30"),
}


def test_each_bank_has_its_line_here() -> None:
    assert set(BANKS) == set(bank_ids())


@pytest.mark.parametrize(("asked", "before", "after"), DAYS, ids=[row[0] for row in DAYS])
def test_a_day_off_is_moved_as_the_bank_does_it_and_named(
    sender: Sender, profile: BankProfile, asked: str, before: str, after: str
) -> None:
    expected = {
        category: before if category in BANKS[profile.bank_id].paid_before else after
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


@pytest.mark.parametrize("last", ["normal", "urgent", "salary"])
@pytest.mark.parametrize("seconds", [-1, 0])
def test_a_payment_for_today_goes_today_until_the_banks_last_cut_off_of_its_kind(
    sender: Sender, profile: BankProfile, last: str, seconds: int
) -> None:
    bank = BANKS[profile.bank_id]
    now = datetime.fromisoformat(f"2026-11-24T{getattr(bank, last)}").replace(tzinfo=OSLO) + timedelta(seconds=seconds)

    with time_machine.travel(now, tick=False):
        answer = sender.send_json(
            order(
                payment(1, execution_date="2026-11-24"),
                payment(2, amount="2.00", execution_date="2026-11-24", urgent=True),
                payment(3, amount="3.00", execution_date="2026-11-24", category="salary"),
            )
        )

    assert answer.status_code == 201, answer.json()
    days = [str(day) for day in Payment.objects.order_by("position").values_list("bank_date", flat=True)]
    clock = f"{now:%H:%M}"
    assert days == [
        "2026-11-24" if clock < until else "2026-11-25" for until in (bank.normal, bank.urgent, bank.salary)
    ]
