"""What happens to payments after they were accepted: cancelled, refused on their day, executed and sent back."""

from typing import Any

import pytest

from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, THEIR_ACCOUNT, Info, Tx
from tests.bank_gateway.simulator.schemas import check_schema, message_of, values
from tests.bank_gateway.simulator.three_banks import BankCustomer, Open, open_creditor

BANKS = ["dnb", "nordea", "sparebank1"]


def _told(report: bytes) -> tuple[list[str], list[str], list[str], list[str], list[str]]:
    """Return GrpSts, PmtInfSts, end-to-end ids, TxSts and reason codes of a pain.002."""
    check_schema(report)
    paths = ("GrpSts", "PmtInfSts", "OrgnlEndToEndId", "TxSts", "Rsn/Cd")
    found = [values(report, path) for path in paths]
    return found[0], found[1], found[2], found[3], found[4]


@pytest.fixture(params=BANKS)
def customer(request: pytest.FixtureRequest, open_bank: Open) -> BankCustomer:
    """A customer of each bank whose order of two payments is accepted."""
    opened: BankCustomer = open_bank(request.param)
    opened.send_payments("M-1", Tx("E-1"), Tx("E-2", amount="50.00"))
    opened.advance(seconds=30)
    return opened


def test_an_accepted_payment_is_refused_when_its_day_comes(customer: BankCustomer) -> None:
    before = len(customer.receipts())
    customer.post("reject", {"end_to_end_id": "E-1", "reason": "AC06", "text": "Sperret"})
    said_at_once = len(customer.receipts()) - before
    customer.advance(to="next_cutoff")

    assert said_at_once == 0
    refusal = customer.receipts()[before]
    assert _told(refusal) == ([], [], ["E-1"], ["RJCT"], ["AC06"])
    assert values(refusal, "AddtlInf") == ["Sperret"]
    assert customer.executed() == ["E-2"]
    assert [values(each, "Ntry/Amt") for each in customer.debits()] == [["50.00"]]
    assert customer.simulator.balances() == {OUR_ACCOUNT: "9950.00", "external": "-9950.00"}


def test_an_order_whose_payments_are_all_refused_on_their_day_books_nothing(customer: BankCustomer) -> None:
    for number in (1, 2):
        customer.post("reject", {"end_to_end_id": f"E-{number}", "message_id": "M-1"})
    before = len(customer.receipts())
    customer.advance(to="next_cutoff")

    (refusal,) = customer.receipts()[before:]
    assert _told(refusal)[2:] == (["E-1", "E-2"], ["RJCT"] * 2, ["AC07"] * 2)
    assert (customer.executed(), customer.debits()) == ([], [])


def test_a_payment_cancelled_in_the_net_bank_is_told_at_once_and_never_executed(customer: BankCustomer) -> None:
    before = len(customer.receipts())
    customer.post("cancel", {"end_to_end_id": "E-1"})
    (told,) = customer.receipts()[before:]
    customer.advance(to="next_cutoff")

    status = "CANC" if message_of(told) == "pain.002.001.10" else "RJCT"
    assert _told(told) == ([], [], ["E-1"], [status], ["CUST"])
    assert status == ("CANC" if customer.habits.id == "nordea" else "RJCT")
    assert customer.executed() == ["E-2"]


def test_what_waits_for_approval_can_be_cancelled(open_bank: Open) -> None:
    customer = open_bank("nordea", signers=1)
    customer.send_payments("M-1", Tx("E-1"), Tx("E-2"))
    customer.advance(seconds=30)
    customer.post("cancel", {"end_to_end_id": "E-1"})
    customer.post("approve", {"message_id": "M-1"})
    customer.advance(to="next_cutoff")

    assert customer.executed() == ["E-2"]


@pytest.mark.parametrize(("fee", "net"), [(None, "100.00"), ("25.00", "75.00")])
def test_an_executed_payment_comes_back_perhaps_less_a_fee(customer: BankCustomer, fee: str | None, net: str) -> None:
    customer.advance(to="next_cutoff")
    answer = customer.post("return", {"end_to_end_id": "E-1", "message_id": "M-1", "fee": fee})

    assert (answer["amount"], answer["fee"], answer["reason"]) == (net, fee or "0.00", "AC04")
    (credit,) = customer.login.fetch("CAMT054C")
    check_schema(credit)
    assert message_of(credit)[-3:] == (".08" if customer.habits.id == "nordea" else ".02")
    assert values(credit, "Acct/Id/Othr/Id")[:1] == [OUR_ACCOUNT]
    assert values(credit, "Ntry/Amt") == [net]
    assert values(credit, "Ntry/CdtDbtInd") == ["CRDT"]
    ids = [values(credit, f"Refs/{name}") for name in ("MsgId", "PmtInfId", "InstrId", "EndToEndId")]
    assert ids == [["M-1"], ["P-1"], ["I-E-1"], ["E-1"]]
    assert (values(credit, "RtrInf/Rsn/Cd"), values(credit, "RtrInf/AddtlInf")) == (
        ["AC04"],
        ["Konto avsluttet hos mottaker"],
    )
    assert values(credit, "TxAmt/Amt") == [net]
    charges = values(credit, "Chrgs/Rcrd/Amt") or values(credit, "Chrgs/Amt")
    assert (charges, values(credit, "InstdAmt/Amt")) == (([fee], ["100.00"]) if fee else ([], []))
    back = {"100.00": "9950.00", "75.00": "9925.00"}[net]
    assert customer.simulator.balances() == {OUR_ACCOUNT: back, "external": f"-{back}"}
    returned = {row["end_to_end_id"]: row["returned"] is not None for row in customer.simulator.executions()}
    assert returned == {"E-1": True, "E-2": False}


