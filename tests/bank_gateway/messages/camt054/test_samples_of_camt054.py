"""The sample notifications, each in both versions: the same entries and transactions."""

import pytest

from tests.bank_gateway.messages.staged import SAMPLES, Rows, read

VERSIONS = ("02", "08")


def read_sample(version: str, name: str) -> tuple[Rows, Rows]:
    tables, _header = read((SAMPLES / "camt054" / f"own_camt.054.001.{version}_{name}.xml").read_bytes())
    return tables["staged_entry"], tables["staged_transaction"]


def picked(rows: Rows, *columns: str) -> list[tuple[str | None, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_credit_notification_gives_lumps_and_their_payments(version: str) -> None:
    entries, transactions = read_sample(version, "credit_kid_text_structured")

    assert picked(
        entries, "amount", "direction", "status", "type", "batch_count", "transaction_count", "sum_matches"
    ) == [
        ("174950", "CRDT", "BOOK", "230", "2", "2", "True"),
        ("30000", "CRDT", "BOOK", "233", None, "1", "True"),
        ("80000", "CRDT", "BOOK", "240", None, "1", "True"),
    ]
    assert picked(entries, "account", "currency", "booking_date", "value_date", "bank_reference", "entry_reference")[
        0
    ] == (("12345678903", "NOK", "2026-11-23", "2026-11-23", "90000001", "2611231-1-1"))
    assert picked(
        transactions, "entry", "transaction", "amount", "kid", "debtor_name", "debtor_account", "message"
    ) == [
        ("1", "1", "125000", "0010017", "Kunde AS", "86011117947", None),
        ("1", "2", "49950", "0010025", "Åse Ødegård", None, None),
        ("2", "1", "30000", None, "Snekker Hansen", None, "Faktura 1003 og 1004"),
        ("3", "1", "80000", "0010033", "Grossist Nord AS", "86011117947", None),
    ]
    assert picked(transactions, "end_to_end_id") == [(None,)] * 4
    assert "CREN" in (transactions[3]["documents"] or "")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_debit_notification_carries_the_ids_of_the_order(version: str) -> None:
    entries, transactions = read_sample(version, "debit_notification_batch")

    assert picked(
        entries, "direction", "amount", "batch_message_id", "batch_payment_information_id", "batch_count"
    ) == [("DBIT", "949950", "FJV-20261120-0001", "FJV-20261120-0001-1", "2")]
    ids = ("message_id", "payment_information_id", "instruction_id", "end_to_end_id", "bank_reference")
    assert picked(transactions, *ids, "amount", "creditor_name") == [
        (
            "FJV-20261120-0001",
            "FJV-20261120-0001-1",
            "2",
            "LEV-2026-000102",
            "DNB000000002",
            "49950",
            "Rørlegger Øye ANS",
        ),
        (
            "FJV-20261120-0001",
            "FJV-20261120-0001-1",
            "3",
            "LEV-2026-000103",
            "DNB000000003",
            "900000",
            "Grossist Nord AS",
        ),
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pending_entry_is_read_as_pending_and_without_transactions(version: str) -> None:
    entries, transactions = read_sample(version, "pending_entry")

    assert picked(entries, "status", "transaction_count", "sum_matches") == [("PDNG", "0", None)]
    assert transactions == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reversal_and_a_return_are_debits(version: str) -> None:
    entries, transactions = read_sample(version, "reversals")

    assert picked(entries, "direction", "reversal", "type", "amount") == [
        ("DBIT", "True", "PMNT/RCDT/VCOM", "125000"),
        ("DBIT", "False", "PMNT/ICDT/RRTN", "49950"),
    ]
    assert picked(transactions, "direction", "amount", "kid") == [
        ("DBIT", "125000", "0010017"),
        ("DBIT", "49950", None),
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_returned_payment_carries_its_reason_and_the_ids_of_the_order(version: str) -> None:
    entries, transactions = read_sample(version, "return_of_own_payment")

    assert picked(entries, "direction", "return_reason", "amount") == [("CRDT", "AC04", "49950")]
    columns = ("return_reason", "return_text", "message_id", "payment_information_id", "end_to_end_id")
    assert picked(transactions, *columns) == [
        ("AC04", "Konto avsluttet hos mottaker", "FJV-20261120-0001", "FJV-20261120-0001-1", "LEV-2026-000102")
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_copy_says_so_and_keeps_the_notifications_id(version: str) -> None:
    headers = {}
    for name in ("copy_reorder", "credit_kid_text_structured"):
        _tables, header = read((SAMPLES / "camt054" / f"own_camt.054.001.{version}_{name}.xml").read_bytes())
        headers[name] = (header.message_id, header.notifications[0].id, header.notifications[0].copy_indicator)

    assert headers == {
        "copy_reorder": ("BANK-C-0003", "KRED-20261123-1", "COPY"),
        "credit_kid_text_structured": ("BANK-C-0001", "KRED-20261123-1", None),
    }
