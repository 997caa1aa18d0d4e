"""When an order must be at the bank: the cut-offs that are still ahead."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from bank_gateway.norway.calendar import OSLO, next_bank_day
from bank_gateway.profiles.bank_profile import BankProfile, PaymentKind


def next_cut_off(profile: BankProfile, *, now: datetime, kind: PaymentKind = PaymentKind.NORMAL) -> datetime:
    """Return the first cut-off after `now`, today or on the next bank day. ValueError for a time without a zone."""
    return next(_cut_offs_from(profile, now=now, kind=kind))


def last_cut_off(profile: BankProfile, *, day: date, kind: PaymentKind = PaymentKind.NORMAL) -> datetime:
    """Return the moment of a bank day after which an order waits for the next one."""
    return datetime.combine(day, profile.cut_off(kind).last, OSLO)


def _cut_offs_from(profile: BankProfile, *, now: datetime, kind: PaymentKind) -> Iterator[datetime]:
    if now.tzinfo is None:
        raise ValueError("a moment without a time zone has no cut-off ahead of it")
    day = next_bank_day(now.astimezone(OSLO).date())
    while True:
        for execution in profile.cut_off(kind).executions:
            at = datetime.combine(day, execution, OSLO)
            if at > now:
                yield at
        day = next_bank_day(day + timedelta(days=1))
