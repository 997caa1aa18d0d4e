"""Booking what came in: set-based, in the transaction that applies the bank's file."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from agreements.models import Agreement
from autopay_portal.core.clocks import machine_now
from autopay_portal.core.ids import uuid7
from autopay_portal.core.money import to_text
from bank_gateway.takers import StagedNotifications
from erp_gateway.ledger import create_ledger_batch
from erp_gateway.services import NewMessage, emit_messages

# A KID belongs to the definition with its length; without definitions either modulus will do.
_MATCH = """
CREATE TEMP TABLE payments_in_match ON COMMIT DROP AS
SELECT t.entry, t.transaction, t.kid, d.id IS NOT NULL OR (NOT known.any AND norway_kid_ok(t.kid)) AS matched,
       substr(t.kid, d.customer_from, d.customer_to - d.customer_from + 1) AS customer,
       substr(t.kid, d.invoice_from, d.invoice_to - d.invoice_from + 1) AS invoice
  FROM staged_transaction t
  JOIN staged_entry e USING (entry)
  CROSS JOIN (SELECT EXISTS (SELECT 1 FROM agreements_kiddefinition WHERE agreement_id = %(agreement)s) AS any) known
  LEFT JOIN agreements_kiddefinition d
         ON d.agreement_id = %(agreement)s AND d.length = length(t.kid)
        AND CASE d.modulus WHEN 'mod10' THEN norway_kid_mod10(t.kid) ELSE norway_kid_mod11(t.kid) END
 WHERE e.account = %(account)s AND t.kid IS NOT NULL
"""
# An entry is taken whole: booked, in the agreement's currency, and the sum of its transactions equal to it. A KID
# reported in camt.054 for an account whose KID payments come as OCR giro would be booked twice: left for a person.
_TAKEABLE = """
CREATE TEMP TABLE payments_in_entry ON COMMIT DROP AS
SELECT e.*, coalesce(t.parts, 0) AS parts
  FROM staged_entry e
  LEFT JOIN (SELECT entry, count(*) AS parts, sum(amount) AS total, bool_or(kid IS NOT NULL) AS has_kid
               FROM staged_transaction GROUP BY entry) t USING (entry)
 WHERE e.account = %(account)s AND e.taken_by IS NULL AND e.status = 'BOOK' AND e.currency = %(currency)s
   AND (e.direction = 'CRDT' OR e.source = 'ocr')
   AND (t.parts IS NULL OR t.total = CASE e.direction WHEN 'CRDT' THEN e.amount ELSE -e.amount END)
   AND NOT (e.source = 'camt054' AND %(notify)s = 'ocr' AND coalesce(t.has_kid, false))
"""
_INSERT = """
INSERT INTO payments_in_incomingpayment (id, company_id, agreement_id, account, amount, currency, booking_date,
    value_date, kid, message, debtor_name, debtor_account, type, source, file_id, reference, matched, customer_number,
    invoice_number, entry, transaction, ledger_batch_id, created_at)
SELECT uuidv7(), %(company)s, %(agreement)s, e.account, coalesce(t.amount, e.amount), e.currency, e.booking_date,
       e.value_date, t.kid, t.message, t.debtor_name, t.debtor_account, coalesce(t.type, ''), e.source, %(file)s,
       coalesce(t.bank_reference, e.bank_reference), coalesce(m.matched, false),
       CASE WHEN m.matched THEN m.customer END,
       CASE WHEN m.matched THEN m.invoice END,
       e.entry, coalesce(t.transaction, 0), NULL, %(now)s
  FROM payments_in_entry e
  LEFT JOIN staged_transaction t USING (entry)
  LEFT JOIN payments_in_match m USING (entry, transaction)
 ORDER BY e.entry, t.transaction
"""
# One voucher per entry: the bank as on the statement, and one line per payment. What nobody can place is posted to
# the account that the agreement names for it; without one the whole entry is held (see _POSTED).
_LINES = """
WITH booked AS (
    SELECT p.*, e.direction, e.amount AS entry_amount, g.unplaced_ledger_account, g.customer_ledger_account,
           coalesce(nullif(g.interim_ledger_account, ''), g.bank_ledger_account) AS bank_account
      FROM payments_in_incomingpayment p
      JOIN payments_in_entry e ON e.entry = p.entry
      JOIN agreements_agreement g ON g.id = p.agreement_id
     WHERE p.file_id = %(file)s AND p.agreement_id = %(agreement)s AND p.entry IN (
           SELECT entry FROM payments_in_posted)),
