"""KID (customer identification, a structured creditor reference) as the simulated banks check it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Modulus = Literal["mod10", "mod11"]

SHORTEST, LONGEST = 2, 25
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_DIGITS = frozenset("0123456789")


@dataclass(frozen=True)
class KidFormat:
    """One KID structure of an incoming agreement: its length and the modulus of its check digit."""

    length: int
    modulus: Modulus


def passes_mod10(kid: str) -> bool:
    """Tell whether the last digit is the MOD10 check digit of the rest (Nets OCR giro manual, chapter 5)."""
    if not _DIGITS.issuperset(kid):
        return False
    total = 0
    for place, digit in enumerate(reversed(kid)):
        value = ord(digit) - 48
        total += _DOUBLED[value] if place % 2 else value
    return total % 10 == 0


def passes_mod11(kid: str) -> bool:
    """Tell whether the last sign is the MOD11 check digit, `-` standing for ten (Nets OCR giro manual, chapter 5)."""
    body, check = kid[:-1], kid[-1:]
    if not body or not _DIGITS.issuperset(body):
        return False
    total = 0
    for place, digit in enumerate(reversed(body)):
        total += (ord(digit) - 48) * (2 + place % 6)
    rest = -total % 11
    return check == ("-" if rest == 10 else str(rest))


def is_kid(kid: str) -> bool:
    """Tell whether a text is a KID under either modulus: 2 to 25 signs, digits with `-` only as the last one."""
    return SHORTEST <= len(kid) <= LONGEST and (passes_mod10(kid) or passes_mod11(kid))


def fits_agreement(kid: str, formats: Iterable[KidFormat]) -> bool:
    """Tell whether a KID fits one of the creditor's KID structures by length and modulus."""
    return any(len(kid) == each.length and _passes(kid, each.modulus) for each in formats)


def _passes(kid: str, modulus: Modulus) -> bool:
    """Tell whether a KID passes the named modulus."""
    return passes_mod10(kid) if modulus == "mod10" else passes_mod11(kid)
