"""Which of our payments the staged entries book or bring back, and why an entry that names us fits none.

A transaction counts as ours when its ids and its amount both equal a payment's. A lump without transactions pays its
group only if count and sum equal exactly the payments that may still be paid (money.md 3.4). A return may be less than
the payment where the file itself states the charge, or a person says that the difference is one. An entry is taken
whole or not at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from autopay_portal.core.planning import over_new_rows
from bank_gateway.takers import EntryDecision, StagedNotifications

from .instruction_ids import position_in

# Our files that the entries name, by the message id that is only ours, at the bank that they come from. Our other ids
# begin with the message id, which has no hyphen.
_MESSAGE_OF_TRANSACTION = """coalesce(nullif(t.message_id, 'NOTPROVIDED'), e.batch_message_id,
    split_part(coalesce(t.payment_information_id, t.instruction_id, e.batch_payment_information_id), '-', 1))"""
_MESSAGE_OF_ENTRY = "coalesce(e.batch_message_id, split_part(e.batch_payment_information_id, '-', 1))"
_BOOKED = "e.status = 'BOOK' AND e.taken_by IS NULL"
_FILES = f"""
DROP TABLE IF EXISTS pg_temp.remittance_file, pg_temp.remittance_named, pg_temp.remittance_lump,
    pg_temp.remittance_repeated, pg_temp.remittance_fit, pg_temp.remittance_twice;
CREATE TEMP TABLE remittance_file ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY m.id)::int AS file, m.id AS message, m.message_id, m.generation, m.positions,
       m.given_up, m.company_id, m.remittance_id, r.generation > m.generation OR NOT isempty(m.given_up) AS of_old_file,
       r.message_id AS remittance_message, r.debtor_account,
       -- What happens on a shared account is the owner's to book, on his agreement.
       coalesce(g.shared_from_id, g.id) AS agreement_id,
       dense_rank() OVER (ORDER BY coalesce(g.shared_from_id, g.id))::int AS agreement_no
  FROM remittance_bankmessage m
  JOIN remittance_remittance r ON r.id = m.remittance_id
  JOIN agreements_agreement g ON g.id = r.agreement_id AND g.bank = %(bank)s
 WHERE m.message_id = ANY (ARRAY (
     SELECT {_MESSAGE_OF_TRANSACTION} FROM staged_entry e JOIN staged_transaction t USING (entry) WHERE {_BOOKED}
      UNION SELECT {_MESSAGE_OF_ENTRY} FROM staged_entry e WHERE {_BOOKED}));
"""
_PAYMENTS_OF_FILES = "p.remittance_id = ANY (ARRAY (SELECT remittance_id FROM remittance_file))"
# One row per payment that an entry names: what the order says, also to the ledger, and what the bank tells. Where the
# bank names one that we don't know, the payment is null.
_CREATE = """
CREATE TEMP TABLE remittance_named (
    entry int, file int, payment_id uuid, amount bigint, currency text, status text, awaits_debit boolean,
    salary boolean, position int, category text, supplier_number text, kid text, documents jsonb,
    end_to_end_id text, erp_reference text, creditor_name text, told bigint, charges bigint, instructed bigint,
    lump boolean, bank_reference text, reason_code text, bank_text text
) ON COMMIT DROP;
"""
_OF_PAYMENT = """p.id, p.amount, p.currency, p.status, p.awaits_debit, p.category = 'salary', p.position, p.category,
    p.supplier_number, p.kid, p.documents, p.end_to_end_id, p.erp_reference, p.creditor_name"""
# By our message id and the end-to-end id, or by our instruction id where the bank gives none.
_BY_TRANSACTION = f"""
INSERT INTO remittance_named
SELECT e.entry, f.file, {_OF_PAYMENT}, CASE WHEN t.currency = e.currency THEN t.amount END,
       CASE WHEN t.charges_currency = e.currency THEN t.charges END,
       CASE WHEN t.instructed_currency = e.currency THEN t.instructed_amount END, false, t.bank_reference,
       t.return_reason, t.return_text
  FROM staged_entry e
  JOIN staged_transaction t USING (entry)
  JOIN remittance_file f ON f.message_id = {_MESSAGE_OF_TRANSACTION} AND f.debtor_account = e.account
  LEFT JOIN remittance_payment p ON p.remittance_id = f.remittance_id AND {_PAYMENTS_OF_FILES} AND {{named}}
 WHERE {_BOOKED} AND t.end_to_end_id {{told}};
