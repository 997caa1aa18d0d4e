"""An order's whole way: uploaded, received, accepted, executed at the cut-off, reported."""

import hashlib

import pytest

from tests.bank_gateway.simulator.conftest import Customer, open_customer
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, THEIR_ACCOUNT, Info, Order, Tx, simple_order
from tests.bank_gateway.simulator.running import Simulator
from tests.bank_gateway.simulator.schemas import check_schema, message_of, values


def test_an_order_is_received_accepted_executed_and_reported(customer: Customer) -> None:
    bank = customer.simulator
    order = simple_order("M-1")

    customer.login.upload("order.xml", order)
    bank.advance(seconds=30)
    technical, business = customer.login.fetch("PAIN002")
    played = bank.advance(to="next_cutoff")
    (debit,) = customer.login.fetch("CAMT054D")

    assert values(technical, "GrpSts") == ["ACTC"]
    assert values(business, "GrpSts") == ["ACCP"]
    assert values(business, "PmtInfSts") == ["ACCP"]
    assert values(business, "TxInfAndSts") == []
    assert played["now"].startswith("2026-11-24T07:45:00")
    assert {row["end_to_end_id"] for row in bank.executions(message_id="M-1")} == {"M-1-0", "M-1-1", "M-1-2"}
    assert bank.executions(end_to_end_id="M-1-1") == [
        {
            "message_id": "M-1",
            "end_to_end_id": "M-1-1",
            "amount": "100.00",
            "currency": "NOK",
            "debtor_account": OUR_ACCOUNT,
            "creditor_account": THEIR_ACCOUNT,
            "executed": "2026-11-24T07:45:00.000000Z",
            "returned": None,
        }
    ]
    assert bank.balances() == {OUR_ACCOUNT: "9700.00", "external": "-9700.00"}
    assert values(debit, "Ntry/Amt") == ["300.00"]
    assert values(debit, "Btch/MsgId") == ["M-1"]
    assert values(debit, "Btch/PmtInfId") == ["P-1"]
    assert values(debit, "Btch/NbOfTxs") == ["3"]
    assert values(debit, "Refs/EndToEndId") == ["M-1-0", "M-1-1", "M-1-2"]
    assert values(debit, "Refs/InstrId") == ["I-M-1-0", "I-M-1-1", "I-M-1-2"]
    assert values(debit, "BookgDt/Dt") == ["2026-11-24"]


@pytest.mark.parametrize(
    ("version", "status_report", "notification"),
    [("03", "pain.002.001.03", "camt.054.001.02"), ("09", "pain.002.001.10", "camt.054.001.08")],
)
def test_an_order_is_answered_in_the_pair_of_its_version(
    customer: Customer, version: str, status_report: str, notification: str
) -> None:
    customer.login.upload("order.xml", simple_order("M-1", version=version))
    customer.simulator.advance(to="2026-11-24T12:00:00+01:00")

    receipts = customer.login.fetch("PAIN002")
    (debit,) = customer.login.fetch("CAMT054D")

    assert [message_of(receipt) for receipt in receipts] == [status_report, status_report]
    assert values(receipts[0], "OrgnlMsgNmId") == [f"pain.001.001.{version}"]
    assert message_of(debit) == notification
    check_schema(debit)
    for receipt in receipts:
        check_schema(receipt)


def test_single_booking_gives_one_entry_per_payment(customer: Customer) -> None:
    customer.login.upload("order.xml", simple_order("M-1", batch="false"))
    customer.simulator.advance(to="next_cutoff")

    (debit,) = customer.login.fetch("CAMT054D")

    check_schema(debit)
    assert values(debit, "Ntry/Amt") == ["100.00"] * 3
    assert values(debit, "Btch") == []
    assert values(debit, "Refs/EndToEndId") == ["M-1-0", "M-1-1", "M-1-2"]


def test_salary_is_one_lump_that_hides_its_payments(customer: Customer) -> None:
    customer.login.upload("order.xml", simple_order("M-1", category="SALA"))
    customer.simulator.advance(to="next_cutoff")

    (debit,) = customer.login.fetch("CAMT054D")

    check_schema(debit)
    assert values(debit, "Ntry/Amt") == ["300.00"]
    assert values(debit, "Btch/NbOfTxs") == ["3"]
    assert values(debit, "TxDtls") == []


def test_an_urgent_order_goes_by_its_own_cutoff(customer: Customer) -> None:
    bank = customer.simulator
    customer.login.upload("order.xml", simple_order("M-1", level="URGP"))

    bank.advance(to="2026-11-24T14:59:59+01:00")
    before = bank.executions()
    bank.advance(to="next_cutoff")

    assert before == []
    assert {row["executed"] for row in bank.executions()} == {"2026-11-24T14:00:00.000000Z"}


