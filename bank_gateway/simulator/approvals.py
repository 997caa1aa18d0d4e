"""Approval in the net bank: an order, or one payment of it, signed as often as the agreement asks."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from bank_gateway.simulator import receipts, register, reports
from bank_gateway.simulator.profiles import BankHabits
from bank_gateway.simulator.refusals import CallRefused, Form

_OF_MESSAGE = """
SELECT info.id FROM payment_information AS info JOIN message ON message.id = info.message
WHERE info.bank = ? AND message.message_id = ? AND info.status = 'unsigned' ORDER BY info.id
"""
_SIGN = "UPDATE payment_information SET approvals = approvals + 1 WHERE id = ? RETURNING *"


@dataclass(frozen=True)
class Signature:
    """What somebody signs: an order, a payment, or a payment of an order. Absent ids are empty."""

    message_id: str
    end_to_end_id: str


@dataclass(frozen=True)
class Signed:
    """How many payments have all their approvals now, and how many were signed but need more."""

    approved: int
    waiting: int


def read_signature(body: Any) -> Signature:
    """Read the body of `POST approve`.

    Raises CallRefused with all of its faults.
    """
    form = Form(body)
    signature = Signature(form.text("message_id", longest=35), form.text("end_to_end_id", longest=35))
    if not signature.message_id and not signature.end_to_end_id:
        form.fault("message_id", "missing", "message_id or end_to_end_id must be given")
    form.check()
    return signature


def approve(connection: sqlite3.Connection, *, habits: BankHabits, signature: Signature, at: str) -> Signed:
    """Sign once what is named, in the caller's transaction; what has all its approvals gets its cut-off.

    That is the first one left on or after its day: what wasn't approved by a day's last waits for the next bank day's.
    Raises CallRefused: 404 when the bank has nothing of that name, 409 when nothing of it waits for an approval.
    """
    told: dict[int, list[int]] = {}
    approved = waiting = 0
    for part in _parts(connection, habits=habits, signature=signature):
        row = connection.execute(_SIGN, (part,)).fetchone()
        if row["approvals"] < row["signers"]:
            waiting += row["accepted_count"]
            continue
        approved += row["accepted_count"]
        register.enter(connection, habits, row=row, at=at)
        if row["told_pending"]:
            told.setdefault(row["message"], []).append(part)
    if habits.tells_accepted:
        _report(connection, habits, told, at=at)
    return Signed(approved, waiting)


def _parts(connection: sqlite3.Connection, *, habits: BankHabits, signature: Signature) -> list[int]:
    """Return the PmtInfs that are signed, a payment by itself parted from the rest."""
    if signature.end_to_end_id:
        payments = register.find(
            connection,
            bank=habits.id,
            end_to_end_id=signature.end_to_end_id,
            message_id=signature.message_id,
            standing=("unsigned",),
        )
        return [register.part_of(connection, payment=payment) for payment in payments]
    found = [row["id"] for row in connection.execute(_OF_MESSAGE, (habits.id, signature.message_id))]
    if not found:
        known = connection.execute(
            "SELECT 1 FROM message WHERE bank = ? AND message_id = ?", (habits.id, signature.message_id)
        ).fetchone()
        if known is None:
            raise CallRefused(404, "order_unknown", f"The bank has no order {signature.message_id}")
        raise CallRefused(409, "not_in_register", f"Nothing of {signature.message_id} waits for an approval")
    return found


def _report(connection: sqlite3.Connection, habits: BankHabits, told: dict[int, list[int]], *, at: str) -> None:
    """Report as accepted what was reported as pending before."""
    for message_id, parts in told.items():
        message = receipts.message_row(connection, message_id)
        report_id = receipts.report(connection, habits, message, kind="approved", at=at)
        for part in parts:
            reports.add_part(connection, report_id=report_id, payment_information=part)
            connection.execute("UPDATE payment_information SET told_pending = 0 WHERE id = ?", (part,))