"""
_BY_END_TO_END_ID = _BY_TRANSACTION.format(named="p.end_to_end_id = t.end_to_end_id", told="IS NOT NULL")
_BY_INSTRUCTION_ID = _BY_TRANSACTION.format(
    named=f"p.position = {position_in('t.instruction_id', message_id='f.message_id')}",
    told="IS NULL",
)
# Lumps by the group that they name.
_LUMPS = f"""
CREATE TEMP TABLE remittance_lump ON COMMIT DROP AS
SELECT e.entry, e.direction, e.currency AS lump_currency, e.bank_reference AS lump_reference,
       e.amount AS lump_amount, e.batch_count AS lump_count, f.*,
       CASE WHEN split_part(e.batch_payment_information_id, '-', 2) ~ '^[0-9]{{1,9}}$'
            THEN split_part(e.batch_payment_information_id, '-', 2)::int END AS bank_group
  FROM staged_entry e
  JOIN remittance_file f
    ON f.message_id = {_MESSAGE_OF_ENTRY} AND f.debtor_account = e.account
   AND f.message_id = coalesce(split_part(e.batch_payment_information_id, '-', 1), f.message_id)
 WHERE {_BOOKED} AND NOT EXISTS (SELECT 1 FROM staged_transaction t WHERE t.entry = e.entry);
"""
_ENDED = "p.status IN ('rejected_by_bank', 'rejected_by_autopay', 'stopped', 'cancelled')"
_OPEN = "(p.status NOT IN ('paid', 'returned') OR p.awaits_debit)"
# Which payments of its group a lump is about; other than by the rule only where a person has said so.
_OF_LUMP = f"""CASE WHEN l.direction = 'CRDT' THEN p.status = 'paid' AND NOT p.awaits_debit
    WHEN %(decision)s = '{EntryDecision.WITH_ENDED}' THEN {_OPEN}
    WHEN %(decision)s = '{EntryDecision.WITHOUT_PENDING}' THEN {_OPEN} AND NOT {_ENDED} AND p.status <> 'pending'
    ELSE {_OPEN} AND NOT {_ENDED} END"""
_BY_LUMP = f"""
INSERT INTO remittance_named
SELECT l.entry, l.file, {_OF_PAYMENT}, p.amount, NULL, NULL, true, l.lump_reference, NULL, NULL
  FROM remittance_lump l
  LEFT JOIN remittance_payment p ON p.remittance_id = l.remittance_id AND {_PAYMENTS_OF_FILES}
       AND p.bank_group = l.bank_group AND p.currency = l.lump_currency
       AND p.position <@ coalesce(l.positions, '{{(,)}}') AND {_OF_LUMP};
