"""How the states of every room look: tone and icon, beside the words their rooms gave them.

Blue is under way, green done, amber wants somebody, red is wrong, grey has ended.
"""

from agreements.models import Status as AgreementStatus
from autopay_portal.core.badges import Look, Tone, register_badges
from bank_gateway.models import DeviationState, IncomingState, OutgoingState
from companies.models import HandoverState, OrderState, Severity
from erp_gateway.models.ledger import BatchStatus
from payments_in.models import Placement
from remittance.states import PaymentStatus, RemittanceStatus

_RECEIVED = Look(Tone.UNDER_WAY, "inbox")
_AWAITING = Look(Tone.WANTS_YOU, "hourglass")
_APPROVED = Look(Tone.UNDER_WAY, "check")
_SENT = Look(Tone.UNDER_WAY, "send")
_AT_BANK = Look(Tone.UNDER_WAY, "landmark")
_IN_DOUBT = Look(Tone.WRONG, "triangle-alert")
_REJECTED = Look(Tone.WRONG, "circle-x")
_ENDED = Look(Tone.ENDED, "ban")

PAYMENT = {
    PaymentStatus.RECEIVED: _RECEIVED,
    PaymentStatus.AWAITING_APPROVAL: _AWAITING,
    PaymentStatus.APPROVED: _APPROVED,
    PaymentStatus.SENT: _SENT,
    PaymentStatus.RECEIVED_BY_BANK: _AT_BANK,
    PaymentStatus.ACCEPTED: Look(Tone.UNDER_WAY, "calendar-days"),
    PaymentStatus.PENDING: Look(Tone.WANTS_YOU, "circle-pause"),
    PaymentStatus.IN_DOUBT: _IN_DOUBT,
    PaymentStatus.PAID: Look(Tone.DONE, "circle-check"),
    PaymentStatus.REJECTED_BY_AUTOPAY: _REJECTED,
    PaymentStatus.REJECTED_BY_BANK: _REJECTED,
    PaymentStatus.CANCELLED: _ENDED,
    PaymentStatus.STOP_REQUESTED: Look(Tone.UNDER_WAY, "hand"),
    PaymentStatus.STOPPED: _ENDED,
    PaymentStatus.RETURNED: Look(Tone.WANTS_YOU, "undo-2"),
}
REMITTANCE = {
    RemittanceStatus.RECEIVED: _RECEIVED,
    RemittanceStatus.AWAITING_APPROVAL: _AWAITING,
    RemittanceStatus.APPROVED: _APPROVED,
    RemittanceStatus.SENT: _SENT,
    RemittanceStatus.RECEIVED_BY_BANK: _AT_BANK,
    RemittanceStatus.IN_DOUBT: _IN_DOUBT,
    RemittanceStatus.COMPLETED: Look(Tone.DONE, "circle-check"),
    RemittanceStatus.PARTLY_REJECTED: Look(Tone.WANTS_YOU, "circle-alert"),
    RemittanceStatus.REJECTED: _REJECTED,
    RemittanceStatus.CANCELLED: _ENDED,
}
LEDGER_BATCH = {
    BatchStatus.READY: Look(Tone.UNDER_WAY, "book-open-check"),
    BatchStatus.LEASED: Look(Tone.UNDER_WAY, "download"),
    BatchStatus.POSTED: Look(Tone.DONE, "circle-check"),
    BatchStatus.FAILED: _REJECTED,
    BatchStatus.SUPERSEDED: _ENDED,
}
# A file that waits for its first answer is still under way; nobody may take "sent" for "done".
OUTGOING_FILE = {
    OutgoingState.QUEUED: Look(Tone.UNDER_WAY, "clock"),
    OutgoingState.UPLOADING: Look(Tone.UNDER_WAY, "upload"),
    OutgoingState.RENAMING: Look(Tone.UNDER_WAY, "upload"),
    OutgoingState.SENT: _SENT,
    OutgoingState.IN_DOUBT: _IN_DOUBT,
    OutgoingState.ANSWERED: Look(Tone.DONE, "circle-check"),
    OutgoingState.REJECTED: _REJECTED,
    OutgoingState.WITHDRAWN: _ENDED,
}
INCOMING_FILE = {
    IncomingState.STORED: _RECEIVED,
    IncomingState.APPLIED: Look(Tone.DONE, "circle-check"),
    IncomingState.REPEAT: Look(Tone.ENDED, "copy"),
    IncomingState.QUARANTINED: Look(Tone.WRONG, "shield-alert"),
    IncomingState.SET_ASIDE: Look(Tone.ENDED, "archive"),
}
DEVIATION = {
    DeviationState.OPEN: Look(Tone.WANTS_YOU, "circle-alert"),
    DeviationState.RELEASED: Look(Tone.DONE, "circle-check"),
    DeviationState.CLOSED: Look(Tone.ENDED, "check"),
}
PLACEMENT = {
    Placement.MATCHED: Look(Tone.DONE, "circle-check"),
    Placement.UNPLACED: Look(Tone.ENDED, "circle-dashed"),
    Placement.HELD: Look(Tone.WANTS_YOU, "circle-pause"),
}
SEVERITY = {
    Severity.RED: Look(Tone.WRONG, "octagon-alert"),
    Severity.AMBER: Look(Tone.WANTS_YOU, "triangle-alert"),
}
AGREEMENT = {
    AgreementStatus.DRAFT: Look(Tone.ENDED, "circle-dashed"),
    AgreementStatus.ORDERED: Look(Tone.UNDER_WAY, "file-text"),
    AgreementStatus.SENT_TO_BANK: _SENT,
    AgreementStatus.CONFIRMED_BY_BANK: _AT_BANK,
    AgreementStatus.ACTIVE: Look(Tone.DONE, "circle-check"),
    AgreementStatus.REFUSED_BY_BANK: _REJECTED,
    AgreementStatus.CLOSED: _ENDED,
}
ORDER = {
    OrderState.WAITING: _AWAITING,
    OrderState.ACCEPTED: Look(Tone.DONE, "circle-check"),
    OrderState.DECLINED: _ENDED,
    OrderState.KNOWN: Look(Tone.DONE, "circle-check"),
}
HANDOVER = {
    HandoverState.PROPOSED: _AWAITING,
    HandoverState.AGREED: _AWAITING,
    HandoverState.DONE: Look(Tone.DONE, "circle-check"),
    HandoverState.DECLINED: _ENDED,
    HandoverState.WITHDRAWN: _ENDED,
}


def register() -> None:
    """Register every look; fails at the start when a room has a state that nobody drew."""
    register_badges("payment", PaymentStatus, PAYMENT)
    register_badges("remittance", RemittanceStatus, REMITTANCE)
    register_badges("ledger_batch", BatchStatus, LEDGER_BATCH)
    register_badges("agreement", AgreementStatus, AGREEMENT)
    register_badges("outgoing_file", OutgoingState, OUTGOING_FILE)
    register_badges("incoming_file", IncomingState, INCOMING_FILE)
    register_badges("deviation", DeviationState, DEVIATION)
    register_badges("placement", Placement, PLACEMENT)
    register_badges("severity", Severity, SEVERITY)
    register_badges("order", OrderState, ORDER)
    register_badges("handover", HandoverState, HANDOVER)