lines AS (
    SELECT DISTINCT ON (entry) entry, 0 AS kind, 0 AS transaction, bank_account AS account,
           CASE direction WHEN 'CRDT' THEN entry_amount ELSE 0 END AS debit,
           CASE direction WHEN 'CRDT' THEN 0 ELSE entry_amount END AS credit,
           NULL AS customer, NULL AS kid, NULL AS document,
           CASE source WHEN 'ocr' THEN 'OCR ' ELSE 'Innbetaling ' END || to_char(booking_date, 'DD.MM.YYYY') AS text,
           booking_date, value_date, currency
      FROM booked
    UNION ALL
    SELECT entry, 1, transaction, CASE WHEN matched THEN customer_ledger_account ELSE unplaced_ledger_account END,
           greatest(-amount, 0), greatest(amount, 0), customer_number, kid, invoice_number,
           coalesce('KID ' || kid, nullif(split_part(message, E'\\n', 1), ''), 'Innbetaling')
               || coalesce(' ' || debtor_name, ''),
           booking_date, value_date, currency
      FROM booked WHERE amount <> 0)
SELECT entry::text, account, debit::bigint, credit::bigint, customer, NULL::text, kid, document, NULL::text, NULL::text,
       text, booking_date, value_date, currency, NULL::bigint, NULL::numeric
  FROM lines ORDER BY entry, kind, transaction
"""
_POSTED = """
CREATE TEMP TABLE payments_in_posted ON COMMIT DROP AS
SELECT p.entry FROM payments_in_incomingpayment p JOIN agreements_agreement g ON g.id = p.agreement_id
 WHERE p.file_id = %(file)s AND p.agreement_id = %(agreement)s
   AND p.entry IN (SELECT entry FROM payments_in_entry WHERE amount <> 0)
 GROUP BY p.entry
HAVING bool_and(p.matched OR p.amount = 0 OR g.unplaced_ledger_account IS NOT NULL)
"""
_TEMPORARY = ("payments_in_match", "payments_in_entry", "payments_in_posted")


@dataclass(frozen=True, slots=True)
class Booked:
    """What one account's part of a file came to: payments, their sum in minor units, and the batch if any."""

    count: int
    total: int


def book_account(
    cursor: Any, *, agreement: Agreement, account: str, notifications: StagedNotifications
) -> Booked | None:
    """Book the staged entries of one account under its incoming agreement; None where there was nothing to take.

    Incoming payments, the ledger batch of those that can be placed, and the feed's messages, all or nothing with the
    file. An entry with a receipt that nobody has said where to post is stored and held: it is in no batch.
    """
    parameters = {
        "agreement": agreement.pk,
        "company": agreement.company_id,
        "account": account,
        "currency": agreement.currency,
        "notify": agreement.notify,
        "file": notifications.file_id,
        "now": machine_now(),
    }
    for name in _TEMPORARY:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
    cursor.execute(_TAKEABLE, parameters)
    if not cursor.rowcount:
        return None
    cursor.execute(_MATCH, parameters)
    cursor.execute(_INSERT, parameters)
    cursor.execute(_POSTED, parameters)
    _post(cursor, agreement, notifications.file_id)
    booked = _mark_taken(cursor)
    _tell(agreement, account, notifications, booked)
    return booked


def _post(cursor: Any, agreement: Agreement, file_id: UUID) -> None:
    cursor.execute("SELECT EXISTS (SELECT 1 FROM payments_in_posted)")
    if not cursor.fetchone()[0]:
        return
    batch = create_ledger_batch(
        company_id=agreement.company_id,
        agreement_id=agreement.pk,
        kind="incoming",
        currency=agreement.currency,
        source_file_id=file_id,
        auto_post=agreement.auto_post,
        lines_query=_LINES,
        lines_params={"file": file_id, "agreement": agreement.pk},
    )
    cursor.execute(
        """UPDATE payments_in_incomingpayment SET ledger_batch_id = %s
            WHERE file_id = %s AND agreement_id = %s AND entry IN (SELECT entry FROM payments_in_posted)""",
        [batch.pk, file_id, agreement.pk],
    )


def _mark_taken(cursor: Any) -> Booked:
    cursor.execute(
        "UPDATE staged_transaction SET taken_by = 'payments_in' WHERE entry IN (SELECT entry FROM payments_in_entry)"
    )
    cursor.execute(
        """UPDATE staged_entry e SET taken_by = 'payments_in' FROM payments_in_entry mine WHERE mine.entry = e.entry
           RETURNING greatest(mine.parts, 1), CASE e.direction WHEN 'CRDT' THEN e.amount ELSE -e.amount END"""
    )
    rows = cursor.fetchall()
    return Booked(count=sum(int(parts) for parts, _ in rows), total=sum(int(amount) for _, amount in rows))


def _tell(agreement: Agreement, account: str, notifications: StagedNotifications, booked: Booked) -> None:
    emit_messages(
        company_id=agreement.company_id,
        kind="incoming_payments",
        messages=[
            NewMessage(
                id=uuid7(),
                data={
                    "account": account,
                    "count": booked.count,
                    "total": to_text(booked.total, agreement.currency),
                    "currency": agreement.currency,
                    "source": notifications.source,
                },
            )
        ],
    )
