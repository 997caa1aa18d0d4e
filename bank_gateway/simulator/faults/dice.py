"""One die per fault and bank: what it shows depends on its seed and on how often it was thrown, on nothing else.

The number of throws is kept with the fault, so a restart goes on where the last throw was.
"""

import random
import sqlite3

from bank_gateway.simulator import instants
from bank_gateway.simulator.clock import BusinessClock


def throw_of(*, bank: str, name: str, seed: int, number: int) -> random.Random:
    """Return the generator of one throw; its first number decides, what it gives next is the fault's to use."""
    return random.Random(f"{bank}:{name}:{seed}:{number}")  # noqa: S311 - a die that can be thrown again, no secret


def strikes(row: sqlite3.Row, throw: random.Random) -> bool:
    """Tell whether a throw strikes."""
    shown = throw.random()
    if row["times"] is not None:
        return int(row["hits"]) < int(row["times"])
    return shown < float(row["probability"])


def throw(connection: sqlite3.Connection, *, bank: str, name: str) -> random.Random | None:
    """Throw a fault's die in the caller's transaction; return the throw if it strikes, None if not or not on."""
    row = connection.execute("SELECT * FROM fault WHERE bank = ? AND name = ?", (bank, name)).fetchone()
    if row is None:
        return None
    thrown = throw_of(bank=bank, name=name, seed=row["seed"], number=row["drawn"])
    hit = strikes(row, thrown)
    connection.execute(
        "UPDATE fault SET drawn = drawn + 1, hits = hits + ? WHERE bank = ? AND name = ?", (int(hit), bank, name)
    )
    return thrown if hit else None


def note(connection: sqlite3.Connection, clock: BusinessClock, *, bank: str, name: str, file: str, detail: str) -> None:
    """Note that a fault struck, when in bank time, and which file."""
    connection.execute(
        "INSERT INTO fault_hit (bank, fault, at, file, detail) VALUES (?, ?, ?, ?, ?)",
        (bank, name, instants.to_text(clock.now()), file, detail),
    )
