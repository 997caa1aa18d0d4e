"""What the simulated bank writes, the portal's own readers understand; neither knows the other's code."""

import csv
import io
from collections.abc import Iterator

import pytest

from bank_gateway.messages.recognise import HEAD_BYTES, open_reader, recognise
from tests.bank_gateway.simulator.conftest import Customer
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, THEIR_ACCOUNT, Info, Order, Tx

Row = dict[str, str]


def _rows(content: bytes, table: str) -> Iterator[Row]:
    """Yield the rows the portal's reader stages in a table."""
    reader = open_reader(message_type=recognise(head=content[:HEAD_BYTES]) or "", stream=io.BytesIO(content))
    for piece in list(reader.pieces()):
        if piece.table.name == table:
            yield from csv.DictReader(io.StringIO(piece.csv.decode()), fieldnames=piece.table.columns)


def _picked(rows: Iterator[Row], *names: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


@pytest.mark.parametrize("version", ["03", "09"])
def test_receipts(customer: Customer, version: str) -> None:
    infos = [
        Info([Tx("E-1"), Tx("E-2", kid="0010018")], reference="P-1"),
        Info([Tx("E-3")], reference="P-2", day="2026-11-28"),
    ]
    customer.login.upload("order.xml", Order("M-1", infos, version).xml())
    customer.simulator.advance(seconds=30)

    technical, business = customer.login.fetch("PAIN002")

    columns = ("level", "original_end_to_end_id", "status", "reason_code", "bank_date")
    assert _picked(_rows(technical, "staged_status"), *columns) == [("group", "", "ACTC", "", "")]
    assert _picked(_rows(business, "staged_status"), *columns) == [
        ("group", "", "PART", "", ""),
        ("payment_information", "", "PART", "", ""),
        ("transaction", "E-2", "RJCT", "RR09", ""),
        ("payment_information", "", "ACWC", "DT06", ""),
        ("transaction", "E-3", "ACWC", "DT06", "2026-11-30"),
    ]


@pytest.mark.parametrize("version", ["03", "09"])
def test_debits(customer: Customer, version: str) -> None:
    infos = [
        Info([Tx("E-1"), Tx("E-2", kid="", text="Takk")], reference="P-1"),
        Info([Tx("E-3"), Tx("E-4")], reference="P-2", batch="false"),
        Info([Tx("E-5"), Tx("E-6")], reference="P-3", category="SALA"),
    ]
    customer.login.upload("order.xml", Order("M-1", infos, version).xml())
    customer.simulator.advance(to="next_cutoff")

    (debit,) = customer.login.fetch("CAMT054D")

    entries = ("amount", "direction", "status", "batch_payment_information_id", "batch_count", "booking_date")
    assert _picked(_rows(debit, "staged_entry"), *entries) == [
        ("20000", "DBIT", "BOOK", "P-1", "2", "2026-11-24"),
        ("10000", "DBIT", "BOOK", "", "", "2026-11-24"),
        ("10000", "DBIT", "BOOK", "", "", "2026-11-24"),
        ("20000", "DBIT", "BOOK", "P-3", "2", "2026-11-24"),
    ]
    transactions = ("entry", "amount", "message_id", "payment_information_id", "instruction_id", "end_to_end_id", "kid")
    assert _picked(_rows(debit, "staged_transaction"), *transactions) == [
        ("1", "10000", "M-1", "P-1", "I-E-1", "E-1", "0010017"),
        ("1", "10000", "M-1", "P-1", "I-E-2", "E-2", ""),
        ("2", "10000", "M-1", "P-2", "I-E-3", "E-3", "0010017"),
        ("3", "10000", "M-1", "P-2", "I-E-4", "E-4", "0010017"),
    ]


def test_money_in(customer: Customer) -> None:
    for body in (
        {"amount": "0.01", "kid": "0010017", "count": 3, "debtor_account": THEIR_ACCOUNT},
        {"amount": "300.00", "message": "Faktura 1003", "debtor_name": "Åse"},
    ):
        customer.simulator.post("banks/dnb/incoming", {"account": OUR_ACCOUNT, **body})

    (ocr,) = customer.login.fetch("OCR")
    (credit,) = customer.login.fetch("CAMT054C")

    entries = ("account", "amount", "direction", "transaction_count", "source", "booking_date")
    assert _picked(_rows(ocr, "staged_entry"), *entries) == [
        (OUR_ACCOUNT, "3", "CRDT", "3", "ocr", "2026-11-24")
    ]  # fmt: skip
    assert _picked(_rows(ocr, "staged_transaction"), "amount", "kid", "debtor_account") == [
        ("1", "0010017", THEIR_ACCOUNT)
    ] * 3  # fmt: skip
    assert _picked(_rows(credit, "staged_entry"), *entries) == [
        (OUR_ACCOUNT, "30000", "CRDT", "1", "camt054", "2026-11-24")
    ]  # fmt: skip
    assert _picked(_rows(credit, "staged_transaction"), "kid", "message", "debtor_name") == [
        ("", "Faktura 1003", "Åse")
    ]  # fmt: skip
