"""Which faults are on, readable by every thread without the storage, and the slowed operations not yet kept there."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from bank_gateway.simulator.clock import BusinessClock
from bank_gateway.simulator.faults import dice, kinds

FASTEST, SLOWEST = 0.05, 0.5


@dataclass
class SlowLine:
    """The die of a slowed line. It is thrown for every operation, so its count is kept now and then, not each time."""

    row: sqlite3.Row
    drawn: int
    hits: int

    def delay(self, bank: str) -> float:
        """Throw, and return how many seconds an operation is slowed, perhaps none."""
        thrown = dice.throw_of(bank=bank, name=kinds.SLOW_LINE, seed=self.row["seed"], number=self.drawn)
        self.drawn += 1
        shown, times = thrown.random(), self.row["times"]
        if not (self.hits < times if times is not None else shown < self.row["probability"]):
            return 0.0
        self.hits += 1
        return thrown.uniform(FASTEST, SLOWEST)


class ActiveFaults:
    """The faults that are on. Changed by the writer's thread only; `next_release` is machine time, None for never."""

    def __init__(self) -> None:
        self._by_bank: Mapping[str, frozenset[str]] = {}
        self.slow_lines: dict[str, SlowLine] = {}
        self.next_release: float | None = None

    def has(self, bank: str, name: str) -> bool:
        """Tell whether a fault is on at a bank."""
        return name in self._by_bank.get(bank, frozenset())

    def on_delivery(self, bank: str) -> tuple[str, ...]:
        """Return the faults that are on and strike files on their way out, in the order they are tried."""
        return tuple(name for name in kinds.ON_DELIVERY if self.has(bank, name))

    def load(self, connection: sqlite3.Connection) -> None:
        """Take over what the storage says."""
        rows = connection.execute("SELECT * FROM fault").fetchall()
        banks = {row["bank"] for row in rows}
        self._by_bank = {bank: frozenset(row["name"] for row in rows if row["bank"] == bank) for bank in banks}
        self.slow_lines = {
            row["bank"]: SlowLine(row, row["drawn"], row["hits"]) for row in rows if row["name"] == kinds.SLOW_LINE
        }
        self.load_releases(connection)

    def load_releases(self, connection: sqlite3.Connection) -> None:
        """Take over when the next file that is held for a time is to be delivered."""
        held = connection.execute("SELECT min(held_until) FROM file WHERE state = 'held'").fetchone()
        self.next_release = held[0]

    def keep(self, connection: sqlite3.Connection, clock: BusinessClock) -> None:
        """Write what the slowed lines have thrown to the storage, with one note for all that was slowed since."""
        for bank, line in self.slow_lines.items():
            kept = connection.execute(
                "SELECT drawn, hits FROM fault WHERE bank = ? AND name = ?", (bank, kinds.SLOW_LINE)
            ).fetchone()
            if kept is None or kept["drawn"] == line.drawn:
                continue
            slowed = line.hits - kept["hits"]
            connection.execute(
                "UPDATE fault SET drawn = ?, hits = ? WHERE bank = ? AND name = ?",
                (line.drawn, line.hits, bank, kinds.SLOW_LINE),
            )
            if slowed:
                detail = f"{slowed} operations slowed"
                dice.note(connection, clock, bank=bank, name=kinds.SLOW_LINE, file="", detail=detail)
