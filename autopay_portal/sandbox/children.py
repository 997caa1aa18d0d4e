"""The supervisor's child processes: started, written down, watched, started again, ended in order."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from autopay_portal.sandbox import guardian
from autopay_portal.sandbox.guardian import Entry
from autopay_portal.sandbox.guarding import Guardian
from autopay_portal.sandbox.logs import keep_small
from autopay_portal.sandbox.place import Place, read_private, write_private
from autopay_portal.sandbox.servers.process import stop_process

_LONGEST_PAUSE = 30.0
_LOG_INTERVAL = 30.0
_STEADY_AFTER = 60.0  # seconds of life after which earlier failures are forgotten


@dataclass(frozen=True)
class Program:
    """One kind of child. Stages end in order, lowest first; `patience` is seconds from the stop signal to SIGKILL."""

    name: str
    title: str
    stage: int
    launch: Callable[[], subprocess.Popen[bytes]]
    log: Path
    stop_signal: int = signal.SIGTERM
    patience: float = 5.0
    restart: bool = True


@dataclass
class Child:
    """A program with its process of the moment."""

    program: Program
    process: subprocess.Popen[bytes]
    start: str
    started_at: float
    failures: int = 0
    restart_at: float | None = None

    @property
    def entry(self) -> Entry:
        program = self.program
        return Entry(
            program.name, program.stage, self.process.pid, self.start, int(program.stop_signal), program.patience
        )


@dataclass
class Children:
    """All children of one supervisor, known also to the guardian and to `children.json`."""

    place: Place
    instance: str
    say: Callable[[str], None]
    running: dict[str, Child] = field(default_factory=dict)
    _guardian: Guardian | None = None
    _logs_seen_at: float = float("-inf")

    @property
    def marker(self) -> str:
        """Return what stands in the environment of every process of this start."""
        return f"AUTOPAY_INSTANCE={self.instance}"

    def start(self, program: Program) -> Child:
        """Start a program and write it down."""
        process = program.launch()
        child = Child(program, process, guardian.start_time(process.pid), time.monotonic())
        self.running[program.name] = child
        self._write_down()
        return child

    def forget(self, name: str) -> None:
        """Take a child that has ended for good off the list."""
        del self.running[name]
        self._write_down()

    def watch(self) -> None:
        """Note who has ended and start again whose pause is over."""
        for child in list(self.running.values()):
            if child.restart_at is not None:
                self._restart_when_due(child)
            elif child.process.poll() is not None:
                self._note_death(child)
        self._keep_logs_small()
        if self._guardian is not None and not self._guardian.is_alive():
            self.say("The guardian ended: starting it again")
            self._write_down()

    def _keep_logs_small(self) -> None:
        now = time.monotonic()
        if now - self._logs_seen_at > _LOG_INTERVAL:
            self._logs_seen_at = now
            keep_small(child.program.log for child in self.running.values())

    def _note_death(self, child: Child) -> None:
        lived = time.monotonic() - child.started_at
        child.failures = 1 if lived > _STEADY_AFTER else child.failures + 1
        pause = 0.2 if child.failures == 1 else min(2.0 ** (child.failures - 2), _LONGEST_PAUSE)
        child.restart_at = time.monotonic() + pause
        for pid in guardian.left_behind(child.entry, marker=os.fsencode(self.marker)):
            guardian.kill(pid, signal.SIGKILL)
        how = describe_end(child.process.returncode)
        self.say(f"{child.program.title} ended ({how}): starting it again in {pause:.1f} s. Log: {child.program.log}")

    def _restart_when_due(self, child: Child) -> None:
        if child.restart_at is None or time.monotonic() < child.restart_at:
            return
        if guardian.members(child.process.pid) and time.monotonic() < child.restart_at + 5:
            return
        failures = child.failures
        again = self.start(child.program)
        again.failures = failures
        self.say(f"{child.program.title} is started again (process {again.process.pid})")

    def _write_down(self) -> None:
        entries = [child.entry for child in self.running.values()]
        record = {"boot": boot_id(), "marker": self.marker, "children": [list(entry) for entry in entries]}
        write_private(self.place.children, record)
        self._tell_guardian(entries)

    def _tell_guardian(self, entries: list[Entry]) -> None:
        if self._guardian is None or not self._guardian.is_alive():
            self._guardian = Guardian(marker=self.marker)
        self._guardian.tell(entries)

    def stop_all(self) -> None:
        """End every child, stage by stage, then the guardian; nothing of any of them is left."""
        for stage in sorted({child.program.stage for child in self.running.values()}):
            group = [child for child in self.running.values() if child.program.stage == stage]
            for child in group:
                if child.process.poll() is None:
                    child.process.send_signal(child.program.stop_signal)
            deadline = time.monotonic() + max(child.program.patience for child in group)
            for child in group:
                self._end(child, deadline)
        self.running.clear()
        if self._guardian is not None:
            self._guardian.dismiss()
            self._guardian = None
        self.place.children.unlink(missing_ok=True)

    def _end(self, child: Child, deadline: float) -> None:
        left = max(deadline - time.monotonic(), 0)
        try:
            child.process.wait(timeout=left)
        except subprocess.TimeoutExpired:
            self.say(f"{child.program.title} takes too long to end: killing it")
        # While its group has members its number can't be another's.
        stop_process(child.process, stop_signal=signal.SIGKILL, patience=5)


def describe_end(code: int) -> str:
    """Return in words how a process ended."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def boot_id() -> str:
    """Return what tells this boot of the machine from another: process numbers mean nothing after one."""
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text(encoding="ascii").strip() if path.exists() else ""


def end_left_overs(place: Place) -> list[str]:
    """End what a killed supervisor left running and return its names.

    The record goes only when they are gone: a worker that nobody knows of would take tasks of the next start.
    """
    record: dict[str, object] = dict(read_private(place.children))
    if record and record.get("boot") == boot_id():
        children = record["children"]
        entries = [Entry(*fields) for fields in children] if isinstance(children, list) else []
        stopped = guardian.stop_in_order(entries, marker=os.fsencode(str(record["marker"])))
    else:
        stopped = []
    place.children.unlink(missing_ok=True)
    return stopped
