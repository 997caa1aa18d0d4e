"""Turn what the storage says of an order into its pain.002: the two receipts, and what is told of it later."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby

from bank_gateway.simulator import amounts, instants, reports
from bank_gateway.simulator.profiles import BankHabits, GroupStatus, Naming, PastDate
from bank_gateway.simulator.writers import pain002
from bank_gateway.simulator.writers.pain002 import InstructionVerdict, ReportHead, TransactionVerdict, Verdict

MOVED = "Betalingsdato flyttet til {day}"
# What a later report says of the payments it speaks of. A refused PmtInf has its reason of its own.
_TOLD: Mapping[str, Verdict] = {
    "unsigned": Verdict("PDNG", "DS0A", "Venter på godkjenning i nettbanken"),
    "waiting": Verdict("PDNG", "AM04", "Manglende dekning, forsøkes igjen ved neste tidsfrist"),
    "settled": Verdict("ACSC"),
}
_PARTS = """
SELECT info.* FROM report_part AS part JOIN payment_information AS info ON info.id = part.payment_information
WHERE part.report_id = ? ORDER BY info.reference, info.id
"""
_REFUSED = """
SELECT payment.*, refusal.status AS told, info.reference, info.payment_count
FROM refusal JOIN payment ON payment.id = refusal.payment
JOIN payment_information AS info ON info.id = payment.payment_information
WHERE refusal.report_id = ? ORDER BY info.reference, payment.id
"""


def write_receipt(connection: sqlite3.Connection, *, habits: BankHabits, report: sqlite3.Row) -> Iterator[bytes]:
    """Yield the bytes of a pain.002."""
    message = connection.execute("SELECT * FROM message WHERE id = ?", (report["message"],)).fetchone()
    head = _head(habits, report, message)
    if report["kind"] == "technical":
        return _write_technical(connection, habits, head, message)
    if report["kind"] == "business":
        return _write_business(connection, habits, head, message)
    told = _told(connection, habits, report)
    return pain002.write_report(head, group=None, instructions=told)


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


def _write_technical(
    connection: sqlite3.Connection, habits: BankHabits, head: ReportHead, message: sqlite3.Row
) -> Iterator[bytes]:
    """Yield the first receipt: the group's status, or that of every PmtInf where the bank gives an ACTC there."""
    if message["status"] == "rejected":
        group = Verdict("RJCT", message["reason_code"], message["reason_text"])
        return pain002.write_report(head, group=group)
    if habits.group_status is not GroupStatus.REJECT_ONLY:
        return pain002.write_report(head, group=Verdict("ACTC"))
    rows = _rows_of(connection, message)
    taken = [InstructionVerdict(row["reference"], row["payment_count"], Verdict("ACTC")) for row in rows]
    return pain002.write_report(head, group=None, instructions=taken)


def _write_business(
    connection: sqlite3.Connection, habits: BankHabits, head: ReportHead, message: sqlite3.Row
) -> Iterator[bytes]:
    """Yield the second receipt, as much of it as the bank's habit is."""
    rows = _rows_of(connection, message)
    group = _group_verdict(rows)
    says_group = habits.group_status is GroupStatus.ALWAYS or (
        habits.group_status is GroupStatus.REJECT_ONLY and group.status == "RJCT"
    )
    if habits.naming is Naming.REJECTS_ONLY:
        rows = [row for row in rows if row["status"] == "rejected" or row["accepted_count"] < row["payment_count"]]
    return pain002.write_report(
        head, group=group if says_group else None, instructions=(_instruction(connection, habits, row) for row in rows)
    )  # fmt: skip


def _rows_of(connection: sqlite3.Connection, message: sqlite3.Row) -> list[sqlite3.Row]:
    """Return an order's PmtInfs."""
    return connection.execute(
        "SELECT * FROM payment_information WHERE message = ? ORDER BY id", (message["id"],)
    ).fetchall()


def _group_verdict(rows: list[sqlite3.Row]) -> Verdict:
    """Return the second receipt's verdict on an order: RJCT when nothing in it was accepted, PART when something."""
    if all(row["status"] == "rejected" for row in rows):
        return Verdict("RJCT", rows[0]["reason_code"] or "NARR", "Ingen av betalingene kan utføres")
    complete = all(row["status"] != "rejected" and row["accepted_count"] == row["payment_count"] for row in rows)
    return Verdict("ACCP" if complete else "PART")


def _instruction(connection: sqlite3.Connection, habits: BankHabits, row: sqlite3.Row) -> InstructionVerdict:
    """Return the verdict on a PmtInf, naming the payments that the bank names in it."""
    moved = _is_moved(habits, row)
    verdict = _instruction_verdict(row, moved=moved)
    rejected = row["payment_count"] - row["accepted_count"]
    counts = (("RJCT", rejected), ("ACWC" if moved else "ACCP", row["accepted_count"]))
    if habits.names_every_payment:
        condition: str | None = ""
    elif row["reason_code"] or verdict.status == "ACCP":
        condition = None
    else:
        condition = "" if moved else "AND reason_code <> ''"
    silent = habits.naming is Naming.REJECTS_ONLY and not row["reason_code"]
    return InstructionVerdict(
        reference=row["reference"],
        count=row["payment_count"],
        verdict=None if silent else verdict,
        counts=tuple(each for each in counts if each[1]) if verdict.status == "PART" and not silent else (),
        transactions=() if condition is None else _transactions(connection, habits, row, condition=condition),
    )


def _is_moved(habits: BankHabits, row: sqlite3.Row) -> bool:
    """Tell whether the bank says that it moved a PmtInf's date."""
    moved = bool(row["bank_date"]) and row["bank_date"] != row["requested_date"]
    return moved and habits.past_date is not PastDate.MOVED_SILENTLY


