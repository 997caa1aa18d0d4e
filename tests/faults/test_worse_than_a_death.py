"""What is worse than one process killed: one that wakes up late, many killed in the narrowest moment, all of them
at once, a broker that has forgotten everything, everything twice."""

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from bank_gateway.relay.limits import limits
from tests.faults.books import find_faults
from tests.faults.orders import Order, make_order
from tests.faults.plan import first_seed, is_full_round
from tests.faults.system import System, children_of, wait_for
from tests.faults.walk import Walk, finish

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(900), pytest.mark.xdist_group("sandbox")]

slow = pytest.mark.skipif(not is_full_round(), reason="takes minutes; run with FAULT_SEEDS=10")
_TRIES = 30
SENDER = ("worker", "--queues", "bank_out", "--hostname", "second@autopay", "--concurrency", "1", "--without-mingle")
EVERYTHING = ("worker", "--queues", "release,bank_out,bank_in,deliver,mail", "--hostname", "every@autopay",
              "--concurrency", "3", "--without-mingle")  # fmt: skip


def _order(system: System, name: str, *, count: int = 200) -> Order:
    return make_order(name, account=system.account("remittance"), day=system.day, count=count, as_xml=True)


@contextmanager
def frozen(pid: int, *, seconds: float) -> Iterator[None]:
    """Freeze a process for so long at least, beginning before the block."""
    os.kill(pid, signal.SIGSTOP)
    until = time.monotonic() + seconds
    try:
        yield
        time.sleep(max(0.0, until - time.monotonic()))
    finally:
        os.kill(pid, signal.SIGCONT)


def freeze_sender(system: System, state: str) -> int:
    """Send orders until the sending process was frozen while a file stood in that state, and return the process."""
    _, sender = system.find("worker-bank_out process", random.Random(first_seed()))
    for number in range(_TRIES):
        walk = Walk(system, _order(system, f"FROZEN-{state}-{number}"))
        walk.wait_for(state)
        os.kill(sender, signal.SIGSTOP)
        walk.finish_calls()
        if system.rows("SELECT 1 FROM bank_gateway_outgoingfile WHERE state = %s", [state]):
            return sender
        os.kill(sender, signal.SIGCONT)
    raise AssertionError(f"never frozen while {state}")


@slow
@pytest.mark.parametrize("state", ["uploading", "renaming"])
def test_a_worker_that_wakes_after_its_lease_delivers_nothing_twice(system: System, state: str) -> None:
    sender = freeze_sender(system, state)
    lease_ends = time.monotonic() + limits().lease
    try:
        # Only now, so that the file is in the frozen one's hands.
        with system.another(*SENDER):
            assert wait_for(lambda: _is_taken_over(system), seconds=90)
            time.sleep(max(0.0, lease_ends + 2 - time.monotonic()))
            os.kill(sender, signal.SIGCONT)
            finish(system, seconds=240)
    finally:
        os.kill(sender, signal.SIGCONT)

    assert find_faults(system) == []


def _is_taken_over(system: System) -> bool:
    """Return whether no file is in the hands of a worker any more."""
    return not system.rows("SELECT 1 FROM bank_gateway_outgoingfile WHERE state IN ('uploading', 'renaming')")


@slow
def test_a_bank_that_freezes_in_the_rename_is_paid_through_once(system: System) -> None:
    walk = Walk(system, _order(system, "FROZEN-BANK"))
    walk.wait_for("uploading")
    with frozen(system.running.child("banks"), seconds=45):
        walk.finish_calls()
    finish(system, seconds=240)

    assert find_faults(system) == []


@slow
def test_who_is_killed_in_the_rename_over_and_over_leaves_no_payment_unpaid_or_twice(system: System) -> None:
    """The sender dies each time, every fourth time the bank with it; and once a second the sender wherever it is."""
    killer = KillerInTheRename(system)
    walks: list[Walk] = []
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            walks.append(Walk(system, _order(system, f"RENAME-{len(walks)}", count=3)))
            walks[-1].finish_calls()
    finally:
        killer.stop()
    finish(system, seconds=300)
    print(f"{len(walks)} files, {len(killer.hits)} times killed in the rename")

    assert killer.hits, "nobody was killed in the rename"
    assert find_faults(system) == []


class KillerInTheRename:
    """A thread that kills the sending process when a file stands in the rename, once per attempt."""

    def __init__(self, system: System) -> None:
        self.hits: set[tuple[str, int]] = set()
        self._system = system
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        last = time.monotonic()
        with self._system.database() as cursor:
            while not self._over.is_set():
                cursor.execute("SELECT id::text, attempt FROM bank_gateway_outgoingfile WHERE state = 'renaming'")
                found = set(cursor.fetchall()) - self.hits
                if found:
                    self._kill_sender()
                    self.hits |= found
                    if len(self.hits) % 4 == 0:
                        _kill(self._system.running.child("banks"))
                elif time.monotonic() - last > 1:
                    last = time.monotonic()
                    self._kill_sender()

    def _kill_sender(self) -> None:
        for pid in children_of(self._system.running.child("worker-bank_out")):
            _kill(pid)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("whole", [False, True], ids=["the supervisor", "every process"])
def test_a_sandbox_killed_in_the_middle_goes_on_where_it_was_when_it_is_started_again(
    system: System, *, whole: bool
) -> None:
    for number, moment in enumerate(("uploading", "reported")):
        walk = Walk(system, _order(system, f"ALL-{whole:d}-{number}"))
        walk.wait_for(moment)
        system.start_again(whole=whole)
        walk.finish_calls()
    finish(system, seconds=240)

    assert find_faults(system) == []


def test_a_broker_that_has_lost_everything_costs_time_only(system: System) -> None:
    walks = [Walk(system, _order(system, f"BROKER-{number}", count=20)) for number in range(3)]
    walks[-1].wait_for("received")
    # The supervisor would have it back before its folder is gone.
    with frozen(system.running.process.pid, seconds=0):
        os.kill(system.running.child("valkey"), signal.SIGKILL)
        shutil.rmtree(system.running.var / "valkey")
    for walk in walks:
        walk.finish_calls()
    finish(system, seconds=120)

    assert find_faults(system) == []


def test_everything_twice_does_nothing_twice(system: System) -> None:
    schedule = str(system.running.var / "run" / "second-beat")
    with system.another("beat", "--pidfile=", "--schedule", schedule), system.another(*EVERYTHING):
        walks = [Walk(system, _order(system, f"TWICE-{number}")) for number in range(4)]
        for walk in walks:
            walk.finish_calls()
        wait_for(lambda: False, seconds=5)
        finish(system, seconds=120)

    assert find_faults(system) == []
