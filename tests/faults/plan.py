"""How much of the fault tests is run, and from which seed."""

import os

_FULL_ROUND = 10


def is_full_round() -> bool:
    """Return whether what takes minutes is to be run too: with FAULT_SEEDS=10."""
    return int(os.environ.get("FAULT_SEEDS", "4")) >= _FULL_ROUND


def first_seed() -> int:
    """Return the seed of this run: FAULT_SEED, or always the same."""
    return int(os.environ.get("FAULT_SEED", "1"))