def test_a_returned_payment_is_taken_from_a_creditor_of_the_bank(open_bank: Open) -> None:
    customer = open_bank("dnb")
    open_creditor(customer)
    customer.send_payments("M-1", Tx("E-1"))
    customer.advance(to="next_cutoff")
    customer.post("return", {"end_to_end_id": "E-1", "fee": "10.00"})

    assert customer.simulator.balances() == {OUR_ACCOUNT: "9990.00", THEIR_ACCOUNT: "0.00", "external": "-9990.00"}


@pytest.mark.parametrize("bank", BANKS)
@pytest.mark.parametrize(("notify", "payment"), [("camt054", {"kid": "0010017"}), ("ocr", {"kid": "", "text": "Takk"})])
def test_a_creditor_of_the_bank_is_told_in_camt054_of_what_is_taken_back_from_him(
    open_bank: Open, bank: str, notify: str, payment: dict[str, str]
) -> None:
    customer = open_bank(bank)
    creditor = open_creditor(customer, notify=notify)
    customer.send_payments("M-1", Tx("E-1", **payment))
    customer.advance(to="next_cutoff")
    customer.post("return", {"end_to_end_id": "E-1", "fee": "10.00"})

    (debit,) = creditor.fetch("CAMT054D")
    check_schema(debit)
    assert values(debit, "Acct/Id/Othr/Id")[:1] == [THEIR_ACCOUNT]
    assert (values(debit, "Ntry/Amt"), values(debit, "TxAmt/Amt")) == (["100.00"], ["100.00"])
    assert (values(debit, "Ntry/CdtDbtInd"), values(debit, "SubFmlyCd")) == (["DBIT"], ["RRTN"])
    assert values(debit, "CdtrRefInf/Ref") == ([payment["kid"]] if payment["kid"] else [])
    assert values(debit, "DbtrAcct/Id/Othr/Id") == [OUR_ACCOUNT]
    assert values(debit, "Refs/MsgId") == []
    assert len(creditor.fetch("CAMT054C")) == 1
    assert len(customer.debits()) == 1


def test_a_creditor_with_ocr_giro_is_told_there_of_a_payment_with_kid_that_is_taken_back(open_bank: Open) -> None:
    customer = open_bank("sparebank1")
    creditor = open_creditor(customer)
    customer.send_payments("M-1", Tx("E-1"))
    customer.advance(to="next_cutoff")
    customer.post("return", {"end_to_end_id": "E-1"})

    paid, taken = (content.decode("latin-1").split("\r\n") for content in creditor.fetch("OCR"))
    amount, kid = f"{10_000:017d}", f"{'0010017':>25}"
    assert [lines[2][4:6] + lines[2][31:74] for lines in (paid, taken)] == [
        f"12{'0'}{amount}{kid}",
        f"18{'0'}{amount}{kid}",
    ]
    assert [lines[-2][24:41] for lines in (paid, taken)] == [amount, amount]
    assert creditor.fetch("CAMT054D") == []


def test_a_payment_executed_twice_comes_back_as_often_as_it_was_executed(open_bank: Open) -> None:
    customer = open_bank("sparebank1")
    for _ in range(2):
        customer.send_payments("M-1", Tx("E-1"))
        customer.advance(seconds=30)
    customer.advance(to="next_cutoff")
    for _ in range(2):
        customer.post("return", {"end_to_end_id": "E-1"})

    assert customer.post("return", {"end_to_end_id": "E-1"}, status=409)["code"] == "already_returned"
    assert customer.simulator.balances() == {OUR_ACCOUNT: "10000.00", "external": "-10000.00"}


CALLS = ["reject", "cancel", "return"]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"end_to_end_id": "E-1", "reason": "much too long"}, 422, "invalid"),
        ({"end_to_end_id": "E-1", "reason": "<a>"}, 422, "invalid"),
        ({"end_to_end_id": "E-9"}, 404, "payment_unknown"),
        ([], 400, "not_an_object"),
    ],
)
def test_a_call_that_names_no_payment_is_refused(
    standing_bank: BankCustomer, call: str, body: Any, status: int, code: str
) -> None:
    assert standing_bank.post(call, body, status=status)["code"] == code


def test_a_call_that_comes_at_the_wrong_time_is_refused(open_bank: Open) -> None:
    customer = open_bank("dnb")
    customer.send("M-1", [Info([Tx("E-1"), Tx("E-KID", kid="0010018")])])
    customer.send("M-2", [Info([Tx("E-1")])])
    customer.advance(seconds=3)
    early = [customer.post(call, {"end_to_end_id": "E-1"}, status=409)["code"] for call in CALLS]
    customer.advance(seconds=30)
    ambiguous = [customer.post(call, {"end_to_end_id": "E-1"}, status=409)["code"] for call in CALLS[:2]]
    rejected = [customer.post(call, {"end_to_end_id": "E-KID"}, status=409)["code"] for call in CALLS]
    customer.advance(to="next_cutoff")
    late = [customer.post(call, {"end_to_end_id": "E-1"}, status=409)["code"] for call in CALLS]

    assert early == ["not_in_register", "not_in_register", "not_executed"]
    assert ambiguous == ["ambiguous", "ambiguous"]
    assert rejected == ["not_in_register", "not_in_register", "not_executed"]
    assert late == ["not_in_register", "not_in_register", "ambiguous"]
    for fee in ("100.00", "1.001", "-1"):
        body = {"end_to_end_id": "E-1", "message_id": "M-1", "fee": fee}
        assert customer.post("return", body, status=422)["code"] == "invalid"
    assert customer.simulator.balances()[OUR_ACCOUNT] == "9800.00"
