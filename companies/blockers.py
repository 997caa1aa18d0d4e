"""What a company still has under way, asked of the rooms that know: nobody is deactivated or handed over blindly.

Rooms above register here in `AppConfig.ready`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing under way: what it is in the reader's language, and where one sees to it.

    `stops`: the company can't be deactivated or handed over while there is any; otherwise it is only said.
    """

    said: str
    stops: bool
    address: str = ""


# Says in the active language what a company has under way.
Blockers = Callable[[UUID], Iterable[Blocker]]
_sources: dict[str, Blockers] = {}


def register_blockers(name: str, blockers: Blockers) -> None:
    """Ask this room too; `name` keeps it from being asked twice."""
    _sources[name] = blockers


def blockers_of(*, company_id: UUID) -> list[Blocker]:
    """Return what a company has under way, what stops it first."""
    found = [blocker for source in _sources.values() for blocker in source(company_id)]
    return sorted(found, key=lambda blocker: not blocker.stops)
