"""A bank's status report (pain.002) on one of our files: money.md section 1, from the bank's words to our states."""

from typing import Any

from agreements.models import PaidEvidence
from bank_gateway.models import OutgoingFile
from bank_gateway.takers import StagedReport
from companies.actors import Actor
from companies.services import raise_alarm

from ..models import BankMessage, Cause, Remittance
from ..queries.doubt import standing_of_file
from ..services.generations import CARRIED, STILL_CARRIED
from ..services.new_generation import alarm_old_file, because_it_lives, recall
from ..services.transitions import Happening, Step, apply_moves, stage_moves
from ..states import BANK_BLOCKS, BANK_SAYS_SETTLED, BANK_STATUS, STOP_REASONS, PaymentStatus

_MAP = ", ".join(f"('{code}', '{status.value}')" for code, status in BANK_STATUS.items())
_SETTLED = ", ".join(f"'{code}'" for code in sorted(BANK_SAYS_SETTLED))
_STOPS = ", ".join(f"'{code}'" for code in sorted(STOP_REASONS))
# A later word of the first kind about a payment in the second is a contradiction: it may be paid after all.
_ALIVE = frozenset({PaymentStatus.ACCEPTED, PaymentStatus.PENDING, PaymentStatus.PAID})
_ENDED = frozenset({PaymentStatus.REJECTED_BY_BANK, PaymentStatus.STOPPED})
_BOOKED = frozenset({PaymentStatus.PAID, PaymentStatus.RETURNED})
# What of an old file says that the bank has it, and may execute what the new one carries too (money.md 2.7).
_SIGN_OF_LIFE = ", ".join(f"'{status.value}'" for status in sorted(_ALIVE | {PaymentStatus.RECEIVED_BY_BANK}))
_NAMED_ALIVE = ", ".join(
    f"'{code}'"
    for code, status in BANK_STATUS.items()
    if status in {PaymentStatus.RECEIVED_BY_BANK, PaymentStatus.ACCEPTED, PaymentStatus.PENDING}
)

