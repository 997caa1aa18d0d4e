"""Booked debits of our payments, and own payments that came back: paid, returned, and their vouchers.

A transaction counts as ours when its ids and its amount both equal a payment's. A lump without transactions pays
its group only if count and sum equal exactly the payments that may still be paid (money.md 3.4). An entry is
taken whole or not at all: what doesn't fit is left for the relay's deviations, and nobody guesses.
"""

from typing import Any

from autopay_portal.core.clocks import business_now
from bank_gateway.takers import StagedNotifications
from companies.actors import Actor
from companies.services import raise_alarm

from ..models import Cause
from ..services.transitions import Happening, Step, apply_moves, begin_moves
from ..states import CONTRADICTED_BY_DEBIT, PaymentStatus
from .ledger import post_booked

# One row per payment that an entry books: entry number, payment, the agreement under which it was sent.
_CREATE = """
CREATE TEMP TABLE IF NOT EXISTS remittance_booked (
    entry int, payment_id uuid, company_id uuid, remittance_id uuid, agreement_id uuid, amount bigint, status text,
    from_status text, bank_reference text
) ON COMMIT DROP;
TRUNCATE remittance_booked;
"""
# Of the remittance whose file it was, the account and the bank must be those of the entry.
_OF_REMITTANCE = """
  JOIN remittance_remittance r ON r.id = m.remittance_id AND r.debtor_account = e.account
  JOIN agreements_agreement g ON g.id = r.agreement_id AND g.bank = %(bank)s
"""
_BOOKED = "e.status = 'BOOK' AND NOT coalesce(e.reversal, false) AND e.taken_by IS NULL"
# Our message id, end-to-end id and amount. Our other ids begin with the message id, which has no hyphen.
_BY_TRANSACTION = f"""
INSERT INTO remittance_booked
SELECT e.entry, p.id, p.company_id, p.remittance_id, r.agreement_id, p.amount, {{status}}, p.status, t.bank_reference
  FROM staged_entry e
  JOIN staged_transaction t USING (entry)
  JOIN remittance_bankmessage m
    ON m.message_id = coalesce(nullif(t.message_id, 'NOTPROVIDED'), e.batch_message_id,
           split_part(coalesce(t.payment_information_id, t.instruction_id, e.batch_payment_information_id), '-', 1))
{_OF_REMITTANCE}
  JOIN remittance_payment p ON p.company_id = m.company_id AND p.remittance_id = m.remittance_id
                            AND p.end_to_end_id = t.end_to_end_id AND p.amount = abs(t.amount)
                            AND p.currency = t.currency AND p.currency = e.currency
 WHERE {_BOOKED} AND {{condition}}
"""
_DEBITS = _BY_TRANSACTION.format(
    status="'paid'", condition="e.direction = 'DBIT' AND p.status NOT IN ('paid', 'returned')"
)
# An own payment that came back, perhaps on the day, and in the file, on which it was debited.
_RETURNS = _BY_TRANSACTION.format(
    status="'returned'",
    condition="""e.direction = 'CRDT'
   AND (p.status = 'paid' OR p.id IN (SELECT payment_id FROM remittance_booked WHERE status = 'paid'))""",
)
# Lumps by the group that they name; indexed, since a file may hold one per payment.
_LUMPS = f"""
DROP TABLE IF EXISTS pg_temp.remittance_lump;
CREATE TEMP TABLE remittance_lump ON COMMIT DROP AS
SELECT e.entry, e.currency, e.bank_reference, r.company_id, r.id AS remittance_id, r.agreement_id,
       substr(e.batch_payment_information_id, strpos(e.batch_payment_information_id, '-') + 1) AS bank_group
  FROM staged_entry e
  JOIN remittance_bankmessage m ON m.message_id = split_part(e.batch_payment_information_id, '-', 1)
                                AND m.message_id = coalesce(e.batch_message_id, m.message_id)
{_OF_REMITTANCE}
 WHERE {_BOOKED} AND e.direction = 'DBIT'
   AND NOT EXISTS (SELECT 1 FROM staged_transaction t WHERE t.entry = e.entry);
CREATE INDEX ON remittance_lump (remittance_id, bank_group);
ANALYZE remittance_lump;
"""
_WITHOUT_TRANSACTIONS = """
INSERT INTO remittance_booked
SELECT l.entry, p.id, p.company_id, p.remittance_id, l.agreement_id, p.amount, 'paid', p.status, l.bank_reference
  FROM remittance_lump l
  JOIN remittance_payment p ON p.company_id = l.company_id AND p.remittance_id = l.remittance_id
                            AND p.bank_group::text = l.bank_group AND p.currency = l.currency
 WHERE p.status NOT IN ('paid', 'returned', 'rejected_by_bank', 'rejected_by_autopay', 'stopped', 'cancelled')
"""
# Whole or not at all: as many payments as the entry has transactions (or says it has), each once, to the øre.
_DROP_MISFITS = """
DELETE FROM remittance_booked b USING (
    SELECT e.entry FROM staged_entry e
      JOIN (SELECT entry, count(*) AS payments, count(DISTINCT payment_id) AS distinct_payments, sum(amount) AS total
              FROM remittance_booked GROUP BY entry) f USING (entry)
      LEFT JOIN (SELECT entry, count(*) AS transactions FROM staged_transaction GROUP BY entry) t USING (entry)
     WHERE f.total <> e.amount OR f.payments <> f.distinct_payments
        OR f.payments <> coalesce(t.transactions, e.batch_count, 0)) misfit
 WHERE b.entry = misfit.entry
"""
# Two entries of one file that book the same payment: neither is taken.
_DROP_SHARED = """
DELETE FROM remittance_booked WHERE entry IN (
    SELECT b.entry FROM remittance_booked b JOIN (
        SELECT payment_id, status FROM remittance_booked GROUP BY payment_id, status
        HAVING count(DISTINCT entry) > 1) twice USING (payment_id, status))
"""
# All of them before the first message: who holds a company's counter waits for no remittance (the lock order).
_LOCK = """
SELECT id FROM remittance_remittance WHERE id IN (SELECT remittance_id FROM remittance_booked) ORDER BY id FOR UPDATE
"""
_MOVES = """
INSERT INTO remittance_move (payment_id, company_id, remittance_id, status, bank_reference)
SELECT payment_id, company_id, remittance_id, status, max(bank_reference) FROM remittance_booked WHERE status = %s
 GROUP BY payment_id, company_id, remittance_id, status
"""


