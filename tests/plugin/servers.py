"""Start PostgreSQL and Valkey once for a test run, before pytest-django reads the settings.

Loaded with `-p` (a conftest would come too late). Workers of pytest-xdist inherit the addresses:
each gets a database of its own from pytest-django and a Valkey database of its own from here.
"""

import atexit
import base64
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from autopay_portal.sandbox.guardian import Entry, start_time
from autopay_portal.sandbox.guarding import Guardian
from autopay_portal.sandbox.servers.binaries import copy_postgres, postgres_binaries
from autopay_portal.sandbox.servers.owner import Owner, UnableToServeError, choose_owner
from autopay_portal.sandbox.servers.postgres import STOP_SIGNAL, Passwords, Postgres
from autopay_portal.sandbox.servers.process import stop_process
from autopay_portal.sandbox.servers.valkey import Valkey
from autopay_portal.translations.compiled import compile_language

_FASTER = {
    # Tests kill no machine: only the sandbox and production need what fsync gives.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # A transaction left open by one test must not hang the next one's flush.
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "120s",
}
_running: "TestServers | None" = None


class TestServers:
    """PostgreSQL and Valkey in a temporary folder of this run."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="autopay-test-"))
        # The user nobody passes through; its own folders below stay closed to others.
        self.folder.chmod(0o711)
        (self.folder / "var").mkdir(mode=0o700)
        self.stopped = False
        try:
            self._start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _start(self) -> None:
        owner, binaries = self._owner()
        self.postgres = Postgres(
            home=self.folder / "postgres",
            sockets=self.folder / "s",
            log=self.folder / "postgres.log",
            owner=owner,
            binaries=binaries,
            passwords=Passwords(admin=secrets.token_urlsafe(), portal=secrets.token_urlsafe()),
            settings=_FASTER,
            may_create_databases=True,
        )
        self.valkey = Valkey(
            home=self.folder / "valkey", sockets=self.folder / "v", log=self.folder / "valkey.log", append_only=False
        )
        self.postgres.create()
        self.processes = [(self.valkey.launch(), signal.SIGTERM), (self.postgres.launch(), STOP_SIGNAL)]
        self.guardian = Guardian(marker=f"AUTOPAY_INSTANCE={self.folder.name}", remove=self.folder)
        self.guardian.tell([_entry(process, stop_signal) for process, stop_signal in self.processes])
        try:
            self.valkey.wait_until_ready(self.processes[0][0])
            self.postgres.wait_until_ready(self.processes[1][0])
            self.postgres.ensure_database()
        except BaseException:
            self.stop()
            raise

    def _owner(self) -> tuple[Owner, Path]:
        home = self.folder / "postgres"
        binaries = postgres_binaries()
        if (owner := choose_owner(home=home, binaries=binaries)) is not None:
            return owner, binaries
        binaries = copy_postgres(to=self.folder / "pginstall")
        owner = choose_owner(home=home, binaries=binaries)
        if owner is None:
            raise UnableToServeError("PostgreSQL can run neither as nobody nor in a user namespace here: run as a user")
        return owner, binaries

    def export(self) -> None:
        """Set the environment that the settings read."""
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        os.environ.update(
            DATABASE_URL=self.postgres.url,
            REDIS_URL=self.valkey.url(),
            AUTOPAY_TEST="1",
            AUTOPAY_MODE="sandbox",
            AUTOPAY_VAR=str(self.folder / "var"),
            AUTOPAY_SECRET_KEY=secrets.token_urlsafe(48),
            AUTOPAY_KEY_RING=f"test:{key}",
        )

    def stop(self) -> None:
        """End both servers and remove their folder."""
        if self.stopped:
            return
        self.stopped = True
        for process, stop_signal in self.processes:
            stop_process(process, stop_signal=stop_signal, patience=10)
        self.guardian.dismiss()
        shutil.rmtree(self.folder, ignore_errors=True)


def _entry(process: subprocess.Popen[bytes], stop_signal: int) -> Entry:
    return Entry("server", 1, process.pid, start_time(process.pid), int(stop_signal), 10.0)


def _compile_texts() -> None:
    """Make the Norwegian texts ready for pages and errors, as a start does."""
    try:
        compile_language("nb")
    except OSError:
        compile_language("nb", into=Path(os.environ["AUTOPAY_VAR"]) / "locale")


def _join_as_worker(worker: str) -> None:
    number = int(worker.removeprefix("gw"))
    base = os.environ["REDIS_URL"].split("?")[0]
    os.environ["REDIS_URL"] = f"{base}?db={1 + number % 63}"
    var = Path(os.environ["AUTOPAY_VAR"]).parent / f"var-{worker}"
    var.mkdir(mode=0o700, exist_ok=True)
    os.environ["AUTOPAY_VAR"] = str(var)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Have the servers up and the environment set before anything imports the settings."""
    global _running
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        _join_as_worker(worker)
    elif _running is None:
        _running = TestServers()
        atexit.register(_running.stop)
        _running.export()
    _compile_texts()
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop what this process started; workers started nothing."""
    if _running is not None:
        _running.stop()