"""
# A transaction of a return that says itself what was kept back: by its charges, or by the amount that came back first.
_STATED = """(told = amount OR told BETWEEN 1 AND amount - 1
              AND coalesce(charges, amount - told) = amount - told AND coalesce(instructed, amount) = amount
              AND (charges IS NOT NULL OR instructed IS NOT NULL))"""
_REASON = """
CASE WHEN e.direction = 'DBIT' AND coalesce(e.reversal, false) THEN 'reversal_of_return'
     WHEN lump AND total IS NULL THEN 'lump_of_no_group'
     WHEN lump AND (total <> e.amount OR known <> coalesce(e.batch_count, 0)) THEN 'lump_differs'
     WHEN NOT lump AND named <> e.transaction_count THEN 'names_others_too'
     WHEN NOT lump AND known < named THEN 'payment_unknown'
     WHEN NOT same_currency THEN 'currency_differs'
     WHEN twice THEN 'payment_twice'
     WHEN e.direction = 'DBIT' THEN
         CASE WHEN NOT exact THEN 'amount_differs' WHEN booked THEN 'already_paid'
              WHEN total <> e.amount THEN 'sum_differs' END
     WHEN returned THEN 'already_returned'
     WHEN total < e.amount THEN 'more_than_paid'
     WHEN total = e.amount THEN CASE WHEN NOT exact THEN 'amount_differs' END
     -- Less than was paid: the file states the charge by transaction, or beside the entry, or a person does.
     WHEN one_agreement AND (told_sum = e.amount AND stated
          OR exact AND coalesce(charges_sum, entry_charges) = total - e.amount
          OR named = 1 AND told_sum = e.amount AND entry_charges = total - e.amount AND nothing_else
          OR total - e.amount = %(fee)s) THEN NULL
     ELSE 'less_than_paid' END
"""
# Payments that the file names more than once; an entry may do so, or two entries.
_REPEATED = """
CREATE TEMP TABLE remittance_repeated ON COMMIT DROP AS
SELECT payment_id FROM remittance_named WHERE payment_id IS NOT NULL GROUP BY payment_id HAVING count(*) > 1;
"""
_FIT = f"""
CREATE TEMP TABLE remittance_fit ON COMMIT DROP AS
SELECT e.entry, e.direction, f.total, f.known, f.named, f.salary, of_first.remittance_message,
       f.total - e.amount AS fee, {_REASON} AS reason
  FROM (SELECT entry, bool_or(lump) AS lump, count(*) AS named, count(payment_id) AS known,
               min(file) AS first_file, min(agreement_no) = max(agreement_no) AS one_agreement,
               sum(amount)::bigint AS total, sum(told)::bigint AS told_sum, sum(charges)::bigint AS charges_sum,
               bool_and(coalesce(told = amount, false)) AS exact, bool_and(coalesce({_STATED}, false)) AS stated,
               bool_and(charges IS NULL AND coalesce(instructed, amount) = amount) AS nothing_else,
               bool_or(status IN ('paid', 'returned') AND NOT awaits_debit) AS booked,
               bool_or(status = 'returned') AS returned, bool_or(salary) AS salary,
               min(currency) AS currency,
               min(currency) IS NOT DISTINCT FROM max(currency) AS one_currency
          FROM remittance_named JOIN remittance_file USING (file) GROUP BY entry) f
  JOIN staged_entry e USING (entry)
  JOIN remittance_file of_first ON of_first.file = f.first_file
  LEFT JOIN (SELECT DISTINCT entry, true AS twice
               FROM (SELECT entry, payment_id FROM remittance_named JOIN remittance_repeated USING (payment_id)
                      GROUP BY entry, payment_id HAVING count(*) > 1) again) again USING (entry)
 CROSS JOIN LATERAL (SELECT f.one_currency AND (f.currency IS NULL OR f.currency = e.currency) AS same_currency,
                            CASE WHEN e.charges_currency = e.currency THEN e.charges END AS entry_charges) beside;
ANALYZE remittance_fit;
"""
# Two equal entries in one file are two (money.md 3.3): they are taken as if they had come one after the other. The
# first pays; one that names a payment which an earlier entry names isn't taken, and says why by whether that is taken.
_NOT_TWICE = """
UPDATE remittance_fit SET reason = 'payment_twice' WHERE entry IN (
    SELECT entry FROM (
        SELECT entry, min(entry) OVER (PARTITION BY payment_id, direction) AS first
          FROM remittance_named JOIN remittance_repeated USING (payment_id) JOIN remittance_fit USING (entry)
         WHERE reason IS NULL) told
     WHERE entry > first);
