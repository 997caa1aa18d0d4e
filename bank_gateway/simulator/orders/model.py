"""What the bank's reader takes out of a pain.001."""

from dataclasses import dataclass


class OrderRefused(Exception):  # noqa: N818 - the bank's word for it
    """A whole order that the bank refuses, with the reason it gives (ISO 20022 external code set)."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code = code
        self.text = text


class DuplicateOrder(OrderRefused):
    """An order whose MsgId this sender used before, at a bank that says so."""


class DuplicateSwallowed(Exception):  # noqa: N818 - says what became of it
    """An order whose MsgId this sender used before, at a bank that says nothing and does nothing."""


@dataclass(frozen=True)
class OrderHeader:
    """GrpHdr. `control_sum` as written, empty when it isn't there; ids as far as their scheme is named."""

    version: str
    message_id: str
    created: str
    payment_count: int
    control_sum: str
    customer_id: str
    division: str


@dataclass(frozen=True)
class Instruction:
    """The head of a PmtInf: which account, when, how it is booked. Empty texts stand for absent elements."""

    reference: str
    method: str
    batch_booking: str
    payment_count: str
    control_sum: str
    category: str
    service_level: str
    requested_date: str
    account: str
    debtor_name: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """One CdtTrfTxInf. `value` is in units of 0.00001; `account` is None when it is no Norwegian one.

    `text` is the free text, or the numbers of invoices and credit notes; `mixed` tells of Strd and Ustrd together.
    """

    instruction_id: str
    end_to_end_id: str
    value: int
    currency: str
    creditor_name: str
    account: str | None
    account_text: str
    kids: tuple[str, ...]
    text: str
    mixed: bool
