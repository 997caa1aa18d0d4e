"""The real web server for tests: granian with the ASGI front, on a port of its own, on the tests' database."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Served:
    """A running server: its address, and its worker's process id."""

    origin: str
    port: int
    worker: int

    def peak_memory(self) -> int:
        """Return the worker's highest resident memory so far, in bytes."""
        for line in Path(f"/proc/{self.worker}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmHWM")


@contextmanager
def serve(log: Path) -> Iterator[Served]:
    """Run the server for the time of a `with` block."""
    port = _free_port()
    origin = f"http://localhost:{port}"
    environment = {**os.environ, **_database(), "AUTOPAY_PORT": str(port), "AUTOPAY_PUBLIC_URL": origin}
    command = [
        *(sys.executable, "-m", "granian", "--interface", "asginl", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--backpressure", "4000", "--workers-kill-timeout", "3"),
        "autopay_portal.asgi:application",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=_ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, process_group=0
        )
        try:
            _wait_until_ready(process, f"{origin}/livez", log)
            yield Served(origin=origin, port=port, worker=_worker_of(process.pid))
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _database() -> dict[str, str]:
    """Return the environment that names the tests' own database instead of the one they were made from."""
    before, _, options = os.environ["DATABASE_URL"].partition("?")
    base = before.rpartition("/")[0]
    url = f"{base}/{connection.settings_dict['NAME']}"
    return {"DATABASE_URL": f"{url}?{options}" if options else url}


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (a loopback address of our own)
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError(f"the server didn't start: {log.read_text(encoding='utf-8')[-2000:]}")


def _worker_of(master: int) -> int:
    children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
    return int(children[-1])
