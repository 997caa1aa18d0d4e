"""A bank's status report (pain.002) on one of our files: money.md section 1, from the bank's words to our states."""

from typing import Any

from bank_gateway.takers import StagedReport
from companies.actors import Actor
from companies.services import raise_alarm

from ..models import Cause, Remittance
from ..services.transitions import Happening, Step, apply_moves, begin_moves
from ..states import BANK_BLOCKS, BANK_SAYS_SETTLED, BANK_STATUS, STOP_REASONS, PaymentStatus

_MAP = ", ".join(f"('{code}', '{status.value}')" for code, status in BANK_STATUS.items())
_SETTLED = ", ".join(f"'{code}'" for code in sorted(BANK_SAYS_SETTLED))
_STOPS = ", ".join(f"'{code}'" for code in sorted(STOP_REASONS))
# Where a payment of the file may stand when a report comes; one that was cancelled before isn't in the file.
_IN_FILE = [
    status.value
    for status in PaymentStatus
    if status
    not in {
        PaymentStatus.RECEIVED,
        PaymentStatus.AWAITING_APPROVAL,
        PaymentStatus.CANCELLED,
        PaymentStatus.REJECTED_BY_AUTOPAY,
    }
]

# A later word of the first kind about a payment in the second is a contradiction: it may be paid after all.
_ALIVE = frozenset({PaymentStatus.ACCEPTED, PaymentStatus.PENDING})
_ENDED = frozenset({PaymentStatus.REJECTED_BY_BANK, PaymentStatus.STOPPED})

# The lowest level that names a payment decides; PART says only that those below differ. A reject above with a
# payment, or its group, that the same report accepts below is the bank contradicting itself. A payment is named by
# the ERP's end-to-end id or, without one, by our instruction id.
_STAGE = f"""
INSERT INTO remittance_move (payment_id, company_id, remittance_id, status, bank_status, reason_code, bank_text,
                             bank_date, settled, bank_reference)
SELECT payment_id, company_id, remittance_id,
       CASE WHEN contradicted THEN 'in_doubt'
            WHEN word = 'RJCT' AND from_status = 'stop_requested' AND reason_code IN ({_STOPS}) THEN 'stopped'
            ELSE meaning.status END,
       word, reason_code, reason_text, CASE WHEN word = 'ACWC' THEN bank_date END, word IN ({_SETTLED}), bank_reference
  FROM (
    SELECT p.id AS payment_id, p.company_id, p.remittance_id, p.status AS from_status, t.bank_date, t.bank_reference,
           CASE WHEN t.status IS NOT NULL THEN t.status
                WHEN g.status IS NOT NULL THEN nullif(g.status, 'PART')
                ELSE nullif(h.status, 'PART') END AS word,
           CASE WHEN t.status IS NOT NULL THEN t.reason_code WHEN g.status IS NOT NULL THEN g.reason_code
                ELSE h.reason_code END AS reason_code,
           CASE WHEN t.status IS NOT NULL THEN t.reason_text WHEN g.status IS NOT NULL THEN g.reason_text
                ELSE h.reason_text END AS reason_text,
           'RJCT' IN (g.status, h.status) AND coalesce(t.status, 'RJCT') <> 'RJCT'
           OR h.status = 'RJCT' AND t.status IS NULL AND g.status NOT IN ('RJCT', 'PART') AS contradicted
      FROM remittance_payment p
      LEFT JOIN (SELECT DISTINCT ON (end_to_end_id) *
                   FROM (SELECT s.*,
                                coalesce(s.original_end_to_end_id, named.end_to_end_id) AS end_to_end_id
                           FROM staged_status s
                           LEFT JOIN remittance_payment named
                             ON s.original_end_to_end_id IS NULL AND named.remittance_id = %(remittance)s
                            AND s.original_instruction_id = %(message)s || '-' || named.position
                          WHERE s.level = 'transaction') s
                  ORDER BY end_to_end_id, row DESC) t ON t.end_to_end_id = p.end_to_end_id
      LEFT JOIN (SELECT DISTINCT ON (original_payment_information_id) * FROM staged_status
                  WHERE level = 'payment_information'
                  ORDER BY original_payment_information_id, row DESC) g
             ON g.original_payment_information_id = %(message)s || '-' || p.bank_group
      LEFT JOIN (SELECT * FROM staged_status WHERE level = 'group' ORDER BY row DESC LIMIT 1) h ON true
     WHERE p.remittance_id = %(remittance)s AND p.status = ANY (%(in_file)s)) named
  JOIN (VALUES {_MAP}) AS meaning (word, status) USING (word)
"""
_MARK = """
UPDATE staged_status s SET taken_by = 'remittance'
 WHERE s.level = 'group'
    OR (s.level = 'payment_information' AND EXISTS (
        SELECT 1 FROM remittance_payment p WHERE p.remittance_id = %(remittance)s
           AND s.original_payment_information_id = %(message)s || '-' || p.bank_group))
    OR (s.level = 'transaction' AND s.original_end_to_end_id IN (
        SELECT end_to_end_id FROM remittance_payment WHERE remittance_id = %(remittance)s))
    OR (s.level = 'transaction' AND s.original_end_to_end_id IS NULL AND s.original_instruction_id IN (
        SELECT %(message)s || '-' || position FROM remittance_payment WHERE remittance_id = %(remittance)s))
"""


