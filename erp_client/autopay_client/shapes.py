"""The JSON objects of the API, as types. A server may add members: read what you know."""

from dataclasses import dataclass
from typing import Any, Literal, TypedDict

PaymentStatus = Literal[
    "received", "awaiting_approval", "approved", "sent", "received_by_bank", "accepted", "pending", "in_doubt", "paid",
    "rejected_by_autopay", "rejected_by_bank", "cancelled", "stop_requested", "stopped", "returned",
]  # fmt: skip
RemittanceStatus = Literal[
    "received", "awaiting_approval", "approved", "sent", "received_by_bank", "in_doubt", "completed",
    "partly_rejected", "rejected", "cancelled",
]  # fmt: skip
# In the order in which a payment goes through them; the final ones last.
PAYMENT_STATUSES: tuple[str, ...] = (
    "received", "awaiting_approval", "approved", "sent", "received_by_bank", "accepted", "pending", "in_doubt",
    "stop_requested", "paid", "returned", "rejected_by_autopay", "rejected_by_bank", "cancelled", "stopped",
)  # fmt: skip
FINAL_PAYMENTS = frozenset({"paid", "returned", "rejected_by_autopay", "rejected_by_bank", "cancelled", "stopped"})
FINAL_REMITTANCES = frozenset({"completed", "partly_rejected", "rejected", "cancelled"})


class Money(TypedDict):
    """An amount: decimal text and ISO 4217 code."""

    currency: str
    amount: str


class ErrorItem(TypedDict, total=False):
    """One fault of a refused request, and where it is."""

    code: str
    detail: str
    detail_nb: str
    detail_en: str
    pointer: str
    line: int
    xpath: str
    end_to_end_id: str


class Problem(TypedDict, total=False):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    detail_nb: str
    detail_en: str
    code: str
    error_count: int
    errors: list[ErrorItem]
    # Where a remittance is refused as a duplicate: the one stored before, and whether it has the very same bytes.
    remittance: str
    same_bytes: bool


class Warned(TypedDict, total=False):
    """Something that was changed or left out of an order without refusing it."""

    code: str
    detail_nb: str
    detail_en: str
    end_to_end_id: str | None
    line: int
    xpath: str


class Suspicion(TypedDict):
    """A payment that looks like one sent earlier; of one that the portal lost in a restore only the file is known."""

    payment: str
    earlier_payment: str | None
    earlier_remittance: str | None
    earlier_bank_message: str | None
    earlier_end_to_end_id: str | None


class Approval(TypedDict):
    """Who approved, and when."""

    user: str
    at: str


class Remittance(TypedDict):
    """A remittance as it stands."""

    id: str
    message_id: str
    status: RemittanceStatus
    agreement: str
    payment_count: int
    total: list[Money]
    counts: dict[str, int]
    created: str
    approvals_required: int
    approvals: list[Approval]
    duplicates_suspected: list[Suspicion]
    warnings: list[Warned]
    bank_messages: list[dict[str, Any]]


class Reason(TypedDict):
    """Why a payment stands where it stands."""

    code: str | None
    text_nb: str | None
    text_en: str | None
    bank_text: str | None


class Payment(TypedDict):
    """A payment as it stands."""

    id: str
    remittance: str
    end_to_end_id: str
    status: PaymentStatus
    amount: str
    currency: str
    execution_date: str
    bank_date: str
    creditor_name: str
    creditor_account: str
    kid: str | None
    message: str | None
    erp_reference: str | None
    reason: Reason | None
    updated: str


class Trial(TypedDict):
    """The answer to a dry run: what would be said of the order."""

    valid: bool
    payment_count: int
    total: list[Money]
    duplicates_suspected: int
    warnings: list[Warned]


class Message(TypedDict):
    """A message of the feed; `data` as its kind has it."""

    sequence: int
    kind: str
    id: str
    created: str
    data: dict[str, Any]


class MessagePage(TypedDict):
    """A piece of the feed, oldest first; `last` is what to ask behind next time."""

    results: list[Message]
    last: int


class Check(TypedDict):
    """One check of the set-up."""

    name: str
    ok: bool
    detail: str


class SetupCheck(TypedDict):
    """Whether everything is in place for this company and user."""

    ok: bool
    checks: list[Check]


class LedgerBatch(TypedDict):
    """A batch of vouchers that is ready to post, or was."""

    id: str
    number: int
    kind: Literal["outgoing", "incoming"]
    status: Literal["ready", "leased", "posted", "failed", "superseded"]
    agreement: str
    currency: str
    total: str
    line_count: int
    auto_post: bool
    posting_employee: dict[str, str] | None
    supersedes: str | None
    created: str


class Lease(TypedDict):
    """The right to post a batch until `expires`."""

    lease_id: str
    expires: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A remittance that the server has. `received_before` when it had it already: this call added nothing."""

    remittance: Remittance
    received_before: bool