def _instruction_verdict(row: sqlite3.Row, *, moved: bool) -> Verdict:
    """Return the status of a PmtInf as a whole."""
    if row["reason_code"]:
        return Verdict("RJCT", row["reason_code"], row["reason_text"])
    if row["status"] == "rejected":
        return Verdict("RJCT")
    if row["accepted_count"] < row["payment_count"]:
        return Verdict("PART")
    return _accepted(row, moved=moved)


def _accepted(row: sqlite3.Row, *, moved: bool) -> Verdict:
    """Return what an accepted payment of a PmtInf is told."""
    return Verdict("ACWC", "DT06", MOVED.format(day=row["bank_date"])) if moved else Verdict("ACCP")


def _transactions(
    connection: sqlite3.Connection, habits: BankHabits, row: sqlite3.Row, *, condition: str
) -> Iterator[TransactionVerdict]:
    """Yield a PmtInf's payments under a condition, each with its verdict in the business receipt."""
    moved = _is_moved(habits, row)
    whole = Verdict("RJCT", row["reason_code"], row["reason_text"]) if row["reason_code"] else None
    accepted = whole or _accepted(row, moved=moved)
    bank_date = row["bank_date"] if moved and not whole else ""
    for payment in _payments(connection, row, condition=condition):
        yield _transaction(habits, payment, accepted=accepted, bank_date=bank_date)


def _payments(connection: sqlite3.Connection, row: sqlite3.Row, *, condition: str) -> sqlite3.Cursor:
    """Return a PmtInf's payments under a condition, which is a constant of this module."""
    return connection.execute(
        f"SELECT * FROM payment WHERE payment_information = ? {condition} ORDER BY id", (row["id"],)
    )


def _transaction(
    habits: BankHabits, payment: sqlite3.Row, *, accepted: Verdict, bank_date: str = "", rejected: str = "RJCT"
) -> TransactionVerdict:
    """Return the verdict on one payment: its own rejection, or what the accepted ones are told."""
    refused = bool(payment["reason_code"])
    verdict = Verdict(rejected, payment["reason_code"], payment["reason_text"]) if refused else accepted
    return TransactionVerdict(
        instruction_id=payment["instruction_id"],
        end_to_end_id=payment["end_to_end_id"],
        reference=reports.payment_reference(habits, payment["id"]),
        amount=amounts.to_text(payment["amount"], payment["currency"]),
        currency=payment["currency"],
        kid=payment["kid"] if payment["reason_code"] == "RR09" else "",
        verdict=verdict,
        bank_date="" if refused else bank_date,
    )


def _told(
    connection: sqlite3.Connection, habits: BankHabits, report: sqlite3.Row
) -> Iterator[InstructionVerdict]:  # fmt: skip
    """Yield what a later report says: of the PmtInfs it speaks of, and of single payments refused late.

    One element per PmtInfId, for a status there covers what the report doesn't name. The PmtInf has a status only if
    that is true of all its payments.
    """
    parts = connection.execute(_PARTS, (report["id"],)).fetchall()
    refused = connection.execute(_REFUSED, (report["id"],)).fetchall()
    refused_by = {key: list(rows) for key, rows in groupby(refused, lambda row: str(row["reference"]))}
    for reference, group in groupby(parts, lambda row: str(row["reference"])):
        rows, single = list(group), refused_by.pop(reference, [])
        yield _told_of_one(connection, habits, report, rows=rows, single=single)
    for single in refused_by.values():
        yield _told_of_one(connection, habits, report, rows=[], single=single)


def _told_of_one(
    connection: sqlite3.Connection,
    habits: BankHabits,
    report: sqlite3.Row,
    *,
    rows: list[sqlite3.Row],
    single: list[sqlite3.Row],
) -> InstructionVerdict:
    """Return what a later report says of one PmtInfId."""
    first = (rows or single)[0]
    reference, count = first["reference"], first["payment_count"]
    whole = len(rows) == 1 and not single and rows[0]["accepted_count"] == count
    if whole and not habits.names_every_payment:
        verdict = _told_verdict(habits, report, rows[0])
        if verdict.status != "ACWC":
            return InstructionVerdict(reference, count, verdict)
    named: Iterable[TransactionVerdict] = (_refused(habits, payment) for payment in single)
    for row in rows:
        named = chain(named, _told_payments(connection, habits, report, row))
    return InstructionVerdict(reference, count, transactions=named)


def _told_verdict(habits: BankHabits, report: sqlite3.Row, row: sqlite3.Row) -> Verdict:
    """Return what a later report tells the payments of a PmtInf."""
    if report["kind"] == "refused":
        return Verdict("RJCT", row["reason_code"], row["reason_text"])
    if report["kind"] == "approved":
        return _accepted(row, moved=_is_moved(habits, row))
    return _TOLD[report["kind"]]


def _told_payments(
    connection: sqlite3.Connection, habits: BankHabits, report: sqlite3.Row, row: sqlite3.Row
) -> Iterator[TransactionVerdict]:
    """Yield the payments of a PmtInf that a later report speaks of."""
    verdict = _told_verdict(habits, report, row)
    bank_date = row["bank_date"] if verdict.status == "ACWC" else ""
    for payment in _payments(connection, row, condition="AND reason_code = ''"):
        yield _transaction(habits, payment, accepted=verdict, bank_date=bank_date)


def _refused(habits: BankHabits, payment: sqlite3.Row) -> TransactionVerdict:
    """Return the verdict on a payment refused late."""
    return _transaction(habits, payment, accepted=Verdict(payment["told"]), rejected=payment["told"])
