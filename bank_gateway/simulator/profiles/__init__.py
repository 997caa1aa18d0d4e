"""The simulated banks: each a page of data, no code of its own. To add a bank, add one to `BANKS`."""

from collections.abc import Mapping

from bank_gateway.simulator.profiles.days import (
    bank_day_for,
    cutoff_later_that_day,
    first_cutoff,
    kind_of,
    next_cutoff,
)
from bank_gateway.simulator.profiles.dnb import DNB
from bank_gateway.simulator.profiles.habits import (
    BITS_PAIRS,
    AnswerPair,
    BankHabits,
    DuplicateControl,
    DuplicateKind,
    GroupStatus,
    Naming,
    PastDate,
)
from bank_gateway.simulator.profiles.nordea import NORDEA
from bank_gateway.simulator.profiles.sparebank1 import SPAREBANK1

__all__ = [
    "BANKS",
    "BITS_PAIRS",
    "DNB",
    "NORDEA",
    "SPAREBANK1",
    "AnswerPair",
    "BankHabits",
    "DuplicateControl",
    "DuplicateKind",
    "GroupStatus",
    "Naming",
    "PastDate",
    "bank_day_for",
    "cutoff_later_that_day",
    "first_cutoff",
    "kind_of",
    "next_cutoff",
]

BANKS: Mapping[str, BankHabits] = {bank.id: bank for bank in (DNB, NORDEA, SPAREBANK1)}