# The lowest level that names a payment decides; PART says only that those below differ. A reject above with a
# payment, or its group, that the same report accepts below is the bank contradicting itself. A payment is named by
# the ERP's end-to-end id or, where the bank gives none, by our instruction id. Where the agreement takes the bank's
# word for it, a settled payment is paid.
_STAGE = f"""
INSERT INTO remittance_move (payment_id, company_id, remittance_id, status, bank_status, reason_code, bank_text,
                             bank_date, settled, bank_reference, on_word, of_old_file)
SELECT payment_id, company_id, remittance_id,
       CASE WHEN contradicted THEN 'in_doubt'
            WHEN word = 'RJCT' AND from_status = 'stop_requested' AND reason_code IN ({_STOPS}) THEN 'stopped'
            WHEN %(settled_is_paid)s AND word IN ({_SETTLED}) THEN 'paid'
            ELSE meaning.status END,
       word, reason_code, reason_text, CASE WHEN word = 'ACWC' THEN bank_date END, word IN ({_SETTLED}),
       bank_reference, %(settled_is_paid)s AND word IN ({_SETTLED}) AND contradicted IS NOT TRUE,
       NOT position <@ {STILL_CARRIED}
  FROM (
    SELECT p.id AS payment_id, p.company_id, p.remittance_id, p.status AS from_status, p.position, t.bank_date,
           t.bank_reference,
           CASE WHEN t.status IS NOT NULL THEN t.status
                WHEN g.status IS NOT NULL THEN nullif(g.status, 'PART')
                ELSE nullif(h.status, 'PART') END AS word,
           CASE WHEN t.status IS NOT NULL THEN t.reason_code WHEN g.status IS NOT NULL THEN g.reason_code
                ELSE h.reason_code END AS reason_code,
           CASE WHEN t.status IS NOT NULL THEN t.reason_text WHEN g.status IS NOT NULL THEN g.reason_text
                ELSE h.reason_text END AS reason_text,
           'RJCT' IN (g.status, h.status) AND t.status IN ({_NAMED_ALIVE})
           OR h.status = 'RJCT' AND t.status IS NULL AND g.status IN ({_NAMED_ALIVE}) AS contradicted
      FROM remittance_payment p
      LEFT JOIN (SELECT DISTINCT ON (end_to_end_id) *
                   FROM (SELECT s.*, coalesce(named.end_to_end_id, s.original_end_to_end_id) AS end_to_end_id
                           FROM staged_status s
                           LEFT JOIN remittance_payment named
                             ON coalesce(s.original_end_to_end_id, 'NOTPROVIDED') = 'NOTPROVIDED'
                            AND named.remittance_id = %(remittance)s
                            AND s.original_instruction_id = %(message)s || '-' || named.position
                          WHERE s.level = 'transaction') s
                  ORDER BY end_to_end_id, row DESC) t ON t.end_to_end_id = p.end_to_end_id
      LEFT JOIN (SELECT DISTINCT ON (original_payment_information_id) * FROM staged_status
                  WHERE level = 'payment_information'
                  ORDER BY original_payment_information_id, row DESC) g
             ON g.original_payment_information_id = %(message)s || '-' || p.bank_group
      LEFT JOIN (SELECT * FROM staged_status WHERE level = 'group' ORDER BY row DESC LIMIT 1) h ON true
     WHERE p.remittance_id = %(remittance)s AND p.position <@ {CARRIED}) named
  JOIN (VALUES {_MAP}) AS meaning (word, status) USING (word);
SELECT count(*) FROM remittance_move WHERE of_old_file AND status IN ({_SIGN_OF_LIFE})
"""
_MARK = """
UPDATE staged_status s SET taken_by = 'remittance'
 WHERE s.level = 'group'
    OR (s.level = 'payment_information' AND EXISTS (
        SELECT 1 FROM remittance_payment p WHERE p.remittance_id = %(remittance)s
           AND s.original_payment_information_id = %(message)s || '-' || p.bank_group))
    OR (s.level = 'transaction' AND s.original_end_to_end_id IN (
        SELECT end_to_end_id FROM remittance_payment WHERE remittance_id = %(remittance)s))
    OR (s.level = 'transaction' AND coalesce(s.original_end_to_end_id, 'NOTPROVIDED') = 'NOTPROVIDED'
        AND s.original_instruction_id IN (
        SELECT %(message)s || '-' || position FROM remittance_payment WHERE remittance_id = %(remittance)s));
SELECT array_agg(DISTINCT CASE WHEN level = 'transaction' AND status = 'PART' THEN 'PART (transaction)' ELSE status END)
  FROM staged_status WHERE status IS NOT NULL
"""


def apply_report(cursor: Any, report: StagedReport) -> None:
    """Move the payments that the staged report covers, and raise the alarms that its words call for.

    Only those that stand by its file. Those that it gave up for a newer one come back, with a red alarm, if the file
    shows life before the newer one has left; what has left in that stays with it, and the bank's word is history.
    """
    remittance = Remittance.objects.select_related("agreement").get(pk=report.subject_id)
    settled_is_paid = remittance.agreement.paid_evidence == PaidEvidence.ACSC
    place = {
        "remittance": remittance.pk, "message": report.original_message_id, "outgoing": report.outgoing_id,
        "settled_is_paid": settled_is_paid,
    }  # fmt: skip
    if report.group_status == "RJCT" and report.may_be_duplicate:
        _apply_duplicate_reject(cursor, report, remittance)
        cursor.execute(_MARK, place)
        return
    stage_moves(cursor, _STAGE, place)
    (lives,) = cursor.fetchone()
    if lives:
        _recall(cursor, report, remittance, count=lives)
        stage_moves(cursor, _STAGE, place)
    steps = apply_moves(cursor, happening=_happening(report))
    _alarm_contradictions(steps, report, remittance)
    cursor.execute(_MARK, place)
    _alarm_words(set(cursor.fetchone()[0] or ()), report, remittance)


def _happening(report: StagedReport) -> Happening:
    return Happening(
        kind=Cause.Kind.STATUS_REPORT,
        actor=Actor.bank(report.bank),
        occurred_at=report.created_at,
        file_id=report.file_id,
        bank_status_at=report.created_at,
        details={"report": report.message_id, "bank_message_id": report.original_message_id},
    )


