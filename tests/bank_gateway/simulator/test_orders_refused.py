"""What the simulated bank refuses, as a whole or payment by payment, and in which words."""

from collections.abc import Callable

import pytest
import requests

from tests.bank_gateway.simulator.conftest import Customer
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, THEIR_ACCOUNT, Info, Order, Tx, simple_order
from tests.bank_gateway.simulator.schemas import check_schema, values

ONE = [Info([Tx("E-1")])]


def test_a_message_id_is_taken_once_and_for_ever(customer: Customer) -> None:
    bank = customer.simulator
    customer.login.upload("first.xml", simple_order("M-1"))
    bank.advance(to="next_cutoff")
    bank.advance(to="2027-06-01T12:00:00+02:00")
    customer.login.upload("second.xml", simple_order("M-1", count=2, day="2027-06-01"))

    bank.advance(seconds=30)

    refusal = customer.login.fetch("PAIN002")[2]
    check_schema(refusal)
    assert values(refusal, "GrpSts") == ["RJCT"]
    assert values(refusal, "Rsn/Cd") == ["AM05"]
    assert values(refusal, "AddtlInf") == ["DU01 MsgId M-1 already received"]
    assert values(refusal, "OrgnlMsgId") == ["M-1"]
    bank.advance(to="next_cutoff")
    assert len(bank.executions()) == 3


def test_the_message_id_of_a_refused_order_counts_as_used(customer: Customer) -> None:
    customer.login.upload("wrong.xml", Order("M-1", ONE, count="2").xml())
    customer.simulator.advance(seconds=30)
    customer.login.upload("right.xml", Order("M-1", ONE).xml())

    customer.simulator.advance(seconds=30)

    assert [values(each, "Rsn/Cd") for each in customer.login.fetch("PAIN002")] == [["AM19"], ["AM05"]]


def test_two_senders_may_use_the_same_message_id(customer: Customer) -> None:
    bank = customer.simulator
    other = bank.open(org_number="987654325", account=THEIR_ACCOUNT, direction="remittance", balance="500.00")
    order = Order("M-1", [Info([Tx("E-1", account=OUR_ACCOUNT)], account=THEIR_ACCOUNT)]).xml()
    customer.login.upload("order.xml", simple_order("M-1"))
    bank.login(other).upload("order.xml", order)

    bank.advance(to="next_cutoff")

    assert len(bank.executions(message_id="M-1")) == 4


REFUSALS: dict[str, tuple[Callable[[], bytes], str]] = {
    "count": (lambda: Order("M-1", ONE, count="2").xml(), "AM19"),
    "sum": (lambda: Order("M-1", ONE, total="100.01").xml(), "AM16"),
    "account nobody has": (lambda: Order("M-1", [Info([Tx("E-1")], account="12345678911")]).xml(), "AC02"),
    "account of another": (lambda: Order("M-1", [Info([Tx("E-1")], account=THEIR_ACCOUNT)]).xml(), "AG01"),
    "division of another": (lambda: Order("M-1", ONE, division="0002").xml(), "BE15"),
    "schema": (lambda: simple_order("M-1").replace(b"<PmtMtd>TRF</PmtMtd>", b""), "FF01"),
    "count that is no number": (lambda: Order("M-1", ONE, count="two").xml(), "FF01"),
    "sum that is no number": (lambda: Order("M-1", ONE, total="much").xml(), "FF01"),
    "amount that is no number": (
        lambda: simple_order("M-1", count=1).replace(b'NOK">100.00', b'NOK">1_0'),
        "FF01",
    ),
    "not well-formed": (lambda: simple_order("M-1")[:-20], "FF01"),
    "Latin-1 declared as UTF-8": (lambda: simple_order("M-1").replace("ø".encode(), b"\xf8"), "FF01"),
    "document type": (lambda: Order("M-1", ONE, extra='<!DOCTYPE Document [<!ENTITY a "b">]>').xml(), "FF01"),
    "UTF-16": (
        lambda: simple_order("M-1").decode().replace('"UTF-8"', '"UTF-16"').encode("utf-16"),
        "FF01",
    ),
    "joining sign in a text": (lambda: simple_order("M-1").replace("Strøm".encode(), "St\ue0f7m".encode()), "FF01"),
    "another message": (lambda: simple_order("M-1").replace(b"pain.001.001.03", b"pain.001.001.04"), "FF01"),
    "empty": (lambda: b"", "FF01"),
    "no XML at all": (lambda: b"NY000010", "FF01"),
}


@pytest.fixture
def other_company(customer: Customer) -> Customer:
    """Another company whose account may not be drawn on."""
    customer.simulator.open(org_number="987654325", account=THEIR_ACCOUNT, direction="remittance", balance="500.00")
    return customer


