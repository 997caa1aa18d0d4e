"""Vouchers of booked payments, ready to post: the bank against suppliers, salary, taxes (money.md section 6).

A voucher is one booked entry: one line as on the statement and one per invoice, credit note or payment against it.
Salary is one line per lump, without names. The date is the booking date.
"""

from typing import Any
from uuid import UUID

from agreements.models import Agreement
from erp_gateway.ledger import create_ledger_batch

# Debit of a booked payment by category, as the agreement says.
_CATEGORY_ACCOUNT = """CASE p.category WHEN 'salary' THEN g.salary_ledger_account
    WHEN 'tax' THEN nullif(g.tax_ledger_account, '')
    WHEN 'pension' THEN nullif(g.pension_ledger_account, '')
    WHEN 'intercompany' THEN nullif(g.intercompany_ledger_account, '') END"""
_COUNTER_ACCOUNT = f"coalesce({_CATEGORY_ACCOUNT}, g.supplier_ledger_account)"
_BANK_ACCOUNT = "coalesce(nullif(g.interim_ledger_account, ''), g.bank_ledger_account)"

_LINES = f"""
WITH booked AS (
    SELECT b.entry, b.status, b.amount, p.id, p.category, p.supplier_number, p.kid, p.message, p.documents,
           p.end_to_end_id, p.erp_reference, p.creditor_name, p.currency, p.position,
           r.message_id AS remittance_message,
           e.booking_date, e.value_date, {_COUNTER_ACCOUNT} AS counter_account, {_BANK_ACCOUNT} AS bank_account,
           b.status = 'paid' AS out
      FROM remittance_booked b
      JOIN remittance_payment p ON p.id = b.payment_id
      JOIN remittance_remittance r ON r.id = b.remittance_id
      JOIN staged_entry e ON e.entry = b.entry
      JOIN agreements_agreement g ON g.id = b.agreement_id
     WHERE b.agreement_id = %(agreement)s AND p.currency = %(currency)s),
lines AS (
    -- the bank's line, as on the statement
    SELECT entry, 0 AS kind, 0 AS position, 0 AS document_no, bank_account AS account,
           CASE WHEN out THEN 0 ELSE sum(amount) END AS debit, CASE WHEN out THEN sum(amount) ELSE 0 END AS credit,
           NULL AS supplier, NULL AS kid, NULL AS document, NULL AS end_to_end_id, NULL AS erp_reference,
           CASE WHEN out THEN 'Remittering ' ELSE 'Retur ' END || min(remittance_message) AS text,
           booking_date, value_date, currency
      FROM booked GROUP BY entry, out, bank_account, booking_date, value_date, currency
    UNION ALL
    -- salary: one line per lump
    SELECT entry, 1, 0, 0, counter_account, CASE WHEN out THEN sum(amount) ELSE 0 END,
           CASE WHEN out THEN 0 ELSE sum(amount) END, NULL, NULL, NULL, NULL, NULL,
           'Lønn, ' || count(*) || CASE WHEN count(*) = 1 THEN ' utbetaling' ELSE ' utbetalinger' END,
           booking_date, value_date, currency
      FROM booked WHERE category = 'salary' GROUP BY entry, out, counter_account, booking_date, value_date, currency
    UNION ALL
    -- one line per payment without documents
    SELECT entry, 1, position, 0, counter_account, CASE WHEN out THEN amount ELSE 0 END,
           CASE WHEN out THEN 0 ELSE amount END, supplier_number, kid, NULL, end_to_end_id, erp_reference,
           CASE WHEN out THEN 'Betalt ' ELSE 'Retur ' END || creditor_name, booking_date, value_date, currency
      FROM booked WHERE category <> 'salary' AND documents IS NULL
    UNION ALL
    -- one line per invoice and credit note
    SELECT entry, 1, position, d.no::int, counter_account,
           CASE WHEN out = (d.doc ->> 'type' = 'invoice') THEN (d.doc ->> 'amount')::bigint ELSE 0 END,
           CASE WHEN out = (d.doc ->> 'type' = 'invoice') THEN 0 ELSE (d.doc ->> 'amount')::bigint END,
           supplier_number, d.doc ->> 'kid', d.doc ->> 'number', end_to_end_id, erp_reference,
           CASE WHEN NOT out THEN 'Retur ' WHEN d.doc ->> 'type' = 'invoice' THEN 'Betalt ' ELSE 'Kreditnota ' END
               || coalesce(d.doc ->> 'number', d.doc ->> 'kid') || ' ' || creditor_name,
           booking_date, value_date, currency
      FROM booked CROSS JOIN LATERAL jsonb_array_elements(documents) WITH ORDINALITY AS d (doc, no)
     WHERE category <> 'salary' AND documents IS NOT NULL)
SELECT entry::text, account, debit::bigint, credit::bigint, NULL::text, supplier, kid, document, end_to_end_id,
       erp_reference, text, booking_date, value_date, currency, NULL::bigint, NULL::numeric
  FROM lines ORDER BY entry, kind, position, document_no
"""


def post_booked(cursor: Any, *, file_id: UUID) -> None:
    """Make one ledger batch per agreement and currency of what `remittance_booked` holds."""
    cursor.execute(
        """SELECT DISTINCT b.company_id, b.agreement_id, p.currency
             FROM remittance_booked b JOIN remittance_payment p ON p.id = b.payment_id ORDER BY 1, 2, 3"""
    )
    for company_id, agreement_id, currency in cursor.fetchall():
        agreement = Agreement.objects.get(pk=agreement_id)
        create_ledger_batch(
            company_id=company_id,
            agreement_id=agreement_id,
            kind="outgoing",
            currency=currency,
            source_file_id=file_id,
            auto_post=agreement.auto_post,
            lines_query=_LINES,
            lines_params={"agreement": agreement_id, "currency": currency},
        )
