"""KIDs against an agreement's definitions: valid or not, and whose invoice they name. Pure, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from bank_gateway.norway.kid import MAX_LENGTH, MIN_LENGTH, is_valid_kid, passes_mod10, passes_mod11

Positions = tuple[int, int]


class Definition(Protocol):
    """What a KID definition says, as a row of `KidDefinition` does."""

    length: int
    modulus: str
    customer_from: int | None
    customer_to: int | None
    invoice_from: int | None
    invoice_to: int | None


@dataclass(frozen=True)
class KidRule:
    """How KIDs of one length are built: positions are 1-based and inclusive, the check digit is last."""

    length: int
    modulus: Literal["mod10", "mod11"]
    customer: Positions | None = None
    invoice: Positions | None = None


@dataclass(frozen=True)
class KidMatch:
    """What a KID says on an agreement: customer and invoice number as text, leading zeros kept, None if unknown."""

    valid: bool
    customer: str | None
    invoice: str | None


_INVALID = KidMatch(valid=False, customer=None, invoice=None)


def match_kid(*, definitions: Iterable[Definition], kid: str) -> KidMatch:
    """Return what a KID says on an agreement with these definitions.

    With definitions, the one of the KID's length decides, and its modulus must hold. Without any, a KID that
    passes either modulus is valid and names nobody.
    """
    known = list(definitions)
    if not known:
        return KidMatch(valid=is_valid_kid(kid), customer=None, invoice=None)
    definition = next((one for one in known if one.length == len(kid)), None)
    if definition is None:
        return _INVALID
    passes = passes_mod10 if definition.modulus == "mod10" else passes_mod11
    if not passes(kid):
        return _INVALID
    return KidMatch(
        valid=True,
        customer=_cut(kid, definition.customer_from, definition.customer_to),
        invoice=_cut(kid, definition.invoice_from, definition.invoice_to),
    )


def rule_of(definition: Definition) -> KidRule:
    """Return a definition as a rule, with its positions in pairs as the API shows them."""
    return KidRule(
        length=definition.length,
        modulus="mod10" if definition.modulus == "mod10" else "mod11",
        customer=_pair(definition.customer_from, definition.customer_to),
        invoice=_pair(definition.invoice_from, definition.invoice_to),
    )


def fault_of(rule: KidRule) -> str | None:
    """Return the error code of what is wrong with a rule, or None: its length, or where its positions are."""
    if not MIN_LENGTH <= rule.length <= MAX_LENGTH:
        return "kid_length_invalid"
    for positions in filter(None, (rule.customer, rule.invoice)):
        if not 1 <= positions[0] <= positions[1] < rule.length:
            return "kid_positions_invalid"
    return None


def _cut(kid: str, first: int | None, last: int | None) -> str | None:
    return None if first is None or last is None else kid[first - 1 : last]


def _pair(first: int | None, last: int | None) -> Positions | None:
    return None if first is None or last is None else (first, last)
