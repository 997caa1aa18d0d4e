"""What the start page of a company gathers from the rooms: what waits, what goes out, what came and went."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from agreements.models import Agreement
from autopay_portal.core.clocks import OSLO, machine_now
from autopay_portal.core.display import show_amount, show_weekday
from bank_gateway.norway.calendar import is_bank_day, next_bank_day
from bank_gateway.profiles import get_profile
from bank_gateway.profiles.cut_offs import last_cut_off
from companies.access import Permission
from companies.alarm_kinds import AlarmWords, alarm_words
from companies.models import Alarm, User
from companies.queries import get_worst_alarms
from erp_gateway.ledger.reading import BatchNumbers, count_unfinished
from payments_in.queries import HeldIncoming, count_unmatched, get_held_incoming, get_received_by_day
from remittance.queries.lists import count_refusals
from remittance.queries.waiting import (
    Attention,
    DueSum,
    PaidOut,
    days_back,
    get_attention,
    get_due,
    get_paid_by_day,
)

DAYS_SHOWN = 30
_LATELY = timedelta(days=14)
_MOST_ALARMS = 3


@dataclass(frozen=True, slots=True)
class DueRow:
    """What goes out of one account today and on the next bank day, and today's last cut-off (None: it has passed)."""

    agreement: Agreement
    today: DueSum | None
    tomorrow: DueSum | None
    cut_off: datetime | None


@dataclass(frozen=True, slots=True)
class DayRow:
    """What went out and came in on one day, in minor units of NOK; of the former, what only the bank's word shows."""

    day: date
    out: int
    received: int
    out_on_word: int


@dataclass(frozen=True, slots=True)
class StartPage:
    """Everything that the start page shows."""

    attention: Attention
    held: HeldIncoming
    unmatched: int
    refused: int
    batches: BatchNumbers
    alarms: list[tuple[Alarm, AlarmWords]]
    more_alarms: bool
    today: date
    tomorrow: date
    due: list[DueRow]
    days: list[DayRow]

    @property
    def calm(self) -> bool:
        """Return whether nothing waits for anybody."""
        waits = self.attention.waiting or self.attention.in_doubt or self.attention.with_rejects
        return not (waits or self.held.count or self.unmatched or self.refused or self.batches.failed)

    @property
    def bars(self) -> list[tuple[str, int, int]]:
        """Return the days as the drawing takes them: what its hint says, money out, money in."""
        said = _("%(day)s: out %(out)s, in %(received)s")
        return [
            (
                said
                % {
                    "day": show_weekday(row.day),
                    "out": show_amount(row.out, "NOK"),
                    "received": show_amount(row.received, "NOK"),
                },
                row.out,
                row.received,
            )
            for row in self.days
        ]

    @property
    def moved_days(self) -> list[DayRow]:
        """Return the days on which money moved, the newest first."""
        return [row for row in reversed(self.days) if row.out or row.received]

    @property
    def out(self) -> int:
        """Return what went out in all."""
        return sum(row.out for row in self.days)

    @property
    def out_on_word(self) -> int:
        """Return what of it stands on the bank's word alone."""
        return sum(row.out_on_word for row in self.days)

    @property
    def received(self) -> int:
        """Return what came in in all."""
        return sum(row.received for row in self.days)


def get_start_page(*, company_id: UUID, user: User, permissions: frozenset[Permission], now: datetime) -> StartPage:
    """Return a company's start page as one reader sees it, in a fixed number of queries.

    An approver's own approvals no longer wait for him; whoever can't approve sees all that waits.
    """
    today = now.astimezone(OSLO).date()
    since = now - _LATELY
    tomorrow = next_bank_day(today + timedelta(days=1))
    alarms = get_worst_alarms(company_id=company_id, most=_MOST_ALARMS + 1)
    return StartPage(
        attention=get_attention(
            company_id=company_id,
            now=now,
            rejected_since=since,
            user_id=user.pk if Permission.APPROVE in permissions else None,
        ),
        held=get_held_incoming(company_id=company_id),
        unmatched=count_unmatched(company_id=company_id, since=since.astimezone(OSLO).date()),
        refused=count_refusals(company_id=company_id, since=machine_now() - _LATELY),
        batches=count_unfinished(company_id=company_id),
        alarms=[(alarm, alarm_words(code=alarm.code, params=alarm.params)) for alarm in alarms[:_MOST_ALARMS]],
        more_alarms=len(alarms) > _MOST_ALARMS,
        today=today,
        tomorrow=tomorrow,
        due=_due(company_id, today, tomorrow, now),
        days=_days(company_id, today),
    )


def _due(company_id: UUID, today: date, tomorrow: date, now: datetime) -> list[DueRow]:
    first = {due.agreement.pk: due for due in get_due(company_id=company_id, until=today)}
    second = {due.agreement.pk: due for due in get_due(company_id=company_id, after=today, until=tomorrow)}
    agreements = {due.agreement.pk: due.agreement for due in (*first.values(), *second.values())}
    return [
        DueRow(agreement, first.get(key), second.get(key), _cut_off(agreement, today, now))
        for key, agreement in sorted(agreements.items(), key=lambda item: item[1].number)
    ]


def _cut_off(agreement: Agreement, today: date, now: datetime) -> datetime | None:
    if not is_bank_day(today):
        return None
    at = last_cut_off(get_profile(agreement.bank), day=today)
    return at if at > now else None


def _days(company_id: UUID, today: date) -> list[DayRow]:
    days = days_back(today, DAYS_SHOWN)
    out = get_paid_by_day(company_id=company_id, first=days[0], last=today)
    received = get_received_by_day(company_id=company_id, first=days[0], last=today)
    return [_day_row(day, out.get(day), received.get(day, 0)) for day in days]


def _day_row(day: date, out: PaidOut | None, received: int) -> DayRow:
    return DayRow(day, out.minor if out else 0, received, out.on_word if out else 0)
