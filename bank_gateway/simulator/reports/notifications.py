"""Turn booked debits and credits into camt.054 and OCR giro."""

import sqlite3
from collections.abc import Iterator
from datetime import date

from bank_gateway.simulator import amounts, instants, reports
from bank_gateway.simulator.agreements import ocr_agreement_id, ocr_recipient_id
from bank_gateway.simulator.profiles import BankHabits
from bank_gateway.simulator.writers import camt054, ocr_giro
from bank_gateway.simulator.writers.camt054 import Detail, Entry, Notification
from bank_gateway.simulator.writers.ocr_giro import Assignment, OcrPayment

_RETURNED = """
SELECT credit.*, payment.id AS payment, payment.instruction_id, payment.end_to_end_id, info.reference,
       message.message_id, returned.reason_code, returned.reason_text, returned.fee
FROM credit JOIN returned ON returned.credit = credit.id JOIN payment ON payment.id = returned.payment
JOIN payment_information AS info ON info.id = payment.payment_information JOIN message ON message.id = info.message
WHERE credit.report_id = ? ORDER BY credit.id
"""
KID_CODE, TEXT_CODE = "230", "233"
# ExternalReturnReason1Code: a return that was asked for.
ASKED_FOR, ASKED_FOR_TEXT = "FOCR", "Betalingen er tilbakeført til betaler"


def write_debits(connection: sqlite3.Connection, *, habits: BankHabits, report: sqlite3.Row) -> Iterator[bytes]:
    """Yield the debit notification of one account at one cut-off."""
    rows = connection.execute(
        "SELECT info.*, message.message_id FROM report_part AS part "
        "JOIN payment_information AS info ON info.id = part.payment_information "
        "JOIN message ON message.id = info.message WHERE part.report_id = ? ORDER BY info.id",
        (report["id"],),
    ).fetchall()
    at = instants.from_text(report["at"])
    notification = _notification(report, currency=rows[0]["currency"], direction="DBIT", day=instants.bank_date(at))
    entries = (entry for row in rows for entry in _debit_entries(connection, habits, row))
    return camt054.write_notification(notification, entries)


def write_credits(connection: sqlite3.Connection, *, habits: BankHabits, report: sqlite3.Row) -> Iterator[bytes]:
    """Yield the credit notification of one account: payments with KID as one lump, every text by itself."""
    rows = _credits(connection, report)
    day = date.fromisoformat(rows[0]["booking_date"])
    notification = _notification(report, currency=rows[0]["currency"], direction="CRDT", day=day)
    with_kid = [row for row in rows if row["kid"]]
    lumps = ([with_kid] if with_kid else []) + [[row] for row in rows if not row["kid"]]
    return camt054.write_notification(notification, (_credit_entry(habits, lump) for lump in lumps))


def write_returns(connection: sqlite3.Connection, *, habits: BankHabits, report: sqlite3.Row) -> Iterator[bytes]:
    """Yield the credit notification of own payments that came back to an account, each one line."""
    rows = connection.execute(_RETURNED, (report["id"],)).fetchall()
    day = date.fromisoformat(rows[0]["booking_date"])
    notification = _notification(report, currency=rows[0]["currency"], direction="CRDT", day=day)
    return camt054.write_notification(notification, (_return_entry(habits, row) for row in rows))


def write_taken(connection: sqlite3.Connection, *, habits: BankHabits, report: sqlite3.Row) -> Iterator[bytes]:
    """Yield the debit notification of receipts that were taken back from an account, each one line."""
    rows = _credits(connection, report)
    day = date.fromisoformat(rows[0]["booking_date"])
    notification = _notification(report, currency=rows[0]["currency"], direction="DBIT", day=day, other_party="Dbtr")
    return camt054.write_notification(notification, (_taken_entry(habits, row) for row in rows))


def write_ocr(connection: sqlite3.Connection, *, report: sqlite3.Row) -> Iterator[bytes]:
    """Yield the OCR giro file of one account: all its payments as one lump."""
    rows = _credits(connection, report)
    agreement = connection.execute(
        "SELECT id FROM agreement WHERE bank = ? AND account = ? AND direction = 'incoming'",
        (report["bank"], report["account"]),
    ).fetchone()
    assignment = Assignment(
        transmission=report["id"] % 10**7,
        recipient=ocr_recipient_id(report["login_id"]),
        agreement=ocr_agreement_id(agreement["id"]),
        account=report["account"],
        booking_date=date.fromisoformat(rows[0]["booking_date"]),
        lump=report["id"] % 10**5,
    )
    return ocr_giro.write_transmission(assignment, (each for row in rows for each in _ocr_payments(row)))


def _notification(
    report: sqlite3.Row, *, currency: str, direction: str, day: date, other_party: str = ""
) -> Notification:
    """Return the head of a notification; `other_party` is Cdtr of debits and Dbtr of credits unless given."""
    return Notification(
        version=report["version"],
        id=report["name"].removesuffix(".xml"),
        at=instants.from_text(report["at"]),
        account=report["account"],
        currency=currency,
        direction=direction,
        booking_date=day,
        other_party=other_party or ("Cdtr" if direction == "DBIT" else "Dbtr"),
    )


