"""The business clock of the simulated banks."""

import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.bank_gateway.simulator.conftest import Customer
from tests.bank_gateway.simulator.orders import Info, Order, Tx, simple_order
from tests.bank_gateway.simulator.running import Simulator
from tests.bank_gateway.simulator.schemas import values


def _now(simulator: Simulator) -> datetime:
    return datetime.fromisoformat(simulator.get("clock")["now"])


def test_it_shows_the_time_the_rate_and_the_next_cutoff(simulator: Simulator) -> None:
    clock = simulator.get("clock")

    assert clock["now"].startswith("2026-11-24T07:00:")
    assert clock["rate"] == 1
    assert clock["next_cutoff"] == {"bank": "dnb", "at": "2026-11-24T07:45:00.000Z"}


def test_advancing_plays_every_event_at_its_own_time_and_in_order(customer: Customer) -> None:
    bank = customer.simulator
    days = ["2026-11-26", "2026-11-24", "2026-11-25"]
    for number, day in enumerate(days):
        customer.login.upload(f"{number}.xml", Order(f"M-{number}", [Info([Tx(f"E-{number}")], day=day)]).xml())

    bank.advance(to="2026-11-30T00:00:00+01:00")

    executed = [(row["end_to_end_id"], row["executed"]) for row in reversed(bank.executions())]
    assert executed == [
        ("E-1", "2026-11-24T07:45:00.000000Z"),
        ("E-2", "2026-11-25T07:45:00.000000Z"),
        ("E-0", "2026-11-26T07:45:00.000000Z"),
    ]
    written = [row["at"] for row in reversed(bank.get("banks/dnb/files")["results"]) if row["direction"] == "out"]
    assert written == sorted(written)
    created = [values(debit, "GrpHdr/CreDtTm")[0] for debit in customer.login.fetch("CAMT054D")]
    assert created == [f"2026-11-{day}T08:45:00+01:00" for day in (24, 25, 26)]


@pytest.mark.parametrize("target", [{"to": "2026-11-24T07:59:59+01:00"}, {"seconds": -1}])
def test_it_never_goes_back(standing: Simulator, target: dict[str, Any]) -> None:
    before = _now(standing)

    answer = standing.post("clock/advance", target, status=409)

    assert answer["code"] == "clock_backwards"
    assert _now(standing) >= before


@pytest.mark.parametrize(
    "target",
    [{}, {"to": "tomorrow"}, {"to": "2026-11-25T12:00:00"}, {"seconds": "60"}, {"seconds": 1, "to": "next_cutoff"}, []],
)
def test_a_target_that_makes_no_sense_is_refused(standing: Simulator, target: Any) -> None:
    assert standing.post("clock/advance", target, status=422)["code"] == "target_invalid"


def test_events_fall_due_as_real_time_passes(customer: Customer) -> None:
    customer.simulator.post("clock/rate", {"rate": 60}, status=200)
    customer.login.upload("order.xml", simple_order("M-1"))

    deadline = time.monotonic() + 30
    while len(customer.login.names()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)

    technical, business = customer.login.fetch("PAIN002")
    assert (values(technical, "GrpSts"), values(business, "GrpSts")) == (["ACTC"], ["ACCP"])


def test_the_rate_is_kept_and_the_clock_runs_by_it(simulator: Simulator) -> None:
    simulator.post("clock/rate", {"rate": 3600}, status=200)
    started, real = _now(simulator), time.monotonic()
    time.sleep(0.3)
    passed = (_now(simulator) - started).total_seconds()
    by_then = time.monotonic() - real

    assert 0.3 * 3600 <= passed <= (by_then + 0.5) * 3600
    assert simulator.post("clock/rate", {"rate": -1}, status=422)["code"] == "rate_invalid"


def test_a_restart_keeps_the_clock(simulator: Simulator) -> None:
    simulator.advance(to="2026-12-01T12:00:00+01:00")
    simulator.stop()
    simulator.start()

    assert timedelta() <= _now(simulator) - datetime.fromisoformat("2026-12-01T11:00:00Z") < timedelta(minutes=5)


def test_concurrent_advances_are_played_one_after_another(customer: Customer) -> None:
    bank = customer.simulator
    customer.login.upload("order.xml", simple_order("M-1"))
    started = _now(bank)
    threads = [threading.Thread(target=bank.advance, kwargs={"seconds": 600}) for _ in range(5)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert timedelta(seconds=3000) <= _now(bank) - started < timedelta(seconds=3300)
    assert len(bank.executions()) == 3


def test_a_start_on_a_sunday_is_taken_as_given(tmp_path: Path) -> None:
    simulator = Simulator(tmp_path, start="2026-11-22T09:00:00+01:00")
    simulator.start()
    try:
        clock = simulator.get("clock")
    finally:
        simulator.stop()

    # A given start is taken as it is, a Sunday here; its next cut-off is Monday's first.
    assert clock["now"].startswith("2026-11-22T08:00:")
    assert clock["next_cutoff"]["at"] == "2026-11-23T07:45:00.000Z"


def test_reading_answers_while_a_large_order_is_read(customer: Customer) -> None:
    bank = customer.simulator
    customer.login.upload("order.xml", simple_order("M-1", count=20_000))
    advancing = threading.Thread(target=bank.advance, kwargs={"seconds": 60})
    advancing.start()
    slowest, asked = 0.0, 0
    while advancing.is_alive():
        started = time.monotonic()
        assert requests.get(bank.addresses["clock"], timeout=30).status_code == 200
        slowest, asked = max(slowest, time.monotonic() - started), asked + 1
    advancing.join()

    assert asked > 3
    assert slowest < 1
    assert len(customer.login.names()) == 2
