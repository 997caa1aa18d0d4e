"""Switch faults on and off, and show what they have done."""

import sqlite3
from typing import Any

from bank_gateway.simulator import storage
from bank_gateway.simulator.faults import delivery
from bank_gateway.simulator.faults.wanted import Fault
from bank_gateway.simulator.house import House

_SHOWN = """
SELECT fault.*, (SELECT count(*) FROM file WHERE file.state = 'held' AND file.bank = fault.bank
                 AND file.fault = fault.name) AS withheld
FROM fault WHERE bank = ? ORDER BY name
"""
_SWITCH_ON = "INSERT INTO fault (bank, name, probability, times, seed, seconds) VALUES (?, ?, ?, ?, ?, ?)"


def switch(connection: sqlite3.Connection, house: House, *, bank: str, faults: list[Fault]) -> None:
    """Let a bank have these faults and no others, each die thrown anew; what a lifted one held is delivered next.

    In a transaction of its own.
    """
    with storage.transaction(connection):
        house.faults.keep(connection, house.clock)
        connection.execute("DELETE FROM fault WHERE bank = ?", (bank,))
        connection.executemany(
            _SWITCH_ON, [(bank, each.name, each.probability, each.times, each.seed, each.seconds) for each in faults]
        )
        delivery.release_lifted(connection, bank=bank, still_on={each.name for each in faults})
    house.faults.load(connection)


def show(connection: sqlite3.Connection, house: House, *, bank: str) -> list[dict[str, Any]]:
    """Return the faults that are on, how often each was tried and struck, and how many files it holds back."""
    return [_shown(row, house) for row in connection.execute(_SHOWN, (bank,)).fetchall()]


def _shown(row: sqlite3.Row, house: House) -> dict[str, Any]:
    """Show a fault as it was put, with its counts."""
    line = house.faults.slow_lines.get(row["bank"]) if row["name"] == "slow_line" else None
    amount = {"probability": row["probability"]} if row["times"] is None else {"times": row["times"]}
    return {
        "fault": row["name"],
        **amount,
        "seed": row["seed"],
        "seconds": row["seconds"],
        "tried": line.drawn if line else row["drawn"],
        "hits": line.hits if line else row["hits"],
        "withheld": row["withheld"],
    }


def hits(connection: sqlite3.Connection, *, bank: str, before: int, limit: int) -> list[sqlite3.Row]:
    """Return the notes on what faults did at a bank, newest first."""
    return connection.execute(
        "SELECT * FROM fault_hit WHERE bank = ? AND id < ? ORDER BY id DESC LIMIT ?", (bank, before, limit)
    ).fetchall()


def shown_hit(row: sqlite3.Row) -> dict[str, Any]:
    """Show a note."""
    return {
        "id": str(row["id"]),
        "fault": row["fault"],
        "at": row["at"],
        "file": row["file"],
        "detail": row["detail"],
    }
