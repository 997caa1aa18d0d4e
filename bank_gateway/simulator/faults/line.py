"""What faults do to the SFTP line of one session: cut it, or slow it."""

import asyncio
import sqlite3

from bank_gateway.simulator import storage
from bank_gateway.simulator.engine import Engine
from bank_gateway.simulator.faults import dice, kinds

# However long a file is, its reads and writes together are slowed by no more than this.
SLOWEST_FILE = 10.0


class FaultyLine:
    """The faults of one session's line. Where none is on, nothing is asked and nothing is lost."""

    def __init__(self, engine: Engine, *, bank: str) -> None:
        self._engine = engine
        self._bank = bank
        self._slowed: dict[object, float] = {}

    async def cuts_upload(self, name: str) -> bool:
        """Tell whether the line breaks in the middle of an upload that begins."""
        return await self._strikes(kinds.HALF_TO_BANK, name, "cut in the middle of the upload")

    async def cuts_after_rename(self, name: str) -> bool:
        """Tell whether the line breaks between a rename and its answer."""
        return await self._strikes(kinds.DROP_AFTER_RENAME, name, "renamed, cut before the answer")

    async def slow_down(self, file: object = None) -> None:
        """Wait before an operation where the line is slow; `file` is what it reads or writes, if anything."""
        line = self._engine.house.faults.slow_lines.get(self._bank)
        if line is None:
            return
        delay = line.delay(self._bank)
        if file is not None:
            delay = min(delay, SLOWEST_FILE - self._slowed.get(file, 0.0))
            self._slowed[file] = self._slowed.get(file, 0.0) + delay
        if delay > 0:
            await asyncio.sleep(delay)

    def forget(self, file: object) -> None:
        """Forget a file that is closed."""
        self._slowed.pop(file, None)

    async def _strikes(self, fault: str, name: str, detail: str) -> bool:
        """Throw a fault's die and note if it strikes."""
        house, bank = self._engine.house, self._bank
        if not house.faults.has(bank, fault):
            return False

        def work(connection: sqlite3.Connection) -> bool:
            with storage.transaction(connection):
                struck = dice.throw(connection, bank=bank, name=fault) is not None
                if struck:
                    dice.note(connection, house.clock, bank=bank, name=fault, file=name, detail=detail)
            return struck

        return await self._engine.change(work)
