"""Executed payments that come back: a credit on the payer's account with the order's ids, perhaps less a fee.

Where the creditor has his account at this bank, the money is taken from it, and he is told of that too.
"""

import sqlite3
from dataclasses import dataclass
from typing import Any

from bank_gateway.simulator import amounts, bookings, credits, late_refusals, receipts, register, reports
from bank_gateway.simulator.late_refusals import Named
from bank_gateway.simulator.profiles import BankHabits
from bank_gateway.simulator.refusals import CallRefused, Form

CLOSED, CLOSED_TEXT = "AC04", "Konto avsluttet hos mottaker"
_FIND = """
SELECT execution.*, returned.payment IS NOT NULL AS is_returned, info.message
FROM execution JOIN payment ON payment.id = execution.payment
JOIN payment_information AS info ON info.id = payment.payment_information
LEFT JOIN returned ON returned.payment = execution.payment
WHERE execution.bank = :bank AND execution.end_to_end_id = :end_to_end_id
  AND :message_id IN ('', execution.message_id)
ORDER BY execution.id DESC
"""
_NOTE_CREDIT = """
INSERT INTO credit (bank, account, currency, amount, count, kid, text, debtor_name, debtor_account, source, due_at,
                    booking_date, state, report_id)
VALUES (?, ?, ?, ?, 1, '', '', '', ?, 'return', ?, ?, 'booked', ?)
"""


@dataclass(frozen=True)
class Return:
    """Which payment comes back, why, and the fee as text, empty for none."""

    named: Named
    fee: str


@dataclass(frozen=True)
class Returned:
    """What came back, in minor units, and the report that says so."""

    currency: str
    amount: int
    fee: int
    report_id: int


def read_return(body: Any) -> Return:
    """Read the body of `POST return`.

    Raises CallRefused with all of its faults.
    """
    form = Form(body)
    wanted = Return(late_refusals.read_names(form, code=CLOSED, text=CLOSED_TEXT), form.text("fee", longest=20))
    form.check()
    return wanted


def give_back(connection: sqlite3.Connection, *, habits: BankHabits, wanted: Return, at: str) -> Returned:
    """Book a returned payment on the payer's account and report it, in the caller's transaction.

    Raises CallRefused: 404 and 409 when it can't come back, 422 for a fee that isn't below the amount.
    """
    execution = _execution(connection, habits=habits, named=wanted.named)
    fee = _fee(wanted.fee, execution=execution)
    source = _move_money(connection, habits=habits, execution=execution, fee=fee)
    message = receipts.message_row(connection, execution["message"])
    report_id = reports.add(
        connection,
        habits=habits,
        login_id=message["login_id"],
        kind="return",
        version=habits.answers[message["version"]].notification,
        at=at,
        account=execution["debtor_account"],
    )
    amount = execution["amount"] - fee
    credit = connection.execute(
        _NOTE_CREDIT,
        (
            habits.id, execution["debtor_account"], execution["currency"], amount, execution["creditor_account"], at,
            credits.booking_day(at).isoformat(), report_id,
        ),
    ).lastrowid  # fmt: skip
    connection.execute(
        "INSERT INTO returned (payment, credit, reason_code, reason_text, fee) VALUES (?, ?, ?, ?, ?)",
        (execution["payment"], credit, wanted.named.code, wanted.named.text, fee),
    )
    if source != bookings.EXTERNAL:
        credits.take_back(connection, habits=habits, payment=execution["payment"], at=at)
    return Returned(execution["currency"], amount, fee, report_id)


def _execution(connection: sqlite3.Connection, *, habits: BankHabits, named: Named) -> sqlite3.Row:
    """Return the newest execution of a payment that hasn't come back yet."""
    where = {"bank": habits.id, "end_to_end_id": named.end_to_end_id, "message_id": named.message_id}
    found = connection.execute(_FIND, where).fetchall()
    if not found:
        known = connection.execute(
            "SELECT 1 FROM payment JOIN payment_information AS info ON info.id = payment.payment_information "
            "WHERE info.bank = ? AND payment.end_to_end_id = ? LIMIT 1",
            (habits.id, named.end_to_end_id),
        ).fetchone()
        if known is None:
            raise CallRefused(404, "payment_unknown", f"The bank has no payment {named.end_to_end_id}")
        raise CallRefused(409, "not_executed", f"{named.end_to_end_id} is not executed")
    register.demand_one_message(found, end_to_end_id=named.end_to_end_id)
    left = [row for row in found if not row["is_returned"]]
    if not left:
        raise CallRefused(409, "already_returned", f"{named.end_to_end_id} has come back already")
    execution: sqlite3.Row = left[0]
    return execution


def _fee(text: str, *, execution: sqlite3.Row) -> int:
    """Return the fee in minor units."""
    if not text:
        return 0
    try:
        fee = amounts.to_minor(text, execution["currency"])
    except ValueError as error:
        raise CallRefused(422, "invalid", str(error)) from error
    if fee >= execution["amount"]:
        raise CallRefused(422, "invalid", "The fee must be less than the payment")
    return fee


def _move_money(connection: sqlite3.Connection, *, habits: BankHabits, execution: sqlite3.Row, fee: int) -> str:
    """Move the money back from where it went, and return from which account; the fee goes out of the bank."""
    bank, currency, amount = habits.id, execution["currency"], execution["amount"]
    source = credits.payer_of(connection, bank=bank, account=execution["creditor_account"], currency=currency)
    funds = bookings.balance_of(connection, bank=bank, number=source, currency=currency)
    if source != bookings.EXTERNAL and (funds or 0) < amount:
        raise CallRefused(422, "insufficient_funds", f"{source} has not enough money")
    moves = ((execution["debtor_account"], amount - fee), (bookings.EXTERNAL, fee))
    for target, part in moves:
        bookings.move(connection, bank=bank, source=source, target=target, currency=currency, amount=part)
    return source
