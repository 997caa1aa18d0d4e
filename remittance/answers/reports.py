"""A bank's status report (pain.002) on one of our files: money.md section 1, from the bank's words to our states."""

from collections.abc import Mapping
from typing import Any

from agreements.models import PaidEvidence
from autopay_portal.core.planning import over_new_rows
from bank_gateway.models import OutgoingFile
from bank_gateway.takers import StagedReport
from companies.actors import Actor
from companies.services import raise_alarm

from ..models import BankMessage, Cause, Remittance
from ..queries.doubt import standing_of_file
from ..services.generations import CARRIED, STILL_CARRIED
from ..services.new_generation import alarm_old_file, because_it_lives, recall
from ..services.transitions import Happening, Moves, Step, apply_moves
from ..states import BANK_BLOCKS, BANK_SAYS_SETTLED, BANK_STATUS, STOP_REASONS, PaymentStatus
from .instruction_ids import position_in

_MAP = ", ".join(f"('{code}', '{status.value}')" for code, status in BANK_STATUS.items())
_SETTLED = ", ".join(f"'{code}'" for code in sorted(BANK_SAYS_SETTLED))
_STOPS = ", ".join(f"'{code}'" for code in sorted(STOP_REASONS))
# A later word of the first kind about a payment in the second is a contradiction: it may be paid after all.
_ALIVE = frozenset({PaymentStatus.ACCEPTED, PaymentStatus.PENDING, PaymentStatus.PAID})
_ENDED = frozenset({PaymentStatus.REJECTED_BY_BANK, PaymentStatus.STOPPED})
_BOOKED = frozenset({PaymentStatus.PAID, PaymentStatus.RETURNED})
# What of an old file says that the bank has it, and may execute what the new one carries too (money.md 2.7).
# Also where it says so and its opposite in one report.
_SIGN_OF_LIFE = ", ".join(
    f"'{status.value}'" for status in sorted(_ALIVE | {PaymentStatus.RECEIVED_BY_BANK, PaymentStatus.IN_DOUBT})
)
_NAMED_ALIVE = ", ".join(
    f"'{code}'"
    for code, status in BANK_STATUS.items()
    if status in {PaymentStatus.RECEIVED_BY_BANK, PaymentStatus.ACCEPTED, PaymentStatus.PENDING}
)

# What names a payment by our instruction id alone, where the bank gives no end-to-end id of the ERP's.
_NAME = f"""
UPDATE staged_status s SET end_to_end_id = p.end_to_end_id
  FROM (SELECT row, {position_in("original_instruction_id", message_id="%(message)s")} AS position
          FROM staged_status
         WHERE level = 'transaction' AND coalesce(original_end_to_end_id, 'NOTPROVIDED') = 'NOTPROVIDED') told
  JOIN remittance_payment p ON p.remittance_id = %(remittance)s AND p.position = told.position
 WHERE s.row = told.row;
"""
# Of several statuses of one payment all but the last, which counts.
_LAST = """
UPDATE staged_status s SET is_last = false
  FROM (SELECT coalesce(end_to_end_id, original_end_to_end_id) AS named, max(row) AS row
          FROM staged_status WHERE level = 'transaction' GROUP BY named HAVING count(*) > 1) last
 WHERE s.level = 'transaction' AND coalesce(s.end_to_end_id, s.original_end_to_end_id) = last.named
   AND s.row < last.row;
"""
# The rows that name no group, and those that name no payment, of the order.
_UNPLACED = """
UPDATE staged_status s SET unplaced = true
 WHERE s.level = 'payment_information' AND NOT EXISTS (
        SELECT 1 FROM (SELECT DISTINCT bank_group FROM remittance_payment WHERE remittance_id = %(remittance)s) p
         WHERE s.original_payment_information_id = %(message)s || '-' || p.bank_group);
UPDATE staged_status s SET unplaced = true
 WHERE {some} AND s.level = 'transaction' AND s.row IN (
        SELECT named.row FROM staged_status named
          LEFT JOIN remittance_payment p
            ON p.remittance_id = %(remittance)s
           AND p.end_to_end_id = coalesce(named.end_to_end_id, named.original_end_to_end_id)
         WHERE named.level = 'transaction' AND p.id IS NULL);
"""
# What was decided shows, almost always, that each status named a payment: then none needs to be looked for.
_SOME_NAMED_NONE = """(SELECT count(*) FROM remittance_decided WHERE named)
    < (SELECT count(*) FROM staged_status WHERE level = 'transaction' AND is_last)"""
