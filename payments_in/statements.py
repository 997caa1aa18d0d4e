"""The statements that book one account's part of a bank's file: set-based, over the relay's staged rows."""

from autopay_portal.core.planning import over_new_rows
from bank_gateway.takers import EntryDecision

_UNPLACED = f"%(decision)s = '{EntryDecision.UNPLACED}'"
_DROP = "DROP TABLE IF EXISTS pg_temp.payments_in_part, pg_temp.payments_in_entry, pg_temp.payments_in_posted;"
# An entry is taken whole: booked, in the agreement's currency, and the sum of its transactions equal to it. What an
# account's other kind of file tells of too would be booked twice and is left for a person: an OCR file where KID
# payments come in camt.054; where they come as OCR giro, a KID in camt.054, or a lump there that doesn't say of what.
# A debit that says that it takes a receipt back is a negative receipt (`sign`: a camt's transactions count in the
# entry's direction, OCR giro's as they change the account). A reversed debit is no receipt, unless a person says so.
_TAKEABLE = f"""
CREATE TEMP TABLE payments_in_entry ON COMMIT DROP AS
SELECT e.*, coalesce(t.parts, 0) AS parts, sign
  FROM staged_entry e
  LEFT JOIN (SELECT entry, count(*) AS parts, sum(amount) AS total, bool_or(kid IS NOT NULL) AS has_kid
               FROM staged_transaction GROUP BY entry) t USING (entry)
 CROSS JOIN LATERAL (
     SELECT CASE WHEN e.source <> 'ocr' AND e.direction = 'DBIT' THEN -1 ELSE 1 END AS sign,
            e.direction = 'DBIT' AND (coalesce(e.reversal, false) OR e.return_reason IS NOT NULL
                                      OR right(e.type, 5) = '/RRTN') AS takes_back) way
 WHERE e.account = %(account)s AND e.taken_by IS NULL AND e.held IS NULL AND e.status = 'BOOK'
   AND e.currency = %(currency)s AND e.sum_matches IS NOT FALSE
   AND (e.source = 'ocr' OR takes_back OR e.direction = 'CRDT' AND (NOT coalesce(e.reversal, false) OR {_UNPLACED}))
   AND (t.parts IS NULL OR t.total = CASE WHEN e.source = 'ocr' AND e.direction = 'DBIT' THEN -e.amount
                                          ELSE e.amount END)
   AND CASE e.source WHEN 'ocr' THEN %(notify)s = 'ocr'
       ELSE %(notify)s <> 'ocr' OR NOT coalesce(t.has_kid, e.transaction_count > 1) END;
"""
# What one receipt pays: itself, or the KIDs, invoices and credit notes that it lists, if they add up to it. A KID
# belongs to the definition of its length; without definitions either modulus will do. A credit note has no KID of its
# own and goes with the invoices beside it. An own payment that came back has its payee's KID: it names no customer.
_PARTS = """
CREATE TEMP TABLE payments_in_part ON COMMIT DROP AS
WITH opened AS (
    SELECT t.entry, t.transaction, t.amount AS whole, d.no::int AS no, d.item ->> 'kid' AS kid,
           coalesce((d.item ->> 'remitted')::bigint, -(d.item ->> 'credit_note')::bigint) AS amount,
           d.item #>> '{documents,0,number}' AS document, e.sign
      FROM payments_in_entry e JOIN staged_transaction t USING (entry)
     CROSS JOIN LATERAL jsonb_array_elements(t.documents::jsonb) WITH ORDINALITY AS d (item, no)
     WHERE t.return_reason IS NULL OR e.sign < 0),
adding_up AS (
    SELECT entry, transaction FROM opened GROUP BY entry, transaction, whole
    HAVING sum(amount) = whole AND bool_and(amount IS NOT NULL)),
part AS (
    SELECT o.entry, o.transaction, o.no, o.kid, o.sign * o.amount AS amount, o.sign * o.whole AS receipt, o.document
      FROM opened o JOIN adding_up USING (entry, transaction)
    UNION ALL
    SELECT e.entry, coalesce(t.transaction, 0), 0, CASE WHEN t.return_reason IS NULL OR e.sign < 0 THEN t.kid END,
           own.amount, own.amount, NULL
      FROM payments_in_entry e LEFT JOIN staged_transaction t USING (entry)
     CROSS JOIN LATERAL (SELECT coalesce(e.sign * t.amount, CASE e.direction WHEN 'CRDT' THEN e.amount
                                                            ELSE -e.amount END) AS amount) own
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
SELECT entry, transaction, no, kid, amount, receipt, coalesce(document, CASE WHEN by_kid THEN invoice END) AS document,
       by_kid OR (kid IS NULL AND amount < 0 AND bool_or(by_kid) OVER own) AS matched,
       CASE WHEN by_kid THEN customer
            WHEN kid IS NULL AND amount < 0 THEN max(customer) FILTER (WHERE by_kid) OVER own END AS customer
  FROM known WINDOW own AS (PARTITION BY entry, transaction);
"""
# Money that a camt takes back belongs to whom its KID names; without one nobody guesses whose it was.
_WHOSE = f"""
DELETE FROM payments_in_entry WHERE source <> 'ocr' AND NOT {_UNPLACED} AND entry IN (
    SELECT entry FROM payments_in_part WHERE receipt < 0 AND NOT matched);
DELETE FROM payments_in_part WHERE entry NOT IN (SELECT entry FROM payments_in_entry);
"""
_INSERT = """
INSERT INTO payments_in_incomingpayment (id, company_id, agreement_id, account, amount, currency, booking_date,
    value_date, kid, message, debtor_name, debtor_account, type, source, file_id, reference, matched, customer_number,
    invoice_number, entry, transaction, ledger_batch_id, created_at)
SELECT uuidv7(), %(company)s, %(agreement)s, e.account, p.receipt, e.currency, e.booking_date, e.value_date, t.kid,
       t.message, left(t.debtor_name, 140), t.debtor_account, coalesce(t.type, ''), e.source, %(file)s,
       coalesce(t.bank_reference, e.bank_reference), p.matched, p.customer, p.invoice, e.entry, p.transaction, NULL,
       %(now)s
  FROM payments_in_entry e
  JOIN (SELECT entry, transaction, min(receipt) AS receipt, bool_and(matched) AS matched,
               CASE WHEN count(DISTINCT customer) = 1 THEN max(customer) END AS customer,
               CASE WHEN count(*) = 1 AND length(max(document)) <= 25 THEN max(document) END AS invoice
          FROM payments_in_part GROUP BY entry, transaction) p USING (entry)
  LEFT JOIN staged_transaction t ON t.entry = p.entry AND t.transaction = p.transaction
 ORDER BY e.entry, p.transaction;
"""
_POSTED = """
CREATE TEMP TABLE payments_in_posted ON COMMIT DROP AS
SELECT p.entry
  FROM payments_in_part p
  JOIN agreements_agreement g ON g.id = %(agreement)s
 GROUP BY p.entry
HAVING bool_or(p.amount <> 0) AND bool_and(p.matched OR p.amount = 0 OR g.unplaced_ledger_account IS NOT NULL);
"""
# The entries are marked, and of those of the account that nobody took it is said why.
_MARK = f"""
UPDATE staged_entry SET taken_by = 'payments_in' WHERE entry IN (SELECT entry FROM payments_in_entry);
UPDATE staged_entry e SET held = CASE
       WHEN e.currency <> %(currency)s THEN 'incoming_other_currency'
       WHEN e.source = 'ocr' AND %(notify)s <> 'ocr' THEN 'incoming_told_in_camt'
       WHEN e.sum_matches IS FALSE THEN 'incoming_sum_differs'
       WHEN e.direction = 'DBIT' AND NOT (coalesce(e.reversal, false) OR e.return_reason IS NOT NULL
                                          OR right(e.type, 5) = '/RRTN') THEN 'debit_of_nobody'
       WHEN e.direction = 'CRDT' AND coalesce(e.reversal, false) THEN 'debit_reversed'
       WHEN e.source <> 'ocr' AND %(notify)s = 'ocr' AND (e.transaction_count > 1 OR EXISTS (
           SELECT 1 FROM staged_transaction t WHERE t.entry = e.entry AND t.kid IS NOT NULL))
           THEN 'incoming_told_in_ocr'
       WHEN e.source <> 'ocr' AND (e.direction = 'DBIT' OR EXISTS (
           SELECT 1 FROM staged_transaction t WHERE t.entry = e.entry AND t.amount < 0)) THEN 'reversal_of_nobody'
       ELSE 'incoming_sum_differs' END
 WHERE e.account = %(account)s AND e.taken_by IS NULL AND e.held IS NULL AND e.status = 'BOOK';
UPDATE staged_entry SET held_details = jsonb_build_object('decisions', jsonb_build_array('{EntryDecision.UNPLACED}'))
 WHERE held IN ('debit_reversed', 'reversal_of_nobody') AND account = %(account)s;
"""
_SUMMARY = """
SELECT EXISTS (SELECT 1 FROM payments_in_posted), count(*),
       coalesce(sum(receipt), 0)::bigint, (SELECT count(*) FROM payments_in_entry)
  FROM (SELECT DISTINCT entry, transaction, receipt FROM payments_in_part) r
"""
BOOK = _DROP + over_new_rows(_TAKEABLE + _PARTS + _WHOSE + _INSERT + _POSTED + _MARK) + _SUMMARY
# One voucher per entry: the bank as on the statement (not where payments cancel each other out), and one line per KID,
# invoice or credit note. What nobody can place is posted to the account that the agreement names for it; without one
# the whole entry is held (_POSTED).
LINES = """
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
           CASE WHEN source = 'ocr' THEN 'OCR ' WHEN direction = 'DBIT' THEN 'Tilbakeført ' ELSE 'Innbetaling ' END
               || to_char(booking_date, 'DD.MM.YYYY') AS text,
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
  FROM lines ORDER BY lines.entry, kind, transaction, no
"""
# Accounts of which something is left that no room before has taken or holds.
ACCOUNTS_LEFT = """
SELECT DISTINCT account FROM staged_entry WHERE taken_by IS NULL AND held IS NULL AND status = 'BOOK'
"""
SET_BATCH = """
UPDATE payments_in_incomingpayment SET ledger_batch_id = %s
 WHERE file_id = %s AND agreement_id = %s AND entry IN (SELECT entry FROM payments_in_posted)
"""
