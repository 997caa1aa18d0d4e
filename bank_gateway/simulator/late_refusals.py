"""Payments refused after they were accepted: by the bank when their day comes, or by the customer before it."""

import sqlite3

_PLANNED = """
SELECT refusal.payment, refusal.reason_code, refusal.reason_text, payment.amount, payment.payment_information,
       info.message
FROM refusal JOIN payment ON payment.id = refusal.payment
JOIN payment_information AS info ON info.id = payment.payment_information
WHERE refusal.report_id IS NULL AND info.bank = ? AND info.status = 'due' AND info.due_at <= ?
ORDER BY refusal.payment
"""
_TAKE_OUT = """
UPDATE payment_information SET accepted_count = accepted_count - 1, accepted_sum = accepted_sum - :amount,
       status = iif(accepted_count = 1, 'rejected', status)
WHERE id = :payment_information
"""


def planned(connection: sqlite3.Connection, *, bank: str, at: str) -> list[sqlite3.Row]:
    """Return the refusals that fall due at a cut-off."""
    return connection.execute(_PLANNED, (bank, at)).fetchall()


def carry_out(connection: sqlite3.Connection, *, planned: sqlite3.Row, report_id: int) -> None:
    """Take a payment out of what will be executed, and let a report say so; the row empties to `rejected`."""
    connection.execute(
        "UPDATE payment SET reason_code = ?, reason_text = ? WHERE id = ?",
        (planned["reason_code"], planned["reason_text"], planned["payment"]),
    )
    connection.execute(
        _TAKE_OUT, {"amount": planned["amount"], "payment_information": planned["payment_information"]}
    )  # fmt: skip
    connection.execute("UPDATE refusal SET report_id = ? WHERE payment = ?", (report_id, planned["payment"]))
