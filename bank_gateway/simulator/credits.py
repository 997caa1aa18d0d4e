"""Money in: booked on an account of the bank, then reported as its agreement says, by OCR giro or by camt.054."""

import sqlite3
from collections.abc import Iterable
from datetime import date

from bank_gateway.simulator import bookings, instants, reports
from bank_gateway.simulator.norwegian import calendar, kid
from bank_gateway.simulator.orders.judging import kid_formats
from bank_gateway.simulator.profiles import BankHabits

_NOTE = """
INSERT INTO credit (bank, account, currency, amount, count, kid, text, debtor_name, debtor_account, source, due_at,
                    booking_date, state)
SELECT ?, payment.creditor_account, payment.currency, payment.amount, 1, payment.kid, payment.text, ?, ?,
       'remittance', ?, ?, 'booked'
FROM payment JOIN account ON account.bank = ? AND account.number = payment.creditor_account
                         AND account.currency = payment.currency
WHERE payment.payment_information = ? AND payment.reason_code = '' ORDER BY payment.id
"""
# What is taken back is a credit below zero.
_TAKE_BACK = """
INSERT INTO credit (bank, account, currency, amount, count, kid, text, debtor_name, debtor_account, source, due_at,
                    booking_date, state)
SELECT info.bank, payment.creditor_account, payment.currency, -payment.amount, 1, payment.kid, payment.text,
       info.debtor_name, info.account, 'return', ?, ?, 'booked'
FROM payment JOIN payment_information AS info ON info.id = payment.payment_information WHERE payment.id = ?
"""
_UNREPORTED = """
SELECT credit.id, credit.account, credit.amount, credit.kid, agreement.notify, agreement.kid AS formats,
       agreement.login_id
FROM credit JOIN agreement ON agreement.bank = credit.bank AND agreement.account = credit.account
                          AND agreement.direction = 'incoming'
WHERE credit.bank = ? AND credit.due_at = ? AND credit.state = 'booked' AND credit.report_id IS NULL
ORDER BY credit.account, credit.id
"""


def note_from_remittance(connection: sqlite3.Connection, *, bank: str, row: sqlite3.Row, at: str, day: date) -> None:
    """Note the credits of an executed PmtInf that pays the bank's own accounts; the money is moved already."""
    connection.execute(
        _NOTE, (bank, row["debtor_name"], row["account"], at, day.isoformat(), bank, row["id"])
    )  # fmt: skip


def take_back(connection: sqlite3.Connection, *, habits: BankHabits, payment: int, at: str) -> None:
    """Note and report what is taken from the creditor of a payment that comes back; the money is moved already."""
    connection.execute(_TAKE_BACK, (at, booking_day(at).isoformat(), payment))
    report_booked(connection, habits=habits, at=at)


def book_waiting(connection: sqlite3.Connection, *, bank: str, at: str) -> None:
    """Book the credits that waited for this time; a payer of the bank without the money is refused."""
    rows = connection.execute(
        "SELECT * FROM credit WHERE bank = ? AND state = 'waiting' AND due_at <= ? ORDER BY id", (bank, at)
    ).fetchall()
    for row in rows:
        state = "booked" if _book(connection, row) else "refused"
        connection.execute(
            "UPDATE credit SET state = ?, booking_date = ?, due_at = ? WHERE id = ?",
            (state, booking_day(at).isoformat(), at, row["id"]),
        )


def booking_day(at: str) -> date:
    """Return the day money is booked on: the bank day at that time, or the next one."""
    return calendar.bank_day_on_or_after(instants.bank_date(instants.from_text(at)))


def _book(connection: sqlite3.Connection, row: sqlite3.Row) -> bool:
    """Move the money of a credit; tell whether its payer had it."""
    total = row["amount"] * row["count"]
    source = payer_of(connection, bank=row["bank"], account=row["debtor_account"], currency=row["currency"])
    if source != bookings.EXTERNAL:
        funds = bookings.balance_of(connection, bank=row["bank"], number=source, currency=row["currency"])
        if (funds or 0) < total:
            return False
    bookings.move(
        connection, bank=row["bank"], source=source, target=row["account"], currency=row["currency"], amount=total
    )
    return True


def payer_of(connection: sqlite3.Connection, *, bank: str, account: str, currency: str) -> str:
    """Return the account a payer's money comes from: his own at this bank, else `external`."""
    known = bookings.balance_of(connection, bank=bank, number=account, currency=currency) is not None
    return account if known else bookings.EXTERNAL


def report_booked(connection: sqlite3.Connection, *, habits: BankHabits, at: str) -> list[int]:
    """Put one report per account and kind into the outbox for the credits booked at a time; return their ids."""
    made: dict[tuple[str, str], int] = {}
    rows = connection.execute(_UNREPORTED, (habits.id, at)).fetchall()
    for row in rows:
        kind = _kind_of(row)
        key = (row["account"], kind)
        if key not in made:
            made[key] = _add(connection, habits=habits, row=row, kind=kind, at=at)
    connection.executemany(
        "UPDATE credit SET report_id = ? WHERE id = ?",
        [(made[row["account"], _kind_of(row)], row["id"]) for row in rows],
    )
    return list(made.values())


def _add(connection: sqlite3.Connection, *, habits: BankHabits, row: sqlite3.Row, kind: str, at: str) -> int:
    """Put an empty report on an account's credits into the outbox."""
    version = "ocr-giro" if kind == "ocr" else habits.credit_notification
    return reports.add(
        connection,
        habits=habits,
        login_id=row["login_id"],
        kind=kind,
        version=version,
        at=at,
        account=row["account"],
    )


def _kind_of(row: sqlite3.Row) -> str:
    """Return how a credit is reported: OCR giro carries payments with a KID of the agreement and nothing else."""
    if row["notify"] == "ocr" and fits(row["kid"], kid_formats(row["formats"])):
        return "ocr"
    return "credit" if row["amount"] > 0 else "taken"


def fits(number: str, formats: Iterable[kid.KidFormat]) -> bool:
    """Tell whether a KID, perhaps empty, is one of the agreement's."""
    return bool(number) and kid.fits_agreement(number, formats)