def _debit_entries(connection: sqlite3.Connection, habits: BankHabits, row: sqlite3.Row) -> Iterator[Entry]:
    """Yield the booked lines of an executed PmtInf: one line per payment, or one lump.

    A lump of salary never names its payments, one of others where the bank does.
    """
    if not row["batch_booking"] and row["category"] != "SALA":
        for detail in _details(connection, habits, row):
            yield Entry(detail.reference, detail.amount, "ICDT", "DMCT", "", "", (detail,))
        return
    total = amounts.to_text(row["accepted_sum"], row["currency"])
    batch = camt054.batch(
        message_id=row["message_id"],
        payment_information_id=row["reference"],
        count=row["accepted_count"],
        total=camt054.batch_total(amount=total, currency=row["currency"], direction="DBIT"),
    )
    salary = row["category"] == "SALA"
    named = habits.lump_details and not salary
    reference = f"{habits.reference_mark}P{row['id']:09d}"
    sub_family = "SALA" if salary else "DMCT"
    yield Entry(
        reference, total, "ICDT", sub_family, "", batch, _details(connection, habits, row) if named else ()
    )  # fmt: skip


def _details(connection: sqlite3.Connection, habits: BankHabits, row: sqlite3.Row) -> Iterator[Detail]:
    """Yield the executed payments of a PmtInf."""
    payments = connection.execute(
        "SELECT id, instruction_id, end_to_end_id, amount, creditor_name, creditor_account, kid, text "
        "FROM payment WHERE payment_information = ? AND reason_code = '' ORDER BY id",
        (row["id"],),
    )
    message_id, reference, currency = row["message_id"], row["reference"], row["currency"]
    for id_, instruction_id, end_to_end_id, amount, name, account, kid, text in payments:
        yield Detail(
            message_id, reference, instruction_id, end_to_end_id, reports.payment_reference(habits, id_),
            amounts.to_text(amount, currency), name, account, kid, text,
        )  # fmt: skip


def _credits(connection: sqlite3.Connection, report: sqlite3.Row) -> list[sqlite3.Row]:
    """Return the credits of a report."""
    return connection.execute("SELECT * FROM credit WHERE report_id = ? ORDER BY id", (report["id"],)).fetchall()


def _credit_entry(habits: BankHabits, lump: list[sqlite3.Row]) -> Entry:
    """Return one booked line with the payments in it."""
    count = sum(row["count"] for row in lump)
    total = sum(row["count"] * row["amount"] for row in lump)
    with_kid = bool(lump[0]["kid"])
    return Entry(
        reference=f"{habits.reference_mark}C{lump[0]['id']:09d}",
        amount=amounts.to_text(total, lump[0]["currency"]),
        family="RCDT",
        sub_family="VCOM" if with_kid else "DMCT",
        prtry_code=KID_CODE if with_kid else TEXT_CODE,
        batch=camt054.batch(count=count) if count > 1 else "",
        details=(detail for row in lump for detail in _credit_details(habits, row)),
    )


def _credit_details(habits: BankHabits, row: sqlite3.Row) -> Iterator[Detail]:
    """Yield a credit as often as it was paid."""
    amount = amounts.to_text(row["amount"], row["currency"])
    for number in range(1, row["count"] + 1):
        yield Detail(
            "", "", "", "NOTPROVIDED", f"{habits.reference_mark}C{row['id']:09d}{number:06d}", amount,
            row["debtor_name"], row["debtor_account"], row["kid"], row["text"],
        )  # fmt: skip


def _return_entry(habits: BankHabits, row: sqlite3.Row) -> Entry:
    """Return the booked line of a payment that came back, with the order's ids."""
    reference = f"{habits.reference_mark}R{row['id']:09d}"
    amount = amounts.to_text(row["amount"], row["currency"])
    fee = row["fee"]
    detail = Detail(
        row["message_id"], row["reference"], row["instruction_id"], row["end_to_end_id"], reference, amount,
        "", "", "", "",
        instructed=amounts.to_text(row["amount"] + fee, row["currency"]) if fee else "",
        charges=amounts.to_text(fee, row["currency"]) if fee else "",
        return_code=row["reason_code"],
        return_text=row["reason_text"],
    )  # fmt: skip
    return Entry(reference, amount, "ICDT", "RRTN", "", "", (detail,))


def _taken_entry(habits: BankHabits, row: sqlite3.Row) -> Entry:
    """Return the booked line of a receipt that was taken back: whose it was and what it paid, as it came."""
    reference = f"{habits.reference_mark}T{row['id']:09d}"
    amount = amounts.to_text(-row["amount"], row["currency"])
    detail = Detail(
        "", "", "", "NOTPROVIDED", reference, amount, row["debtor_name"], row["debtor_account"], row["kid"],
        row["text"],
        return_code=ASKED_FOR,
        return_text=ASKED_FOR_TEXT,
    )  # fmt: skip
    return Entry(reference, amount, "RCDT", "RRTN", "", "", (detail,))


def _ocr_payments(row: sqlite3.Row) -> Iterator[OcrPayment]:
    """Yield a credit as often as it was paid, as OCR giro knows it."""
    giro = ocr_giro.GIRO if row["debtor_account"] else ocr_giro.TERMINAL_GIRO
    type_ = ocr_giro.DIRECT_REMITTANCE if row["source"] == "remittance" else giro
    if row["amount"] < 0:
        type_ = ocr_giro.REVERSAL
    for number in range(row["count"]):
        yield OcrPayment(type_, abs(row["amount"]), row["kid"], row["debtor_account"], row["id"] * 100_000 + number)
