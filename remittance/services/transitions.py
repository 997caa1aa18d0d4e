"""The one way in which payments change state: set by set, under the remittance's lock, with history, counters and
messages in the same transaction.

Who wants payments moved says which and to where (`Moves`) and calls `apply_moves`. What may follow what is data
(`states.MAY_FOLLOW`, and `states.STEPS_BACK` by cause); a move that isn't allowed stays in the history as something
that was said, and changes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg2.extras import Json

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.planning import over_new_rows
from companies.actors import Actor
from erp_gateway.services import emit_messages_of_kinds

from ..feed import TOLD_OF
from ..states import MAY_BE_PAID_ON_WORD, MAY_FOLLOW, STEPS_BACK, PaymentStatus, derive_status

# A message tells of payments of one state among so many places of the order that follow each other.
MOST_PAYMENTS_PER_MESSAGE = 500

# Each rule as one text, so that PostgreSQL looks a step up in a hashed list instead of walking one.
_RULES = ", ".join(
    f"'{earlier.value}>{status.value}'" for status, before in MAY_FOLLOW.items() for earlier in sorted(before)
)
_RULES_BACK = ", ".join(
    f"'{kind}:{earlier.value}>{status.value}'"
    for kind, steps in STEPS_BACK.items()
    for status, before in steps.items()
    for earlier in sorted(before)
)
_PAID_ON_WORD_FROM = ", ".join(f"'{status.value}'" for status in sorted(MAY_BE_PAID_ON_WORD))
# All of them before the first message: who holds a company's counter waits for no remittance (the lock order).
_LOCK = "SELECT id FROM remittance_remittance WHERE id IN ({remittances}) ORDER BY id FOR UPDATE;"
# accepted and pending share a rank: between them the bank's later word wins, and only a later one. The bank's word that
# a payment is settled (`on_word`) proves less than a debit: it moves only what the bank has. The debit then follows it
# once. What is said of a file that a newer one replaced moves nothing. A payment that stands in doubt when a report
# comes, whose arrival would have ended any doubt of its delivery, is in doubt by the bank's own words: what it had said
# before them settles nothing, nor does a mere receipt; where it contradicts itself anew, that is what counts from then.
_DECIDE = f"""
DROP TABLE IF EXISTS pg_temp.remittance_decided;
CREATE TEMP TABLE remittance_decided ON COMMIT DROP AS
SELECT m.*,
       NOT m.of_old_file
       AND (m.from_status <> 'in_doubt' OR %(bank_status_at)s::timestamptz IS NULL
            OR m.status <> 'received_by_bank'
               AND %(bank_status_at)s::timestamptz > coalesce(m.said_at, '-infinity'))
       AND CASE
           WHEN m.on_word THEN m.from_status IN ({_PAID_ON_WORD_FROM})
           WHEN m.status = 'in_doubt' AND m.from_status = 'in_doubt' THEN %(bank_status_at)s::timestamptz IS NOT NULL
           WHEN m.status = 'paid' AND m.from_status = 'paid' THEN m.awaits_debit
           ELSE (m.from_status || '>' || m.status = ANY (ARRAY[{_RULES}])
                 OR %(kind)s || ':' || m.from_status || '>' || m.status = ANY (ARRAY[{_RULES_BACK}]))
                AND (m.status NOT IN ('accepted', 'pending') OR m.from_status NOT IN ('accepted', 'pending')
                     OR %(bank_status_at)s::timestamptz > coalesce(m.said_at, '-infinity')) END AS allowed,
       coalesce(sign(extract(epoch FROM %(bank_status_at)s::timestamptz - m.said_at)), 0)::int AS later
  FROM (SELECT p.id AS payment_id, p.company_id, p.remittance_id, p.position, p.amount, p.currency,
               p.category = 'salary' AS salary, p.status AS from_status, p.awaits_debit, p.bank_status_at AS said_at,
               p.bank_says_settled AS said_settled, {{said}}
          FROM remittance_payment p {{payments}} OFFSET 0) m;
"""
# What is decided alike and told in one message, with the places in the order of whom it is about.
_ALIKE = f"""
DROP TABLE IF EXISTS pg_temp.remittance_alike;
CREATE TEMP TABLE remittance_alike ON COMMIT DROP AS
SELECT company_id, remittance_id, from_status, status, allowed, later, said_settled, of_old_file, bank_status,
       reason_code, bank_text, salary, on_word, (position - 1) / {MOST_PAYMENTS_PER_MESSAGE} AS part,
       count(*)::int AS count, sum(amount)::bigint AS amount, min(currency) AS currency,
       range_agg(int4range(position, position + 1)) AS positions
  FROM remittance_decided GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14;
"""
_HISTORY = """
DROP TABLE IF EXISTS pg_temp.remittance_caused;
CREATE TEMP TABLE remittance_caused ON COMMIT DROP AS
SELECT company_id, remittance_id, uuidv7() AS cause_id
  FROM (SELECT DISTINCT company_id, remittance_id FROM remittance_alike) r;
INSERT INTO remittance_cause (id, company_id, remittance_id, kind, actor, actor_user_id, key_id, file_id, details,
                              occurred_at, recorded_at)
