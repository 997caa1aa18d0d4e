"""`make bench`: floors, intake, the whole walk, and a bank's answers applied, in one run on one machine.

BENCH_SIZES (default 1000,100000,300000), BENCH_WALKS and BENCH_ANSWERS (both 100000) choose the sizes, an empty text
none; BENCH_JSON a file.
"""

import os
import secrets
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

from .answers import as_rows, measure_answers
from .floor import measure_floor
from .order_files import write_order_file
from .report import LIMITS, print_report
from .sandbox import Running, running_sandbox
from .walk import begin_in_the_morning, follow, measure_intake, set_rate, wait_until_sent

_REPEATS_OF_SMALL = 5
_SMALL = 10_000
_FEW = 100


def _sizes(name: str, default: str) -> list[int]:
    return [int(size) for size in os.environ.get(name, default).split(",") if size]


def _company(running: Running) -> dict[str, Any]:
    """Return the sandbox's company without approvers and with the most money."""
    for company in running.description["companies"]:
        for agreement in company["agreements"]:
            if agreement["kind"] == "remittance" and agreement["approvers_required"] == 0:
                return {**company, "account": agreement["account"]}
    raise RuntimeError("no company without approvers")


def _business_day(running: Running) -> date:
    import requests

    now = requests.get(running.description["clock"], timeout=10).json()["now"]
    return datetime.fromisoformat(now).date()


def _one(running: Running, folder: Path, count: int, *, walk: bool) -> tuple[dict[str, Any], dict[str, Any] | None]:
    company = _company(running)
    path = folder / f"{count}.xml"
    floors, intakes = [], []
    for _ in range(_REPEATS_OF_SMALL if count < _SMALL else 1):
        run = f"B{secrets.token_hex(6)}"
        write_order_file(path, count=count, account=company["account"], run=run, day=_business_day(running))
        began = time.perf_counter()
        intakes.append(measure_intake(running, company, path))
        last = intakes[-1]
        if walk:
            followed = follow(running, last.remittance, began=began, accepted=last.seconds)
        floors.append(measure_floor(path, remittance=last.remittance, database_url=running.database_url))
    floor, intake = min(floors, key=lambda f: f.total), min(intakes, key=lambda i: i.seconds)
    row = {
        "payments": count, "megabytes": path.stat().st_size / 1e6, "floor": floor.total, "floor_parse": floor.parse,
        "floor_copy": floor.copy, "seconds": intake.seconds, "ratio": intake.seconds / floor.total,
        "steps": intake.steps, "peak_memory": intake.peak_memory,
    }  # fmt: skip
    marks = None
    if walk:
        marks = {"payments": count, "marks": followed.marks, "ratio": max(followed.marks.values()) / floor.total}
    path.unlink()
    return row, marks


def _answers(running: Running, folder: Path, count: int) -> list[dict[str, Any]]:
    """Have the banks' clock stand, so that they leave an order unanswered, and answer it with files of our own."""
    company, path = _company(running), folder / f"{count}.xml"
    day = _business_day(running)
    set_rate(running, 0)
    try:
        sent = []
        for size in (_FEW, count):
            write_order_file(path, count=size, account=company["account"], run=f"B{secrets.token_hex(6)}", day=day)
            sent.append(measure_intake(running, company, path).remittance)
            wait_until_sent(running, sent[-1])
        small, remittance = sent
        return as_rows(measure_answers(running, folder, remittance=remittance, small=small, day=day))
    finally:
        set_rate(running, 1)


def main() -> int:
    """Run the benchmarks; 1 when a limit is broken."""
    figures: dict[str, Any] = {"intake": [], "walks": [], "answers": [], "limits": []}
    walks = _sizes("BENCH_WALKS", "100000")
    with tempfile.TemporaryDirectory(prefix="autopay-bench-orders-") as folder, running_sandbox() as running:
        begin_in_the_morning(running)
        for count in _sizes("BENCH_SIZES", "1000,100000,300000"):
            row, marks = _one(running, Path(folder), count, walk=count in walks)
            figures["intake"].append(row)
            if marks:
                figures["walks"].append(marks)
        for count in _sizes("BENCH_ANSWERS", "100000"):
            figures["answers"] += _answers(running, Path(folder), count)
    figures["limits"] = _limits(figures)
    return 0 if print_report(figures) else 1


def _limits(figures: dict[str, Any]) -> list[dict[str, Any]]:
    rows = figures["intake"]
    limits = [
        {
            "what": f"201, {row['payments']:,} payments, times the floor",
            "value": row["ratio"],
            "limit": LIMITS["intake"],
        }
        for row in rows
        if row["payments"] >= 100_000
    ]
    limits += [
        {"what": f"ledger batch, {walk['payments']:,} payments, times the floor", "value": walk["ratio"],
         "limit": LIMITS["walk"]}
        for walk in figures["walks"]
    ]  # fmt: skip
    limits += [
        {"what": f"web peak memory MB, {row['payments']:,} payments", "value": row["peak_memory"],
         "limit": LIMITS["memory"]}
        for row in rows
    ]  # fmt: skip
    limits += _answer_limits(figures["answers"])
    costs = [row["seconds"] / row["payments"] for row in rows]
    if len(costs) > 1:
        limits.append({"what": "cost per payment, largest size over the smallest", "value": costs[-1] / costs[0],
                       "limit": LIMITS["growth"]})  # fmt: skip
    return limits


def _answer_limits(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the limits of applying: time over both files of an order together, the others for each."""
    limits = []
    for count in sorted({row["payments"] for row in rows}):
        files = [row for row in rows if row["payments"] == count]
        value = sum(row["seconds"] for row in files) / sum(row["floor"] for row in files)
        what = f"pain.002 and camt.054 applied, {count:,} payments, times the floor"
        limits.append({"what": what, "value": value, "limit": LIMITS["answers"]})
    for row in rows:
        what = f"{row['file']} of {row['payments']:,} payments"
        limits.append({"what": f"{what}, SQL statements", "value": row["statements"], "limit": LIMITS["statements"]})
        limits.append({"what": f"{what}, peak memory MB", "value": row["memory"], "limit": LIMITS["answer_memory"]})
    return limits


if __name__ == "__main__":
    sys.exit(main())
