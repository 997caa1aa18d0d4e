"""End the sandbox's processes in order when the supervisor itself was killed.

A program of its own, started with `python -S -E`, in a session of its own: it reads one JSON list of children
per line from a pipe that only the supervisor holds. When the pipe ends, what the last list names is stopped.
It uses the standard library alone, so that it is small and needs nothing of the project.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_HAS_PROC = (_PROC / "self" / "stat").exists()


class Entry(NamedTuple):
    """One child as it is written down: `start` tells it from a later process with the same number."""

    name: str
    stage: int
    pid: int
    start: str
    stop_signal: int
    patience: float


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat behind the name: state, parent, group, ...; empty if there is none."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def is_zombie(pid: int) -> bool:
    """Return whether that process has ended and only waits to be reaped."""
    return _stat(pid)[:1] == ["Z"]


def start_time(pid: int) -> str:
    """Return when that process started, as the system counts it; empty if it is gone or a zombie."""
    if _HAS_PROC:
        fields = _stat(pid)
        return fields[19] if fields and fields[0] != "Z" else ""
    done = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], check=False, capture_output=True, text=True)
    return done.stdout.strip()


def members(group: int) -> list[int]:
    """Return the live processes of a process group; where there is no /proc, the group's number if it exists."""
    if _HAS_PROC:
        pids = [int(path.name) for path in _PROC.iterdir() if path.name.isdigit()]
        return [pid for pid in pids if _is_member(_stat(pid), group)]
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return []
    return [group]


def _is_member(fields: list[str], group: int) -> bool:
    return len(fields) > 2 and fields[0] != "Z" and fields[2] == str(group)


def is_alive(entry: Entry) -> bool:
    """Return whether the very process that was written down still runs."""
    return bool(entry.start) and start_time(entry.pid) == entry.start


def left_behind(entry: Entry, *, marker: bytes) -> list[int]:
    """Return what lives on in the group of a child, told from strangers by `marker` in the environment.

    While its leader lives the whole group is the child's; after that the number may be another's.
    """
    if is_alive(entry):
        return members(entry.pid)
    if start_time(entry.pid):
        return []
    return [pid for pid in members(entry.pid) if _carries(pid, marker)]


def _carries(pid: int, marker: bytes) -> bool:
    try:
        return marker in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def stop_in_order(entries: Iterable[Entry], *, marker: bytes) -> list[str]:
    """Stop what still runs, stage by stage, and return the names of what had to be stopped."""
    remaining = sorted(entries, key=lambda entry: entry.stage)
    stopped = []
    for stage in sorted({entry.stage for entry in remaining}):
        stopped += _stop_stage([entry for entry in remaining if entry.stage == stage], marker=marker)
    return stopped


def _stop_stage(stage: list[Entry], *, marker: bytes) -> list[str]:
    running = [entry for entry in stage if is_alive(entry)]
    for entry in running:
        kill(entry.pid, entry.stop_signal)
    deadline = time.monotonic() + max((entry.patience for entry in running), default=0)
    while any(is_alive(entry) for entry in running) and time.monotonic() < deadline:
        time.sleep(0.05)
    stopped = [entry.name for entry in running]
    for entry in stage:
        orphans = left_behind(entry, marker=marker)
        for pid in orphans:
            kill(pid, signal.SIGKILL)
        if orphans and entry.name not in stopped:
            stopped.append(entry.name)
    _wait_until_gone(stage, marker=marker)
    return stopped


def _wait_until_gone(stage: list[Entry], *, marker: bytes) -> None:
    deadline = time.monotonic() + 5
    while any(left_behind(entry, marker=marker) for entry in stage) and time.monotonic() < deadline:
        time.sleep(0.05)


def kill(pid: int, number: int) -> None:
    """Signal a process that may be gone already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def to_line(entries: Iterable[Entry]) -> bytes:
    """Return the line that tells a guardian the whole list."""
    return json.dumps([list(entry) for entry in entries]).encode() + b"\n"


def main() -> None:
    """Read lists until the pipe ends, then stop what the last one names, and delete the folders it was given."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    marker = os.fsencode(sys.argv[1])
    latest: list[Entry] = []
    for line in sys.stdin:
        latest = [Entry(*fields) for fields in json.loads(line)]
    if latest:
        stop_in_order(latest, marker=marker)
        for folder in sys.argv[2:]:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
