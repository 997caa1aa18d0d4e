"""A payment's course of events in the reader's words: what happened, who did it, what the bank said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from autopay_portal.core.badges import Tone, badge_of
from autopay_portal.core.display import show_moment
from bank_gateway.models import FellBecause, Verdict
from bank_gateway.profiles import bank_name
from companies.second_factor import Means

from .models import Cause
from .queries import TimelineEvent
from .queries.one import Course, RawFile
from .reasons import reason_text
from .states import PaymentStatus

# Events that move a payment say where it went; these say more by their own name.
_BY_NAME = frozenset({Cause.Kind.STATUS_REPORT, Cause.Kind.DEBIT, Cause.Kind.RETURN})
_TONES: Mapping[str, str] = {
    Cause.Kind.REFUSED: Tone.WRONG,
    Cause.Kind.CANCELLED: Tone.ENDED,
    Cause.Kind.IN_DOUBT: Tone.WRONG,
    Cause.Kind.RETURN: Tone.WANTS_YOU,
    Cause.Kind.AWAITING: Tone.WANTS_YOU,
    Cause.Kind.DOUBT_OPINION: Tone.WANTS_YOU,
    Cause.Kind.NEW_GENERATION: Tone.UNDER_WAY,
    Cause.Kind.OLD_GENERATION: Tone.WRONG,
}


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """One event as the page shows it; `late` when the bank's word came but changed nothing."""

    at: datetime
    title: str
    tone: str
    actor: str
    key: str
    bank_status: str
    reason: str
    reason_code: str
    bank_text: str
    file: RawFile | None
    late: bool
    # Who at the bank said the words that operators decided on, and when.
    said_by: str = ""


def describe(course: Course) -> list[ShownEvent]:
    """Return a course of events, oldest first, in the active language."""
    return [_shown(event, file) for event, file in course.events]


def _shown(event: TimelineEvent, file: RawFile | None) -> ShownEvent:
    return ShownEvent(
        at=event.at,
        title=_title(event),
        tone=_tone(event),
        actor=_actor(event),
        key=event.key_id[-4:] if event.key_id else "",
        bank_status=event.bank_status or "",
        reason=_reason(event),
        reason_code=event.reason_code or "",
        bank_text=event.bank_text or str(event.details.get("reason", "")) or str(event.details.get("bank_text", "")),
        file=file,
        late=_is_late(event),
        said_by=said_by(event),
    )


def _title(event: TimelineEvent) -> str:
    if event.kind == Cause.Kind.APPROVAL:
        return _("Approved %(given)s of %(required)s") % _counted(event.details)
    if event.kind == Cause.Kind.DOUBT_OPINION:
        return opinion_title(event)
    if event.kind == Cause.Kind.STATUS_REPORT and event.status == PaymentStatus.PAID and not _is_late(event):
        return _("Paid on the bank's word")
    if event.kind == Cause.Kind.DEBIT and event.from_status == PaymentStatus.PAID:
        return _("Debited, as the bank had said")
    if event.kind in _BY_NAME and event.status and not _is_late(event):
        return str(badge_of("payment", event.status).label)
    return str(Cause.Kind(event.kind).label)


def opinion_title(event: TimelineEvent) -> str:
    """Return what one operator decided about a doubt, or that his decision counts no more, in the active language."""
    verdict = _the_bank_has_it() if event.details.get("verdict") == Verdict.AT_BANK else _the_bank_lacks_it()
    fell = event.details.get("fell")
    if fell in FellBecause.values:
        return _("No longer counts, %(why)s: %(verdict)s") % {"why": FellBecause(fell).label, "verdict": verdict}
    return _("One operator's decision: %(verdict)s") % {"verdict": verdict}


def _the_bank_has_it() -> str:
    return _("the bank has it")


def _the_bank_lacks_it() -> str:
    return _("the bank doesn't have it")


def said_by(event: TimelineEvent) -> str:
    """Return who at the bank said what operators decided on, and when; nothing for other events."""
    person, at = event.details.get("bank_person"), event.details.get("bank_spoke_at")
    return f"{person}, {show_moment(datetime.fromisoformat(at))}" if person and at else ""


def _counted(details: Mapping[str, Any]) -> dict[str, Any]:
    return {"given": details.get("given", ""), "required": details.get("required", "")}


def _tone(event: TimelineEvent) -> str:
    if _is_late(event):
        return Tone.ENDED
    if event.kind in _BY_NAME and event.status:
        return badge_of("payment", event.status).tone
    return _TONES.get(event.kind, Tone.DONE)


def _actor(event: TimelineEvent) -> str:
    """Return who it was; what AutoPay does by itself needs no name, and a bank is called by its own."""
    if event.kind in _BY_NAME:
        return bank_name(event.actor)
    means = event.details.get("means")
    if means in Means.values and means:
        return f"{event.actor} · {Means(means).label}"
    return "" if event.actor in {"autopay", "relay"} else event.actor


def _reason(event: TimelineEvent) -> str:
    if not event.reason_code:
        return ""
    return reason_text(event.reason_code, language="en" if (get_language() or "").startswith("en") else "nb")


def _is_late(event: TimelineEvent) -> bool:
    """Return whether the bank said something that moved nothing: its word stands in the history and no more."""
    stood_still = event.from_status is not None and event.status == event.from_status
    return stood_still and event.kind == Cause.Kind.STATUS_REPORT


def what_is_ahead(status: str) -> str:
    """Return the step that a payment waits for, or nothing for one that is final."""
    ahead = {
        PaymentStatus.RECEIVED: _("Goes to approval or to the bank"),
        PaymentStatus.AWAITING_APPROVAL: _("Approved"),
        PaymentStatus.APPROVED: _("Sent to the bank"),
        PaymentStatus.SENT: _("Received by the bank"),
    }
    at_bank = (PaymentStatus.RECEIVED_BY_BANK, PaymentStatus.ACCEPTED, PaymentStatus.PENDING)
    return ahead.get(PaymentStatus(status), _("Paid") if status in at_bank else "")
