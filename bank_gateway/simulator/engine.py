"""The engine: one thread that changes the storage, a few that read it, and the order in which things happen.

All changes run one after another in the writer's thread, so nothing needs a lock of the database. A play of the clock
hands the thread over between two events; reading never waits for it.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from bank_gateway.simulator import diary, intake, storage
from bank_gateway.simulator.clock import BusinessClock
from bank_gateway.simulator.contents import Contents
from bank_gateway.simulator.house import House, storage_path
from bank_gateway.simulator.profiles import BankHabits
from bank_gateway.simulator.refusals import CallRefused
from bank_gateway.simulator.reports import outbox

Answer = TypeVar("Answer")
Work = Callable[[sqlite3.Connection], Answer]

TICK = 0.2
BEAT = 10.0
_READERS = 3


class Engine:
    """The banks at work on one folder."""

    def __init__(self, folder: Path, *, banks: Mapping[str, BankHabits], start: datetime | None = None) -> None:
        path = storage_path(folder)
        storage.prepare(path)
        self._path = path
        self._connection = storage.connect(path)
        self._writer = ThreadPoolExecutor(1, "bank-writer")
        self._readers = ThreadPoolExecutor(_READERS, "bank-reader")
        self._reading = threading.local()
        self._turn = asyncio.Lock()
        self._arrived = asyncio.Event()
        self._last_beat = time.monotonic()
        clock = BusinessClock(self._connection, start=start)
        self.house = House(folder=folder, clock=clock, contents=Contents(folder / "files"), banks=banks)
        self.house.faults.load(self._connection)

    async def change(self, work: Work[Answer]) -> Answer:
        """Run work that may change the storage, after all that was asked for earlier."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, work, self._connection)

    async def ask(self, query: Work[Answer]) -> Answer:
        """Run a query beside whatever the writer does."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, lambda: query(self._reading_connection())
        )

    def _reading_connection(self) -> sqlite3.Connection:
        """Return this reading thread's own connection."""
        connection: sqlite3.Connection | None = getattr(self._reading, "connection", None)
        if connection is None:
            connection = storage.connect(self._path)
            connection.execute("PRAGMA query_only = ON")
            self._reading.connection = connection
        return connection

    def note_arrival(self) -> None:
        """Say that a file may lie complete in some `to_bank/`. Called from the event loop."""
        self._arrived.set()

    async def recover(self) -> None:
        """Finish what a kill interrupted: takings, unwritten and undelivered reports, events that failed."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("UPDATE event SET state = 'waiting', fault = '' WHERE state = 'failed'")
            intake.take_files(connection, self.house)
            outbox.finish(connection, self.house)

        await self.change(work)

    async def keep_time(self) -> None:
        """Play events as real time passes, for as long as the program runs."""
        while True:
            async with self._turn:
                await self._take_arrivals()
                while await self._step(until=self.house.clock.now(), moving=False):
                    await self._take_arrivals()
                await self._beat()
            try:
                await asyncio.wait_for(self._arrived.wait(), TICK)
            except TimeoutError:
                continue

    async def advance(self, choose: Callable[[datetime], datetime]) -> int:
        """Advance the clock to the time `choose` makes of now, playing what falls due on the way.

        Returns how many events were played. Raises CallRefused (409) when the time lies behind.
        """
        async with self._turn:
            clock = self.house.clock
            until = choose(clock.now())
            if until < clock.now():
                raise CallRefused(409, "clock_backwards", "The clock never goes back")
            self._arrived.set()
            try:
                return await self._play_until(until)
            finally:
                clock.run_on()
                await self.change(clock.keep)

    async def _play_until(self, until: datetime) -> int:
        """Play every event up to a point in time and let the clock stand there."""
        played = 0
        await self._take_arrivals()
        while await self._step(until=until, moving=True):
            played += 1
            await self._take_arrivals()
        self.house.clock.stand_at(until)
        return played

    async def _take_arrivals(self) -> None:
        """Take files out of `to_bank/` when one may have arrived."""
        if self._arrived.is_set():
            self._arrived.clear()
            await self.change(lambda connection: intake.take_files(connection, self.house))

    async def _step(self, *, until: datetime, moving: bool) -> bool:
        """Play the next due event and deliver what it reports; tell whether there was one."""

        def work(connection: sqlite3.Connection) -> bool:
            event = diary.next_due(connection, until=until)
            if event is None:
                return False
            diary.play(connection, self.house, event, moving=moving)
            outbox.finish(connection, self.house)
            return True

        return await self.change(work)

    async def _beat(self) -> None:
        """Every few seconds, and when a held file's time has come, keep the clock's reading and try deliveries."""
        release = self.house.faults.next_release
        if time.monotonic() - self._last_beat < BEAT and (release is None or release > time.time()):
            return
        self._last_beat = time.monotonic()

        def work(connection: sqlite3.Connection) -> None:
            self._keep(connection)
            outbox.finish(connection, self.house)

        await self.change(work)

    async def keep_now(self) -> None:
        """Keep what is only in memory without waiting for the next beat: somebody asks for it."""
        await self.change(self._keep)

    def _keep(self, connection: sqlite3.Connection) -> None:
        """Keep what is only in memory: the clock's reading and the throws of slowed lines."""
        with storage.transaction(connection):
            self.house.clock.keep(connection)
            self.house.faults.keep(connection, self.house.clock)

    async def stop(self) -> None:
        """Let the work under way end, keep what is only in memory, close the storage."""
        await self.change(self._keep)
        await asyncio.to_thread(self._writer.shutdown, wait=True)
        await asyncio.to_thread(self._readers.shutdown, wait=True)
        self._connection.close()
