"""What an order to a bank is made of, in the words of pain.001: given whole, written as it stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple


class OrganisationId(NamedTuple):
    """Hold one OrgId/Othr: an id and the code of its scheme, `CUST` or `BANK`."""

    scheme: str
    id: str


class OrderDocument(NamedTuple):
    """Hold one invoice or credit note of a payment; `type` is `invoice`, `credit_note` or an ISO code."""

    type: str
    amount: str | None = None
    number: str | None = None
    kid: str | None = None
    date: str | None = None
    currency: str | None = None  # None: the payment's


class OrderPayment(NamedTuple):
    """Hold one payment. Amounts are text with a decimal point; None leaves an element out.

    A message's lines become one Ustrd each. `creditor_account_scheme` is `BBAN`, `IBAN`, or another for none.
    """

    end_to_end_id: str
    amount: str
    currency: str
    creditor_name: str
    creditor_account: str
    creditor_account_scheme: str = "BBAN"
    instruction_id: str | None = None
    creditor_country: str | None = None
    street: str | None = None
    building_number: str | None = None
    postcode: str | None = None
    town: str | None = None
    address_lines: str | None = None
    creditor_bic: str | None = None
    charge_bearer: str | None = None
    regulatory_code: str | None = None
    regulatory_text: str | None = None
    kid: str | None = None
    message: str | None = None
    documents: tuple[OrderDocument, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHeader:
    """Hold the group header. Count and sum are checked against what is written."""

    message_id: str
    created_at: datetime  # written to the second, its zone (if any) left out
    payment_count: int
    control_sum: str
    initiating_party: str
    organisation_ids: tuple[OrganisationId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderGroup:
    """Hold one PmtInf; what the bank's profile doesn't want is None. `payments` is consumed once, as it is written."""

    payment_information_id: str
    execution_date: date
    debtor_name: str
    debtor_account: str
    debtor_bic: str
    payments: Iterable[OrderPayment]
    payment_count: int
    control_sum: str
    debtor_account_scheme: str = "BBAN"
    debtor_account_currency: str | None = "NOK"
    debtor_country: str | None = "NO"
    debtor_ids: tuple[OrganisationId, ...] = ()
    batch_booking: bool | None = None
    instruction_priority: str | None = "NORM"
    service_level: str | None = "NURG"
    category_purpose: str | None = None
    charge_bearer: str | None = None
    send_count: bool = True
    send_sum: bool = True
