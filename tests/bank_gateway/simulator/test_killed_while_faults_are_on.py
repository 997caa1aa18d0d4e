"""Killed with -9 while faults strike, the bank executes nothing twice, and in the end every file lies there whole."""

import contextlib
import hashlib
import random
import signal
from collections import Counter
from pathlib import Path

import pytest
import requests
from lxml import etree

from bank_gateway.simulator.faults import kinds
from tests.bank_gateway.simulator.conftest import Customer
from tests.bank_gateway.simulator.orders import simple_order
from tests.bank_gateway.simulator.running import PATIENCE
from tests.bank_gateway.simulator.schemas import check_schema, values
from tests.bank_gateway.simulator.test_kills import CUTOFF, GONE, KILLING, ORDERS, open_banks

STRUCK = [name for name in kinds.ALL if name != kinds.SLOW_LINE]


def put(customer: Customer, faults: list[dict[str, object]]) -> None:
    url = f"{customer.simulator.addresses['banks']['dnb']}/faults"
    assert requests.put(url, json=faults, timeout=PATIENCE).status_code == 200


def send_until_taken(customer: Customer) -> None:
    """Upload what the bank doesn't have, over a line that may be cut, until it has all of it."""
    for _ in range(30):
        customer.simulator.advance(seconds=1)
        rows = customer.simulator.get("banks/dnb/files?limit=500")["results"]
        missing = [one for one in ORDERS if f"{one}.xml" not in {row["name"] for row in rows}]
        if not missing:
            return
        for message_id in missing:
            with contextlib.suppress(*GONE):
                content = simple_order(message_id, count=ORDERS[message_id])
                customer.login.upload(f"{message_id}.xml", content)
    raise AssertionError("The orders never got there")


@pytest.mark.parametrize("kill_at", sorted(random.Random(7).sample(range(9, 130), 6)))
def test_killed_between_two_steps_towards_the_disk(tmp_path: Path, kill_at: int) -> None:
    customer = open_banks(tmp_path)
    faults: list[dict[str, object]] = [
        {"fault": name, "probability": 0.4, "seed": kill_at, "seconds": 0.5} for name in STRUCK
    ]
    put(customer, faults)
    customer.simulator.stop()
    customer.simulator.start(program=KILLING, environment={"KILL_AT": str(kill_at)})
    with contextlib.suppress(*GONE):
        send_until_taken(customer)
        customer.simulator.advance(to=CUTOFF)
        customer.simulator.advance(to="2026-11-24T23:00:00+01:00")
    process = customer.simulator.process
    assert process is not None
    assert process.wait(PATIENCE) == -signal.SIGKILL
    customer.simulator.stop()

    customer.simulator.start()
    send_until_taken(customer)
    customer.simulator.advance(to="2026-11-24T23:00:00+01:00")
    kept = {each["fault"] for each in customer.simulator.get("banks/dnb/faults")}
    put(customer, [])

    assert kept == set(STRUCK)
    assert len(customer.simulator.get("banks/dnb/faults/hits")["results"]) > 2
    check(customer)
    customer.simulator.stop()


def check(customer: Customer) -> None:
    """Fail unless each payment was executed and told once, and every file lies there as the bank knows it."""
    executed = Counter((row["message_id"], row["end_to_end_id"]) for row in customer.simulator.executions())
    assert executed == {(one, f"{one}-{number}"): 1 for one, count in ORDERS.items() for number in range(count)}
    rows = customer.simulator.get("banks/dnb/files?limit=500")["results"]
    assert {row["state"] for row in rows} == {"taken", "delivered"}
    ours = [row for row in rows if row["direction"] == "out" and row["login"] == customer.login.username]
    assert customer.login.names() == sorted(row["name"] for row in ours)
    contents = customer.login.fetch("SIM")
    assert sorted(hashlib.sha256(each).hexdigest() for each in contents) == sorted(row["sha256"] for row in ours)
    check_reports([each for each in contents if is_readable(each)])


def is_readable(content: bytes) -> bool:
    """Tell whether a file isn't one that a fault spoilt."""
    try:
        etree.fromstring(content)
    except etree.XMLSyntaxError:
        return False
    return True


def check_reports(reports: list[bytes]) -> None:
    """Fail unless every receipt and every debit is there whole, repeats apart."""
    told: dict[str, bytes] = {}
    for report in reports:
        check_schema(report)
        if b":camt.054" in report:
            told.setdefault(values(report, "Ntfctn/Id")[0], report)
    receipts = {
        (values(report, "OrgnlMsgId")[0], *values(report, "GrpSts")) for report in reports if b":pain.002" in report
    }
    assert receipts == {(one, status) for one in ORDERS for status in ("ACTC", "ACCP")}
    debited = Counter(name for report in told.values() for name in values(report, "Refs/EndToEndId"))
    assert debited == {f"{one}-{number}": 1 for one, count in ORDERS.items() for number in range(count)}
