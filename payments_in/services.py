"""Booking what came in: set-based, in the transaction that applies the bank's file."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from agreements.models import Agreement
from autopay_portal.core.clocks import machine_now
from autopay_portal.core.ids import uuid7
from autopay_portal.core.money import to_text
from bank_gateway.takers import OCR_GIRO, StagedNotifications
from erp_gateway.ledger import create_ledger_batch
from erp_gateway.services import NewMessage, emit_messages

from .models import Source

# An entry is taken whole: booked, in the agreement's currency, and the sum of its transactions equal to it. What an
# account's other kind of file tells of too would be booked twice and is left for a person: an OCR file where KID
# payments come in camt.054; where they come as OCR giro, a KID in camt.054, or a lump there that doesn't say of what.
# A reversed debit is no receipt.
_TAKEABLE = """
CREATE TEMP TABLE payments_in_entry ON COMMIT DROP AS
SELECT e.*, coalesce(t.parts, 0) AS parts
  FROM staged_entry e
  LEFT JOIN (SELECT entry, count(*) AS parts, sum(amount) AS total, bool_or(kid IS NOT NULL) AS has_kid
               FROM staged_transaction GROUP BY entry) t USING (entry)
 WHERE e.account = %(account)s AND e.taken_by IS NULL AND e.status = 'BOOK' AND e.currency = %(currency)s
   AND (e.direction = 'CRDT' OR e.source = 'ocr') AND NOT coalesce(e.reversal, false)
   AND e.sum_matches IS NOT FALSE
   AND (t.parts IS NULL OR t.total = CASE e.direction WHEN 'CRDT' THEN e.amount ELSE -e.amount END)
   AND CASE e.source WHEN 'ocr' THEN %(notify)s = 'ocr'
       ELSE %(notify)s <> 'ocr' OR NOT coalesce(t.has_kid, e.transaction_count > 1) END
"""
# What one receipt pays: itself, or the KIDs, invoices and credit notes that it lists, if they add up to it. A KID
# belongs to the definition of its length; without definitions either modulus will do. A credit note has no KID of its
# own and goes with the invoices beside it. An own payment that came back has its payee's KID: it names no customer.
_PARTS = """
CREATE TEMP TABLE payments_in_part ON COMMIT DROP AS
WITH opened AS (
    SELECT t.entry, t.transaction, t.amount AS whole, d.no::int AS no, d.item ->> 'kid' AS kid,
           coalesce((d.item ->> 'remitted')::bigint, -(d.item ->> 'credit_note')::bigint) AS amount,
           d.item #>> '{documents,0,number}' AS document
      FROM payments_in_entry e JOIN staged_transaction t USING (entry)
     CROSS JOIN LATERAL jsonb_array_elements(t.documents::jsonb) WITH ORDINALITY AS d (item, no)
     WHERE t.return_reason IS NULL),
adding_up AS (
    SELECT entry, transaction FROM opened GROUP BY entry, transaction, whole
    HAVING sum(amount) = whole AND bool_and(amount IS NOT NULL)),
part AS (
    SELECT o.entry, o.transaction, o.no, o.kid, o.amount, o.document
      FROM opened o JOIN adding_up USING (entry, transaction)
    UNION ALL
    SELECT e.entry, coalesce(t.transaction, 0), 0, CASE WHEN t.return_reason IS NULL THEN t.kid END,
           coalesce(t.amount, CASE e.direction WHEN 'CRDT' THEN e.amount ELSE -e.amount END), NULL
      FROM payments_in_entry e LEFT JOIN staged_transaction t USING (entry)
     WHERE NOT EXISTS (SELECT 1 FROM adding_up a WHERE a.entry = e.entry AND a.transaction = t.transaction)),
known AS (
    SELECT part.*,
           coalesce(d.id IS NOT NULL OR (NOT any_definition.found AND norway_kid_ok(part.kid)), false) AS by_kid,
           substr(part.kid, d.customer_from, d.customer_to - d.customer_from + 1) AS customer,
           substr(part.kid, d.invoice_from, d.invoice_to - d.invoice_from + 1) AS invoice
      FROM part
     CROSS JOIN (SELECT EXISTS (SELECT 1 FROM agreements_kiddefinition WHERE agreement_id = %(agreement)s) AS found)
                AS any_definition
      LEFT JOIN agreements_kiddefinition d
             ON d.agreement_id = %(agreement)s AND d.length = length(part.kid)
            AND CASE d.modulus WHEN 'mod10' THEN norway_kid_mod10(part.kid) ELSE norway_kid_mod11(part.kid) END)
