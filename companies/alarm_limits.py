"""How long anything may stand where before it is an alarm: one table for the whole house.

Time changes no state and sends nothing again; it only raises these alarms, and makes them worse. A limit counts from
when something came to stand where it stands; a deadline counts from a bank's day, since a payment that is due next
week may wait until then. Whoever runs the house may set `ALARM_LIMITS` in the settings: `{code: Limit(...)}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum

from django.conf import settings

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Clock(Enum):
    """Which time a limit counts: the business clock's, or the machine's for what our own workers do by themselves."""

    BUSINESS = "business"
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Limit:
    """After how long it is an amber alarm and after how long a red one; None: never."""

    amber: timedelta | None
    red: timedelta | None = None
    clock: Clock = Clock.BUSINESS


@dataclass(frozen=True, slots=True)
class Deadline:
    """How many bank days behind a payment's day, and at what time of that day in Norway, it is amber and red.

    Without a time it is the bank's last cut-off of that day.
    """

    amber_days: int
    red_days: int
    at: time | None = None


LIMITS: Mapping[str, Limit] = {
    # The relay. A bank's first answer: amber when the profile's answer time has passed, red so long after that.
    "bank_answer_missing": Limit(amber=timedelta(0), red=20 * _HOUR),
    "bank_file_not_applied": Limit(amber=10 * _MINUTE, red=_HOUR, clock=Clock.MACHINE),
    "deviation_unsettled": Limit(amber=4 * _HOUR, red=2 * _DAY),
    "doubt_unsettled": Limit(amber=None, red=8 * _HOUR),
    "pause_holds_files": Limit(amber=4 * _HOUR, red=_DAY),
    "quarantine_unsettled": Limit(amber=None, red=_DAY),
    # Money out.
    "too_long_received": Limit(amber=5 * _MINUTE, red=_HOUR, clock=Clock.MACHINE),
    "too_long_approved": Limit(amber=_HOUR, red=8 * _HOUR),
    "too_long_sent": Limit(amber=4 * _HOUR, red=_DAY),
    "too_long_stop_requested": Limit(amber=4 * _HOUR, red=_DAY),
    # The ERP.
    "ledger_batch_not_fetched": Limit(amber=2 * _DAY, red=7 * _DAY),
    "ledger_lease_ran_out": Limit(amber=4 * _HOUR, red=3 * _DAY),
    "ledger_batch_failed": Limit(amber=timedelta(0), red=3 * _DAY),
    # Agreements: a bank takes about two weeks.
    "agreement_stuck": Limit(amber=7 * _DAY, red=21 * _DAY),
    # Mail.
    "mail_not_sent": Limit(amber=10 * _MINUTE, red=_DAY, clock=Clock.MACHINE),
}

DEADLINES: Mapping[str, Deadline] = {
    # Nobody has approved in time for the day that was asked for.
    "approval_too_late": Deadline(amber_days=0, red_days=1),
    # The bank has it but hasn't taken it into its due register when its day's last cut-off has passed; only of banks
    # that tell when they do.
    "too_long_received_by_bank": Deadline(amber_days=0, red_days=1),
    # In the due register (or at a bank that doesn't tell of that), but not debited: the debit is told the same evening
    # or the next morning.
    "too_long_accepted": Deadline(amber_days=1, red_days=2, at=time(12, 0)),
    # Paid on the bank's word alone: so long as for any debit, and then a day more.
    "settled_not_debited": Deadline(amber_days=1, red_days=3, at=time(12, 0)),
    "too_long_pending": Deadline(amber_days=0, red_days=1),
}

# How long before the last cut-off of its day a payment that waits for signers in the net bank is an alarm.
NET_BANK_WARNING = timedelta(hours=2)


def limit_of(code: str) -> Limit | None:
    """Return the limit in force of one kind of alarm; None where a deadline, or its watch alone, decides."""
    overriding: Mapping[str, Limit] = getattr(settings, "ALARM_LIMITS", {})
    return overriding.get(code) or LIMITS.get(code)


def deadline_of(code: str) -> Deadline:
    """Return the deadline of one kind of alarm; KeyError for a kind that has none."""
    return DEADLINES[code]


def grace() -> timedelta:
    """Return how long something must be seen too late before it is an alarm, by the machine's clock.

    A sandbox's clock that was moved by days is ahead of the workers for some seconds; and what is being answered
    while the sweep looks is no alarm.
    """
    return timedelta(seconds=float(getattr(settings, "ALARM_GRACE_SECONDS", 20)))


def moments(limit: Limit, *, business: datetime, machine: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the moments before which something must have come to be amber and to be red now, by the limit's clock."""
    now = business if limit.clock is Clock.BUSINESS else machine
    return (
        now - limit.amber if limit.amber is not None else None,
        now - limit.red if limit.red is not None else None,
    )
