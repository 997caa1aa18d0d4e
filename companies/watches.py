"""Who looks for what has stood still for too long, and for what an alarm was about being over.

Rooms register their watches in `AppConfig.ready`; `companies.services.sweep_alarms` runs them all, set by set.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Now:
    """The moment of one sweep by both clocks."""

    business: datetime
    machine: datetime


@dataclass(frozen=True, slots=True)
class Watch:
    """One statement that finds what is, or may become, an alarm of one kind.

    `query` yields, in this order: dedupe_key text, company_id uuid, agreement_id uuid, subject_kind text, subject_id
    text, params jsonb, since timestamptz, severity text. Where `severity` is null the kind's limit decides
    (`companies.alarm_limits`), counted from `since` by the limit's clock, or from the first sight where that is null
    too. What isn't yielded any more is over, and its alarm is cleared.
    """

    code: str
    query: str
    params: Callable[[Now], Mapping[str, Any]] = lambda _now: {}


@dataclass(frozen=True, slots=True)
class Ending:
    """One statement that tells for which alarms of one kind, raised by what happened, the cause still stands.

    `query` yields subject_id text; open alarms of `code` with other subjects are over.
    """

    code: str
    query: str


_watches: dict[str, Watch] = {}
_endings: dict[str, Ending] = {}


def register_watch(watch: Watch) -> None:
    """Add a watch; a kind has one. Raises ValueError for a second."""
    if _watches.setdefault(watch.code, watch) != watch:
        raise ValueError(f"alarm {watch.code} has two watches")


def register_ending(ending: Ending) -> None:
    """Add what ends a kind of alarm; a kind has one. Raises ValueError for a second."""
    if _endings.setdefault(ending.code, ending) != ending:
        raise ValueError(f"alarm {ending.code} has two endings")


def watches() -> tuple[Watch, ...]:
    """Return every watch."""
    return tuple(_watches.values())


def endings() -> tuple[Ending, ...]:
    """Return every ending."""
    return tuple(_endings.values())
