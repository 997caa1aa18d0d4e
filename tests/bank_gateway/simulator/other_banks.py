"""Banks that don't exist: so many that every two values of any two habits meet in one of them.

Started like the program itself, which then runs these instead of its own.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from random import Random
from typing import Any

from bank_gateway.simulator import __main__, profiles
from bank_gateway.simulator.profiles import (
    DNB,
    SPAREBANK1,
    BankHabits,
    DuplicateControl,
    DuplicateKind,
    GroupStatus,
    Naming,
    PastDate,
)

PROGRAM = "tests.bank_gateway.simulator.other_banks"
# Longer than the time between two copies in the tests, and shorter.
LONG, SHORT = timedelta(days=7), timedelta(minutes=1)
HABITS: Mapping[str, tuple[Any, ...]] = {
    "duplicates": tuple(DuplicateControl(kind, window) for kind in DuplicateKind for window in (None, LONG, SHORT)),
    "fault_takes_creditor": (False, True),
    "group_status": tuple(GroupStatus),
    "naming": tuple(Naming),
    "past_date": tuple(PastDate),
    "tells_settled": (False, True),
    "tells_waiting_for_funds": (False, True),
    "batch_booking": (False, True),
    "lump_details": (False, True),
    "initiating_ids": (("CUST", "BANK"), ("CUST",)),
    "refused_elements": ((), SPAREBANK1.refused_elements),
    "fallback_order": ("pain.001.001.03", "pain.001.001.09"),
    "credit_notification": ("camt.054.001.02", "camt.054.001.08"),
    "paid_before_closed_days": (frozenset(), frozenset({"SALA", "PENS"})),
}


def _pairs(row: Mapping[str, int]) -> set[tuple[str, int, str, int]]:
    """Return which values meet in a row of places."""
    return {(first, row[first], second, row[second]) for first, second in combinations(HABITS, 2)}


def _rows() -> list[dict[str, int]]:
    """Return rows of places in `HABITS` until all pairs have met: of a few drawn, the one that brings most new ones."""
    drawn = Random(2026)
    left = {
        (first, one, second, other)
        for first, second in combinations(HABITS, 2)
        for one in range(len(HABITS[first]))
        for other in range(len(HABITS[second]))
    }
    rows = []
    while left:
        candidates = [{name: drawn.randrange(len(values)) for name, values in HABITS.items()} for _ in range(200)]
        row = max(candidates, key=lambda each: len(_pairs(each) & left))
        left -= _pairs(row)
        rows.append(row)
    return rows


def _bank(number: int, row: Mapping[str, int]) -> BankHabits:
    """Return a bank with these habits."""
    values: dict[str, Any] = {name: HABITS[name][place] for name, place in row.items()}
    mark = f"B{number}"
    return replace(DNB, id=f"bank{number}", name=f"Bank {number}", file_mark=mark, reference_mark=mark, **values)


BANKS: Mapping[str, BankHabits] = {bank.id: bank for bank in (_bank(*each) for each in enumerate(_rows()))}


def main() -> int:
    """Run the program with these banks."""
    profiles.BANKS = BANKS
    return __main__.main()


if __name__ == "__main__":
    sys.exit(main())
