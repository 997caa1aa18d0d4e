"""Whatever faults strike, the bank executes once what it took, and in the end every report lies there whole."""

import contextlib
import hashlib
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import requests
from lxml import etree

from bank_gateway.simulator.faults import kinds
from bank_gateway.simulator.profiles import BANKS
from tests.bank_gateway.simulator.orders import Info, Tx
from tests.bank_gateway.simulator.running import Simulator
from tests.bank_gateway.simulator.schemas import check_schema, values
from tests.bank_gateway.simulator.three_banks import ALL, BankCustomer, open_at

ORDERS, PAYMENTS = 3, 3


def _put(customer: BankCustomer, faults: list[dict[str, Any]]) -> None:
    url = f"{customer.simulator.addresses['banks'][customer.habits.id]}/faults"
    assert requests.put(url, json=faults, timeout=60).status_code == 200


def _send_until_taken(customer: BankCustomer, message_id: str) -> None:
    """Upload an order; where the line was cut, again only if neither the file nor its name was at the bank."""
    name = f"{message_id}.xml"
    infos = [Info([Tx(f"{message_id}-{number}") for number in range(PAYMENTS)])]
    for _ in range(20):
        with contextlib.suppress(asyncssh.Error, OSError):
            if name not in _known(customer):
                customer.login.upload(name, customer.order(message_id, infos))
        if name in _known(customer):
            return
    raise AssertionError(f"{message_id} never got there")


def _known(customer: BankCustomer) -> set[str]:
    """Return the names of the files the bank has taken, after it had its time to take them."""
    customer.simulator.advance(seconds=1)
    rows = customer.simulator.get(f"banks/{customer.habits.id}/files?limit=500")["results"]
    return {row["name"] for row in rows if row["direction"] == "in"}


def _money(customer: BankCustomer) -> Decimal:
    rows = customer.simulator.get(f"banks/{customer.habits.id}/accounts")["results"]
    return sum((Decimal(row["balance"]) for row in rows), Decimal(0))


# Each once at each bank, which is sure to come; and by chance, again and again. (A slow line by chance would slow every
# step of every session.)
@pytest.mark.parametrize(
    ("seed", "often", "strikes", "surely"),
    [
        (1, {"times": 1}, set(kinds.ALL), len(kinds.ALL)),
        (2, {"probability": 0.35}, set(kinds.ALL) - {kinds.SLOW_LINE}, 4),
    ],
    ids=["each once", "by chance"],
)
def test_all_faults_at_all_banks(
    tmp_path: Path, seed: int, often: dict[str, float], strikes: set[str], surely: int
) -> None:
    simulator = Simulator(tmp_path / "banks", banks=ALL)
    simulator.start()
    customers = [open_at(simulator, habits) for habits in BANKS.values()]
    dice = random.Random(seed)
    faults = [{"fault": name, "seed": seed, "seconds": 0.5, **often} for name in kinds.ALL if name in strikes]
    for customer in customers:
        _put(customer, faults)
    for number in range(ORDERS):
        for customer in customers:
            _send_until_taken(customer, f"M-{number}")
        simulator.advance(seconds=dice.choice([3, 1800, 14_400]))
    simulator.advance(to="2026-11-27T00:00:00+01:00")
    struck = {each["fault"] for customer in customers for each in _hits(customer)}
    for customer in customers:
        _put(customer, [])

    assert struck <= strikes
    assert len(struck) >= surely
    for customer in customers:
        _check(customer)
    simulator.stop()


def _hits(customer: BankCustomer) -> list[Any]:
    rows: list[Any] = customer.simulator.get(f"banks/{customer.habits.id}/faults/hits?limit=500")["results"]
    return rows


def _check(customer: BankCustomer) -> None:
    """Fail unless each order was executed once and every file of the bank lies there as the bank knows it."""
    customer.simulator.bank = customer.habits.id
    wanted = sorted(f"M-{order}-{number}" for order in range(ORDERS) for number in range(PAYMENTS))
    assert sorted(customer.executed()) == wanted
    assert _money(customer) == 0
    rows = customer.simulator.get(f"banks/{customer.habits.id}/files?limit=500")["results"]
    assert {row["state"] for row in rows} == {"taken", "delivered"}
    contents = {name: customer.login.download(name) for name in customer.login.names()}
    assert {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()} == {
        row["name"]: row["sha256"] for row in rows if row["direction"] == "out"
    }
    readable = [content for content in contents.values() if _is_readable(content)]
    for content in readable:
        check_schema(content)
    _check_reports(readable)


def _is_readable(content: bytes) -> bool:
    """Tell whether a file isn't one that a fault spoilt."""
    try:
        etree.fromstring(content)
    except etree.XMLSyntaxError:
        return False
    return True


def _check_reports(readable: list[bytes]) -> None:
    """Fail unless what can be read holds every receipt and every debit, repeats apart."""
    receipts = [each for each in readable if b":pain.002" in each]
    assert {values(each, "OrgnlMsgId")[0] for each in receipts} == {f"M-{number}" for number in range(ORDERS)}
    lines: dict[str, list[bytes]] = {}
    for each in readable:
        if b":camt.054" in each:
            lines.setdefault(values(each, "Ntfctn/Id")[0], []).append(each)
    total = sum(Decimal(amount) for told in lines.values() for amount in values(told[0], "Ntry/Amt"))
    assert total == ORDERS * PAYMENTS * 100
