"""The sample files: read, or refused whole with every error and its line."""

from typing import Any

import pytest

from bank_gateway.messages.errors import UnreadableBankFile
from tests.bank_gateway.messages.staged import SAMPLES, Rows, read


def read_sample(name: str) -> tuple[Rows, Rows, Any]:
    tables, header = read((SAMPLES / "ocr-giro" / f"{name}.txt").read_bytes())
    return tables["staged_entry"], tables["staged_transaction"], header


def picked(rows: Rows, *columns: str) -> list[tuple[str | None, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


def test_the_basic_file_is_four_payments_in_two_lumps() -> None:
    entries, transactions, header = read_sample("own_basic")

    assert picked(transactions, "entry", "transaction", "kid", "amount", "type", "direction") == [
        ("1", "1", "0010017", "125000", "ocr-10", "CRDT"),
        ("2", "1", "0010025", "49950", "ocr-13", "CRDT"),
        ("1", "2", "0010033", "10000", "ocr-15", "CRDT"),
        ("1", "3", "0010041", "1", "ocr-11", "CRDT"),
    ]
    assert picked(transactions, "debtor_account", "bank_reference")[:2] == [
        ("86011117947", "100000001"),
        (None, "100000002"),
    ]
    assert picked(
        entries, "entry", "amount", "direction", "account", "booking_date", "transaction_count", "source"
    ) == [
        ("1", "135001", "CRDT", "12345678903", "2026-11-23", "3", "ocr"),
        ("2", "49950", "CRDT", "12345678903", "2026-11-23", "1", "ocr"),
    ]
    assert {row["notification_id"] for row in entries} == {"00008080/0000123/0000001"}
    assert sum(one.control_sum for one in header.assignments) == 184951
    assert (header.sender, header.transmission, header.recipient, header.date) == (
        "00008080",
        "0000123",
        "00012345",
        "2026-11-23",
    )


def test_reversals_add_to_the_control_sum_and_subtract_in_the_ledger() -> None:
    entries, transactions, header = read_sample("own_card_types_18_21")

    assert picked(transactions, "type", "amount", "direction", "kid", "message") == [
        ("ocr-19", "5000", "CRDT", "0010074", None),
        ("ocr-18", "-5000", "DBIT", "0010074", None),
        ("ocr-21", "9900", "CRDT", None, "Kjøp i nettbutikk æøå"),
        ("ocr-20", "-9900", "DBIT", None, "Reversering av kjøp"),
    ]
    assert picked(entries, "amount") == [("0",)]
    assert (header.assignments[0].control_sum, header.assignments[0].booked_sum) == (29800, 0)


def test_two_identical_lines_are_two_payments() -> None:
    _entries, transactions, _header = read_sample("own_identical_lines")

    assert picked(transactions, "kid", "amount") == [("0010082", "100")] * 2


def test_a_kid_may_end_in_a_dash() -> None:
    _entries, transactions, _header = read_sample("own_mod11_dash_kid")

    assert picked(transactions, "kid") == [("100008-",)]


def test_a_credit_note_makes_the_sums_net() -> None:
    entries, transactions, header = read_sample("own_negative_credit_note")

    assert picked(transactions, "amount") == [("125000",), ("49950",), ("-25000",)]
    assert picked(entries, "amount") == [("100000",), ("49950",)]
    assert header.assignments[0].control_sum == 149950


def test_assignments_are_split_per_agreement_and_account() -> None:
    entries, _transactions, header = read_sample("own_two_assignments")

    assert picked(entries, "account", "amount", "notification_id", "booking_date") == [
        ("12345678903", "125000", "00008080/0000123/0000001", "2026-11-23"),
        ("12345678903", "49950", "00008080/0000123/0000001", "2026-11-23"),
        ("86011117947", "777700", "00008080/0000123/0000002", "2026-11-20"),
    ]
    assert [one.agreement_id for one in header.assignments] == ["001234567", "007654321"]


def test_another_service_is_passed_over_and_told() -> None:
    entries, transactions, header = read_sample("own_other_service_21")

    assert (len(entries), len(transactions)) == (2, 4)
    (other,) = header.other_services
    assert (other.service, other.first_line, other.last_line, other.transactions) == ("21", 2, 19, 16)


@pytest.mark.parametrize("name", ["own_utf8_bom_lf", "own_no_newlines"])
def test_encodings_and_missing_line_ends_change_nothing(name: str) -> None:
    assert read_sample(name)[:2] == read_sample("own_basic")[:2]


@pytest.mark.parametrize(
    ("name", "errors"),
    [
        ("own_bad_assignment_sum", [("ocr_sum", 11)]),
        ("own_item2_missing", [("ocr_item_missing", 3), ("ocr_records_count", 10), ("ocr_records_count", 11)]),
        ("own_missing_end_record", [("ocr_end_missing", 11)]),
        ("own_trailing_zeros_stripped", [("ocr_line_length", line) for line in range(1, 13)]),
    ],
)
def test_a_broken_file_is_refused_with_all_its_errors(name: str, errors: list[tuple[str, int]]) -> None:
    with pytest.raises(UnreadableBankFile) as raised:
        read_sample(name)

    assert [(error.code, error.line) for error in raised.value.errors] == errors


def test_a_line_too_long_is_refused_at_its_line() -> None:
    with pytest.raises(UnreadableBankFile) as raised:
        read_sample("own_line_81_chars")

    first = raised.value.errors[0]
    assert (first.code, first.line, first.params["length"]) == ("ocr_line_length", 3, 81)