# The lowest level that names a payment decides; PART says only that those below differ. A reject above with a
# payment, or its group, that the same report accepts below is the bank contradicting itself. Where the agreement takes
# the bank's word for it, a settled payment is paid.
_SAID = f"""
  LEFT JOIN staged_status t ON coalesce(t.end_to_end_id, t.original_end_to_end_id) = p.end_to_end_id
        AND t.level = 'transaction' AND t.is_last
  LEFT JOIN (SELECT DISTINCT ON (original_payment_information_id) * FROM staged_status
              WHERE level = 'payment_information'
              ORDER BY original_payment_information_id, row DESC) g
         ON g.original_payment_information_id = %(message)s || '-' || p.bank_group
  LEFT JOIN (SELECT * FROM staged_status WHERE level = 'group' ORDER BY row DESC LIMIT 1) h ON true
 CROSS JOIN LATERAL (
    SELECT CASE WHEN t.status IS NOT NULL THEN t.status
                WHEN g.status IS NOT NULL THEN nullif(g.status, 'PART')
                ELSE nullif(h.status, 'PART') END AS word,
           CASE WHEN t.status IS NOT NULL THEN t.reason_code WHEN g.status IS NOT NULL THEN g.reason_code
                ELSE h.reason_code END AS reason_code,
           CASE WHEN t.status IS NOT NULL THEN t.reason_text WHEN g.status IS NOT NULL THEN g.reason_text
                ELSE h.reason_text END AS reason_text,
           'RJCT' IN (g.status, h.status) AND t.status IN ({_NAMED_ALIVE})
           OR h.status = 'RJCT' AND t.status IS NULL AND g.status IN ({_NAMED_ALIVE}) AS contradicted) said
  JOIN (VALUES {_MAP}) AS meaning (word, status) ON meaning.word = said.word
 WHERE p.remittance_id = %(remittance)s AND p.position <@ {CARRIED}"""
_STATUS = f"""CASE WHEN said.contradicted THEN 'in_doubt'
    WHEN said.word = 'RJCT' AND p.status = 'stop_requested' AND said.reason_code IN ({_STOPS}) THEN 'stopped'
    WHEN %(settled_is_paid)s AND said.word IN ({_SETTLED}) THEN 'paid'
    ELSE meaning.status END"""
# Payments that the file gave up for a newer one and that it says to be alive.
_LIVES = f"""
DROP TABLE IF EXISTS pg_temp.remittance_living;
CREATE TEMP TABLE remittance_living ON COMMIT DROP AS
SELECT count(*) AS living FROM remittance_payment p {_SAID}
   AND NOT p.position <@ {STILL_CARRIED} AND {_STATUS} IN ({_SIGN_OF_LIFE});
"""
_GAVE_UP = f"SELECT NOT isempty({CARRIED} - {STILL_CARRIED})"
_WORDS = """
SELECT array_agg(CASE WHEN level = 'transaction' AND status = 'PART' THEN 'PART (transaction)' ELSE status END)
  FROM (SELECT DISTINCT level, status FROM staged_status WHERE status IS NOT NULL) words
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
    cursor.execute(over_new_rows(_NAME + _LAST) + _WORDS, place)
    words = set(cursor.fetchone()[0] or ())
    if report.group_status == "RJCT" and report.may_be_duplicate:
        cursor.execute(over_new_rows(_UNPLACED.format(some="true")), place)
        _apply_duplicate_reject(cursor, report, remittance)
        return
    if lives := _count_lives(cursor, place):
        _recall(cursor, report, remittance, count=lives)
    steps = apply_moves(cursor, _moves(place), happening=_happening(report))
    cursor.execute(over_new_rows(_UNPLACED.format(some=_SOME_NAMED_NONE)), place)
    _alarm_contradictions(steps, report, remittance)
    _alarm_words(words, report, remittance)


def _moves(place: Mapping[str, Any]) -> Moves:
    settled = f"said.word IN ({_SETTLED})"
    return Moves(
        payments=_SAID,
        params=place,
        status=_STATUS,
        bank_status="said.word",
        reason_code="said.reason_code",
        bank_text="said.reason_text",
        bank_date="CASE WHEN said.word = 'ACWC' THEN t.bank_date END",
        bank_reference="t.bank_reference",
        settled=settled,
        on_word=f"%(settled_is_paid)s AND {settled} AND said.contradicted IS NOT TRUE",
        of_old_file=f"NOT p.position <@ {STILL_CARRIED}",
        named="t.row IS NOT NULL",
    )


def _count_lives(cursor: Any, place: Mapping[str, Any]) -> int:
    """Count the payments that the file gave up for a newer one and that the report says to be alive."""
    cursor.execute(_GAVE_UP, place)
    if not cursor.fetchone()[0]:
        return 0
    cursor.execute(over_new_rows(_LIVES) + "SELECT living FROM remittance_living", place)
    return int(cursor.fetchone()[0])


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
    moves = Moves(
        payments=f"WHERE p.remittance_id = %(remittance)s AND p.position <@ {CARRIED}",
        params={"code": code, "text": text, "remittance": remittance.pk, "outgoing": report.outgoing_id},
        status="'in_doubt'",
        bank_status="'RJCT'",
        reason_code="%(code)s",
        bank_text="%(text)s",
        of_old_file=f"NOT p.position <@ {STILL_CARRIED}",
    )
    apply_moves(cursor, moves, happening=_happening(report))
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
