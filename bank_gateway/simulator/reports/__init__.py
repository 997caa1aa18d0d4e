"""The outbox: reports are rows in the transaction of what they report; their bytes follow, the same each time."""

import sqlite3

from bank_gateway.simulator import instants, storage
from bank_gateway.simulator.profiles import BankHabits

_MARKS = {"debit": "CAMT054D", "credit": "CAMT054C", "return": "CAMT054C", "taken": "CAMT054D", "ocr": "OCR"}


def add(
    connection: sqlite3.Connection,
    *,
    habits: BankHabits,
    login_id: int,
    kind: str,
    version: str,
    at: str,
    account: str = "",
    message: int | None = None,
) -> int:
    """Put a report into the outbox, in the caller's transaction, and return its id. Its name is fixed here."""
    number = storage.next_number(connection, f"report {habits.id}")
    day = instants.bank_date(instants.from_text(at)).strftime("%Y%m%d")
    ending = "txt" if kind == "ocr" else "xml"
    name = f"SIM-{habits.file_mark}-{_MARKS.get(kind, 'PAIN002')}-{day}-{number:06d}.{ending}"
    inserted = connection.execute(
        "INSERT INTO report (bank, login_id, kind, version, at, account, message, name) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (habits.id, login_id, kind, version, at, account, message, name),
    )
    return int(inserted.lastrowid or 0)


def payment_reference(habits: BankHabits, payment_id: int) -> str:
    """Return the bank's own reference of a payment (AcctSvcrRef), the same in every report."""
    return f"{habits.reference_mark}{payment_id:010d}"


def add_part(connection: sqlite3.Connection, *, report_id: int, payment_information: int) -> None:
    """Let a report speak of a PmtInf."""
    connection.execute(
        "INSERT INTO report_part (report_id, payment_information) VALUES (?, ?)", (report_id, payment_information)
    )
