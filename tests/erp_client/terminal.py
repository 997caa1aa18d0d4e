"""A terminal that a command runs in: 100 columns, 30 lines."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

from .builders import Autopay

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def run_in_terminal(autopay: Autopay, *words: str) -> tuple[int, str]:
    """Run the command in a terminal to its end; return its exit code and all that it wrote, without the colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    # Said outright too: what started the tests may have said another width.
    environment = {**autopay.environment(), "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    command = autopay.command(*words, profile="test")
    with subprocess.Popen(command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        written = b"".join(iter(lambda: _read(ours), b""))
        code = process.wait(60)
    os.close(ours)
    return code, _CONTROL.sub("", written.decode()).replace("\r", "")


def _read(terminal: int) -> bytes:
    """Return what the terminal has; nothing once the command has closed it, which Linux says by EIO."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
