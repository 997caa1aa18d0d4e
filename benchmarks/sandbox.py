"""A sandbox of the benchmark's own: started in a temporary folder, stopped and deleted at the end."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 180
_STOP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that is ready: its folder, its description (contract, sandbox.json) and its supervisor."""

    var: Path
    description: dict[str, Any]
    supervisor: int

    @property
    def database_url(self) -> str:
        """Where its PostgreSQL is."""
        addresses = json.loads((self.var / "run" / "addresses.json").read_text(encoding="utf-8"))
        return str(addresses["database_url"])

    def processes(self, word: str) -> list[int]:
        """Return the pids below the supervisor whose command line holds `word`."""
        return [pid for pid in _descendants(self.supervisor) if word in _command(pid)]


@contextmanager
def running_sandbox() -> Iterator[Running]:
    """Run the whole system for the block and leave nothing behind."""
    var = Path(tempfile.mkdtemp(prefix="autopay-bench-"))
    port = _free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AUTOPAY_")}
    environment |= {"AUTOPAY_VAR": str(var), "AUTOPAY_PORT": str(port)}
    log = (var.parent / f"{var.name}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "autopay_portal.sandbox", "run"],
        cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        yield Running(var=var, description=_wait(process, var, Path(log.name)), supervisor=process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()
        Path(log.name).unlink()
        shutil.rmtree(var, ignore_errors=True)


def _wait(process: "subprocess.Popen[bytes]", var: Path, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the sandbox ended:\n{log.read_text(encoding='utf-8', errors='replace')}")
        if b"Ready after" in log.read_bytes():
            found: dict[str, Any] = json.loads((var / "sandbox.json").read_text(encoding="utf-8"))
            return found
        time.sleep(0.2)
    raise RuntimeError("the sandbox wasn't ready in time")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _descendants(pid: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def forget_peak(pids: list[int]) -> None:
    """Begin a new measurement of the processes' peak memory."""
    for pid in pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def peak_megabytes(pids: list[int]) -> float:
    """Return the highest resident memory of any one of the processes since `forget_peak`."""
    peaks = [0.0]
    for pid in pids:
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        peaks += [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")]
    return max(peaks)
