"""Why an order was refused, in words that need none of its own values: a refusal keeps only codes and places."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from autopay_portal.core.errors import noop, text_of

from .models import Refusal

_WORDS: dict[str, str] = {
    "remittance_invalid": noop("The order has faults"),
    "account_unknown": noop("The account to be debited has no remittance agreement"),
    "account_invalid": noop("An account number is wrong"),
    "agreement_inactive": noop("The account's agreement isn't active"),
    "company_deactivated": noop("The company is deactivated"),
    "service_not_in_use": noop("AutoPay isn't switched on for the company"),
    "duplicate_message": noop("The order was received before"),
    "several_debtor_accounts": noop("The order draws on several accounts"),
    "count_mismatch": noop("The number of payments isn't what the order says"),
    "sum_mismatch": noop("The amounts don't sum to what the order says"),
    "end_to_end_id_not_unique": noop("Two payments have the same own reference"),
    "end_to_end_id_invalid": noop("An own reference can't be used"),
    "kid_invalid": noop("A KID's check digit is wrong"),
    "kid_and_message": noop("A payment has more than one of KID, message and documents"),
    "reference_missing": noop("A payment tells the payee nothing"),
    "creditor_name_missing": noop("A payee has no name"),
    "document_invalid": noop("An invoice or credit note isn't valid"),
    "documents_sum_mismatch": noop("Invoices and credit notes don't sum to the amount"),
    "characters_invalid": noop("A text has characters that banks can't take"),
    "element_not_supported": noop("The order asks for something that AutoPay can't carry to the bank"),
    "foreign_not_supported": noop("A payment is in another currency or to another country"),
    "date_too_old": noop("A payment date lies too far back"),
    "date_too_far": noop("A payment date lies too far ahead"),
    "date_invalid": noop("A date can't be read"),
    "amount_invalid": noop("An amount can't be read"),
    "not_well_formed": noop("The file isn't well-formed XML"),
    "schema_invalid": noop("The file breaks its ISO 20022 schema"),
    "doctype_not_allowed": noop("The file has a DOCTYPE, which payment orders never have"),
    "encoding_not_allowed": noop("The file's character encoding isn't read"),
    "message_not_supported": noop("The file isn't a payment order that AutoPay reads"),
    "element_too_large": noop("A part of the file is larger than a payment order needs"),
    "member_missing": noop("A member of the JSON order is missing"),
    "member_unknown": noop("The JSON order has a member that isn't part of an order"),
    "member_invalid": noop("A member of the JSON order can't be read"),
    "json_invalid": noop("The JSON can't be read"),
}
_MOST_PLACES = 8


@dataclass(slots=True)
class Fault:
    """One kind of fault of a refused order, and where it stands (line numbers, or JSON pointers)."""

    words: str
    places: list[str] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A refused order as the list shows it; `unlisted` faults were counted but not kept."""

    refusal: Refusal
    words: str
    faults: list[Fault]
    unlisted: int


def row_of(refusal: Refusal) -> RefusalRow:
    """Return a refusal in words, its faults gathered by kind in the order they were found."""
    gathered: dict[str, list[str]] = defaultdict(list)
    for error in refusal.errors:
        gathered[error["code"]].append(_place(error))
    faults = [_fault(code, places) for code, places in gathered.items()]
    unlisted = max(refusal.error_count - len(refusal.errors), 0)
    words = words_of(refusal.code if len(faults) < 2 else "remittance_invalid")
    return RefusalRow(refusal, words, faults, unlisted)


def words_of(code: str) -> str:
    """Return a refusal's code in words, in the active language."""
    return gettext(_WORDS[code]) if code in _WORDS else text_of(code, {})


def _fault(code: str, places: list[str]) -> Fault:
    named = [place for place in places if place]
    return Fault(words_of(code), named[:_MOST_PLACES], len(places) - min(len(named), _MOST_PLACES))


def _place(error: dict[str, Any]) -> str:
    if error.get("line"):
        return gettext("line %(line)s") % {"line": error["line"]}
    return str(error.get("pointer") or "")
