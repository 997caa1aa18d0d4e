"""What is worse than one process killed: one that wakes up late, many killed in the narrowest moment, all of them
at once, a broker that has forgotten everything, everything twice."""

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bank_gateway.relay.limits import limits
from tests.faults.books import find_faults
from tests.faults.orders import Order, make_order
from tests.faults.plan import first_seed
from tests.faults.system import System, children_of, wait_for
from tests.faults.walk import Walk, finish

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(900), pytest.mark.xdist_group("sandbox")]

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


@pytest.mark.parametrize("moment", ["uploading", "renaming"])
def test_a_worker_that_wakes_after_its_lease_delivers_nothing_twice(system: System, moment: str) -> None:
    with system.another(*SENDER):
        walk = Walk(system, _order(system, f"FROZEN-{moment}"))
        walk.wait_for(moment)
        _, worker = system.find("worker-bank_out process", random.Random(first_seed()))
        with frozen(worker, seconds=limits().lease + 5):
            walk.finish_calls()
        finish(system, seconds=240)

    assert find_faults(system) == []


def test_a_bank_that_freezes_in_the_rename_is_paid_through_once(system: System) -> None:
    walk = Walk(system, _order(system, "FROZEN-BANK"))
    walk.wait_for("uploading")
    with frozen(system.running.child("banks"), seconds=45):
        walk.finish_calls()
    finish(system, seconds=240)

    assert find_faults(system) == []


def test_senders_killed_in_the_rename_over_and_over_leave_no_payment_unpaid_or_twice(system: System) -> None:
    over = threading.Event()
    killer = threading.Thread(target=_kill_who_renames, args=(system, over))
    killer.start()
    try:
        walks: list[Walk] = []
        until = time.monotonic() + 60
        while time.monotonic() < until:
            walks.append(Walk(system, _order(system, f"RENAME-{len(walks)}", count=3)))
            walks[-1].finish_calls()
    finally:
        over.set()
        killer.join()
    finish(system, seconds=300)

    assert find_faults(system) == []


def _kill_who_renames(system: System, over: threading.Event) -> None:
    """Kill the sending process whenever a file stands in the rename, and every second whatever it does."""
    last = 0.0
    with system.database() as cursor:
        while not over.is_set():
            cursor.execute("SELECT 1 FROM bank_gateway_outgoingfile WHERE state = 'renaming' AND lease_until > now()")
            if cursor.fetchone() or time.monotonic() - last > 1:
                last = time.monotonic()
                for pid in children_of(system.running.child("worker-bank_out")):
                    os.kill(pid, signal.SIGKILL)


def test_everything_killed_at_once_and_started_again_goes_on_where_it_was(system: System) -> None:
    for number, moment in enumerate(("released", "sent", "reported")):
        walk = Walk(system, _order(system, f"ALL-{number}"))
        walk.wait_for(moment)
        system.start_again()
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
