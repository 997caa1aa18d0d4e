"""`make chaos SEED=1 RUNS=5`: whole sandboxes bent and broken by seed, and counted afterwards (docs/chaos.md)."""

import os
import sys
import time
from collections import Counter
from pathlib import Path

from tests.chaos.house import House, delete_folder, make_folder, open_house
from tests.chaos.run import Outcome, run_seed

_MOST_SHOWN = 20


def main() -> int:
    """Run the seeds that the environment names; return 1 after the first that fails, its sandbox kept."""
    first, runs = int(os.environ.get("SEED") or "1"), int(os.environ.get("RUNS") or "5")
    began = time.monotonic()
    outcomes: list[Outcome] = []
    var = make_folder()
    with open_house(var) as house:
        _say(f"{runs} runs from seed {first} in {var}, ready after {time.monotonic() - began:.0f} s")
        for seed in range(first, first + runs):
            outcomes.append(run_seed(house, seed, faults=os.environ.get("FAULTS") != "0"))
            _show(outcomes[-1])
            if outcomes[-1].faults:
                break
        if outcomes[-1].faults:
            _keep_evidence(house, var, outcomes[-1])
    _sum_up(outcomes, time.monotonic() - began)
    if outcomes[-1].faults:
        seed = outcomes[-1].seed
        _say(f"\nFAILED with seed {seed}. Again: make chaos SEED={seed} RUNS=1. Evidence: {var.parent}")
        return 1
    delete_folder(var)
    return 0


def _show(outcome: Outcome) -> None:
    figures = ", ".join(f"{name} {count}" for name, count in outcome.figures.items())
    _say(f"\nseed {outcome.seed}: {'FAILED' if outcome.faults else 'ok'} in {outcome.seconds:.0f} s. {figures}")
    for what, counted in (
        ("faults", Counter({f"{bank} {fault}": count for (bank, fault), count in sorted(outcome.hits.items())})),
        ("killed", outcome.kills),
        ("stopped", outcome.freezes),
        ("people", outcome.people),
    ):
        if counted:
            _say(f"  {what}: " + ", ".join(f"{name} {count}" for name, count in counted.items()))
    for line in outcome.late:
        _say(f"  late: {line}")
    for fault in outcome.faults[:_MOST_SHOWN]:
        _say(f"  ! {fault}")
    if len(outcome.faults) > _MOST_SHOWN:
        _say(f"  ! and {len(outcome.faults) - _MOST_SHOWN} more")


def _sum_up(outcomes: list[Outcome], seconds: float) -> None:
    """Print the sums over all runs."""
    _say(f"\n{len(outcomes)} runs, seeds {outcomes[0].seed} to {outcomes[-1].seed}, {seconds:.0f} s")
    for what, counters in (
        ("payments", [each.figures for each in outcomes]),
        ("faults", [Counter({f"{bank} {fault}": n for (bank, fault), n in each.hits.items()}) for each in outcomes]),
        ("killed", [each.kills for each in outcomes]),
        ("stopped", [each.freezes for each in outcomes]),
        ("people", [each.people for each in outcomes]),
    ):
        total = Counter[str]()
        for counter in counters:
            total.update(counter)
        _say(f"{what}: " + (", ".join(f"{name} {count}" for name, count in sorted(total.items())) or "none"))


def _keep_evidence(house: House, var: Path, outcome: Outcome) -> None:
    """Write down what happened beside the sandbox, which is kept."""
    (var.parent / "said.txt").write_text("\n".join(house.said) + "\n", encoding="utf-8")
    (var.parent / "faults.txt").write_text("\n".join(outcome.faults) + "\n", encoding="utf-8")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
