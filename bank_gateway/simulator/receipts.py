"""The bank's receipts: reading an order when it arrives, then the technical and the business receipt."""

import sqlite3
from datetime import date, timedelta

from bank_gateway.simulator import instants, register, reports, storage
from bank_gateway.simulator.house import Event, House
from bank_gateway.simulator.orders.storing import Arrival, store_order
from bank_gateway.simulator.profiles import BankHabits, Naming, PastDate

_HAS_REJECTS = """
SELECT 1 FROM payment_information WHERE message = ? AND (status = 'rejected' OR accepted_count < payment_count) LIMIT 1
"""
_UNSIGNED = "SELECT id FROM payment_information WHERE message = ? AND status = 'unsigned' ORDER BY id"


def read_arrival(connection: sqlite3.Connection, house: House, event: Event) -> None:
    """Read a taken file into the storage and put its technical receipt into the diary, unless it is swallowed."""
    habits = house.banks[event.bank]
    file = connection.execute("SELECT * FROM file WHERE id = ?", (event.subject,)).fetchone()
    arrival = Arrival(
        file_id=file["id"],
        bank=file["bank"],
        login_id=file["login_id"],
        at=event.at,
        path=house.contents.path(file["sha256"]),
    )
    message = store_order(connection, habits=habits, arrival=arrival)
    if message is not None:
        _schedule_after(connection, event, kind="technical", wait=habits.technical_after, subject=message)


def give_technical_receipt(connection: sqlite3.Connection, house: House, event: Event) -> None:
    """Report a read order as ACTC or RJCT, and put the business receipt of an accepted one into the diary."""
    habits = house.banks[event.bank]
    message = message_row(connection, event.subject)
    report(connection, habits, message, kind="technical", at=event.at)
    if message["status"] == "accepted":
        wait = habits.business_after - habits.technical_after
        _schedule_after(connection, event, kind="business", wait=wait, subject=message["id"])


def give_business_receipt(connection: sqlite3.Connection, house: House, event: Event) -> None:
    """Settle when each PmtInf of an order will be executed, and report what was accepted and what was not."""
    habits = house.banks[event.bank]
    message = message_row(connection, event.subject)
    rows = connection.execute(
        "SELECT * FROM payment_information WHERE message = ? ORDER BY id", (message["id"],)
    ).fetchall()
    for row in rows:
        _settle_date(connection, habits, row=row, at=event.at)
    nothing_to_say = (
        habits.naming is Naming.REJECTS_ONLY and connection.execute(_HAS_REJECTS, (message["id"],)).fetchone() is None
    )
    if not nothing_to_say:
        report(connection, habits, message, kind="business", at=event.at)
    if connection.execute(_UNSIGNED, (message["id"],)).fetchone() is not None:
        wait = habits.business_after - habits.technical_after
        _schedule_after(connection, event, kind="unsigned", wait=wait, subject=message["id"])


def report_unsigned(connection: sqlite3.Connection, house: House, event: Event) -> None:
    """Report as pending what waits for its approval in the net bank."""
    message = message_row(connection, event.subject)
    rows = connection.execute(_UNSIGNED, (message["id"],)).fetchall()
    if not rows:
        return
    report_id = report(connection, house.banks[event.bank], message, kind="unsigned", at=event.at)
    for row in rows:
        reports.add_part(connection, report_id=report_id, payment_information=row["id"])
    connection.execute(
        "UPDATE payment_information SET told_pending = 1 WHERE message = ? AND status = 'unsigned'", (message["id"],)
    )


def _settle_date(connection: sqlite3.Connection, habits: BankHabits, *, row: sqlite3.Row, at: str) -> None:
    """Give a PmtInf its cut-off, or refuse it because of its date or because nothing in it was accepted."""
    now = instants.from_text(at)
    wanted = date.fromisoformat(row["requested_date"])
    reason = _date_reason(habits, wanted=wanted, today=instants.bank_date(now))
    if reason or not row["accepted_count"]:
        code, text = reason or ("", "")
        connection.execute(
            "UPDATE payment_information SET status = 'rejected', reason_code = ?, reason_text = ? WHERE id = ?",
            (code, text, row["id"]),
        )
        return
    register.enter(connection, habits, row=row, at=at)
    if row["signers"]:
        connection.execute(
            "UPDATE payment_information SET status = 'unsigned', due_at = NULL WHERE id = ?", (row["id"],)
        )


def _date_reason(habits: BankHabits, *, wanted: date, today: date) -> tuple[str, str] | None:
    """Return why a date is refused: passed at a bank that takes none such, too far back, or too far ahead."""
    if wanted < today and habits.past_date is PastDate.REJECTED:
        return "DT01", f"Execution date {wanted} has passed"
    if wanted < today - timedelta(days=habits.oldest_days):
        return "CH04", f"Execution date {wanted} is too far in the past"
    if wanted > today + timedelta(days=habits.furthest_days):
        return "CH03", f"Execution date {wanted} is too far in the future"
    return None


def message_row(connection: sqlite3.Connection, message_id: int) -> sqlite3.Row:
    """Return a message's row."""
    row: sqlite3.Row = connection.execute("SELECT * FROM message WHERE id = ?", (message_id,)).fetchone()
    return row


def report(connection: sqlite3.Connection, habits: BankHabits, message: sqlite3.Row, *, kind: str, at: str) -> int:
    """Put a pain.002 on an order into the outbox, in the version that pairs with the order's; return its id."""
    return reports.add(
        connection,
        habits=habits,
        login_id=message["login_id"],
        kind=kind,
        version=habits.answers[message["version"]].status_report,
        at=at,
        message=message["id"],
    )


def _schedule_after(connection: sqlite3.Connection, event: Event, *, kind: str, wait: timedelta, subject: int) -> None:
    """Put an event into the diary some time after the one being played."""
    at = instants.to_text(instants.from_text(event.at) + wait)
    storage.schedule(connection, bank=event.bank, kind=kind, at=at, subject=subject)
