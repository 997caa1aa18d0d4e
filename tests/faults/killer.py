"""A thread that waits for its victim in one spot and kills it there, again and again."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.faults.system import System, children_of

_LOOKS = 100
_ASLEEP, _AWAKE = 0.05, 0.01


class Killer:
    """Kill the processes of `program` when `query` gives a row not seen before, and when a second has passed.

    `delay` is the longest time in seconds between sight and shot.
    """

    def __init__(self, system: System, *, program: str, query: str, choice: random.Random, delay: float = 0.0) -> None:
        self.hits: set[tuple[Any, ...]] = set()
        self._system, self._program, self._query = system, program, query
        self._choice, self._delay = choice, delay
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        shot = time.monotonic()
        with self._system.database() as cursor:
            while not self._over.is_set():
                # Looked up before, so that nothing stands between the sight and the shot.
                victims = children_of(self._system.running.child(self._program))
                found = self._look(cursor)
                if found or time.monotonic() - shot > 1:
                    time.sleep(self._choice.uniform(0, self._delay))
                    for pid in victims:
                        kill(pid)
                    shot = time.monotonic()
                    self.hits |= found

    def _look(self, cursor: Any) -> set[tuple[Any, ...]]:
        """Return what wasn't hit yet, after some looks in quick succession."""
        for _ in range(_LOOKS):
            cursor.execute(self._query)
            if found := set(cursor.fetchall()) - self.hits:
                return found
        return set()


@contextmanager
def slow_bank(system: System) -> Iterator[None]:
    """Let the bank live a hundredth of a second at a time for the block: what is over in a blink takes a while."""
    over = threading.Event()

    def slow_down() -> None:
        while not over.is_set():
            bank = system.running.child("banks")
            _signal(bank, signal.SIGSTOP)
            time.sleep(_ASLEEP)
            _signal(bank, signal.SIGCONT)
            time.sleep(_AWAKE)

    thread = threading.Thread(target=slow_down, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def kill(pid: int) -> None:
    """End a process with SIGKILL that may have ended by itself."""
    _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