UPDATE remittance_fit f SET reason = CASE direction WHEN 'DBIT' THEN 'already_paid' ELSE 'already_returned' END
 WHERE reason = 'payment_twice' AND (entry, direction) IN (
    SELECT n.entry, first.direction
      FROM remittance_repeated
      JOIN remittance_named n USING (payment_id)
      JOIN remittance_named other USING (payment_id)
      JOIN remittance_fit first ON first.entry = other.entry AND first.reason IS NULL);
"""
# A payment may come back on the day, and in the file, on which it is debited; never before it was.
_PAID_FIRST = """
UPDATE remittance_fit SET reason = 'not_paid'
 WHERE (SELECT bool_or(direction = 'CRDT') FROM remittance_fit) AND entry IN (
    SELECT n.entry FROM remittance_named n JOIN remittance_fit f USING (entry)
     WHERE f.direction = 'CRDT' AND f.reason IS NULL AND (n.status <> 'paid' OR n.awaits_debit)
       AND n.payment_id NOT IN (
           SELECT d.payment_id FROM remittance_named d JOIN remittance_fit paid USING (entry)
            WHERE paid.direction = 'DBIT' AND paid.reason IS NULL));
"""
# What the bank has debited once more, also in this file; it is held, and somebody must ask for it back.
_TWICE = """
CREATE TEMP TABLE remittance_twice ON COMMIT DROP AS
SELECT o.company_id, o.remittance_id, o.remittance_message, count(DISTINCT n.payment_id) AS payments
  FROM remittance_named n JOIN remittance_fit f USING (entry) JOIN remittance_file o USING (file)
 WHERE f.direction = 'DBIT' AND (
       f.reason = 'already_paid' AND (
           n.status IN ('paid', 'returned') AND NOT n.awaits_debit
           OR n.payment_id IN (SELECT payment_id FROM remittance_named JOIN remittance_repeated USING (payment_id)
                                 JOIN remittance_fit USING (entry) WHERE direction = 'DBIT' AND reason IS NULL))
       OR f.reason = 'payment_twice' AND f.fee = 0
           AND (SELECT bool_and(told = amount) FROM remittance_named WHERE entry = f.entry) AND n.payment_id IN (
               SELECT payment_id FROM remittance_named WHERE entry = f.entry GROUP BY 1 HAVING count(*) > 1))
 GROUP BY o.company_id, o.remittance_id, o.remittance_message;
"""
# What names us and doesn't fit is ours to hold, and no customer's payment.
_HOLD = f"""
UPDATE staged_entry e SET held = f.reason, held_details = jsonb_strip_nulls(jsonb_build_object(
           'remittance', f.remittance_message, 'payments', f.known, 'total', f.total, 'named', f.named,
           'fee', CASE WHEN f.reason = 'less_than_paid' THEN f.fee END, 'salary', nullif(f.salary, false),
           'lump_payments', e.batch_count, 'decisions', to_jsonb(array_remove(ARRAY[
               CASE WHEN f.reason = 'less_than_paid' THEN '{EntryDecision.FEE}' END,
               CASE WHEN group_of.without_pending THEN '{EntryDecision.WITHOUT_PENDING}' END,
               CASE WHEN group_of.with_ended THEN '{EntryDecision.WITH_ENDED}' END], NULL))))
  FROM remittance_fit f
  LEFT JOIN (
      SELECT l.entry,
             count(*) FILTER (WHERE {_OPEN} AND NOT {_ENDED} AND p.status <> 'pending') = l.lump_count
             AND sum(p.amount) FILTER (WHERE {_OPEN} AND NOT {_ENDED} AND p.status <> 'pending') = l.lump_amount
                 AS without_pending,
             count(*) FILTER (WHERE {_OPEN}) = l.lump_count AND sum(p.amount) FILTER (WHERE {_OPEN}) = l.lump_amount
                 AS with_ended
        FROM remittance_lump l
        JOIN remittance_fit misfit ON misfit.entry = l.entry AND misfit.reason = 'lump_differs'
        JOIN remittance_payment p ON p.remittance_id = l.remittance_id AND {_PAYMENTS_OF_FILES}
             AND p.bank_group = l.bank_group AND p.currency = l.lump_currency
             AND p.position <@ coalesce(l.positions, '{{(,)}}')
       WHERE l.direction = 'DBIT' GROUP BY l.entry, l.lump_count, l.lump_amount) group_of ON group_of.entry = f.entry
 WHERE f.entry = e.entry AND f.reason IS NOT NULL;