SELECT entry, transaction, no, kid, amount, coalesce(document, CASE WHEN by_kid THEN invoice END) AS document,
       by_kid OR (kid IS NULL AND amount < 0 AND bool_or(by_kid) OVER receipt) AS matched,
       CASE WHEN by_kid THEN customer
            WHEN kid IS NULL AND amount < 0 THEN max(customer) FILTER (WHERE by_kid) OVER receipt END AS customer
  FROM known WINDOW receipt AS (PARTITION BY entry, transaction)
"""
_INSERT = """
INSERT INTO payments_in_incomingpayment (id, company_id, agreement_id, account, amount, currency, booking_date,
    value_date, kid, message, debtor_name, debtor_account, type, source, file_id, reference, matched, customer_number,
    invoice_number, entry, transaction, ledger_batch_id, created_at)
SELECT uuidv7(), %(company)s, %(agreement)s, e.account,
       coalesce(t.amount, CASE e.direction WHEN 'CRDT' THEN e.amount ELSE -e.amount END), e.currency, e.booking_date,
       e.value_date, t.kid, t.message, left(t.debtor_name, 140), t.debtor_account, coalesce(t.type, ''), e.source,
       %(file)s,
       coalesce(t.bank_reference, e.bank_reference), p.matched, p.customer, p.invoice, e.entry, p.transaction, NULL,
       %(now)s
  FROM payments_in_entry e
  JOIN (SELECT entry, transaction, bool_and(matched) AS matched,
               CASE WHEN count(DISTINCT customer) = 1 THEN max(customer) END AS customer,
               CASE WHEN count(*) = 1 AND length(max(document)) <= 25 THEN max(document) END AS invoice
          FROM payments_in_part GROUP BY entry, transaction) p USING (entry)
  LEFT JOIN staged_transaction t ON t.entry = p.entry AND t.transaction = p.transaction
 ORDER BY e.entry, p.transaction
"""
# One voucher per entry: the bank as on the statement (not where payments cancel each other out), and one line per KID,
# invoice or credit note. What nobody can place is posted to the account that the agreement names for it; without one
# the whole entry is held (_POSTED).
_LINES = """
WITH posted AS (
    SELECT e.*, g.unplaced_ledger_account, g.customer_ledger_account,
           coalesce(nullif(g.interim_ledger_account, ''), g.bank_ledger_account) AS bank_account
      FROM payments_in_entry e
      JOIN payments_in_posted USING (entry)
      JOIN agreements_agreement g ON g.id = %(agreement)s),
lines AS (
    SELECT entry, 0 AS kind, 0 AS transaction, 0 AS no, bank_account AS account,
           CASE direction WHEN 'CRDT' THEN amount ELSE 0 END AS debit,
           CASE direction WHEN 'CRDT' THEN 0 ELSE amount END AS credit,
           NULL AS customer, NULL AS kid, NULL AS document,
           CASE source WHEN 'ocr' THEN 'OCR ' ELSE 'Innbetaling ' END || to_char(booking_date, 'DD.MM.YYYY') AS text,
           booking_date, value_date, currency
      FROM posted WHERE amount <> 0
    UNION ALL
    SELECT e.entry, 1, p.transaction, p.no,
           CASE WHEN p.matched THEN e.customer_ledger_account ELSE e.unplaced_ledger_account END,
           greatest(-p.amount, 0), greatest(p.amount, 0), p.customer, p.kid, p.document,
           coalesce('KID ' || p.kid, 'Kreditnota ' || CASE WHEN p.amount < 0 THEN p.document END,
                    nullif(split_part(t.message, E'\\n', 1), ''), 'Innbetaling')
               || coalesce(' ' || t.debtor_name, ''),
           e.booking_date, e.value_date, e.currency
      FROM posted e
      JOIN payments_in_part p USING (entry)
      LEFT JOIN staged_transaction t ON t.entry = p.entry AND t.transaction = p.transaction
     WHERE p.amount <> 0)
SELECT entry::text, account, debit::bigint, credit::bigint, customer, NULL::text, kid, document, NULL::text, NULL::text,
       text, booking_date, value_date, currency, NULL::bigint, NULL::numeric
  FROM lines ORDER BY entry, kind, transaction, no
"""
_POSTED = """
CREATE TEMP TABLE payments_in_posted ON COMMIT DROP AS
SELECT p.entry
  FROM payments_in_part p
  JOIN agreements_agreement g ON g.id = %(agreement)s
 GROUP BY p.entry
HAVING bool_or(p.amount <> 0) AND bool_and(p.matched OR p.amount = 0 OR g.unplaced_ledger_account IS NOT NULL)
"""
_TEMPORARY = ("payments_in_part", "payments_in_entry", "payments_in_posted")


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
    cursor.execute(_PARTS, parameters)
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
        lines_params={"agreement": agreement.pk},
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
                    "source": Source.OCR if notifications.source == OCR_GIRO else Source.CAMT054,
                },
            )
        ],
    )