def _apply_duplicate_reject(cursor: Any, report: StagedReport, remittance: Remittance) -> None:
    """Change no payment where the bank may have two copies; else it's a collision: in doubt, and an alarm (2.6).

    Either way the bank has the file: what that gave up for a newer one comes back to it (2.7).
    """
    gave_up = standing_of_file(OutgoingFile.objects.get(pk=report.outgoing_id)).given_up
    if gave_up:
        _recall(cursor, report, remittance, count=gave_up)
    if report.delivered_more_than_once:
        return
    code, text = _first_reason(report)
    stage_moves(
        cursor,
        f"""INSERT INTO remittance_move (payment_id, company_id, remittance_id, status, bank_status, reason_code,
                                         bank_text, of_old_file)
            SELECT id, company_id, remittance_id, 'in_doubt', 'RJCT', %(code)s, %(text)s,
                   NOT position <@ {STILL_CARRIED}
              FROM remittance_payment WHERE remittance_id = %(remittance)s AND position <@ {CARRIED}""",
        {"code": code, "text": text, "remittance": remittance.pk, "outgoing": report.outgoing_id},
    )
    apply_moves(cursor, happening=_happening(report))
    _alarm(report, remittance, "message_collision", "red", {"bank_message_id": report.original_message_id})


def _first_reason(report: StagedReport) -> tuple[str | None, str | None]:
    if not report.reasons:
        return None, None
    return report.reasons[0].code or None, report.reasons[0].text or None


def _recall(cursor: Any, report: StagedReport, remittance: Remittance, *, count: int) -> None:
    """Bring back what a file gave up, as far as it hasn't left in a newer one: the bank speaks of it (2.7)."""
    locked = Remittance.objects.select_for_update().get(pk=remittance.pk)
    message = BankMessage.objects.get(outgoing_file_id=report.outgoing_id)
    alarm_old_file(locked, message, count=count)
    recall(cursor, remittance=locked, message=message, happening=because_it_lives(_happening(report)))


def _alarm_contradictions(steps: list[Step], report: StagedReport, remittance: Remittance) -> None:
    """Raise the red alarm that the bank contradicts itself."""
    for step in steps:
        if not step.of_old_file and _contradicts(step, report):
            params = {"count": step.count, "from_status": step.from_status, "status": step.status}
            _alarm(report, remittance, "bank_contradicts_itself", "red", params)


def _contradicts(step: Step, report: StagedReport) -> bool:
    """Return whether a word goes against what the bank had said or done before, in whichever order they came."""
    ended, alive = step.status in _ENDED, step.status in _ALIVE
    return (
        step.status == PaymentStatus.IN_DOUBT
        or (ended and step.from_status in _BOOKED)
        or (alive and step.from_status in _ENDED and step.later > 0)
        # The bank's later word, that it goes on, came first.
        or (ended and step.from_status in _ALIVE and step.later < 0)
        or (ended and step.said_settled and step.from_status not in _ENDED)
        or (alive and step.from_status == PaymentStatus.APPROVED and report.rejected_before)
    )


def _alarm_words(words: set[str], report: StagedReport, remittance: Remittance) -> None:
    """Raise an alarm for words that change nothing because nobody knows them, and for a block."""
    unknown = sorted(words - set(BANK_STATUS) - {"PART"})
    if unknown:
        _alarm(report, remittance, "bank_status_unknown", "amber", {"statuses": ", ".join(unknown)})
    if words & BANK_BLOCKS:
        _alarm(report, remittance, "bank_blocks_payment", "amber", {})


def _alarm(report: StagedReport, remittance: Remittance, code: str, severity: str, params: dict[str, Any]) -> None:
    raise_alarm(
        code=code,
        severity=severity,
        company_id=remittance.company_id,
        subject_kind="remittance",
        subject_id=remittance.pk,
        params={"message_id": remittance.message_id, "report": report.message_id, **params},
        dedupe_key=f"{code}:{remittance.pk}",
    )
