"""Money that arrives: booked, and reported as the account's agreement says."""

from typing import Any

import netsgiro
import pytest

from tests.bank_gateway.simulator.conftest import Customer, open_customer
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, THEIR_ACCOUNT
from tests.bank_gateway.simulator.running import Simulator
from tests.bank_gateway.simulator.schemas import check_schema, values


def _receive(simulator: Simulator, **fields: Any) -> Any:
    return simulator.post("banks/dnb/incoming", {"account": OUR_ACCOUNT, "amount": "1250.00", **fields})


def test_a_kid_payment_is_reported_by_ocr_giro_at_once(customer: Customer) -> None:
    answer = _receive(customer.simulator, kid="0010017", debtor_account=THEIR_ACCOUNT)

    (content,) = customer.login.fetch("OCR")
    assert answer["files"] == customer.login.names()
    assert answer["booked"] is True
    assert customer.simulator.balances() == {OUR_ACCOUNT: "11250.00", "external": "-11250.00"}
    transmission = netsgiro.parse(content.decode("latin-1").replace("\r\n", "\n").rstrip("\n"))
    (assignment,) = transmission.assignments
    (payment,) = assignment.transactions
    assert isinstance(payment, netsgiro.Transaction)
    assert assignment.account == OUR_ACCOUNT
    assert assignment.agreement_id == customer.incoming["ocr_agreement_id"]
    assert payment.kid == "0010017"
    assert str(payment.amount) == "1250"
    assert payment.debit_account == THEIR_ACCOUNT
    assert str(payment.date) == "2026-11-24"


def test_ocr_giro_has_its_exact_shape_and_right_control_sums(customer: Customer) -> None:
    _receive(customer.simulator, kid="0010017", amount="0.01", count=3)

    (content,) = customer.login.fetch("OCR")

    lines = content.decode("latin-1").split("\r\n")
    assert lines.pop() == ""
    assert [len(line) for line in lines] == [80] * 10
    assert [line[:8] for line in lines] == [
        "NY000010", "NY090020", *["NY091330", "NY091331"] * 3, "NY090088", "NY000089",
    ]  # fmt: skip
    assert lines[0][8:16] == "00008080"
    assert {line[26:31] for line in lines[2:8:2]} == {lines[2][26:31]}  # one lump on the statement
    assert [line[8:15] for line in lines[2:8]] == ["0000001"] * 2 + ["0000002"] * 2 + ["0000003"] * 2
    assert lines[2][15:21] == "241126"
    assert lines[2][32:49] == f"{1:017d}"
    assert lines[2][49:74] == f"{'0010017':>25}"
    assert lines[8][8:59] == f"{3:08d}{8:08d}{3:017d}241126241126241126"
    assert lines[9][8:47] == f"{3:08d}{10:08d}{3:017d}241126"


def test_a_message_payment_on_an_ocr_account_is_reported_by_camt054(customer: Customer) -> None:
    text = "Faktura 1003\n" + "og en lang forklaring til <betaleren> & ham selv, " * 4
    _receive(customer.simulator, message=text, debtor_name="Åse Ødegård")

    (content,) = customer.login.fetch("CAMT054C")

    check_schema(content)
    assert values(content, "Ntry/Amt") == ["1250.00"]
    assert values(content, "Ntry/CdtDbtInd") == ["CRDT"]
    assert values(content, "Dbtr/Nm") == ["Åse Ødegård"]
    lines = values(content, "Ustrd")
    assert lines[0] == "Faktura 1003"
    assert "".join(lines[1:]) == text.partition("\n")[2]
    assert customer.login.fetch("OCR") == []


def test_a_kid_payment_on_a_camt054_account_is_reported_there(simulator: Simulator) -> None:
    customer = open_customer(simulator, notify="camt054")
    _receive(simulator, kid="0010017", count=3)

    (content,) = customer.login.fetch("CAMT054C")

    check_schema(content)
    assert values(content, "Ntry/Amt") == ["3750.00"]
    assert values(content, "Btch/NbOfTxs") == ["3"]
    assert values(content, "CdtrRefInf/Ref") == ["0010017"] * 3
    assert len(set(values(content, "TxDtls/Refs/AcctSvcrRef"))) == 3


def test_money_for_the_next_cutoff_waits_for_it(customer: Customer) -> None:
    bank = customer.simulator
    answer = _receive(bank, kid="0010017", at="next_cutoff")
    before = (bank.balances()[OUR_ACCOUNT], customer.login.names())

    bank.advance(to="next_cutoff")

    assert answer["booked"] is False
    assert before == ("10000.00", [])
    assert bank.balances() == {OUR_ACCOUNT: "11250.00", "external": "-11250.00"}
    assert len(customer.login.fetch("OCR")) == 1


def test_money_on_a_sunday_is_booked_on_monday(customer: Customer) -> None:
    customer.simulator.advance(to="2026-11-29T12:00:00+01:00")
    _receive(customer.simulator, message="Søndag")

    (content,) = customer.login.fetch("CAMT054C")

    assert values(content, "BookgDt/Dt") == ["2026-11-30"]


def test_each_call_is_one_delivery(customer: Customer) -> None:
    for kid in ("0010017", "0010025", "0010017"):
        _receive(customer.simulator, kid=kid)

    assert len(customer.login.fetch("OCR")) == 3


def test_a_payer_of_the_bank_pays_from_his_own_account(customer: Customer) -> None:
    bank = customer.simulator
    bank.open(org_number="987654325", account=THEIR_ACCOUNT, direction="remittance", balance="1300.00")
    _receive(bank, kid="0010017", debtor_account=THEIR_ACCOUNT)

    answer = bank.post(
        "banks/dnb/incoming",
        {"account": OUR_ACCOUNT, "amount": "1250.00", "kid": "0010017", "debtor_account": THEIR_ACCOUNT},
        status=422,
    )

    assert answer["code"] == "insufficient_funds"
    assert bank.balances() == {OUR_ACCOUNT: "11250.00", THEIR_ACCOUNT: "50.00", "external": "-11300.00"}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"amount": "0"}, {"amount"}),
        ({"amount": "1.005"}, {"amount"}),
        ({"amount": 1250}, {"amount"}),
        ({"kid": "0010018"}, {"kid"}),
        ({"kid": "123456782"}, {"kid"}),
        ({"message": "both"}, {"kid"}),
        ({"kid": None}, {"kid"}),
        ({"account": THEIR_ACCOUNT}, {"account"}),
        ({"count": 0, "debtor_account": "1", "at": "soon"}, {"count", "debtor_account", "at"}),
        ({"debtor_name": "NUL\u0000"}, {"debtor_name"}),
    ],
)
def test_bad_input_is_refused_with_every_fault(
    standing_customer: Customer, change: dict[str, Any], fields: set[str]
) -> None:
    body = {"account": OUR_ACCOUNT, "amount": "1250.00", "kid": "0010017", **change}

    answer = standing_customer.simulator.post("banks/dnb/incoming", body, status=422)

    assert {error["field"] for error in answer["errors"]} == fields
    assert standing_customer.simulator.balances()[OUR_ACCOUNT] == "10000.00"
