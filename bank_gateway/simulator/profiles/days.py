"""When a bank executes: cut-offs by kind of payment, and where a date goes that is no bank day."""

from datetime import date, datetime

from bank_gateway.simulator import instants
from bank_gateway.simulator.norwegian import calendar
from bank_gateway.simulator.profiles.habits import BankHabits


def kind_of(*, category: str, service_level: str) -> str:
    """Return which cut-offs a PmtInf goes by: urgent, salary or normal."""
    if service_level in ("URGP", "SDVA"):
        return "urgent"
    return "salary" if category == "SALA" else "normal"


def next_cutoff(habits: BankHabits, after: datetime) -> datetime:
    """Return the bank's first cut-off of any kind after a point in time."""
    today = instants.bank_date(after)
    return min(first_cutoff(habits, kind=kind, after=after, day=today) for kind in habits.cutoffs)


def first_cutoff(habits: BankHabits, *, kind: str, after: datetime, day: date) -> datetime:
    """Return the first cut-off of a kind on or after a day that lies after a point in time."""
    day = calendar.bank_day_on_or_after(max(day, instants.bank_date(after)))
    while True:
        for clock in habits.cutoffs[kind]:
            at = instants.oslo(day, clock)
            if at > after:
                return at
        day = calendar.bank_day_after(day)


def cutoff_later_that_day(habits: BankHabits, *, kind: str, at: datetime) -> datetime | None:
    """Return the next cut-off of a kind on the same day, or None after the day's last."""
    following = first_cutoff(habits, kind=kind, after=at, day=instants.bank_date(at))
    return following if instants.bank_date(following) == instants.bank_date(at) else None


def bank_day_for(habits: BankHabits, *, category: str, day: date) -> date:
    """Return the day a payment wanted on a day is executed, that day itself when banks are open."""
    if category in habits.paid_before_closed_days:
        return calendar.bank_day_on_or_before(day)
    return calendar.bank_day_on_or_after(day)
