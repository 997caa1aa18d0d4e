"""Faults that strike files on their way from the bank, seen as a customer sees them: by SFTP."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from lxml import etree

from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, Info, Tx
from tests.bank_gateway.simulator.running import Login
from tests.bank_gateway.simulator.schemas import check_schema, values
from tests.bank_gateway.simulator.three_banks import BankCustomer, Open

LONG = {"seconds": 600}


def put_faults(customer: BankCustomer, *faults: dict[str, Any]) -> Any:
    url = f"{customer.simulator.addresses['banks'][customer.habits.id]}/faults"
    answer = requests.put(url, json=[{"seed": 7, **each} for each in faults], timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def hits(customer: BankCustomer) -> list[Any]:
    """Return what faults did, oldest first."""
    page = customer.simulator.get(f"banks/{customer.habits.id}/faults/hits?limit=500")
    return list(reversed(page["results"]))


def answer(customer: BankCustomer, message_id: str = "M-1", *, name: str = "Strøm AS", count: int = 1) -> None:
    """Send an order and let the bank give its two receipts."""
    customer.send(message_id, [Info([Tx(f"{message_id}-{number}", name=name) for number in range(count)])])
    customer.advance(seconds=30)


def until(reached: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "never happened"
        time.sleep(0.1)


def stamps(login: Login) -> dict[str, tuple[int, int]]:
    """Return size and time of every file from the bank."""

    async def work(client: Any) -> dict[str, tuple[int, int]]:
        return {
            each.filename: (each.attrs.size, each.attrs.mtime)
            for each in await client.readdir("from_bank")
            if each.filename.endswith((".xml", ".txt"))
        }

    return login.use(work)


def test_silence_withholds_answers_until_it_is_lifted_and_then_delivers_them(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "silence", "probability": 1})
    answer(customer)
    customer.advance(to="next_cutoff")
    silent, executed = customer.login.names(), customer.executed()
    (shown,) = customer.simulator.get("banks/dnb/faults")
    customer.simulator.stop()
    customer.simulator.start()
    still_silent = customer.login.names()

    put_faults(customer)

    assert (silent, still_silent, executed) == ([], [], ["M-1-0"])
    assert (shown["hits"], shown["withheld"]) == (3, 3)
    assert [values(each, "GrpSts") for each in customer.receipts()] == [["ACTC"], ["ACCP"]]
    assert len(customer.debits()) == 1


def test_silence_over_some_answers_is_lifted_with_the_list_that_lacks_it(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "silence", "times": 1})
    answer(customer)
    first = [values(each, "GrpSts") for each in customer.receipts()]
    put_faults(customer, {"fault": "silence", "times": 1}, {"fault": "slow_line", "probability": 0})
    kept = len(customer.receipts())
    put_faults(customer, {"fault": "slow_line", "probability": 0})

    assert first == [["ACCP"]]
    assert kept == 1
    assert len(customer.receipts()) == 2


def test_half_a_file_stands_still_and_the_whole_one_comes_under_a_name_of_its_own(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "half_file_from_bank", "times": 1, "seconds": 3})
    answer(customer)
    half_name, business = customer.login.names()
    half, first_look = customer.login.download(half_name), stamps(customer.login)
    until(lambda: len(customer.login.names()) == 3)

    whole_name = next(name for name in customer.login.names() if name not in (half_name, business))
    whole = customer.login.download(whole_name)
    assert half == whole[: len(whole) // 2]
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(half)
    check_schema(whole)
    assert values(whole, "GrpSts") == ["ACTC"]
    assert stamps(customer.login)[half_name] == first_look[half_name]
    assert [(each["fault"], each["file"], each["detail"]) for each in hits(customer)] == [
        ("half_file_from_bank", half_name, f"half; whole later as {whole_name}")
    ]


def test_the_whole_file_comes_at_the_latest_when_the_fault_is_lifted(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "half_file_from_bank", "probability": 1, **LONG})
    answer(customer)
    halves = customer.login.names()
    put_faults(customer)

    wholes = [customer.login.download(name) for name in customer.login.names() if name not in halves]
    assert len(halves) == 2
    assert [values(each, "GrpSts") for each in wholes] == [["ACTC"], ["ACCP"]]


def test_a_half_file_taken_to_the_archive_is_followed_by_the_whole_one(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "half_file_from_bank", "times": 1, **LONG})
    answer(customer)
    half_name, business = customer.login.names()

    async def archive(client: Any) -> None:
        await client.rename(f"from_bank/{half_name}", f"from_bank/archive/{half_name}")

    customer.login.use(archive)
    put_faults(customer)

    whole_name, same_business = customer.login.names()
    assert same_business == business
    assert half_name not in (whole_name, business)
    assert values(customer.login.download(whole_name), "GrpSts") == ["ACTC"]


def test_a_file_in_the_wrong_charset_is_followed_by_the_right_one_when_the_fault_is_lifted(open_bank: Open) -> None:
    customer = open_bank("dnb")
    answer(customer)
    put_faults(customer, {"fault": "wrong_charset", "probability": 1})
    customer.advance(to="next_cutoff")
    (wrong,) = customer.debits()
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(wrong)
    put_faults(customer)

    right, still_wrong = customer.debits()
    assert b'encoding="UTF-8"' in wrong
    assert "Strøm AS".encode("latin-1") in wrong
    assert still_wrong == wrong
    check_schema(right)
    assert values(right, "Cdtr/Nm") == ["Strøm AS"]


def test_a_message_without_nordic_letters_is_unreadable_in_the_wrong_charset_too(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "wrong_charset", "probability": 1})
    answer(customer)

    technical = customer.receipts()[0]
    with pytest.raises(UnicodeDecodeError):
        technical.decode("utf-8")


def test_ocr_giro_has_no_charset_to_get_wrong(open_bank: Open) -> None:
    customer = open_bank("dnb")
    formats = [{"length": 7, "modulus": "mod10"}]
    body = {"org_number": "974760673", "account": OUR_ACCOUNT, "direction": "incoming", "notify": "ocr"}
    customer.post("agreements", {**body, "kid": formats}, status=201)
    put_faults(customer, {"fault": "wrong_charset", "probability": 1})
    customer.post("incoming", {"account": OUR_ACCOUNT, "amount": "1.00", "kid": "0010017"}, status=201)

    assert len(customer.login.fetch("OCR")) == 1
    assert hits(customer) == []


@pytest.mark.parametrize("bank", ["dnb", "nordea"])
def test_an_answer_comes_twice_as_the_same_bytes_or_anew(open_bank: Open, bank: str) -> None:
    customer = open_bank(bank)
    put_faults(customer, {"fault": "answer_twice", "probability": 1})
    for number in range(4):
        answer(customer, f"M-{number}")
        customer.advance(to="next_cutoff")

    names = customer.login.names()
    anew = []
    for copy in [name for name in names if name.endswith("-2.xml")]:
        first, again = (customer.login.download(name) for name in (copy.replace("-2.xml", ".xml"), copy))
        check_schema(again)
        if first == again:
            continue
        anew.append(copy)
        old, new = values(first, "GrpHdr/MsgId")[0], values(again, "GrpHdr/MsgId")[0]
        assert old != new
        marked = b"<CpyDplctInd>COPY</CpyDplctInd>" if "CAMT054" in copy else b""
        assert again.count(b"CpyDplctInd") == (2 if marked else 0)
        assert again.replace(marked, b"").replace(new.encode(), old.encode(), 1) == first
    assert len(names) == 2 * sum(name.endswith("-2.xml") for name in names)
    assert 0 < len(anew) < len(names) // 2
    assert {"CAMT054", "PAIN002"} == {name.split("-")[2][:7] for name in anew}


def test_answers_come_in_reverse_by_name_and_by_time(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "out_of_order", "probability": 1, **LONG})
    answer(customer)
    held = customer.login.names()
    answer(customer, "M-2")

    names = [name for name in customer.login.names() if "PAIN002" in name]
    told = [(*values(each, "OrgnlMsgId"), *values(each, "GrpSts")) for each in map(customer.login.download, names)]
    assert held == []
    assert told == [("M-2", "ACTC"), ("M-1", "ACCP"), ("M-1", "ACTC")]
    put_faults(customer)
    assert values(customer.receipts()[-1], "GrpSts") == ["ACCP"]
    assert len(customer.receipts()) == 4


def test_a_short_pile_is_delivered_when_its_time_has_passed(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "out_of_order", "probability": 1, "seconds": 1})
    answer(customer)
    until(lambda: len(customer.receipts()) == 2)

    assert [values(each, "GrpSts") for each in customer.receipts()] == [["ACCP"], ["ACTC"]]


def test_a_file_put_by_hand_is_never_struck(open_bank: Open) -> None:
    customer = open_bank("dnb")
    put_faults(customer, {"fault": "silence", "probability": 1})
    url = f"{customer.simulator.addresses['banks']['dnb']}/from_bank/hand.xml?account={OUR_ACCOUNT}"
    requests.put(url, data=b"<a/>", timeout=30)

    assert customer.login.names() == ["hand.xml"]


def _struck(open_bank: Open, *, seed: int, restart: bool = False) -> list[str]:
    customer = open_bank("nordea")
    put_faults(customer, {"fault": "silence", "probability": 0.5, "seed": seed})
    for number in range(8):
        answer(customer, f"M-{number}")
        if restart and number == 3:
            customer.simulator.stop()
            customer.simulator.start()
    found = [each["file"] for each in hits(customer)]
    customer.simulator.stop()
    for path in customer.simulator.folder.glob("banks.sqlite3*"):
        path.unlink()
    return found


def test_the_same_seed_strikes_the_same_files_over_a_restart_too(open_bank: Open) -> None:
    first = _struck(open_bank, seed=1)

    assert 2 < len(first) < 14
    assert _struck(open_bank, seed=1, restart=True) == first
    assert _struck(open_bank, seed=2) != first


def test_a_bank_has_faults_of_its_own(open_bank: Open) -> None:
    struck, spared = open_bank("dnb"), open_bank("nordea")
    put_faults(struck, {"fault": "silence", "probability": 1})
    answer(struck)
    answer(spared)

    assert struck.receipts() == []
    assert len(spared.receipts()) == 2
