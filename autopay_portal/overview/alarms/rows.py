"""What the pages of alarms show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from companies.access import Permission
from companies.alarm_access import may_close, may_take
from companies.alarm_kinds import AlarmWords, alarm_words
from companies.models import Alarm, Severity
from companies.queries import AlarmNumbers, AlarmPlace, alarm_place_of, get_alarm_numbers, get_alarm_page

from .subjects import Link, links_of

SHOWN = ("waiting", "taken", "over")
# So many stand with all their words at once; of more one opens those that one reads.
_MOST_OPEN = 5


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm: its words, where its subject stands, and what the reader may do about it."""

    alarm: Alarm
    words: AlarmWords
    link: Link | None
    may_take: bool
    may_close: bool
    unfolded: bool


@dataclass(frozen=True, slots=True)
class KindChoice:
    """A kind of alarm that is open, for the filter: its code, its words and how many there are."""

    code: str
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class AlarmFilter:
    """What a reader asks for; everything stands in the address."""

    show: str
    code: str
    severity: str
    after: AlarmPlace | None

    @classmethod
    def of(cls, asked: Any) -> "AlarmFilter":
        """Return what a query string asks for; what is no choice counts as none."""
        show = asked.get("show", "")
        severity = asked.get("severity", "")
        return cls(
            show=show if show in SHOWN else SHOWN[0],
            code=asked.get("kind", "")[:60].replace("\0", ""),
            severity=severity if severity in Severity.values else "",
            after=alarm_place_of(asked.get("after", "")),
        )


@dataclass(frozen=True, slots=True)
class AlarmPage:
    """A page of alarms, and what stands around it."""

    wanted: AlarmFilter
    rows: list[AlarmRow]
    following: AlarmPlace | None
    numbers: AlarmNumbers
    kinds: list[KindChoice]

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
    links = links_of(alarms, central=company_id is None)
    numbers = get_alarm_numbers(company_id=company_id)
    is_open = wanted.show != "over"
    rows = [
        AlarmRow(
            alarm=alarm,
            words=alarm_words(code=alarm.code, params=alarm.params),
            link=links.get(alarm.pk),
            may_take=is_open and alarm.acknowledged_at is None and may_take(code=alarm.code, permissions=permissions),
            may_close=is_open and may_close(code=alarm.code, permissions=permissions),
            unfolded=is_open and (len(alarms) <= _MOST_OPEN or place == 0),
        )
        for place, alarm in enumerate(alarms)
    ]
    return AlarmPage(wanted=wanted, rows=rows, following=following, numbers=numbers, kinds=_kinds(numbers, wanted))


def _kinds(numbers: AlarmNumbers, wanted: AlarmFilter) -> list[KindChoice]:
    """Return the kinds that are listed, the most frequent first; the chosen one always."""
    counted: dict[str, int] = {wanted.code: 0} if wanted.code else {}
    listed = {"waiting": numbers.waiting, "taken": numbers.taken}.get(wanted.show, {})
    for (code, _severity), count in listed.items():
        counted[code] = counted.get(code, 0) + count
    order = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return [KindChoice(code, _short(code), count) for code, count in order]


def _short(code: str) -> str:
    """Return what alarms of a kind are called in a list."""
    return alarm_words(code=code, params={}).name


def latest(rows: list[AlarmRow], now: datetime) -> datetime:
    """Return the moment after which an alarm is new to who has this page before him."""
    return max([now, *(row.alarm.last_raised_at for row in rows)])
