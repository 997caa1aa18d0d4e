"""Start a program as a process of its own without importing everything anew: forked off a server that has.

What runs is the program's own `main`, in a process that signals reach as any other. Of an import per start, half a
second each, one is left per test run.
"""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TextIO

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload([__name__, "bank_gateway.simulator.__main__"])


class Forked:
    """A started program. `stdout`: what it prints."""

    def __init__(self, module: str, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> None:
        reader, writer = _FORKS.Pipe(duplex=False)
        given = (module, list(arguments), str(folder), dict(environment), writer)
        # Daemonic: it doesn't outlive the tests, even if one forgets it.
        self._process = _FORKS.Process(target=_run, args=given, daemon=True)
        self._process.start()
        writer.close()
        self.stdout: TextIO = os.fdopen(os.dup(reader.fileno()), encoding="utf-8")
        reader.close()

    @property
    def pid(self) -> int:
        """Return the process's id."""
        if self._process.pid is None:
            raise RuntimeError("Not started")
        return self._process.pid

    def send_signal(self, sent: signal.Signals) -> None:
        """Send a signal; to one that has ended, nothing."""
        if self._process.exitcode is None:
            os.kill(self.pid, sent)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def wait(self, seconds: float) -> int:
        """Return the exit code once it has ended, negative for a signal. Raises TimeoutError."""
        self._process.join(seconds)
        if self._process.exitcode is None:
            raise TimeoutError(f"Still running after {seconds} s")
        return self._process.exitcode


def _run(module: str, arguments: list[str], folder: str, environment: dict[str, str], stdout: Connection) -> None:
    """Be the program."""
    os.chdir(folder)
    os.environ.update(environment)
    os.dup2(stdout.fileno(), sys.stdout.fileno())
    stdout.close()
    sys.argv = [module, *arguments]
    sys.exit(import_module(module).main())
