"""How the program starts: which banks it runs, and which storage it takes; what it can't, it says with what to do."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from bank_gateway.simulator.profiles import BANKS
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, Info, Tx
from tests.bank_gateway.simulator.running import PATIENCE, PROGRAM, ROOT, Simulator
from tests.bank_gateway.simulator.three_banks import open_at

STORAGE = "banks.sqlite3"


def refused(folder: Path, *arguments: str) -> str:
    """Start it as from a command line, and return what it says before it ends with 2."""
    command = [sys.executable, "-m", PROGRAM.removesuffix(".__main__"), "--dir", str(folder), *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


@pytest.mark.parametrize("version", [0, 1, 99])
def test_a_storage_of_another_version_is_left_alone_with_advice(tmp_path: Path, version: int) -> None:
    path = tmp_path / STORAGE
    with sqlite3.connect(path) as older:
        older.execute("CREATE TABLE account (number TEXT)")
        older.execute("INSERT INTO account VALUES ('12345678903')")
        older.execute(f"PRAGMA user_version = {version}")

    said = refused(tmp_path)

    assert f"made by another version of the simulated banks (tables {version}, " in said
    assert f"`make reset` in the sandbox, otherwise delete {tmp_path}" in said
    with sqlite3.connect(path) as kept:
        assert kept.execute("SELECT * FROM account").fetchall() == [("12345678903",)]


def test_what_is_no_storage_at_all_is_said_too(tmp_path: Path) -> None:
    (tmp_path / STORAGE).write_bytes(b"not a database, " * 1000)

    said = refused(tmp_path)

    assert "can't be read (file is not a database)" in said
    assert f"otherwise delete {tmp_path}" in said
    assert (tmp_path / STORAGE).read_bytes() == b"not a database, " * 1000


def test_a_place_that_cannot_be_written_is_said_without_advice_to_delete_it(tmp_path: Path) -> None:
    (tmp_path / STORAGE).mkdir()

    said = refused(tmp_path)

    assert "can't be opened (unable to open database file)" in said
    assert "delete" not in said


@pytest.mark.parametrize("banks", ["dnb,nowhere", "", "DNB"])
def test_a_bank_that_there_is_not_is_named_with_those_that_there_are(tmp_path: Path, banks: str) -> None:
    said = refused(tmp_path / "banks", "--banks", banks)

    assert "no such bank" in said
    assert ", ".join(BANKS) in said
    assert not (tmp_path / "banks").exists()


def test_a_bank_with_customers_cannot_be_left_out(tmp_path: Path) -> None:
    simulator = Simulator(tmp_path, banks="dnb,nordea")
    simulator.start()
    open_at(simulator, BANKS["nordea"])
    simulator.stop()

    assert "The folder has customers of nordea, which must run too" in refused(tmp_path, "--banks", "dnb")


def test_banks_can_be_added_to_a_folder_and_only_those_asked_for_run(tmp_path: Path) -> None:
    first = Simulator(tmp_path, banks="nordea")
    first.start()
    customer = open_at(first, BANKS["nordea"])
    customer.send("M-1", [Info([Tx("E-1")])])
    unknown = requests.get(f"{first.addresses['control']}/banks/dnb/accounts", timeout=30).status_code
    alone = (set(first.addresses["banks"]), set(first.get("clock")["cutoffs"]))
    first.stop()

    both = Simulator(tmp_path, banks="sparebank1,nordea,sparebank1")
    both.start()
    added = open_at(both, BANKS["sparebank1"])
    both.advance(to="2026-11-24T23:00:00+01:00")
    both.bank = "nordea"

    assert (unknown, alone) == (404, ({"nordea"}, {"nordea"}))
    assert set(both.addresses["banks"]) == {"nordea", "sparebank1"}
    assert [row["end_to_end_id"] for row in both.executions()] == ["E-1"]
    assert both.login(added.agreement).names() == []
    assert both.balances()[OUR_ACCOUNT] == "9900.00"
    both.stop()
