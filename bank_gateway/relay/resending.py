"""Whether the same bytes may go to a bank again: only where the bank itself would know a second copy (money.md 2.6)."""

from dataclasses import dataclass
from datetime import datetime

from autopay_portal.core.clocks import business_now
from bank_gateway.models import DoubtKind, OutgoingFile
from bank_gateway.profiles import DuplicateControl, DuplicateKind, get_profile
from bank_gateway.relay import journal
from bank_gateway.relay.services.restored import forgotten_uploads_of


@dataclass(frozen=True, slots=True)
class ResendRule:
    """What a bank's duplicate control allows for one file."""

    control: DuplicateControl
    # Until when the bank would know a second copy; None where it wouldn't, or nobody knows since when.
    known_until: datetime | None
    # Whether what was uploaded before, as far as anybody knows, are these very bytes.
    same_bytes: bool
    same_file: bool


def resend_rule(outgoing: OutgoingFile) -> ResendRule:
    """Return whether the same file may go again; otherwise its payments go in a new one with a MsgId of its own."""
    profile = get_profile(outgoing.connection.bank)
    first = _first_upload(outgoing)
    control = profile.duplicate_control
    knows = control.kind is not DuplicateKind.NONE and control.window is not None
    same_bytes = not forgotten_uploads_of(outgoing).exclude(sha256=outgoing.sha256).exists()
    return ResendRule(
        control=control,
        known_until=first + control.window if first is not None and knows and control.window else None,
        same_bytes=same_bytes,
        same_file=same_bytes and first is not None and control.allows_resend(first_sent=first, now=business_now()),
    )


def may_send_same_file(outgoing: OutgoingFile, kind: DoubtKind | str) -> bool:
    """Return whether "the bank does not have it" means the same bytes again: never where the bank knows the MsgId."""
    return kind == DoubtKind.DELIVERY and resend_rule(outgoing).same_file


def _first_upload(outgoing: OutgoingFile) -> datetime | None:
    """Return when the message id was uploaded first; by the journal where a restored database has forgotten it."""
    if outgoing.first_renaming_business_at is not None:
        return outgoing.first_renaming_business_at
    steps = journal.steps_of(outgoing=str(outgoing.pk), message_id=outgoing.bank_message_id)
    return datetime.fromisoformat(steps[0].at) if steps else None
