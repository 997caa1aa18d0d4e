"""A sandbox as somebody runs it: another process, its own folder, nothing inherited from the test run."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 150.0
STOP_SECONDS = 40.0


def clean_environment(var: Path, port: int) -> dict[str, str]:
    """Return an environment as a person's shell has it, without what the test run has set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AUTOPAY_", "PYTEST_"))}
    for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
        kept.pop(name, None)
    return {**kept, "AUTOPAY_VAR": str(var), "AUTOPAY_PORT": str(port)}


def free_port() -> int:
    """Return a port with nobody on it nor on the two that the banks take next to it."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
        if port < 65000:
            return port


def wait_until(condition: Callable[[], Any], *, seconds: float, what: str) -> None:
    """Return when `condition` holds; fail the test if it doesn't within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def processes_on(var: Path) -> list[str]:
    """Return the live processes that work in that folder or were started for it, as 'pid command'."""
    wanted = os.fsencode(var)
    return [f"{pid} {name}" for pid in _pids() if (name := _works_on(pid, wanted))]


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and int(path.name) != os.getpid()]


def _works_on(pid: int, wanted: bytes) -> str:
    proc = Path(f"/proc/{pid}")
    try:
        if (proc / "stat").read_text(errors="replace").rpartition(")")[2].split()[0] == "Z":
            return ""
        traces = (
            (proc / "cmdline").read_bytes(),
            (proc / "environ").read_bytes(),
            os.fsencode((proc / "cwd").readlink()),
        )
    except OSError:
        return ""
    return traces[0].replace(b"\0", b" ").decode(errors="replace") if any(wanted in trace for trace in traces) else ""


class Running:
    """One `run` in a process of its own."""

    def __init__(
        self, var: Path, port: int, *, before: Sequence[str] = (), extra: Mapping[str, str] | None = None
    ) -> None:
        self.var = var
        self.port = port
        self.extra = dict(extra or {})
        self.lines: list[str] = []
        command = [*before, sys.executable, "-m", "autopay_portal.sandbox", "run"]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**clean_environment(var, port), **self.extra},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def says(self, text: str) -> bool:
        """Return whether it has said that."""
        return any(text in line for line in list(self.lines))

    def wait_until_ready(self) -> "Running":
        """Return when it says that it is ready; fail with its words if it ends or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not self.says("Ready after"):
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.1)
        return self

    def wait_until_ended(self, *, seconds: float = STOP_SECONDS) -> int:
        """Return its exit code."""
        code = self.process.wait(timeout=seconds)
        self._reader.join(timeout=10)
        return code

    def readyz(self) -> dict[str, Any]:
        """Return what the portal says of itself, an empty answer if it says nothing."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz", headers={"Host": f"localhost:{self.port}"})
            answer = connection.getresponse()
            content: dict[str, Any] = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        finally:
            connection.close()
        return content

    def is_ready(self) -> bool:
        """Return whether database, schema and broker are there."""
        return bool(self.readyz().get("ready"))

    def child(self, name: str) -> int:
        """Return the process number of one child, 0 if it is not written down at the moment."""
        record = json.loads((self.var / "run" / "children.json").read_text(encoding="utf-8"))
        return next((entry[2] for entry in record["children"] if entry[0] == name), 0)

    def children(self) -> dict[str, int]:
        """Return the process number of each child."""
        record = json.loads((self.var / "run" / "children.json").read_text(encoding="utf-8"))
        return {entry[0]: entry[2] for entry in record["children"]}

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop and return its exit code."""
        self.process.send_signal(number)
        return self.wait_until_ended()

    def end_for_certain(self) -> None:
        """Stop it whatever the test did; what is left of it after that is killed."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.wait_until_ended()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for line in processes_on(self.var):
            os.kill(int(line.split()[0]), signal.SIGKILL)


def run_to_end(command: str, *, var: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Run one command of the sandbox that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "autopay_portal.sandbox", command],
        cwd=ROOT,
        env=clean_environment(var, port),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
