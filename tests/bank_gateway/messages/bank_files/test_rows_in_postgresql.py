"""The readers' CSV through COPY into tables of the declared columns: what went in comes out."""

import io

import pytest
from django.db import connection

from autopay_portal.core.copying import copy_csv
from bank_gateway.messages.bank_files.staging import StagedTable
from bank_gateway.messages.bank_files.tables import STAGED_ENTRY, STAGED_STATUS, STAGED_TRANSACTION
from bank_gateway.messages.recognise import open_reader
from tests.bank_gateway.messages.camt054.documents import Entry, Notification, Transaction, document, structured
from tests.bank_gateway.messages.ocr_giro.files import Assignment, Payment, file_of
from tests.bank_gateway.messages.pain002 import documents as reports

HOSTILE = [
    r"\.",
    r"\N",
    "\\",
    '"',
    '""',
    "a\tb",
    "a\nb",
    "a\rb",
    "a\r\n\\.\r\nb",
    ",,,",
    "'); DROP TABLE staged_entry; --",
    "=cmd|' /C calc'!A0",
    "Ærlig Øl Åse é",
    "NULL",
    "😀",
]


def copied(content: bytes, message_type: str) -> None:
    """Read a file into fresh staging tables."""
    with connection.cursor() as cursor:
        for table in (STAGED_STATUS, STAGED_ENTRY, STAGED_TRANSACTION):
            cursor.execute(f"CREATE TEMP TABLE {table.name} ({table.definition()}) ON COMMIT DROP")
        for piece in open_reader(message_type=message_type, stream=io.BytesIO(content)).pieces():
            count = copy_csv(cursor, table=piece.table.name, columns=piece.table.columns, chunks=[piece.csv])
            assert count == piece.rows


def column(table: StagedTable, name: str, order: str) -> list[object]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM {table.name} ORDER BY {order}")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
def test_hostile_names_and_ids_of_a_notification_arrive_unchanged() -> None:
    transactions = [
        Transaction(debtor_name=text, end_to_end_id=text, bank_reference=text, lines=(text,)) for text in HOSTILE
    ]

    copied(document(Notification([Entry(transactions, bank_reference=r"\.")])), "camt.054.001.08")

    for name in ("debtor_name", "end_to_end_id", "bank_reference", "message"):
        assert column(STAGED_TRANSACTION, name, "transaction") == HOSTILE
    assert column(STAGED_TRANSACTION, "amount", "transaction") == [10000] * len(HOSTILE)
    assert column(STAGED_ENTRY, "bank_reference", "entry") == [r"\."]


@pytest.mark.django_db
def test_documents_are_json_whatever_their_numbers_hold() -> None:
    numbered = [
        f"<RmtInf>{structured('0010017')}<Strd><RfrdDocInf><Nb>{number}</Nb></RfrdDocInf></Strd></RmtInf>"
        for number in ('"', "\\", "a\tb", "]}")
    ]

    copied(document(Notification([Entry([Transaction(more=more) for more in numbered])])), "camt.054.001.08")

    assert column(STAGED_TRANSACTION, "documents #>> '{1,documents,0,number}'", "transaction") == [
        '"',
        "\\",
        "a\tb",
        "]}",
    ]


@pytest.mark.django_db
def test_hostile_texts_of_a_report_arrive_unchanged() -> None:
    transactions = [
        reports.Transaction("RJCT", end_to_end_id=text, reasons=(reports.Reason("NARR", (text,)),)) for text in HOSTILE
    ]

    copied(reports.document(reports.PaymentInformation(transactions)), "pain.002.001.03")

    assert column(STAGED_STATUS, "original_end_to_end_id", "row") == HOSTILE
    assert column(STAGED_STATUS, "reason_text", "row") == HOSTILE


@pytest.mark.django_db
def test_an_ocr_file_fills_its_tables() -> None:
    copied(file_of(Assignment([Payment(), Payment(type="21", kid="", text=r"\.")])), "ocr_giro")

    assert column(STAGED_TRANSACTION, "message", "transaction") == [None, r"\."]
    assert column(STAGED_ENTRY, "amount", "entry") == [20000]
    assert [str(day) for day in column(STAGED_ENTRY, "booking_date", "entry")] == ["2026-11-23"]