@pytest.mark.parametrize("version", ["03", "09"])
def test_a_late_order_is_moved_to_the_next_bank_day_and_says_so(customer: Customer, version: str) -> None:
    bank = customer.simulator
    bank.advance(to="2026-12-23T14:30:00+01:00")
    customer.login.upload("order.xml", simple_order("M-1", version=version, day="2026-12-23"))

    bank.advance(seconds=30)
    business = customer.login.fetch("PAIN002")[1]
    bank.advance(to="2026-12-31T00:00:00+01:00")

    # 24, 25 and 26 December are no bank days, the 27th is a Sunday.
    assert values(business, "PmtInfSts") == ["ACWC"]
    assert values(business, "TxSts") == ["ACWC"] * 3
    assert values(business, "TxInfAndSts/StsRsnInf/Rsn/Cd") == ["DT06"] * 3
    moved = "OrgnlTxRef/ReqdExctnDt" if version == "03" else "OrgnlTxRef/ReqdExctnDt/Dt"
    assert values(business, moved) == ["2026-12-28"] * 3
    assert {row["executed"] for row in bank.executions()} == {"2026-12-28T07:45:00.000000Z"}


def test_a_payment_to_an_account_of_the_bank_arrives_there(customer: Customer) -> None:
    bank = customer.simulator
    other = bank.open(
        org_number="987654325",
        account=THEIR_ACCOUNT,
        direction="incoming",
        notify="ocr",
        kid=[{"length": 7, "modulus": "mod10"}],
    )
    payments = [Tx("E-1"), Tx("E-2", kid="", text="Takk for sist")]
    customer.login.upload("order.xml", Order("M-1", [Info(payments)]).xml())

    bank.advance(to="next_cutoff")
    theirs = bank.login(other)

    assert bank.balances() == {OUR_ACCOUNT: "9800.00", THEIR_ACCOUNT: "200.00", "external": "-10000.00"}
    (ocr,) = theirs.fetch("OCR")
    (credit,) = theirs.fetch("CAMT054C")
    assert b"NY09123" in ocr
    assert b"0010017" in ocr
    check_schema(credit)
    assert values(credit, "Ustrd") == ["Takk for sist"]
    assert values(credit, "Dbtr/Nm") == ["Fjordvarme Testbedrift AS"]


def test_without_funds_an_order_waits_and_is_refused_at_the_last_cutoff(simulator: Simulator) -> None:
    customer = open_customer(simulator, balance="250.00")
    customer.login.upload("order.xml", simple_order("M-1"))

    simulator.advance(to="2026-11-24T13:59:00+01:00")
    waiting = customer.login.names()
    simulator.advance(to="next_cutoff")
    refusal = customer.login.fetch("PAIN002")[2]

    assert len(waiting) == 2
    check_schema(refusal)
    assert values(refusal, "PmtInfSts") == ["RJCT"]
    assert values(refusal, "Rsn/Cd") == ["AM04"]
    assert simulator.executions() == []
    assert simulator.balances() == {OUR_ACCOUNT: "250.00", "external": "-250.00"}


def test_funds_that_arrive_before_the_last_cutoff_let_the_order_through(simulator: Simulator) -> None:
    customer = open_customer(simulator, balance="250.00")
    customer.login.upload("order.xml", simple_order("M-1"))
    simulator.advance(to="next_cutoff")

    simulator.post("banks/dnb/incoming", {"account": OUR_ACCOUNT, "amount": "50.00", "kid": "0010017"})
    simulator.advance(to="next_cutoff")

    assert len(simulator.executions()) == 3
    assert simulator.balances() == {OUR_ACCOUNT: "0.00", "external": "0.00"}


def test_every_file_in_and_out_is_listed_with_its_hash(customer: Customer) -> None:
    order = simple_order("M-1")
    customer.login.upload("ordre æ.xml", order)
    customer.simulator.advance(to="next_cutoff")

    files = customer.simulator.get("banks/dnb/files")["results"]

    assert [(row["direction"], row["kind"], row["state"]) for row in files] == [
        ("out", "debit", "delivered"),
        ("out", "business", "delivered"),
        ("out", "technical", "delivered"),
        ("in", "order", "taken"),
    ]
    assert files[-1]["name"] == "ordre æ.xml"
    assert files[-1]["sha256"] == hashlib.sha256(order).hexdigest()
    for row in files[:3]:
        assert row["name"].startswith("SIM-DNB-")
        assert row["sha256"] == hashlib.sha256(customer.login.download(row["name"])).hexdigest()
    assert customer.login.names("to_bank") == []


def test_executions_come_in_pages(customer: Customer) -> None:
    customer.login.upload("order.xml", simple_order("M-1", count=7))
    customer.simulator.advance(to="next_cutoff")

    first = customer.simulator.get("banks/dnb/executions?limit=5")
    second = customer.simulator.get(first["next"])

    assert [row["end_to_end_id"] for row in first["results"]] == ["M-1-6", "M-1-5", "M-1-4", "M-1-3", "M-1-2"]
    assert [row["end_to_end_id"] for row in second["results"]] == ["M-1-1", "M-1-0"]
    assert second["next"] is None