SELECT cause_id, company_id, remittance_id, %(kind)s, %(actor)s, %(actor_user)s, %(key)s, %(file)s, %(details)s,
       %(occurred_at)s, %(now)s
  FROM remittance_caused;
INSERT INTO remittance_paymenthistory (company_id, cause_id, from_status, status, bank_status, reason_code, bank_text,
                                       positions)
SELECT d.company_id, cause_id, d.from_status, CASE WHEN d.allowed THEN d.status ELSE d.from_status END AS reached,
       d.bank_status, d.reason_code, d.bank_text, range_agg(d.positions)
  FROM remittance_alike d JOIN remittance_caused USING (remittance_id)
 GROUP BY d.company_id, cause_id, d.from_status, reached, d.bank_status, d.reason_code, d.bank_text;
"""
_UPDATE = """
UPDATE remittance_payment p
   SET status = d.status, reason_code = d.reason_code, bank_text = d.bank_text,
       bank_date = coalesce(d.bank_date, p.bank_date),
       bank_says_settled = p.bank_says_settled OR d.settled, awaits_debit = d.on_word,
       bank_reference = coalesce(d.bank_reference, p.bank_reference),
       bank_status_at = coalesce(%(bank_status_at)s::timestamptz, p.bank_status_at), updated_at = %(now)s
  FROM remittance_decided d
 WHERE d.allowed AND p.id = d.payment_id
   AND p.remittance_id = ANY (ARRAY (SELECT DISTINCT remittance_id FROM remittance_alike));
"""
# How many payments of each remittance stand where now, counted from the payments themselves.
_COUNT = """
DROP TABLE IF EXISTS pg_temp.remittance_standing;
CREATE TEMP TABLE remittance_standing ON COMMIT DROP AS
SELECT remittance_id, status, count(*) AS count FROM remittance_payment
 WHERE remittance_id = ANY (ARRAY (SELECT DISTINCT remittance_id FROM remittance_alike)) GROUP BY 1, 2;
"""
# What it came to, in one row: the steps, the counts, and whose feeds to tell.
_SUMMARY = """
SELECT (SELECT json_agg(step) FROM (
            SELECT company_id, remittance_id, from_status, status, allowed, later, said_settled, of_old_file,
                   sum(count)::int AS count
              FROM remittance_alike GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY remittance_id) step),
       (SELECT json_agg(json_build_array(remittance_id, status, count)) FROM remittance_standing),
       (SELECT array_agg(DISTINCT company_id ORDER BY company_id) FROM remittance_alike WHERE allowed)
"""
_SET_REMITTANCES = """
UPDATE remittance_remittance r SET counts = v.counts::jsonb, status = v.status, updated_at = now()
  FROM unnest(%s::uuid[], %s::text[], %s::text[]) AS v (id, counts, status), remittance_remittance old
 WHERE r.id = v.id AND old.id = r.id
RETURNING r.company_id, r.id, r.message_id, r.status, old.status
"""
# Payments first, then their remittances. Who the payments are is put in when a message is read (`feed.py`). Salary is
# told apart from the rest, with count and sum: who may not see it gets only these from the feed.
_MESSAGES = f"""
SELECT kind, subject, data FROM (
    SELECT 1 AS rank, 'payment_status' AS kind, remittance_id AS subject,
           jsonb_build_object('remittance', remittance_id, 'message_id', r.message_id, 'status', d.status,
               '{TOLD_OF}', jsonb_build_object(
                   'cause', cause_id, 'positions', range_agg(d.positions)::text))
           || CASE WHEN d.salary THEN jsonb_build_object('salary', jsonb_build_object(
                  'count', sum(d.count), 'amount', round(sum(d.amount) / 100, 2)::text, 'currency', min(d.currency)))
              ELSE jsonb_build_object() END
           || CASE WHEN bool_or(d.on_word) THEN jsonb_build_object('paid_evidence', 'acsc')
              ELSE jsonb_build_object() END AS data,
           d.status, d.salary, part AS place
      FROM remittance_alike d
      JOIN remittance_caused USING (remittance_id)
      JOIN remittance_remittance r ON r.id = remittance_id
     WHERE allowed AND d.status <> from_status AND d.company_id = %s
     GROUP BY remittance_id, cause_id, r.message_id, d.status, d.salary, part
    UNION ALL
    SELECT 2, 'remittance_status', id,
           jsonb_build_object('remittance', id, 'message_id', message_id, 'status', status), '', false, place
      FROM unnest(%s::uuid[], %s::text[], %s::text[]) WITH ORDINALITY AS changed (id, message_id, status, place)) told
 ORDER BY rank, CASE rank WHEN 1 THEN subject END, status, salary, place
