"""Two short runs of `make chaos`: three banks under faults, processes killed and stopped, and everything counted.

Last in this sandbox: it counts from where the others left it. More of it: docs/chaos.md.
"""

from pathlib import Path

import pytest

from tests.chaos.house import move_in
from tests.chaos.run import run_seed
from tests.faults.system import System

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(900), pytest.mark.xdist_group("sandbox")]

# Between them they lose an upload in its rename, cut the line after one, take a payment back from a creditor, and kill
# the database, the broker and a bank.
SEEDS = (319, 219)


def test_no_payment_is_lost_or_made_twice_and_nothing_is_left_open(system: System, tmp_path: Path) -> None:
    with move_in(system) as house:
        for seed in SEEDS:
            outcome = run_seed(house, seed)
            said = tmp_path / f"said-{seed}.txt"
            said.write_text("\n".join(house.said), encoding="utf-8")

            assert outcome.faults == [], f"make chaos SEED={seed} RUNS=1; what happened: {said}"
            assert outcome.hits, "no fault struck"
            assert outcome.kills, "nobody was killed"
