"""The states of payments and remittances, what may follow what, and what the bank's words mean.

One place for all of it, as data: the set-based transition in `services/transitions.py` and the tests read the
same tables.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentStatus(models.TextChoices):
    """Where one payment stands."""

    RECEIVED = "received", _("Received")
    AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
    APPROVED = "approved", _("Approved")
    SENT = "sent", _("Sent to the bank")
    RECEIVED_BY_BANK = "received_by_bank", _("Received by the bank")
    ACCEPTED = "accepted", _("In the due register")
    PENDING = "pending", _("Pending at the bank")
    IN_DOUBT = "in_doubt", _("In doubt")
    PAID = "paid", _("Paid")
    REJECTED_BY_AUTOPAY = "rejected_by_autopay", _("Rejected by AutoPay")
    REJECTED_BY_BANK = "rejected_by_bank", _("Rejected by the bank")
    CANCELLED = "cancelled", _("Cancelled")
    STOP_REQUESTED = "stop_requested", _("Stop requested")
    STOPPED = "stopped", _("Stopped")
    RETURNED = "returned", _("Returned")


class RemittanceStatus(models.TextChoices):
    """Where a remittance stands; follows from its payments (`derive_status`)."""

    RECEIVED = "received", _("Received")
    AWAITING_APPROVAL = "awaiting_approval", _("Awaiting approval")
    APPROVED = "approved", _("Approved")
    SENT = "sent", _("Sent to the bank")
    RECEIVED_BY_BANK = "received_by_bank", _("Received by the bank")
    IN_DOUBT = "in_doubt", _("In doubt")
    COMPLETED = "completed", _("Completed")
    PARTLY_REJECTED = "partly_rejected", _("Partly rejected")
    REJECTED = "rejected", _("Rejected")
    CANCELLED = "cancelled", _("Cancelled")


P = PaymentStatus
R = RemittanceStatus

REJECTED = frozenset({P.REJECTED_BY_AUTOPAY, P.REJECTED_BY_BANK})
FINAL = frozenset({P.PAID, P.CANCELLED, P.STOPPED, P.RETURNED}) | REJECTED
UNSENT = frozenset({P.RECEIVED, P.AWAITING_APPROVAL, P.APPROVED})
# What the bank has or may have, and has not finished.
AT_BANK = frozenset({P.SENT, P.RECEIVED_BY_BANK, P.ACCEPTED, P.PENDING, P.IN_DOUBT, P.STOP_REQUESTED})

# How far a payment that isn't final has come, least advanced first, and what its remittance shows.
_PROGRESS: tuple[tuple[PaymentStatus, RemittanceStatus], ...] = (
    (P.RECEIVED, R.RECEIVED),
    (P.AWAITING_APPROVAL, R.AWAITING_APPROVAL),
    (P.APPROVED, R.APPROVED),
    (P.SENT, R.SENT),
    (P.RECEIVED_BY_BANK, R.RECEIVED_BY_BANK),
    (P.ACCEPTED, R.RECEIVED_BY_BANK),
    (P.PENDING, R.RECEIVED_BY_BANK),
    (P.STOP_REQUESTED, R.RECEIVED_BY_BANK),
)

# Which states each new state may follow. What isn't here doesn't happen: a report that would need it is
# history (late) or a contradiction (alarm), never a silent step back.
MAY_FOLLOW: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    P.AWAITING_APPROVAL: frozenset({P.RECEIVED}),
    P.APPROVED: frozenset({P.RECEIVED, P.AWAITING_APPROVAL}),
    P.SENT: frozenset({P.APPROVED, P.IN_DOUBT}),
    # From the relay; or, further on, because the bank contradicts itself within one report.
    P.IN_DOUBT: frozenset({P.APPROVED, P.SENT, P.RECEIVED_BY_BANK, P.ACCEPTED, P.PENDING, P.STOP_REQUESTED}),
    P.RECEIVED_BY_BANK: frozenset({P.APPROVED, P.SENT, P.IN_DOUBT}),
    P.ACCEPTED: frozenset({P.APPROVED, P.SENT, P.RECEIVED_BY_BANK, P.IN_DOUBT, P.ACCEPTED, P.PENDING}),
    P.PENDING: frozenset({P.APPROVED, P.SENT, P.RECEIVED_BY_BANK, P.IN_DOUBT, P.ACCEPTED, P.PENDING}),
    P.REJECTED_BY_BANK: AT_BANK | {P.APPROVED},
    P.STOPPED: AT_BANK | {P.APPROVED},
    P.REJECTED_BY_AUTOPAY: frozenset({P.AWAITING_APPROVAL}),
    P.CANCELLED: UNSENT,
    # A booked debit beats every state but returned.
    P.PAID: frozenset(P) - {P.PAID, P.RETURNED},
    P.RETURNED: frozenset({P.PAID}),
}

# The only steps back, each by a cause of its own (`Cause.Kind`) and by nothing else (docs/money.md 1): proof that the
# file never left; two operators' decision; a new file after the bank refused the old one whole; and the old one
# showing life before the new one has left. Whose approvals hold no more goes back to approval.
STEPS_BACK: dict[str, dict[PaymentStatus, frozenset[PaymentStatus]]] = {
    "never_left": {P.APPROVED: frozenset({P.IN_DOUBT})},
    "decided_missing": {P.APPROVED: frozenset({P.IN_DOUBT}), P.AWAITING_APPROVAL: frozenset({P.IN_DOUBT})},
    "new_generation": {
        P.APPROVED: frozenset({P.REJECTED_BY_BANK}),
        P.AWAITING_APPROVAL: frozenset({P.REJECTED_BY_BANK}),
    },
    "old_generation": {P.IN_DOUBT: frozenset({P.APPROVED, P.AWAITING_APPROVAL})},
}

# Where an agreement takes the bank's word that a payment is settled for paid (paid_evidence acsc), it moves only what
# the bank has: unlike a booked debit it beats no end.
MAY_BE_PAID_ON_WORD = AT_BANK | {P.APPROVED}

# A booked debit on a payment that stood in one of these is a contradiction: paid all the same, with a red alarm.
CONTRADICTED_BY_DEBIT = REJECTED | {P.CANCELLED, P.STOPPED, P.IN_DOUBT, P.RECEIVED, P.AWAITING_APPROVAL}

# pain.002 codes (ISO external status codes) to our states. What isn't here changes nothing and raises an alarm.
BANK_STATUS: dict[str, PaymentStatus] = {
    "RCVD": P.RECEIVED_BY_BANK,
    "ACTC": P.RECEIVED_BY_BANK,
    "ACCP": P.ACCEPTED,
    "ACWC": P.ACCEPTED,
    "ACSP": P.ACCEPTED,
    "ACSC": P.ACCEPTED,
    "ACCC": P.ACCEPTED,
    "PDNG": P.PENDING,
    "BLCK": P.PENDING,
    "CANC": P.STOPPED,
    "RJCT": P.REJECTED_BY_BANK,
}
BANK_SAYS_SETTLED = frozenset({"ACSC", "ACCC"})
BANK_BLOCKS = frozenset({"BLCK"})
STOP_REASONS = frozenset({"CUST", "DS02"})


def derive_status(counts: dict[str, int]) -> RemittanceStatus:
    """Return the remittance's state from how many of its payments stand where (payment status code to count).

    In doubt if any is; while one isn't final, the least advanced; then cancelled, rejected, partly rejected or
    completed. A returned payment was paid.
    """
    present = {PaymentStatus(code) for code, count in counts.items() if count}
    if P.IN_DOUBT in present:
        return R.IN_DOUBT
    for status, shown in _PROGRESS:
        if status in present:
            return shown
    rejected = bool(present & REJECTED)
    paid = bool(present & {P.PAID, P.RETURNED})
    if not rejected and not paid:
        return R.CANCELLED
    if rejected:
        return R.PARTLY_REJECTED if paid else R.REJECTED
    return R.COMPLETED
