"""Signals that ask the supervisor to stop, taken between its steps and never inside one."""

import os
import select
import signal
from types import FrameType

_REASONS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "asked to end", signal.SIGHUP: "the terminal was closed"}


class Stopping:
    """Why the supervisor should stop, empty while it should not; a wait that ends at any signal or child's death."""

    def __init__(self) -> None:
        self.reason = ""
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)

    def listen(self) -> None:
        """Take the signals over. One that was ignored from the start (nohup) stays ignored, but for Ctrl-C."""
        for number in _REASONS:
            if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue
            signal.signal(number, self._note)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.reason = self.reason or _REASONS[signal.Signals(number)]

    def wait(self, seconds: float) -> None:
        """Return after `seconds`, or sooner when a signal came or a child ended."""
        ready, _, _ = select.select([self._reader], [], [], seconds)
        if ready:
            os.read(self._reader, 4096)
