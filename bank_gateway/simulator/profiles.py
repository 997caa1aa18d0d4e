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
    """One bank's habits. Times of day are Norwegian wall clock, `*_after` run in bank time from a file's arrival."""

    id: str
    name: str
    bic: str
    file_mark: str
    reference_mark: str
    answers: Mapping[str, AnswerPair]
    fallback_order: str
    credit_notification: str
    cutoffs: tuple[time, ...]
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
    cutoffs=(time(6, 0), time(10, 0), time(12, 0), time(14, 0), time(15, 30)),
    technical_after=timedelta(seconds=2),
    business_after=timedelta(seconds=4),
    batch_booking=True,
    oldest_days=30,
    furthest_days=365,
    names_accepted_in_part=False,
)

BANKS: Mapping[str, BankHabits] = {DNB.id: DNB}


def next_cutoff(habits: BankHabits, after: datetime) -> datetime:
    """Return the bank's first cut-off after a point in time."""
    return first_cutoff(habits, after=after, day=instants.bank_date(after))


def first_cutoff(habits: BankHabits, *, after: datetime, day: date) -> datetime:
    """Return the first cut-off on or after a day that lies after a point in time."""
    day = calendar.bank_day_on_or_after(max(day, instants.bank_date(after)))
    while True:
        for clock in habits.cutoffs:
            at = instants.oslo(day, clock)
            if at > after:
                return at
        day = calendar.bank_day_after(day)


def is_last_cutoff(habits: BankHabits, at: datetime) -> bool:
    """Tell whether a cut-off is the last of its day."""
    return instants.bank_date(next_cutoff(habits, at)) != instants.bank_date(at)