"""


@dataclass(frozen=True, slots=True)
class Moves:
    """Which payments are asked to move, and what is said of each: SQL of our own code, with its parameters.

    `payments` follows `FROM remittance_payment p`: joins and conditions, at most one row per payment. `remittances`
    yields the remittances to lock, a value or a query. The others are expressions over that row: the state asked for,
    the bank's word, reason, text, day and reference, whether it says that the payment is settled, whether that alone
    makes it paid, whether it was said of a file that a newer one replaced, and whether it named the payment itself.
    """

    payments: str
    params: Mapping[str, Any]
    remittances: str = "%(remittance)s"
    status: str = "%(status)s"
    bank_status: str = "NULL"
    reason_code: str = "NULL"
    bank_text: str = "NULL"
    bank_date: str = "NULL"
    bank_reference: str = "NULL"
    settled: str = "false"
    on_word: str = "false"
    of_old_file: str = "false"
    named: str = "true"

    def statements(self) -> str:
        """Write the statements that lock the remittances and fill `remittance_decided`."""
        said = ", ".join(f"({getattr(self, name)})::{kind} AS {name}" for name, kind in _SAID.items())
        return _LOCK.format(remittances=self.remittances) + over_new_rows(
            _DECIDE.format(said=said, payments=self.payments)
        )


_SAID = {
    "status": "text", "bank_status": "text", "reason_code": "text", "bank_text": "text", "bank_date": "date",
    "bank_reference": "text", "settled": "boolean", "on_word": "boolean", "of_old_file": "boolean", "named": "boolean",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """What moves payments: the cause's kind, who, when (business time), by which file, and what more to keep."""

    kind: str
    actor: Actor
    occurred_at: datetime
    file_id: UUID | None = None
    # The creation time of the bank's report, where a report is the cause.
    bank_status_at: datetime | None = None
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What a set of moves came to: `count` payments of a remittance asked from `from_status` to `status`.

    `later` is 1 by a report made after the one that set the state before, -1 by an earlier one, else 0. `said_settled`:
    the bank had said before that they are settled. `of_old_file`: it was said of a file that a newer one replaced.
    """

    company_id: UUID
    remittance_id: UUID
    from_status: str
    status: str
    allowed: bool
    later: int
    said_settled: bool
    of_old_file: bool
    count: int


def move_all(
    cursor: Any, *, remittance_id: UUID, status: PaymentStatus, happening: Happening, reason_code: str | None = None,
    reason: str | None = None, only: Sequence[PaymentStatus],
) -> list[Step]:  # fmt: skip
    """Move the payments of a remittance that stand in one of `only` to one state; see `apply_moves`."""
    moves = Moves(
        payments="WHERE p.remittance_id = %(remittance)s AND p.status = ANY (%(only)s)",
        params={
            "remittance": remittance_id, "status": status.value, "only": [each.value for each in only],
            "reason_code": reason_code, "reason": reason,
        },
        reason_code="%(reason_code)s",
        bank_text="%(reason)s",
    )  # fmt: skip
    return apply_moves(cursor, moves, happening=happening)


def apply_moves(cursor: Any, moves: Moves, *, happening: Happening) -> list[Step]:
    """Move payments where that may follow, and return what that came to; they lie in `remittance_decided` then.

    Locks the remittances in id order, writes states, history, counters and messages. Call it inside a transaction;
    the company's row is locked from here to its end.
    """
    now = machine_now()
    cursor.execute(
        moves.statements() + _ALIKE + _HISTORY + over_new_rows(_UPDATE + _COUNT) + _SUMMARY,
        {
            **moves.params,
            "kind": happening.kind, "actor": happening.actor.name, "actor_user": happening.actor.user_id,
            "key": str(happening.actor.key_id) if happening.actor.key_id else None, "file": happening.file_id,
            "details": Json(dict(happening.details or {})), "occurred_at": happening.occurred_at, "now": now,
            "bank_status_at": happening.bank_status_at,
        },
    )  # fmt: skip
    steps, counted, companies = cursor.fetchone()
    if not steps:
        return []
    changed = _set_remittances(cursor, counted)
    for company_id in companies or ():
        _tell(company_id, [each for each in changed if each[0] == company_id])
    return [_step(step) for step in steps]


def _step(step: dict[str, Any]) -> Step:
    return Step(**{**step, "company_id": UUID(step["company_id"]), "remittance_id": UUID(step["remittance_id"])})


def _set_remittances(cursor: Any, counted: Sequence[Sequence[Any]]) -> list[tuple[UUID, UUID, str, str]]:
    """Set counts and states; return (company, remittance, message id, state) of those whose state changed."""
    counts: dict[str, dict[str, int]] = {}
    for remittance_id, status, count in counted:
        counts.setdefault(remittance_id, {})[status] = count
    found = list(counts.values())
    cursor.execute(
        _SET_REMITTANCES,
        [list(counts), [json.dumps(each) for each in found], [derive_status(each).value for each in found]],
    )
    return [
        (company, key, message, status) for company, key, message, status, old in cursor.fetchall() if status != old
    ]


def _tell(company_id: UUID, changed: Sequence[tuple[UUID, UUID, str, str]]) -> None:
    """Tell a company's feed; companies come in id order."""
    remittances = [[str(key) for _, key, _, _ in changed], [m for _, _, m, _ in changed], [s for *_, s in changed]]
    emit_messages_of_kinds(company_id=company_id, query=_MESSAGES, params=[company_id, *remittances])
