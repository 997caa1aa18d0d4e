"""The banks' business clock: one for all banks of the process, kept over restarts, never going back."""

import sqlite3
import time as machine_clock
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from bank_gateway.simulator import instants
from bank_gateway.simulator.norwegian import calendar

OPENING = time(9, 0)
FASTEST = 86_400.0


@dataclass(frozen=True)
class _Anchor:
    """One pair of readings: business time and machine time, in seconds, that stood side by side."""

    business: datetime
    machine: float
    rate: float
    standing: bool = False


class BusinessClock:
    """The business clock. It runs on while the program is down, by the machine's wall clock.

    While a play is under way it stands at the event being played; readers then see that event's time.
    """

    def __init__(self, connection: sqlite3.Connection, *, start: datetime | None) -> None:
        self._offset = machine_clock.time() - machine_clock.monotonic()
        self._anchor = self._restore(connection, start)
        self.keep(connection)

    def now(self) -> datetime:
        """Return the business time."""
        anchor = self._anchor
        if anchor.standing:
            return anchor.business
        return anchor.business + timedelta(seconds=max(0.0, self._machine() - anchor.machine) * anchor.rate)

    @property
    def rate(self) -> float:
        """Return how many business seconds pass per second of the machine."""
        return self._anchor.rate

    def set_rate(self, connection: sqlite3.Connection, *, rate: float) -> None:
        """Let the clock run at another rate from now on, and keep that."""
        self._anchor = _Anchor(self.now(), self._machine(), rate)
        self.keep(connection)

    def stand_at(self, at: datetime) -> None:
        """Stop at a point in time, never before what was read already."""
        self._anchor = _Anchor(max(at, self.now()), self._machine(), self._anchor.rate, standing=True)

    def run_on(self) -> None:
        """Let a standing clock run on from where it stands."""
        self._anchor = _Anchor(self.now(), self._machine(), self._anchor.rate)

    def keep(self, connection: sqlite3.Connection) -> None:
        """Write the present reading to the storage, in the caller's transaction if there is one."""
        rows = {
            "clock_business": instants.to_text(self.now()),
            "clock_machine": repr(self._machine()),
            "clock_rate": repr(self.rate),
        }
        connection.executemany("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)", list(rows.items()))

    def _machine(self) -> float:
        """Return seconds since the epoch that never jump while the program runs."""
        return machine_clock.monotonic() + self._offset

    def _restore(self, connection: sqlite3.Connection, start: datetime | None) -> _Anchor:
        """Return the kept anchor brought forward to now, or the first one."""
        kept = dict(connection.execute("SELECT key, value FROM setting WHERE key LIKE 'clock_%'").fetchall())
        if not kept:
            return _Anchor(start or first_reading(datetime.now(UTC)), self._machine(), 1.0)
        rate = float(kept["clock_rate"])
        passed = max(0.0, self._machine() - float(kept["clock_machine"]))
        business = instants.from_text(kept["clock_business"]) + timedelta(seconds=passed * rate)
        return _Anchor(max(business, start or business), self._machine(), rate)


def first_reading(now: datetime) -> datetime:
    """Return the time a new clock starts at: now on a bank day, else 09:00 on the next one."""
    today = instants.bank_date(now)
    if calendar.is_bank_day(today):
        return now
    return instants.oslo(calendar.bank_day_after(today), OPENING)
