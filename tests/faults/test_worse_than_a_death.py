"""What is worse than one process killed: one that wakes up late, many killed in the narrowest moment, all of them
at once, a broker that has forgotten everything, everything twice."""

import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bank_gateway.relay.limits import limits
from tests.faults.books import find_faults, find_incoming_faults, find_left_over
from tests.faults.killer import Killer, kill, slow_bank
from tests.faults.orders import Order, kid_of, make_order
from tests.faults.plan import first_seed, is_full_round
from tests.faults.system import System, wait_for
from tests.faults.walk import Walk, finish, wait_for_all_received

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
def test_senders_killed_in_the_rename_over_and_over_leave_no_payment_unpaid_or_twice(system: System) -> None:
    in_the_rename = "SELECT id::text, attempt FROM bank_gateway_outgoingfile WHERE state = 'renaming'"
    killer = Killer(system, program="worker-bank_out", query=in_the_rename, choice=random.Random(first_seed()))
    walks: list[Walk] = []
    try:
        until = time.monotonic() + 60
        with slow_bank(system):
            while time.monotonic() < until:
                walks.append(Walk(system, _order(system, f"RENAME-{len(walks)}", count=3)))
                walks[-1].finish_calls()
    finally:
        killer.stop()
    finish(system, seconds=300)
    print(f"{len(walks)} files, {len(killer.hits)} times killed in the rename")

    assert killer.hits, "nobody was killed in the rename"
    assert find_faults(system) == []


@slow
def test_a_bank_killed_in_the_rename_is_paid_through_once(system: System) -> None:
    """The sender is told that the line broke and can't know: in doubt until the bank or the lone part speaks."""
    for number in range(4):
        walk = Walk(system, _order(system, f"BROKEN-{number}", count=20))
        bank = system.running.child("banks")
        with slow_bank(system):
            walk.wait_for("renaming")
            kill(bank)
        walk.finish_calls()
        system.wait_until_whole()
    finish(system, seconds=300)

    assert find_faults(system) == []


@slow
def test_readers_killed_over_a_file_over_and_over_book_every_payment_once(system: System) -> None:
    waiting = "SELECT id::text FROM bank_gateway_incomingfile WHERE state = 'stored'"
    choice = random.Random(first_seed())
    killer = Killer(system, program="worker-bank_in", query=waiting, choice=choice, delay=0.2)
    try:
        until = time.monotonic() + 45
        while time.monotonic() < until:
            system.pay_in(kid=kid_of(f"9{len(system.paid_in):05}"), count=choice.randint(1, 50))
            time.sleep(choice.uniform(0, 1))
    finally:
        killer.stop()
    wait_for_all_received(system)
    print(f"{len(killer.hits)} times killed over a file")

    assert killer.hits, "nobody was killed over a file"
    assert find_incoming_faults(system) == []
    assert find_left_over(system) == []


@pytest.mark.parametrize(("whole", "moment"), [(False, "uploading"), (True, "reported")], ids=["supervisor", "all"])
def test_a_sandbox_killed_in_the_middle_goes_on_where_it_was_when_it_is_started_again(
    system: System, *, whole: bool, moment: str
) -> None:
    walk = Walk(system, _order(system, f"AGAIN-{whole:d}"))
    walk.wait_for(moment)
    system.start_again(whole=whole)
    walk.finish_calls()
    finish(system, seconds=240)

    assert find_faults(system) == []


def test_a_broker_that_has_lost_everything_costs_time_only(system: System) -> None:
    # Nobody takes the hints, so that they lie in the broker when it goes; the first may be in the worker's hands.
    with frozen(system.running.child("worker-release"), seconds=0):
        for number in range(4):
            Walk(system, _order(system, f"BROKER-{number}", count=20)).finish_calls()
        # The supervisor would have it back before its folder is gone.
        with frozen(system.running.process.pid, seconds=0):
            os.kill(system.running.child("valkey"), signal.SIGKILL)
            shutil.rmtree(system.running.var / "valkey")
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