def test_orders_that_are_wrong_as_a_whole_are_refused_and_nothing_of_them_is_kept(other_company: Customer) -> None:
    bank, login = other_company.simulator, other_company.login
    before = bank.balances()
    for number, (name, (make, _)) in enumerate(REFUSALS.items()):
        login.upload(f"{number:02d} {name}.xml", make().replace(b"M-1", f"N-{number}".encode()))
        bank.advance(seconds=30)

    bank.advance(to="2026-11-26T00:00:00+01:00")

    answers = login.fetch("PAIN002")
    assert len(answers) == len(REFUSALS)
    for (name, (_, code)), answer in zip(REFUSALS.items(), answers, strict=True):
        check_schema(answer)
        assert values(answer, "GrpSts") == ["RJCT"], name
        assert values(answer, "Rsn/Cd") == [code], name
    assert bank.executions() == []
    assert bank.balances() == before
    assert b"Events that failed" not in requests.get(f"{bank.addresses['control']}/?lang=en", timeout=30).content


@pytest.mark.parametrize("version", ["03", "09"])
def test_wrong_payments_are_refused_by_themselves_and_the_rest_is_executed(customer: Customer, version: str) -> None:
    wrong = {
        "E-KID": (Tx("E-KID", kid="0010018"), "RR09"),
        "E-ACCOUNT": (Tx("E-ACCOUNT", account="86011117948"), "AC03"),
        "E-EURO": (Tx("E-EURO", currency="EUR"), "AM03"),
        "E-ZERO": (Tx("E-ZERO", amount="0.00"), "AM01"),
    }
    infos = [
        Info([Tx("E-1"), *(payment for payment, _ in wrong.values())], reference="P-1"),
        Info([Tx("E-2")], reference="P-2"),
        Info([Tx("E-3", kid="0010018")], reference="P-3"),
    ]
    customer.login.upload("order.xml", Order("M-1", infos, version).xml())

    customer.simulator.advance(to="next_cutoff")

    business = customer.login.fetch("PAIN002")[1]
    check_schema(business)
    assert values(business, "GrpSts") == ["PART"]
    assert values(business, "PmtInfSts") == ["PART", "ACCP", "RJCT"]
    assert values(business, "OrgnlEndToEndId") == [*wrong, "E-3"]
    assert set(values(business, "TxSts")) == {"RJCT"}
    assert values(business, "TxInfAndSts/StsRsnInf/Rsn/Cd") == [*(code for _, code in wrong.values()), "RR09"]
    assert values(business, "OrgnlTxRef/RmtInf/Strd/CdtrRefInf/Ref") == ["0010018", "0010018"]
    assert {row["end_to_end_id"] for row in customer.simulator.executions()} == {"E-1", "E-2"}
    (debit,) = customer.login.fetch("CAMT054D")
    assert values(debit, "Ntry/Amt") == ["100.00", "100.00"]
    assert values(debit, "Btch/NbOfTxs") == ["1", "1"]


def test_a_kid_must_be_one_of_the_creditors_own_when_the_bank_knows_him(customer: Customer) -> None:
    bank = customer.simulator
    formats = [{"length": 9, "modulus": "mod11"}]
    bank.open(org_number="987654325", account=THEIR_ACCOUNT, direction="incoming", notify="ocr", kid=formats)
    payments = [Tx("E-1", kid="0010017"), Tx("E-2", kid="123456785"), Tx("E-3", kid="123456782")]
    customer.login.upload("order.xml", Order("M-1", [Info(payments)]).xml())

    bank.advance(to="next_cutoff")

    assert values(customer.login.fetch("PAIN002")[1], "OrgnlEndToEndId") == ["E-1", "E-3"]
    assert [row["end_to_end_id"] for row in bank.executions()] == ["E-2"]


@pytest.mark.parametrize(("day", "code"), [("2026-10-01", "CH04"), ("2028-01-03", "CH03")])
def test_a_date_too_far_off_refuses_its_payments(customer: Customer, day: str, code: str) -> None:
    infos = [Info([Tx("E-1")], reference="P-1", day=day), Info([Tx("E-2")], reference="P-2")]
    customer.login.upload("order.xml", Order("M-1", infos).xml())

    customer.simulator.advance(to="2026-11-27T00:00:00+01:00")

    business = customer.login.fetch("PAIN002")[1]
    check_schema(business)
    assert values(business, "GrpSts") == ["PART"]
    assert values(business, "PmtInfSts") == ["RJCT", "ACCP"]
    assert values(business, "Rsn/Cd") == [code]
    assert [row["end_to_end_id"] for row in customer.simulator.executions()] == ["E-2"]


def test_an_order_with_nothing_right_in_it_is_rejected_as_a_group(customer: Customer) -> None:
    customer.login.upload("order.xml", Order("M-1", [Info([Tx("E-1", kid="0010018")])]).xml())

    customer.simulator.advance(seconds=30)

    business = customer.login.fetch("PAIN002")[1]
    check_schema(business)
    assert values(business, "GrpSts") == ["RJCT"]
    assert values(business, "TxSts") == ["RJCT"]
