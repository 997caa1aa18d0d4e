"""The supervisor's end of the pipe to its guardian."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from autopay_portal.sandbox import guardian
from autopay_portal.sandbox.guardian import Entry


class Guardian:
    """A guardian process: told what runs, it ends all of it when we are gone and the pipe with us."""

    def __init__(self, *, marker: str, remove: Path | None = None) -> None:
        """Start it. `marker` stands in the environment of what it guards; `remove` is deleted after an abrupt end."""
        command = [sys.executable, "-S", "-E", guardian.__file__, marker, *([str(remove)] if remove else [])]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def is_alive(self) -> bool:
        """Return whether it still guards."""
        return self._process.poll() is None

    def tell(self, entries: Sequence[Entry]) -> None:
        """Tell it the whole list."""
        pipe = self._process.stdin
        if pipe is None or not self.is_alive():
            return
        try:
            pipe.write(guardian.to_line(entries))
            pipe.flush()
        except BrokenPipeError:
            # It ended this moment: whoever watches sees that and starts another, which is told the whole list.
            return

    def dismiss(self) -> None:
        """End it with nothing left to guard."""
        self.tell([])
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=30)
