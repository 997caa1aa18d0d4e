"""Turn what the storage says of an order into its pain.002."""

import sqlite3
from collections.abc import Iterator

from bank_gateway.simulator import amounts, instants, reports
from bank_gateway.simulator.profiles import BankHabits
from bank_gateway.simulator.writers import pain002
from bank_gateway.simulator.writers.pain002 import InstructionVerdict, ReportHead, TransactionVerdict, Verdict

MOVED = "Betalingsdato flyttet til {day}"


def write_receipt(connection: sqlite3.Connection, *, habits: BankHabits, report: sqlite3.Row) -> Iterator[bytes]:
    """Yield the bytes of a technical, a business, or a want-of-funds report."""
    message = connection.execute("SELECT * FROM message WHERE id = ?", (report["message"],)).fetchone()
    head = _head(habits, report, message)
    if report["kind"] == "technical":
        return pain002.write_report(head, group=_technical(message))
    where, key = ("message", message["id"]) if report["kind"] == "business" else ("report_id", report["id"])
    rows = connection.execute(
        f"SELECT * FROM payment_information WHERE {where} = ? ORDER BY id",
        (key,),
    ).fetchall()
    group = _business(rows) if report["kind"] == "business" else None
    instructions = (_instruction(connection, habits, row) for row in rows)
    return pain002.write_report(head, group=group, instructions=instructions)


def _head(habits: BankHabits, report: sqlite3.Row, message: sqlite3.Row) -> ReportHead:
    """Return the head; of a rejected order only its ids are repeated, for the rest may be what was wrong with it."""
    accepted = message["status"] == "accepted"
    return ReportHead(
        version=report["version"],
        id=report["name"].removesuffix(".xml"),
        at=instants.from_text(report["at"]),
        bic=habits.bic,
        customer_id=message["customer_id"] if accepted else "",
        division=message["division"] if accepted else "",
        order_id=message["message_id"],
        order_version=message["version"],
        order_created=message["created"] if accepted else "",
        count=str(message["payment_count"]) if accepted else "",
        total=(message["control_sum"] or "") if accepted else "",
    )


def _technical(message: sqlite3.Row) -> Verdict:
    """Return the first receipt's verdict on an order."""
    if message["status"] == "accepted":
        return Verdict("ACTC")
    return Verdict("RJCT", message["reason_code"], message["reason_text"])


def _business(rows: list[sqlite3.Row]) -> Verdict:
    """Return the second receipt's verdict on an order: RJCT when nothing in it was accepted, PART when something."""
    if all(row["status"] == "rejected" for row in rows):
        return Verdict("RJCT", rows[0]["reason_code"] or "NARR", "Ingen av betalingene kan utføres")
    complete = all(row["status"] != "rejected" and row["accepted_count"] == row["payment_count"] for row in rows)
    return Verdict("ACCP" if complete else "PART")


def _instruction(connection: sqlite3.Connection, habits: BankHabits, row: sqlite3.Row) -> InstructionVerdict:
    """Return the verdict on a PmtInf, naming the payments that were rejected or moved."""
    moved = bool(row["bank_date"]) and row["bank_date"] != row["requested_date"]
    verdict = _instruction_verdict(row, moved=moved)
    rejected = row["payment_count"] - row["accepted_count"]
    counts = (("RJCT", rejected), ("ACWC" if moved else "ACCP", row["accepted_count"]))
    named_whole = bool(row["reason_code"]) or verdict.status == "ACCP"
    return InstructionVerdict(
        reference=row["reference"],
        count=row["payment_count"],
        verdict=verdict,
        counts=tuple(each for each in counts if each[1]) if verdict.status == "PART" else (),
        transactions=() if named_whole else _transactions(connection, habits, row, moved=moved),
    )


def _instruction_verdict(row: sqlite3.Row, *, moved: bool) -> Verdict:
    """Return the status of a PmtInf as a whole."""
    if row["reason_code"]:
        return Verdict("RJCT", row["reason_code"], row["reason_text"])
    if row["status"] == "rejected":
        return Verdict("RJCT")
    if row["accepted_count"] < row["payment_count"]:
        return Verdict("PART")
    return Verdict("ACWC", "DT06", MOVED.format(day=row["bank_date"])) if moved else Verdict("ACCP")


def _transactions(
    connection: sqlite3.Connection, habits: BankHabits, row: sqlite3.Row, *, moved: bool
) -> Iterator[TransactionVerdict]:
    """Yield the payments a report names: the rejected ones, and the rest where their date moved or the bank does."""
    everything = moved or habits.names_accepted_in_part
    condition = "" if everything else "AND reason_code <> ''"
    payments = connection.execute(
        f"SELECT * FROM payment WHERE payment_information = ? {condition} ORDER BY id",
        (row["id"],),
    )
    for payment in payments:
        yield _transaction(habits, payment, bank_date=row["bank_date"] if moved else "")


def _transaction(habits: BankHabits, payment: sqlite3.Row, *, bank_date: str) -> TransactionVerdict:
    """Return the verdict on one payment."""
    rejected = bool(payment["reason_code"])
    verdict = Verdict("RJCT", payment["reason_code"], payment["reason_text"]) if rejected else Verdict("ACCP")
    if bank_date and not rejected:
        verdict = Verdict("ACWC", "DT06", MOVED.format(day=bank_date))
    return TransactionVerdict(
        instruction_id=payment["instruction_id"],
        end_to_end_id=payment["end_to_end_id"],
        reference=reports.payment_reference(habits, payment["id"]),
        amount=amounts.to_text(payment["amount"], payment["currency"]),
        currency=payment["currency"],
        kid=payment["kid"] if payment["reason_code"] == "RR09" else "",
        verdict=verdict,
        bank_date="" if rejected else bank_date,
    )