DELETE FROM remittance_named n USING remittance_fit f WHERE f.entry = n.entry AND f.reason IS NOT NULL;
DELETE FROM remittance_fit WHERE reason IS NOT NULL;
UPDATE staged_entry SET taken_by = 'remittance' WHERE entry IN (SELECT entry FROM remittance_fit);
"""
# Files first, as whoever sends them does; then remittances; then, where several companies are told, their counters in
# id order: those of the accounts in the file, also of what others take of it.
_LOCK = """
SELECT id FROM bank_gateway_outgoingfile
 WHERE state IN ('queued', 'uploading', 'renaming', 'in_doubt')
   AND id IN (SELECT m.outgoing_file_id FROM remittance_bankmessage m JOIN remittance_file f ON f.message = m.id
               WHERE f.file IN (SELECT file FROM remittance_named))
 ORDER BY id FOR UPDATE;
SELECT id FROM remittance_remittance
 WHERE id IN (SELECT remittance_id FROM remittance_file WHERE file IN (SELECT file FROM remittance_named))
 ORDER BY id FOR UPDATE;
SELECT id FROM companies_company WHERE (SELECT count(DISTINCT account) > 1 OR bool_or(account IN (
            SELECT account FROM agreements_agreement WHERE shared_from_id IS NOT NULL AND bank = %(bank)s))
         FROM staged_entry) AND id IN (
    SELECT company_id FROM agreements_agreement
     WHERE bank = %(bank)s AND account IN (SELECT account FROM staged_entry)) ORDER BY id FOR NO KEY UPDATE;
"""
_SUMMARY = """
SELECT (SELECT json_agg(DISTINCT direction) FROM remittance_fit),
       (SELECT json_agg(json_build_array(g.company_id, n.agreement_id, n.currency, g.auto_post)
                        ORDER BY g.company_id, n.agreement_id, n.currency)
          FROM (SELECT DISTINCT f.agreement_id, named.currency
                  FROM (SELECT DISTINCT file, currency FROM remittance_named) named
                  JOIN remittance_file f USING (file)) n
          JOIN agreements_agreement g ON g.id = n.agreement_id),
       (SELECT json_agg(json_build_array(message, count) ORDER BY message)
          FROM (SELECT m.message, count(*)
                  FROM remittance_file m
                  JOIN remittance_named n ON n.file = m.file
                  JOIN remittance_payment p ON p.id = n.payment_id
                 WHERE m.of_old_file AND (p.position <@ m.given_up OR EXISTS (
                     SELECT 1 FROM remittance_bankmessage later
                       JOIN bank_gateway_outgoingfile f ON f.id = later.outgoing_file_id AND f.state <> 'withdrawn'
                      WHERE later.remittance_id = m.remittance_id AND later.generation > m.generation
                        AND p.position <@ coalesce(later.positions, '{(,)}')))
                 GROUP BY m.message) old),
       (SELECT json_agg(f.id ORDER BY f.id) FROM bank_gateway_outgoingfile f
         WHERE f.state IN ('queued', 'uploading', 'renaming', 'in_doubt') AND f.id IN (
             SELECT m.outgoing_file_id FROM remittance_bankmessage m JOIN remittance_file named ON named.message = m.id
              WHERE named.file IN (SELECT file FROM remittance_named))),
       (SELECT json_agg(json_build_array(company_id, remittance_id, remittance_message, payments)
                        ORDER BY remittance_id)
          FROM remittance_twice),
       (SELECT json_agg(json_build_array(company_id, remittance_id, remittance_message, payments)
                        ORDER BY remittance_id)
          FROM (SELECT o.company_id, o.remittance_id, o.remittance_message, count(*) AS payments
                  FROM remittance_named n
                  JOIN remittance_fit fit ON fit.entry = n.entry AND fit.direction = 'DBIT'
                  JOIN remittance_file o ON o.file = n.file
                  JOIN remittance_payment p ON p.id = n.payment_id AND p.status = 'approved'
                 WHERE n.file = ANY (ARRAY (
                     SELECT never.file FROM remittance_file never JOIN remittance_bankmessage m ON m.id = never.message
                       JOIN bank_gateway_outgoingfile f ON f.id = m.outgoing_file_id AND f.renames = 0
                            AND f.state IN ('queued', 'uploading', 'withdrawn')
                      WHERE NOT never.of_old_file))
                 GROUP BY o.company_id, o.remittance_id, o.remittance_message) unordered)
