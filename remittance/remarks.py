"""The warnings of a remittance as people read them: the same remark once, with how many payments it is about."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from autopay_portal.core.display import show_day
from autopay_portal.core.errors import text_of

from .models import Remittance

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark: its words, how many payments it is about, and the first of them by their own reference."""

    code: str
    words: str
    count: int
    named: list[str]


def gather(remittance: Remittance, *, sees_salary: bool) -> list[Remark]:
    """Return a remittance's warnings, the same ones as one; without the right no payment of a salary is named."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for warning in remittance.warnings:
        found[warning["code"], _words(warning)].append(warning.get("end_to_end_id") or "")
    may_name = sees_salary or not remittance.has_salary
    return [
        Remark(code, words, len(ids), [each for each in ids if each][:_MOST_NAMED] if may_name else [])
        for (code, words), ids in found.items()
    ]


def _words(warning: dict[str, Any]) -> str:
    return text_of(warning["code"], {name: _shown(value) for name, value in warning["params"].items()})


def _shown(value: Any) -> Any:
    """Return a day as people read it, anything else as it is."""
    try:
        return show_day(date.fromisoformat(value)) if isinstance(value, str) and len(value) == 10 else value
    except ValueError:
        return value
