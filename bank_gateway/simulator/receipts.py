"""The bank's receipts: reading an order when it arrives, then the technical and the business receipt."""

import sqlite3
from datetime import date, timedelta

from bank_gateway.simulator import instants, reports, storage
from bank_gateway.simulator.house import Event, House
from bank_gateway.simulator.orders.storing import Arrival, store_order
from bank_gateway.simulator.profiles import BankHabits, bank_day_for, first_cutoff


def read_arrival(connection: sqlite3.Connection, house: House, event: Event) -> None:
    """Read a taken file into the storage and put its technical receipt into the diary."""
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
    _schedule_after(connection, event, kind="technical", wait=habits.technical_after, subject=message)


def give_technical_receipt(connection: sqlite3.Connection, house: House, event: Event) -> None:
    """Report a read order as ACTC or RJCT, and put the business receipt of an accepted one into the diary."""
    habits = house.banks[event.bank]
    message = _message(connection, event.subject)
    _report(connection, habits, message, kind="technical", at=event.at)
    if message["status"] == "accepted":
        wait = habits.business_after - habits.technical_after
        _schedule_after(connection, event, kind="business", wait=wait, subject=message["id"])


def give_business_receipt(connection: sqlite3.Connection, house: House, event: Event) -> None:
    """Settle when each PmtInf of an order will be executed, and report what was accepted and what was not."""
    habits = house.banks[event.bank]
    message = _message(connection, event.subject)
    rows = connection.execute(
        "SELECT id, requested_date, category, kind, accepted_count FROM payment_information "
        "WHERE message = ? ORDER BY id",
        (message["id"],),
    ).fetchall()
    for row in rows:
        _settle_date(connection, habits, row=row, at=event.at)
    _report(connection, habits, message, kind="business", at=event.at)


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
    day = bank_day_for(habits, category=row["category"], day=wanted)
    due = first_cutoff(habits, kind=row["kind"], after=now, day=day)
    connection.execute(
        "UPDATE payment_information SET status = 'due', due_at = ?, bank_date = ? WHERE id = ?",
        (instants.to_text(due), instants.bank_date(due).isoformat(), row["id"]),
    )
    storage.schedule(connection, bank=habits.id, kind="cutoff", at=instants.to_text(due))


def _date_reason(habits: BankHabits, *, wanted: date, today: date) -> tuple[str, str] | None:
    """Return why a date is refused: too far back or too far ahead."""
    if wanted < today - timedelta(days=habits.oldest_days):
        return "CH04", f"Execution date {wanted} is too far in the past"
    if wanted > today + timedelta(days=habits.furthest_days):
        return "CH03", f"Execution date {wanted} is too far in the future"
    return None


def _message(connection: sqlite3.Connection, message_id: int) -> sqlite3.Row:
    """Return a message's row."""
    row: sqlite3.Row = connection.execute("SELECT * FROM message WHERE id = ?", (message_id,)).fetchone()
    return row


def _report(connection: sqlite3.Connection, habits: BankHabits, message: sqlite3.Row, *, kind: str, at: str) -> None:
    """Put a pain.002 on an order into the outbox, in the version that pairs with the order's."""
    reports.add(
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
