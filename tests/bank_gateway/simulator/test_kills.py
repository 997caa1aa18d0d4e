"""Killed with -9 at any moment, the bank loses nothing, executes nothing twice, and delivers every file whole."""

import contextlib
import hashlib
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import asyncssh
import pytest
import requests

from tests.bank_gateway.simulator.conftest import Customer, open_customer
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, THEIR_ACCOUNT, simple_order
from tests.bank_gateway.simulator.running import PATIENCE, PROGRAM, ROOT, Simulator
from tests.bank_gateway.simulator.schemas import check_schema, values

KILLING = "tests.bank_gateway.simulator.killing"
CUTOFF = "2026-11-24T08:45:00+01:00"
ORDERS = {"M-1": 3, "M-2": 40}
GONE = (OSError, asyncssh.Error, requests.RequestException)


def open_banks(folder: Path) -> Customer:
    simulator = Simulator(folder)
    simulator.start()
    customer = open_customer(simulator)
    formats = [{"length": 7, "modulus": "mod10"}]
    simulator.open(org_number="987654325", account=THEIR_ACCOUNT, direction="incoming", notify="ocr", kid=formats)
    return customer


def _walk(customer: Customer) -> None:
    """Do what a customer does in a morning; a bank that dies ends it."""
    for message_id, count in ORDERS.items():
        customer.login.upload(f"{message_id}.xml", simple_order(message_id, count=count))
    customer.simulator.advance(seconds=30)
    customer.simulator.advance(to=CUTOFF)


def _walk_on(customer: Customer) -> None:
    """Do, after a restart, what of that morning was not done: a file that never got its name is uploaded again."""
    bank = customer.simulator
    there = {row["name"] for row in bank.get("banks/dnb/files")["results"]} | set(customer.login.names("to_bank"))
    for message_id, count in ORDERS.items():
        if f"{message_id}.xml" not in there:
            customer.login.upload(f"{message_id}.xml", simple_order(message_id, count=count))
    bank.advance(seconds=1)
    bank.advance(to="2026-11-24T23:00:00+01:00")


def _check(customer: Customer) -> None:
    """Fail unless everything happened exactly once."""
    bank, login = customer.simulator, customer.login
    executed = Counter((row["message_id"], row["end_to_end_id"]) for row in bank.executions())
    assert executed == {(m, f"{m}-{n}"): 1 for m, count in ORDERS.items() for n in range(count)}
    balances = {account: Decimal(balance) for account, balance in bank.balances().items()}
    assert sum(balances.values()) == 0
    assert balances[OUR_ACCOUNT] == Decimal("10000.00") - 100 * sum(ORDERS.values())
    assert balances[THEIR_ACCOUNT] == 100 * sum(ORDERS.values())

    files = bank.get("banks/dnb/files?limit=500")["results"]
    assert {row["state"] for row in files} == {"taken", "delivered"}
    assert sorted(row["name"] for row in files if row["direction"] == "in") == ["M-1.xml", "M-2.xml"]
    assert login.names("to_bank") == []
    ours = [row for row in files if row["direction"] == "out" and row["login"] == login.username]
    assert login.names() == sorted(row["name"] for row in ours)
    for row in ours:
        assert hashlib.sha256(login.download(row["name"])).hexdigest() == row["sha256"]
    _check_reports(login.fetch("SIM"))


def _check_reports(reports: list[bytes]) -> None:
    """Fail unless every order has its two receipts and every payment its debit, once."""
    for report in reports:
        check_schema(report)
    groups = Counter((values(report, "OrgnlMsgId")[0], *values(report, "GrpSts")) for report in _receipts(reports))
    assert groups == {(message_id, status): 1 for message_id in ORDERS for status in ("ACTC", "ACCP")}
    debited = Counter(each for report in reports for each in values(report, "Refs/EndToEndId"))
    assert debited == {f"{m}-{n}": 1 for m, count in ORDERS.items() for n in range(count)}


def _receipts(reports: list[bytes]) -> list[bytes]:
    return [report for report in reports if b"pain.002" in report]


def _kill_and_check(customer: Customer, walk: Callable[[Customer], None]) -> None:
    """Walk until the bank dies or the walk ends, kill what is left, start again, and check."""
    bank = customer.simulator
    with contextlib.suppress(*GONE):
        walk(customer)
    assert bank.stop(signal.SIGKILL) == -signal.SIGKILL
    bank.start()
    try:
        _walk_on(customer)
        _check(customer)
    finally:
        bank.stop()


# Each number is a place between two steps towards the disk: the start takes 8 of them, the walk some 150.
@pytest.mark.parametrize("kill_at", sorted(random.Random(2026).sample(range(9, 150), 12)))
def test_killed_between_two_steps_towards_the_disk(tmp_path: Path, kill_at: int) -> None:
    customer = open_banks(tmp_path)
    customer.simulator.stop()
    customer.simulator.start(program=KILLING, environment={"KILL_AT": str(kill_at)})

    def walk(customer: Customer) -> None:
        with contextlib.suppress(*GONE):
            _walk(customer)
        process = customer.simulator.process
        assert process is not None
        assert process.wait(PATIENCE) == -signal.SIGKILL

    _kill_and_check(customer, walk)


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_a_moment_of_the_clock(tmp_path: Path, seed: int) -> None:
    customer = open_banks(tmp_path)
    moment = random.Random(seed).uniform(0.0, 0.6)
    process = customer.simulator.process
    assert process is not None

    def kill() -> None:
        time.sleep(moment)
        process.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    _kill_and_check(customer, _walk)
    killer.join(PATIENCE)


def test_sigterm_stops_cleanly_and_takes_the_addresses_away(simulator: Simulator) -> None:
    assert simulator.stop() == 0
    assert not (simulator.folder / "addresses.json").exists()


def test_two_processes_never_share_a_folder(simulator: Simulator) -> None:
    second = Simulator(simulator.folder)

    with pytest.raises(RuntimeError, match="2"):
        second.start()

    assert simulator.get("clock")["rate"] == 1


def test_a_taken_port_is_said_plainly(simulator: Simulator, tmp_path: Path) -> None:
    port = simulator.addresses["control"].rpartition(":")[2]
    command = [
        sys.executable,
        "-m",
        PROGRAM.removesuffix(".__main__"),
        "--dir",
        str(tmp_path / "other"),
        "--control-port",
        port,
    ]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"The simulated banks can't start. Control port {port}: ")


def test_nobody_else_can_read_its_folder(customer: Customer) -> None:
    customer.login.upload("order.xml", simple_order("M-1"))
    customer.simulator.advance(to=CUTOFF)
    folder = customer.simulator.folder

    assert {path.stat().st_mode & 0o077 for path in [folder, *folder.rglob("*")]} == {0}
