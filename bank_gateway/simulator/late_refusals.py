"""Payments refused after they were accepted: by the bank when their day comes, or by the customer before it."""

import re
import sqlite3
from dataclasses import dataclass
from typing import Any

from bank_gateway.simulator import receipts, register
from bank_gateway.simulator.profiles import BankHabits
from bank_gateway.simulator.refusals import Form

CUSTOMER, CUSTOMER_TEXT = "CUST", "Kansellert i nettbanken"
_LONGEST_TEXT = 105
_CODE = re.compile(r"[A-Z0-9]{1,4}\Z", re.ASCII)
_PLANNED = """
SELECT refusal.payment, refusal.reason_code, refusal.reason_text, payment.amount, payment.payment_information,
       info.message
FROM refusal JOIN payment ON payment.id = refusal.payment
JOIN payment_information AS info ON info.id = payment.payment_information
WHERE refusal.report_id IS NULL AND info.bank = ? AND info.status = 'due' AND info.due_at <= ?
ORDER BY refusal.payment
"""
_PLAN = """
INSERT INTO refusal (payment, status, reason_code, reason_text, report_id) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (payment) DO UPDATE
SET status = excluded.status, reason_code = excluded.reason_code, reason_text = excluded.reason_text,
    report_id = excluded.report_id
"""


@dataclass(frozen=True)
class Named:
    """A payment of the register by its ids, `message_id` perhaps empty, with a reason where one is given."""

    end_to_end_id: str
    message_id: str
    code: str
    text: str


def read_named(body: Any, *, code: str, text: str) -> Named:
    """Read the body of a call on one payment; `code` and `text` stand where it gives none.

    Raises CallRefused with all of its faults.
    """
    form = Form(body)
    named = read_names(form, code=code, text=text)
    form.check()
    return named


def read_names(form: Form, *, code: str, text: str) -> Named:
    """Read what names one payment, and the reason, noting faults."""
    given = form.text("reason", longest=4)
    if given and not _CODE.match(given):
        form.fault("reason", "invalid", "reason must be a code of the ISO list: 1 to 4 capital letters or digits")
    return Named(
        end_to_end_id=form.text("end_to_end_id", required=True, longest=35),
        message_id=form.text("message_id", longest=35),
        code=given or code,
        text=form.text("text", longest=_LONGEST_TEXT) or ("" if given else text),
    )


def plan(connection: sqlite3.Connection, *, habits: BankHabits, named: Named) -> None:
    """Let the bank refuse an accepted payment when its cut-off comes, in the caller's transaction.

    Raises CallRefused when it isn't in the register.
    """
    payment = _one(connection, habits=habits, named=named)
    connection.execute(_PLAN, (payment["payment"], "RJCT", named.code, named.text, None))


def cancel(connection: sqlite3.Connection, *, habits: BankHabits, named: Named, at: str) -> None:
    """Cancel a payment in the net bank and report it, in the caller's transaction.

    pain.002.001.03 has no CANC: there it is RJCT with CUST. Raises CallRefused when it isn't in the register.
    """
    payment = _one(connection, habits=habits, named=named)
    message = receipts.message_row(connection, payment["message"])
    report_id = receipts.report(connection, habits, message, kind="cancelled", at=at)
    older = habits.answers[message["version"]].status_report.endswith(".03")
    register.refuse(connection, payment=payment, code=named.code, text=named.text)
    connection.execute(
        _PLAN, (payment["payment"], "RJCT" if older else "CANC", named.code, named.text, report_id)
    )  # fmt: skip


def _one(connection: sqlite3.Connection, *, habits: BankHabits, named: Named) -> sqlite3.Row:
    """Return the payment that is named."""
    return register.find_one(connection, bank=habits.id, end_to_end_id=named.end_to_end_id, message_id=named.message_id)


def planned(connection: sqlite3.Connection, *, bank: str, at: str) -> list[sqlite3.Row]:
    """Return the refusals that fall due at a cut-off."""
    return connection.execute(_PLANNED, (bank, at)).fetchall()


def carry_out(connection: sqlite3.Connection, *, planned: sqlite3.Row, report_id: int) -> None:
    """Take a payment out of what will be executed, and let a report say so."""
    register.refuse(connection, payment=planned, code=planned["reason_code"], text=planned["reason_text"])
    connection.execute("UPDATE refusal SET report_id = ? WHERE payment = ?", (report_id, planned["payment"]))