"""
_MATCH = "".join(
    (
        _FILES, _CREATE,
        over_new_rows(
            _BY_END_TO_END_ID + _BY_INSTRUCTION_ID + _LUMPS + _BY_LUMP + _REPEATED + _FIT + _NOT_TWICE + _PAID_FIRST
            + _TWICE + _HOLD
        ),
        _LOCK, _SUMMARY,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Share:
    """What of the matched entries goes into one ledger batch."""

    company_id: UUID
    agreement_id: UUID
    currency: str
    auto_post: bool


@dataclass(frozen=True, slots=True)
class OldFile:
    """A file (its BankMessage) that gave payments up for a newer one; the bank executes `count` of them anyway."""

    message_id: UUID
    count: int


@dataclass(frozen=True, slots=True)
class Debited:
    """A remittance (`message_id`: the ERP's) of which `count` payments are debited that shouldn't be."""

    company_id: UUID
    remittance_id: UUID
    message_id: str
    count: int


@dataclass(frozen=True, slots=True)
class Matched:
    """What of a file's entries is ours. Its rows lie in `remittance_named` and, an entry each, `remittance_fit`.

    `proven_files`: outgoing files that nobody knew to have left, until the bank booked what stands in them. Debited
    twice: paid before. Debited without an order: approved, but the file with them has never left from here.
    """

    debits: bool
    returns: bool
    shares: tuple[Share, ...]
    old_files: tuple[OldFile, ...]
    proven_files: tuple[UUID, ...]
    debited_twice: tuple[Debited, ...]
    debited_without_order: tuple[Debited, ...]


def match_entries(cursor: Any, notifications: StagedNotifications) -> Matched:
    """Find the payments that the staged entries book or bring back; mark those entries taken, hold what misfits.

    Locks their remittances. One round trip, set-based, whatever the size of the file.
    """
    parameters: Mapping[str, Any] = {
        "bank": notifications.bank,
        "decision": notifications.decision,
        "fee": notifications.decided_fee,
    }
    cursor.execute(_MATCH, parameters)
    directions, shares, old_files, proven, twice, unordered = cursor.fetchone()
    return Matched(
        debits="DBIT" in (directions or ()),
        returns="CRDT" in (directions or ()),
        shares=tuple(Share(UUID(c), UUID(a), currency, auto) for c, a, currency, auto in shares or ()),
        old_files=tuple(OldFile(UUID(message), count) for message, count in old_files or ()),
        proven_files=tuple(UUID(key) for key in proven or ()),
        debited_twice=_debited(twice),
        debited_without_order=_debited(unordered),
    )


def _debited(found: Sequence[Sequence[Any]] | None) -> tuple[Debited, ...]:
    return tuple(Debited(UUID(c), UUID(r), message, count) for c, r, message, count in found or ())
