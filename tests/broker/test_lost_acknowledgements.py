"""A worker whose broker is gone when it would acknowledge a task goes on with the next when the broker is back."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from autopay_portal.celery import app
from autopay_portal.sandbox.addresses import broker_url
from autopay_portal.sandbox.servers.valkey import Valkey
from tests.broker.tasks import leave_trace
from tests.sandbox.running import ROOT

QUEUE = "acknowledgements"
_SECONDS = 50.0


@dataclass
class Broker:
    """A Valkey of this test's own, and a worker with one process at it, as the sandbox starts them."""

    folder: Path

    def __post_init__(self) -> None:
        self._valkey = Valkey(home=self.folder / "valkey", sockets=self.folder / "s", log=self.folder / "valkey.log")
        self.start()
        with self.log.open("wb") as log:
            self._worker = subprocess.Popen(
                [
                    sys.executable, "-m", "celery", "-A", "autopay_portal.celery", "worker", "--concurrency", "1",
                    "--include", "tests.broker.tasks", "--queues", QUEUE, "--without-gossip", "--without-mingle", "--",
                    # One ear less, as after a broker that was gone before: it would hear the loss there.
                    "worker.enable_remote_control=no",
                ],
                cwd=ROOT, env={**os.environ, "REDIS_URL": self._valkey.url()},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    @property
    def log(self) -> Path:
        """Where the worker writes."""
        return self.folder / "worker.log"

    def start(self) -> None:
        """Start the broker, empty."""
        shutil.rmtree(self.folder / "valkey", ignore_errors=True)
        self._process = self._valkey.launch()
        self._valkey.wait_until_ready(self._process)

    def kill(self) -> None:
        """End the broker with SIGKILL."""
        self._process.kill()
        self._process.wait()

    @contextmanager
    def worker_held(self) -> Iterator[None]:
        """Stop the worker for the block; its process goes on."""
        self._worker.send_signal(signal.SIGSTOP)
        yield
        self._worker.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End the worker and the broker."""
        self._worker.kill()
        self._worker.wait()
        self.kill()

    def post(self, path: Path, *, seconds: float = 0.0) -> None:
        """Have a trace left by a task that takes so long."""
        with app.connection_for_write(broker_url(self._valkey.url())) as connection:
            app.send_task(leave_trace.name, (str(path),), {"seconds": seconds}, queue=QUEUE, connection=connection)


@pytest.fixture
def broker() -> Iterator[Broker]:
    # The names of sockets are short.
    folder = Path(tempfile.mkdtemp(prefix="autopay-broker-"))
    started = Broker(folder)
    yield started
    started.stop()
    shutil.rmtree(folder)


def _wait(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_a_worker_that_could_not_acknowledge_a_task_takes_the_next_one(broker: Broker) -> None:
    first, second = broker.folder / "first", broker.folder / "second"
    broker.post(first, seconds=0.5)
    assert _wait(first.exists), broker.log.read_text()
    # The worker hears of both in one breath, and first that its task is done.
    with broker.worker_held():
        assert _wait((first / "done").exists)
        broker.kill()
    assert _wait(lambda: "Couldn't ack" in broker.log.read_text()), broker.log.read_text()
    broker.start()

    broker.post(second)

    assert _wait((second / "done").exists), broker.log.read_text()
