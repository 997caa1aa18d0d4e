"""The figures as a table for people and as JSON for what compares runs."""

import json
import os
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

# What the project promises (ratios to the floor; MB; growth of the cost per payment).
LIMITS = {
    "intake": 2.5, "walk": 15.0, "memory": 300.0, "growth": 1.3, "answers": 3.0, "statements": 25.0,
    "answer_memory": 200.0,
}  # fmt: skip


def print_report(figures: dict[str, Any]) -> bool:
    """Print the tables, write the JSON where BENCH_JSON says, and return whether every limit is kept."""
    console = Console()
    console.print(_intake_table(figures))
    console.print(_steps_table(figures))
    if figures["answers"]:
        console.print(_answers_table(figures))
    console.print(_limits_table(figures))
    if path := os.environ.get("BENCH_JSON"):
        Path(path).write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return all(row["value"] <= row["limit"] for row in figures["limits"])


def _intake_table(figures: dict[str, Any]) -> Table:
    table = Table(title="Intake over HTTP (pain.001.001.09): 201 beside the floor", title_justify="left")
    for name in ("payments", "MB", "floor s", "of it schema parse", "of it COPY", "201 after s", "times floor",
                 "µs a payment", "web peak MB"):  # fmt: skip
        table.add_column(name, justify="right")
    for row in figures["intake"]:
        table.add_row(
            f"{row['payments']:,}", f"{row['megabytes']:.1f}", f"{row['floor']:.2f}", f"{row['floor_parse']:.2f}",
            f"{row['floor_copy']:.2f}", f"{row['seconds']:.2f}", f"{row['ratio']:.2f}",
            f"{row['seconds'] / row['payments'] * 1e6:.0f}", f"{row['peak_memory']:.0f}",
        )  # fmt: skip
    return table


def _steps_table(figures: dict[str, Any]) -> Table:
    table = Table(title="From the POST to a ready ledger batch", title_justify="left")
    for name in ("payments", "step", "done after s", "share"):
        table.add_column(name, justify="right" if name != "step" else "left")
    for walk in figures["walks"]:
        before, total = 0.0, max(walk["marks"].values())
        for step, at in walk["marks"].items():
            table.add_row(f"{walk['payments']:,}", step, f"{at:.2f}", f"{(at - before) / total:.0%}")
            before = at
    for row in figures["intake"]:
        for step, seconds in row["steps"].items():
            table.add_row(
                f"{row['payments']:,}", f"intake: {step}", f"{seconds:.2f}", f"{seconds / row['seconds']:.0%}"
            )
    return table


def _answers_table(figures: dict[str, Any]) -> Table:
    table = Table(title="A bank's answers to one order, applied, beside the floor", title_justify="left")
    for name in ("file", "payments", "MB", "floor s", "of it parse", "of it UPDATE", "applied in s", "times floor",
                 "SQL", "peak MB"):  # fmt: skip
        table.add_column(name, justify="left" if name == "file" else "right")
    for row in figures["answers"]:
        table.add_row(
            row["file"], f"{row['payments']:,}", f"{row['megabytes']:.1f}", f"{row['floor']:.2f}",
            f"{row['floor_parse']:.2f}", f"{row['floor_update']:.2f}", f"{row['seconds']:.2f}", f"{row['ratio']:.2f}",
            f"{row['statements']}", f"{row['memory']:.0f}",
        )  # fmt: skip
    return table


def _limits_table(figures: dict[str, Any]) -> Table:
    table = Table(title="Limits", title_justify="left")
    for name in ("what", "measured", "limit", ""):
        table.add_column(name, justify="right" if name != "what" else "left")
    for row in figures["limits"]:
        kept = row["value"] <= row["limit"]
        table.add_row(row["what"], f"{row['value']:.2f}", f"{row['limit']:.2f}", "kept" if kept else "BROKEN")
    return table
