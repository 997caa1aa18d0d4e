"""Run the simulator so that it kills itself with SIGKILL at its n-th step towards the disk.

Started like the program itself, with KILL_AT in the environment. A step is a commit, a
flush, a link, a rename or a removal: the places between which a power cut differs.
"""

import itertools
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bank_gateway.simulator import __main__, storage

KILL_AT = int(os.environ["KILL_AT"])
_steps = itertools.count(1)


def _step() -> None:
    if next(_steps) == KILL_AT:
        os.kill(os.getpid(), signal.SIGKILL)


def _counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that counts a step before it and one after."""

    def counted(*arguments: Any, **named: Any) -> Any:
        _step()
        result = function(*arguments, **named)
        _step()
        return result

    return counted


class _Counted(sqlite3.Connection):
    """A connection whose writing statements outside a transaction, and whose commits, are steps."""

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        writes = sql.startswith("COMMIT") or (not self.in_transaction and sql.startswith(("INSERT", "UPDATE")))
        return (_counted(super().execute) if writes else super().execute)(sql, *arguments)


def main() -> int:
    plain = sqlite3.connect

    def connect(path: Path, **named: Any) -> sqlite3.Connection:
        return plain(path, factory=_Counted, **named)

    storage.sqlite3.connect = connect  # type: ignore[attr-defined]
    os.fsync = _counted(os.fsync)
    os.link = _counted(os.link)
    Path.unlink = _counted(Path.unlink)  # type: ignore[method-assign]
    Path.replace = _counted(Path.replace)  # type: ignore[method-assign]
    return __main__.main()


if __name__ == "__main__":
    sys.exit(main())