def apply_entries(cursor: Any, notifications: StagedNotifications) -> None:
    """Take the entries that book our payments, or bring them back."""
    cursor.execute(_CREATE)
    for statements in ((_DEBITS, _LUMPS, _WITHOUT_TRANSACTIONS), (_RETURNS,)):
        for statement in statements:
            cursor.execute(statement, {"bank": notifications.bank})
        cursor.execute(_DROP_MISFITS)
        cursor.execute(_DROP_SHARED)
    cursor.execute(_LOCK)
    for status, kind in ((PaymentStatus.PAID, Cause.Kind.DEBIT), (PaymentStatus.RETURNED, Cause.Kind.RETURN)):
        begin_moves(cursor)
        cursor.execute(_MOVES, [status.value])
        if cursor.rowcount:
            unusual = apply_moves(cursor, happening=_happening(notifications, kind))
            _alarm_contradictions(unusual)
    post_booked(cursor, file_id=notifications.file_id)
    cursor.execute(
        "UPDATE staged_entry SET taken_by = 'remittance' WHERE entry IN (SELECT entry FROM remittance_booked)"
    )
    cursor.execute(
        "UPDATE staged_transaction SET taken_by = 'remittance' WHERE entry IN (SELECT entry FROM remittance_booked)"
    )


def _happening(notifications: StagedNotifications, kind: Cause.Kind) -> Happening:
    return Happening(
        kind=kind,
        actor=Actor.bank(notifications.bank),
        occurred_at=notifications.created_at or business_now(),
        file_id=notifications.file_id,
        details={"notification": notifications.message_id},
    )


def _alarm_contradictions(unusual: list[Step]) -> None:
    for step in unusual:
        if step.status == PaymentStatus.PAID and step.from_status in CONTRADICTED_BY_DEBIT:
            raise_alarm(
                code="debit_contradicts_state",
                severity="red",
                company_id=step.company_id,
                subject_kind="remittance",
                subject_id=step.remittance_id,
                params={"count": step.count, "from_status": step.from_status},
                dedupe_key=f"debit_contradicts_state:{step.remittance_id}",
            )