def apply_report(cursor: Any, report: StagedReport) -> None:
    """Move the payments that the staged report covers, and raise the alarms that its words call for."""
    remittance = Remittance.objects.get(pk=report.subject_id)
    place = {"remittance": remittance.pk, "message": report.original_message_id, "in_file": _IN_FILE}
    begin_moves(cursor)
    if report.group_status == "RJCT" and report.may_be_duplicate:
        _apply_duplicate_reject(cursor, report, remittance)
    else:
        cursor.execute(_STAGE, place)
        unusual = apply_moves(cursor, happening=_happening(report))
        _alarm_contradictions(unusual, report, remittance)
        _alarm_words(cursor, report, remittance)
    cursor.execute(_MARK, place)


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
    """Change no payment where the bank may have two copies; else it's a collision: in doubt, and an alarm (2.6)."""
    if report.delivered_more_than_once:
        return
    cursor.execute(
        """INSERT INTO remittance_move (payment_id, company_id, remittance_id, status, bank_status, reason_code,
                                        bank_text)
           SELECT id, company_id, remittance_id, 'in_doubt', 'RJCT', %s, %s FROM remittance_payment
            WHERE remittance_id = %s AND status = ANY (%s)""",
        [*_first_reason(report), remittance.pk, _IN_FILE],
    )
    apply_moves(cursor, happening=_happening(report))
    _alarm(report, remittance, "message_collision", "red", {"bank_message_id": report.original_message_id})


def _first_reason(report: StagedReport) -> tuple[str | None, str | None]:
    if not report.reasons:
        return None, None
    return report.reasons[0].code or None, report.reasons[0].text or None


def _alarm_contradictions(unusual: list[Step], report: StagedReport, remittance: Remittance) -> None:
    for step in unusual:
        rejected_after_debit = step.status == PaymentStatus.REJECTED_BY_BANK and step.from_status in {
            PaymentStatus.PAID,
            PaymentStatus.RETURNED,
        }
        accepted_after_reject = step.later and step.status in _ALIVE and step.from_status in _ENDED
        if rejected_after_debit or accepted_after_reject or step.status == PaymentStatus.IN_DOUBT:
            params = {"count": step.count, "from_status": step.from_status, "status": step.status}
            _alarm(report, remittance, "bank_contradicts_itself", "red", params)


def _alarm_words(cursor: Any, report: StagedReport, remittance: Remittance) -> None:
    """Raise an alarm for words that change nothing because nobody knows them, and for a block."""
    cursor.execute("SELECT DISTINCT status FROM staged_status WHERE status IS NOT NULL")
    words = {row[0] for row in cursor.fetchall()}
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
