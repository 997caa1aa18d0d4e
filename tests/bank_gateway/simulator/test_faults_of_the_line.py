"""Faults that strike the SFTP line: cut after a rename, cut in the middle of an upload, slowed."""

import time
from typing import Any

import asyncssh
import pytest

from tests.bank_gateway.simulator.orders import Info, Tx, simple_order
from tests.bank_gateway.simulator.running import Login
from tests.bank_gateway.simulator.test_faults_of_files import hits, put_faults
from tests.bank_gateway.simulator.three_banks import BankCustomer, Open

CUT = (asyncssh.Error, OSError)


def _upload_in_one(login: Login, name: str, content: bytes) -> None:
    """Upload a file under its own name, as a careless customer does."""

    async def work(client: Any) -> None:
        async with client.open(f"to_bank/{name}", "wb") as file:
            await file.write(content)

    login.use(work)


def _sizes(login: Login) -> dict[str, int]:
    async def work(client: Any) -> dict[str, int]:
        found = await client.readdir("to_bank")
        return {each.filename: each.attrs.size for each in found if not each.filename.startswith(".")}

    return login.use(work)


def test_the_line_is_cut_after_a_rename_that_was_done(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "drop_after_rename", "times": 1})

    with pytest.raises(CUT):
        customer.login.upload("order.xml", simple_order("M-1", count=1))
    customer.login.upload("other.xml", simple_order("M-2", count=1))
    customer.advance(to="next_cutoff")

    assert customer.executed() == ["M-1-0", "M-2-0"]
    assert [(each["fault"], each["file"]) for each in hits(customer)] == [("drop_after_rename", "order.xml")]


def test_renames_that_hand_nothing_to_the_bank_are_not_cut(open_bank: Open) -> None:
    customer = open_bank("dnb")
    customer.send("M-1", [Info([Tx("E-1")])])
    customer.advance(seconds=30)
    put_faults(customer, {"fault": "drop_after_rename", "probability": 1})
    name = customer.login.names()[0]

    async def work(client: Any) -> None:
        await client.rename(f"from_bank/{name}", f"from_bank/archive/{name}")
        async with client.open("to_bank/a.part", "wb") as file:
            await file.write(b"x")
        await client.rename("to_bank/a.part", "to_bank/b.part")

    customer.login.use(work)

    assert hits(customer) == []


@pytest.mark.parametrize("size", [1, 5_000])
def test_the_line_breaks_in_the_middle_of_an_upload_and_nothing_is_taken(open_bank: Open, size: int) -> None:
    customer = open_bank("nordea")
    order = customer.order("M-1", [Info([Tx(f"E-{number}") for number in range(size)])])
    put_faults(customer, {"fault": "half_file_to_bank", "times": 1})

    with pytest.raises(CUT):
        customer.login.upload("order.xml", order)
    left = _sizes(customer.login)
    customer.advance(to="next_cutoff")

    assert list(left) == ["order.xml.part"]
    assert 0 < left["order.xml.part"] <= len(order) // 2
    assert customer.executed() == []
    assert [(each["fault"], each["file"]) for each in hits(customer)] == [("half_file_to_bank", "order.xml.part")]
    customer.login.upload("again.xml", customer.order("M-1", [Info([Tx("E-1")])]))
    customer.advance(to="next_cutoff")
    assert customer.executed() == ["E-1"]


def test_half_a_file_uploaded_under_its_own_name_is_not_taken_either(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "half_file_to_bank", "times": 1})

    with pytest.raises(CUT):
        _upload_in_one(customer.login, "order.xml", simple_order("M-1"))
    customer.advance(to="next_cutoff")

    assert list(_sizes(customer.login)) == ["order.xml.part"]
    assert customer.simulator.get("banks/dnb/files")["results"] == []


def _seconds_of(customer: BankCustomer, content: bytes, name: str) -> float:
    started = time.monotonic()
    customer.login.upload(name, content)
    return time.monotonic() - started


def test_a_slow_line_slows_every_operation_and_still_works(open_bank: Open) -> None:
    customer = open_bank("dnb")
    quick = _seconds_of(customer, simple_order("M-1"), "one.xml")
    put_faults(customer, {"fault": "slow_line", "probability": 1})
    slow = _seconds_of(customer, simple_order("M-2"), "two.xml")
    (shown,) = customer.simulator.get("banks/dnb/faults")
    put_faults(customer)
    customer.advance(to="next_cutoff")

    assert shown["hits"] >= 4  # open, write, close, rename
    assert slow >= quick + 4 * 0.05
    assert len(customer.executed()) == 6
    assert [each["detail"] for each in hits(customer)] == [f"{shown['hits']} operations slowed"]


def test_however_long_a_file_is_a_slow_line_slows_it_by_some_seconds_only(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "slow_line", "probability": 1})
    content = simple_order("M-1", count=8_000)
    assert len(content) > 3_000_000  # a hundred blocks and more: half a minute if nothing bounded it

    assert _seconds_of(customer, content, "order.xml") < 20


def test_a_slow_line_goes_on_with_its_count_after_a_restart(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "slow_line", "probability": 0.5})
    customer.login.names()
    before = customer.simulator.get("banks/dnb/faults")
    customer.simulator.stop()
    customer.simulator.start()

    assert before[0]["tried"] > 0
    assert customer.simulator.get("banks/dnb/faults") == before
