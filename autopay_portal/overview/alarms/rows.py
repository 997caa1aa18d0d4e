"""What the pages of alarms show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from companies.access import Permission
from companies.alarm_access import may_close, may_take
from companies.alarm_kinds import AlarmWords, alarm_words
from companies.models import Alarm
from companies.queries import AlarmNumbers, AlarmPlace, get_alarm_numbers, get_alarm_page

from .choices import AlarmFilter, Choice, kind_choices, severity_choices
from .subjects import Link, links_of

# So many stand with all their words at once; of more one opens those that one reads.
_MOST_OPEN = 3
# So many kinds can be chosen at once; the rest is unfolded.
_MOST_KINDS = 8


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm: its words, where its subject stands, and what the reader may do about it."""

    alarm: Alarm
    words: AlarmWords
    link: Link | None
    may_take: bool
    may_close: bool
    # What to do stands once above alarms of one kind.
    says_what_to_do: bool
    unfolded: bool


@dataclass(frozen=True, slots=True)
class AlarmPage:
    """A page of alarms, and what stands around it."""

    wanted: AlarmFilter
    rows: list[AlarmRow]
    following: AlarmPlace | None
    numbers: AlarmNumbers
    severities: list[Choice]
    kinds: list[Choice]

    @property
    def older(self) -> str:
        """Return the query of the next page; empty where this is the last."""
        return replace(self.wanted, after=self.following).query if self.following else ""

    @property
    def first(self) -> str:
        """Return the query of the first page; empty where this is it."""
        return replace(self.wanted, after=None).query if self.wanted.after else ""

    @property
    def frequent_kinds(self) -> list[Choice]:
        """Return the kinds that stand there at once, the chosen one among them."""
        return [each for place, each in enumerate(self.kinds) if place <= _MOST_KINDS or each.current]

    @property
    def other_kinds(self) -> list[Choice]:
        """Return the kinds that are unfolded."""
        return [each for place, each in enumerate(self.kinds) if place > _MOST_KINDS and not each.current]

    @property
    def narrowed(self) -> bool:
        """Return whether a filter hides some."""
        return bool(self.wanted.code or self.wanted.severity)

    @property
    def takeable(self) -> int:
        """Return how many of one chosen kind may be taken at once, if that saves anything."""
        if self.wanted.show != "waiting" or not self.wanted.code or self.wanted.severity:
            return 0
        if not any(row.may_take for row in self.rows):
            return 0
        count = sum(each for (code, _), each in self.numbers.waiting.items() if code == self.wanted.code)
        return count if count > 1 else 0


def get_page(*, company_id: UUID | None, permissions: frozenset[Permission], wanted: AlarmFilter) -> AlarmPage:
    """Return a page of a company's alarms or (None) of everybody's, in three queries."""
    alarms, following = get_alarm_page(
        company_id=company_id, show=wanted.show, code=wanted.code, severity=wanted.severity, after=wanted.after
    )
    numbers = get_alarm_numbers(company_id=company_id)
    return AlarmPage(
        wanted=wanted,
        rows=_rows(alarms, central=company_id is None, permissions=permissions, over=wanted.show == "over"),
        following=following,
        numbers=numbers,
        severities=severity_choices(numbers, wanted),
        kinds=kind_choices(numbers, wanted),
    )


def _rows(alarms: Sequence[Alarm], *, central: bool, permissions: frozenset[Permission], over: bool) -> list[AlarmRow]:
    links = links_of(alarms, central=central)
    kinds_before = [None, *(alarm.code for alarm in alarms)]
    return [
        AlarmRow(
            alarm=alarm,
            words=alarm_words(code=alarm.code, params=alarm.params),
            link=links.get(alarm.pk),
            may_take=not over and alarm.acknowledged_at is None and may_take(code=alarm.code, permissions=permissions),
            may_close=not over and may_close(code=alarm.code, permissions=permissions),
            says_what_to_do=not over and alarm.code != before,
            unfolded=not over and len(alarms) <= _MOST_OPEN,
        )
        for alarm, before in zip(alarms, kinds_before, strict=False)
    ]


def latest(rows: list[AlarmRow], now: datetime) -> datetime:
    """Return the moment after which an alarm is new to who has this page before him."""
    return max([now, *(row.alarm.last_raised_at for row in rows)])
