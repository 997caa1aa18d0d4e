"""Which process dies at which moment: drawn from a seed, so that what failed can be run again."""

import os
import random
from dataclasses import dataclass

# What must have happened for the moment to come; a fraction of a second is added to it.
MOMENTS = (
    "sending", "received", "released", "uploading", "renaming", "sent", "answered", "accepted", "executing", "reported",
)  # fmt: skip
# One after the other; of workers and their processes there are several, and one is drawn.
VICTIMS = ("web server", "worker", "beat", "broker", "database", "web process", "worker process", "bank")
_LONGEST_DELAY = 0.4
_FULL_ROUND = 10


@dataclass(frozen=True)
class Death:
    """One process killed at one moment: `delay` seconds after what `moment` names."""

    number: int
    victim: str
    moment: str
    delay: float

    def __str__(self) -> str:
        return f"{self.number}: {self.victim}, {self.delay:.2f} s after {self.moment}"


def batch_count() -> int:
    """Return how many batches have a death each: FAULT_SEEDS, 4 by default; ten is the full round."""
    return int(os.environ.get("FAULT_SEEDS", "4"))


def is_full_round() -> bool:
    """Return whether what takes minutes is to be run too."""
    return batch_count() >= _FULL_ROUND


def first_seed() -> int:
    """Return the seed of this run: FAULT_SEED, or always the same."""
    return int(os.environ.get("FAULT_SEED", "1"))


def draw_deaths(choice: random.Random, *, count: int) -> list[Death]:
    """Return `count` deaths in which moments and victims all have their turn before one has a second."""
    moments, victims = _turns(MOMENTS, choice, count), _turns(VICTIMS, choice, count)
    return [
        Death(number, victim, moment, choice.uniform(0, _LONGEST_DELAY))
        for number, (victim, moment) in enumerate(zip(victims, moments, strict=True), start=1)
    ]


def _turns(of: tuple[str, ...], choice: random.Random, count: int) -> list[str]:
    drawn: list[str] = []
    while len(drawn) < count:
        drawn += choice.sample(of, len(of))
    return drawn[:count]
