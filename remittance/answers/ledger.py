"""Vouchers of booked payments, ready to post: the bank against suppliers, salary, taxes (money.md section 6).

A voucher is one booked entry: one line as on the statement and one per invoice, credit note or payment against it.
Salary is one line per lump, without names. What a return is less than the payment is the bank's fee. The date is the
booking date.
"""

from collections.abc import Iterable
from uuid import UUID

from erp_gateway.ledger import create_ledger_batch

from .matching import Share

# Debit of a booked payment by category, as the agreement says.
_CATEGORY_ACCOUNT = """CASE b.category WHEN 'salary' THEN g.salary_ledger_account
    WHEN 'tax' THEN nullif(g.tax_ledger_account, '')
    WHEN 'pension' THEN nullif(g.pension_ledger_account, '')
    WHEN 'intercompany' THEN nullif(g.intercompany_ledger_account, '') END"""
_COUNTER_ACCOUNT = f"coalesce({_CATEGORY_ACCOUNT}, g.supplier_ledger_account)"
_BANK_ACCOUNT = "coalesce(nullif(g.interim_ledger_account, ''), g.bank_ledger_account)"

_LINES = f"""
WITH booked AS NOT MATERIALIZED (
    SELECT b.entry, b.amount, f.fee, b.category, b.supplier_number, b.kid, b.documents, b.end_to_end_id,
           b.erp_reference, b.creditor_name, b.currency, b.position, g.remittance_message,
           e.booking_date, e.value_date, {_COUNTER_ACCOUNT} AS counter_account, {_BANK_ACCOUNT} AS bank_account,
           g.fee_ledger_account AS fee_account, f.direction = 'DBIT' AS out
      FROM remittance_named b
      JOIN remittance_fit f ON f.entry = b.entry
      JOIN (SELECT o.file, o.remittance_message, g.* FROM remittance_file o
              JOIN agreements_agreement g ON g.id = o.agreement_id
             WHERE o.agreement_id = %(agreement)s OFFSET 0) g USING (file)
      JOIN staged_entry e ON e.entry = b.entry
     WHERE b.currency = %(currency)s),
lines AS (
    -- the bank's line, as on the statement: of what comes back, less what the bank kept
    SELECT entry, 0 AS kind, 0 AS position, 0 AS document_no, bank_account AS account,
           CASE WHEN out THEN 0 ELSE sum(amount) - fee END AS debit,
           CASE WHEN out THEN sum(amount) ELSE 0 END AS credit,
           NULL AS supplier, NULL AS kid, NULL AS document, NULL AS end_to_end_id, NULL AS erp_reference,
           CASE WHEN out THEN 'Remittering ' ELSE 'Retur ' END || min(remittance_message) AS text,
           booking_date, value_date, currency
      FROM booked GROUP BY entry, out, fee, bank_account, booking_date, value_date, currency
     HAVING out OR sum(amount) > fee
    UNION ALL
    -- what the bank kept of a return
    SELECT entry, 0, 1, 0, fee_account, fee, 0, NULL, NULL, NULL, NULL, NULL, 'Gebyr for retur', booking_date,
           value_date, currency
      FROM booked WHERE NOT out AND fee > 0 GROUP BY entry, fee, fee_account, booking_date, value_date, currency
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
  FROM lines ORDER BY lines.entry, kind, position, document_no
"""


def post_booked(*, file_id: UUID, shares: Iterable[Share]) -> None:
    """Make one ledger batch per agreement and currency of what `remittance_named` and its tables hold."""
    for share in shares:
        create_ledger_batch(
            company_id=share.company_id,
            agreement_id=share.agreement_id,
            kind="outgoing",
            currency=share.currency,
            source_file_id=file_id,
            auto_post=share.auto_post,
            lines_query=_LINES,
            lines_params={"agreement": share.agreement_id, "currency": share.currency},
        )
