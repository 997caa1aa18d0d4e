"""The bank's due register: the accepted payments that wait for their cut-off or for an approval in the net bank."""

import sqlite3
from datetime import date

from bank_gateway.simulator import instants, storage
from bank_gateway.simulator.profiles import BankHabits, bank_day_for, first_cutoff
from bank_gateway.simulator.refusals import CallRefused

_FIND = """
SELECT payment.id AS payment, payment.amount, payment.reason_code AS refused, info.id AS payment_information,
       info.status, info.message, message.message_id,
       EXISTS (SELECT 1 FROM refusal WHERE refusal.payment = payment.id) AS is_to_be_refused
FROM payment JOIN payment_information AS info ON info.id = payment.payment_information
JOIN message ON message.id = info.message
WHERE info.bank = :bank AND payment.end_to_end_id = :end_to_end_id AND :message_id IN ('', message.message_id)
ORDER BY payment.id
"""
_KEPT = (
    "message, bank, reference, account, currency, category, kind, batch_booking, debtor_name, requested_date, "
    "payment_count, signers, approvals, told_pending, status, due_at, bank_date"
)
_COPY = f"""
INSERT INTO payment_information ({_KEPT}, accepted_count, accepted_sum)
SELECT {_KEPT}, 1, :amount FROM payment_information WHERE id = :payment_information
"""
_TAKE_OUT = """
UPDATE payment_information SET accepted_count = accepted_count - 1, accepted_sum = accepted_sum - :amount,
       status = iif(accepted_count = 1, 'rejected', status)
WHERE id = :payment_information
"""
_STANDING = {
    "read": "has no business receipt yet",
    "executed": "is executed",
    "rejected": "is rejected",
}


def enter(connection: sqlite3.Connection, habits: BankHabits, *, row: sqlite3.Row, at: str) -> None:
    """Give a PmtInf the first cut-off of its kind that is left on or after the day it is wanted."""
    day = bank_day_for(habits, category=row["category"], day=date.fromisoformat(row["requested_date"]))
    due = first_cutoff(habits, kind=row["kind"], after=instants.from_text(at), day=day)
    connection.execute(
        "UPDATE payment_information SET status = 'due', due_at = ?, bank_date = ? WHERE id = ?",
        (instants.to_text(due), instants.bank_date(due).isoformat(), row["id"]),
    )
    storage.schedule(connection, bank=habits.id, kind="cutoff", at=instants.to_text(due))


def find(
    connection: sqlite3.Connection, *, bank: str, end_to_end_id: str, message_id: str, standing: tuple[str, ...]
) -> list[sqlite3.Row]:
    """Return the accepted payments of an end-to-end id that stand so in the register, oldest first.

    Raises CallRefused: 404 where the bank has no such payment, 409 `not_in_register` where none stands so.
    """
    found = connection.execute(
        _FIND, {"bank": bank, "end_to_end_id": end_to_end_id, "message_id": message_id}
    ).fetchall()
    if not found:
        raise CallRefused(404, "payment_unknown", f"The bank has no payment {end_to_end_id}")
    waiting = [row for row in found if row["status"] in standing and not row["refused"]]
    if not waiting:
        newest = found[-1]
        status = "is rejected" if newest["refused"] else _STANDING.get(newest["status"], "waits for something else")
        raise CallRefused(409, "not_in_register", f"{end_to_end_id} {status}")
    return waiting


def find_one(connection: sqlite3.Connection, *, bank: str, end_to_end_id: str, message_id: str) -> sqlite3.Row:
    """Return the one payment in the register; of several alike in orders of one MsgId the first not to be refused.

    Raises CallRefused as `find` does, and 409 `ambiguous` where it stands in orders of several MsgIds.
    """
    waiting = find(
        connection, bank=bank, end_to_end_id=end_to_end_id, message_id=message_id, standing=("due", "unsigned")
    )
    demand_one_message(waiting, end_to_end_id=end_to_end_id)
    return min(waiting, key=lambda row: (row["is_to_be_refused"], row["payment"]))


def demand_one_message(rows: list[sqlite3.Row], *, end_to_end_id: str) -> None:
    """Refuse to guess which of several orders is meant."""
    if len({row["message_id"] for row in rows}) > 1:
        raise CallRefused(409, "ambiguous", f"{end_to_end_id} stands in several orders: give message_id too")


def part_of(connection: sqlite3.Connection, *, payment: sqlite3.Row) -> int:
    """Return the PmtInf that holds a payment by itself, parted from the others of its PmtInf if need be."""
    where = {"amount": payment["amount"], "payment_information": payment["payment_information"]}
    alone = connection.execute(
        "SELECT accepted_count = 1 FROM payment_information WHERE id = :payment_information", where
    ).fetchone()[0]
    if alone:
        return int(payment["payment_information"])
    part = int(connection.execute(_COPY, where).lastrowid or 0)
    connection.execute("UPDATE payment SET payment_information = ? WHERE id = ?", (part, payment["payment"]))
    connection.execute(_TAKE_OUT, where)
    return part


def refuse(connection: sqlite3.Connection, *, payment: sqlite3.Row, code: str, text: str) -> None:
    """Take a payment out of the register; a PmtInf that is empty then is rejected."""
    connection.execute(
        "UPDATE payment SET reason_code = ?, reason_text = ? WHERE id = ?", (code, text, payment["payment"])
    )
    connection.execute(
        _TAKE_OUT, {"amount": payment["amount"], "payment_information": payment["payment_information"]}
    )  # fmt: skip
