"""What a customer may do in its folders at the bank, and what not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncssh
import pytest

from tests.bank_gateway.simulator.conftest import Customer
from tests.bank_gateway.simulator.orders import simple_order

Forbidden = Callable[[Any], Awaitable[Any]]


async def _write(client: Any, path: str, content: bytes = b"x") -> None:
    async with client.open(path, "wb") as file:
        await file.write(content)


async def _rename_over(client: Any, rename: str) -> None:
    await _write(client, "to_bank/a.part")
    await _write(client, "to_bank/b.part")
    await getattr(client, rename)("to_bank/a.part", "to_bank/b.part")


FORBIDDEN: dict[str, Forbidden] = {
    "leave the folder": lambda client: _write(client, "../../host_key"),
    "write where the bank writes": lambda client: _write(client, "from_bank/a.xml"),
    "write outside the folders": lambda client: _write(client, "a.xml"),
    "rename onto a name": lambda client: _rename_over(client, "rename"),
    "rename onto a name the POSIX way": lambda client: _rename_over(client, "posix_rename"),
    "move a folder": lambda client: client.rename("from_bank/archive", "from_bank/archive/x"),
    "make a folder": lambda client: client.mkdir("to_bank/folder"),
    "remove a folder": lambda client: client.rmdir("from_bank/archive"),
    "lay a symbolic link": lambda client: client.symlink("/etc/passwd", "to_bank/a.xml"),
    "lay a hard link": lambda client: client.link("to_bank/a", "to_bank/b"),
}


def test_what_is_forbidden_is_refused_and_changes_nothing(customer: Customer) -> None:
    host_key = (customer.simulator.folder / "host_key").read_bytes()
    for forbidden in FORBIDDEN.values():
        with pytest.raises(asyncssh.SFTPError):
            customer.login.use(forbidden)

    assert (customer.simulator.folder / "host_key").read_bytes() == host_key
    assert customer.login.names("from_bank") == []


def test_there_is_no_shell(customer: Customer) -> None:
    async def work() -> None:
        async with customer.login.connect() as connection:
            await connection.run("id", check=True)

    with pytest.raises((asyncssh.ChannelOpenError, asyncssh.ProcessError)):
        asyncio.run(work())


def test_a_file_under_way_is_never_taken(customer: Customer) -> None:
    bank = customer.simulator

    async def work(client: Any) -> None:
        await _write(client, "to_bank/order.xml.part", simple_order("M-1"))

    customer.login.use(work)
    bank.advance(to="next_cutoff")

    assert customer.login.names("to_bank") == ["order.xml.part"]
    assert bank.executions() == []


def test_a_file_written_under_its_own_name_is_taken_when_it_is_closed(customer: Customer) -> None:
    bank = customer.simulator
    order = simple_order("M-1")

    async def work(client: Any) -> None:
        async with client.open("to_bank/order.xml", "wb") as file:
            await file.write(order[:500])
            bank.advance(seconds=30)
            await file.write(order[500:])

    customer.login.use(work)
    bank.advance(to="next_cutoff")

    assert len(bank.executions()) == 3


def test_a_customer_moves_what_it_has_stored_to_the_archive(customer: Customer) -> None:
    bank = customer.simulator
    customer.login.upload("order.xml", simple_order("M-1"))
    bank.advance(seconds=30)
    name = customer.login.names()[0]

    async def work(client: Any) -> None:
        await client.rename(f"from_bank/{name}", f"from_bank/archive/{name}")

    customer.login.use(work)
    bank.stop()
    bank.start()

    assert name not in customer.login.names()
    assert customer.login.names("from_bank/archive") == [name]


def test_names_are_nothing_but_names(customer: Customer) -> None:
    bank = customer.simulator
    names = ["; rm -rf ~ .xml", "%2e%2e.xml", "ordre\t\u2028æ.XML", "-r.xml", "'--.xml"]
    for number, name in enumerate(names):
        customer.login.upload(name, simple_order(f"M-{number}", count=1))

    bank.advance(to="next_cutoff")

    listed = {row["name"] for row in bank.get("banks/dnb/files")["results"] if row["direction"] == "in"}
    assert listed == set(names)
    assert len(bank.executions()) == len(names)


def test_a_name_that_is_no_text_is_taken_too(customer: Customer) -> None:
    bank = customer.simulator

    async def work(client: Any) -> None:
        await _write(client, "to_bank/a.part", simple_order("M-1"))
        await client.rename(b"to_bank/a.part", b"to_bank/\xff\xfe.xml")

    customer.login.use(work)
    bank.advance(to="next_cutoff")

    assert len(bank.executions()) == 3
    assert bank.get("banks/dnb/files")["results"][-1]["name"] == "\\xff\\xfe.xml"
