"""What a simulated bank does out of habit, as data: versions, cut-offs, when each answer comes.

To add a bank, add a `BankHabits` to `BANKS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bank_gateway.simulator import instants
from bank_gateway.simulator.norwegian import calendar


@dataclass(frozen=True)
class AnswerPair:
    """The versions a bank answers one version of pain.001 in (Bits 1.5 and 2.0 pair them)."""

    status_report: str
    notification: str


@dataclass(frozen=True)
class BankHabits:
    """One bank's habits.

    Times of day are Norwegian wall clock; `*_after` run in bank time from a file's arrival. `cutoffs` are by kind of
    payment. Categories in `paid_before_closed_days` move to the bank day before, all others to the one after.
    """

    id: str
    name: str
    bic: str
    file_mark: str
    reference_mark: str
    answers: Mapping[str, AnswerPair]
    fallback_order: str
    credit_notification: str
    cutoffs: Mapping[str, tuple[time, ...]]
    paid_before_closed_days: frozenset[str]
    technical_after: timedelta
    business_after: timedelta
    batch_booking: bool
    oldest_days: int
    furthest_days: int
    names_accepted_in_part: bool


BITS_PAIRS = {
    "pain.001.001.03": AnswerPair("pain.002.001.03", "camt.054.001.02"),
    "pain.001.001.09": AnswerPair("pain.002.001.10", "camt.054.001.08"),
}

DNB = BankHabits(
    id="dnb",
    name="DNB Bank ASA",
    bic="DNBANOKK",
    file_mark="DNB",
    reference_mark="DNB",
    answers=BITS_PAIRS,
    fallback_order="pain.001.001.03",
    credit_notification="camt.054.001.02",
    cutoffs={
        "normal": (time(8, 45), time(10, 0), time(11, 30), time(14, 0)),
        "urgent": (time(15, 0),),
        "salary": (time(8, 45), time(14, 0)),
    },
    paid_before_closed_days=frozenset({"SALA", "PENS"}),
    technical_after=timedelta(seconds=2),
    business_after=timedelta(seconds=4),
    batch_booking=True,
    oldest_days=30,
    furthest_days=365,
    names_accepted_in_part=False,
)

BANKS: Mapping[str, BankHabits] = {DNB.id: DNB}


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
