"""One supervisor per folder: a lock that the kernel lets go when its holder ends, however it ends."""

import fcntl
import os
from typing import IO

from autopay_portal.sandbox.place import Place, UnableToStartError


def take_lock(place: Place) -> IO[str]:
    """Lock the folder for this process and return the open file; raise UnableToStartError naming who holds it."""
    file = os.fdopen(os.open(place.lock, os.O_CREAT | os.O_RDWR, 0o600), "r+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = file.read().strip() or "unknown"
        file.close()
        raise UnableToStartError(
            f"AutoPay already runs on {place.var} (process {holder}). Stop that one (Ctrl-C where it runs, "
            f"or: kill {holder}), or start a second one with another AUTOPAY_VAR and AUTOPAY_PORT"
        ) from None
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
