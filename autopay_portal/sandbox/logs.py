"""The children's log files: kept, but never more than two pieces of each."""

import shutil
from collections.abc import Iterable
from pathlib import Path

_LARGEST = 20 * 1024 * 1024


def keep_small(logs: Iterable[Path], *, largest: int = _LARGEST) -> None:
    """Move what a log over `largest` bytes holds to `NAME.1` and empty it.

    Its writer holds the file open to append, so the file itself must stay; a line written in between is lost.
    """
    for log in logs:
        if log.is_file() and log.stat().st_size > largest:
            shutil.copyfile(log, log.with_name(log.name + ".1"))
            with log.open("r+b") as file:
                file.truncate()
