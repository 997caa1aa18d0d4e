"""A large order: everything executed, reported whole, and memory that doesn't grow with it."""

import re
from collections import Counter
from pathlib import Path

from tests.bank_gateway.simulator.conftest import open_customer
from tests.bank_gateway.simulator.orders import simple_order
from tests.bank_gateway.simulator.running import Simulator
from tests.bank_gateway.simulator.schemas import check_schema, values

COUNT = 50_000
MOST_MEMORY_KIB = 200 * 1024


def _peak_memory_kib(simulator: Simulator) -> int:
    assert simulator.process is not None
    status = Path(f"/proc/{simulator.process.pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1])


def test_fifty_thousand_payments_of_one_order(simulator: Simulator) -> None:
    customer = open_customer(simulator, balance="10000000.00")
    customer.login.upload("order.xml", simple_order("M-1", count=COUNT, version="09"))

    simulator.advance(to="next_cutoff")

    (debit,) = customer.login.fetch("CAMT054D")
    check_schema(debit)
    assert values(debit, "Ntry/Amt") == [f"{COUNT * 100}.00"]
    reported = Counter(values(debit, "Refs/EndToEndId"))
    assert len(reported) == COUNT
    assert set(reported.values()) == {1}
    assert simulator.get("banks/dnb/executions?end_to_end_id=M-1-49999")["results"][0]["amount"] == "100.00"
    assert simulator.balances()["external"] == f"-{10_000_000 - COUNT * 100}.00"
    assert _peak_memory_kib(simulator) < MOST_MEMORY_KIB
