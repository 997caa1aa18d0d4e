"""Booked debits of our payments, and own payments that came back: paid, returned, and their vouchers.

A transaction counts as ours when its ids and its amount both equal a payment's. A lump without transactions pays
its group only if count and sum equal exactly the payments that may still be paid (money.md 3.4). An entry is
taken whole or not at all: what doesn't fit is left for the relay's deviations, and nobody guesses.
"""

from typing import Any
from uuid import UUID

from autopay_portal.core.clocks import business_now
from bank_gateway.takers import StagedNotifications
from companies.actors import Actor
from companies.services import raise_alarm

from ..models import Cause
from ..services.transitions import Happening, Step, apply_moves, begin_moves
from ..states import CONTRADICTED_BY_DEBIT, PaymentStatus
from .ledger import post_booked

# One row per payment that an entry books: entry number, payment, agreement of the account.
_CREATE = """
CREATE TEMP TABLE IF NOT EXISTS remittance_booked (
    entry int, payment_id uuid, company_id uuid, remittance_id uuid, agreement_id uuid, amount bigint, status text,
    from_status text, bank_reference text
) ON COMMIT DROP;
TRUNCATE remittance_booked;
"""
_OF_ACCOUNT = """
  FROM staged_entry e
  JOIN unnest(%(accounts)s::text[], %(agreements)s::uuid[], %(companies)s::uuid[])
       AS a (account, agreement_id, company_id) USING (account)
"""
# Debits with transactions: message id, end-to-end id and amount. Credits: an own payment that came back.
_BY_TRANSACTION = f"""
INSERT INTO remittance_booked
SELECT e.entry, p.id, p.company_id, p.remittance_id, a.agreement_id, p.amount,
       CASE e.direction WHEN 'DBIT' THEN 'paid' ELSE 'returned' END, p.status, t.bank_reference
{_OF_ACCOUNT}
  JOIN staged_transaction t USING (entry)
  JOIN remittance_bankmessage m ON m.message_id = coalesce(t.message_id, e.batch_message_id)
                                AND m.company_id = a.company_id
  JOIN remittance_remittance r ON r.id = m.remittance_id AND r.debtor_account = e.account
  JOIN remittance_payment p ON p.company_id = m.company_id AND p.remittance_id = m.remittance_id
                            AND p.end_to_end_id = t.end_to_end_id AND p.amount = abs(t.amount)
                            AND p.currency = t.currency
 WHERE e.status = 'BOOK' AND NOT coalesce(e.reversal, false) AND e.taken_by IS NULL
   AND CASE e.direction WHEN 'DBIT' THEN p.status NOT IN ('paid', 'returned') ELSE p.status = 'paid' END
"""
_WITHOUT_TRANSACTIONS = f"""
INSERT INTO remittance_booked
SELECT e.entry, p.id, p.company_id, p.remittance_id, a.agreement_id, p.amount, 'paid', p.status, e.bank_reference
{_OF_ACCOUNT}
  JOIN remittance_bankmessage m ON m.company_id = a.company_id
                                AND e.batch_payment_information_id LIKE m.message_id || '-%%'
                                AND (e.batch_message_id IS NULL OR e.batch_message_id = m.message_id)
  JOIN remittance_remittance r ON r.id = m.remittance_id AND r.debtor_account = e.account
  JOIN remittance_payment p ON p.company_id = m.company_id AND p.remittance_id = m.remittance_id
                            AND e.batch_payment_information_id = m.message_id || '-' || p.bank_group
 WHERE e.status = 'BOOK' AND e.direction = 'DBIT' AND NOT coalesce(e.reversal, false) AND e.taken_by IS NULL
   AND NOT EXISTS (SELECT 1 FROM staged_transaction t WHERE t.entry = e.entry)
   AND p.status NOT IN ('paid', 'returned', 'rejected_by_bank', 'rejected_by_autopay', 'stopped', 'cancelled')
"""
# Whole or not at all: as many payments as the entry has transactions (or says it has), each once, to the øre.
_DROP_MISFITS = """
DELETE FROM remittance_booked b USING (
    SELECT e.entry FROM staged_entry e
      JOIN (SELECT entry, count(*) AS payments, count(DISTINCT payment_id) AS distinct_payments, sum(amount) AS total
              FROM remittance_booked GROUP BY entry) f USING (entry)
      LEFT JOIN (SELECT entry, count(*) AS transactions FROM staged_transaction GROUP BY entry) t USING (entry)
     WHERE f.total <> e.amount OR f.payments <> f.distinct_payments
        OR f.payments <> coalesce(t.transactions, nullif(e.batch_count, 0), f.payments)) misfit
 WHERE b.entry = misfit.entry
"""
# Two entries of one file that book the same payment: neither is taken.
_DROP_SHARED = """
DELETE FROM remittance_booked WHERE entry IN (
    SELECT b.entry FROM remittance_booked b JOIN (
        SELECT payment_id FROM remittance_booked GROUP BY payment_id, status HAVING count(DISTINCT entry) > 1) twice
     USING (payment_id))
"""
_MOVES = """
INSERT INTO remittance_move (payment_id, company_id, remittance_id, status, bank_reference)
SELECT payment_id, company_id, remittance_id, status, max(bank_reference) FROM remittance_booked WHERE status = %s
 GROUP BY payment_id, company_id, remittance_id, status
"""


def apply_entries(cursor: Any, notifications: StagedNotifications, agreements: dict[str, tuple[UUID, UUID]]) -> None:
    """Take the entries that book our payments; `agreements` gives (agreement, company) by account."""
    places = {
        "accounts": list(agreements),
        "agreements": [str(agreement) for agreement, _ in agreements.values()],
        "companies": [str(company) for _, company in agreements.values()],
    }
    cursor.execute(_CREATE)
    cursor.execute(_BY_TRANSACTION, places)
    cursor.execute(_WITHOUT_TRANSACTIONS, places)
    cursor.execute(_DROP_MISFITS)
    cursor.execute(_DROP_SHARED)
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
