"""KID (kundeidentifikasjon): the structured creditor reference of Norwegian invoices.

Rules: Nets' OCR giro manual, chapter 5. A KID is text: leading zeros count.
"""

import re

MIN_LENGTH = 2
MAX_LENGTH = 25

_KID = re.compile(r"[0-9]{1,24}[0-9-]", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


def mod10_check_digit(digits: str) -> str:
    """Return the MOD10 check digit to append to `digits`.

    Weights 2,1,2,1 from the right, sum of the digits of the products (manual ch. 5). `digits` must be ASCII digits,
    else ValueError.
    """
    _demand_digits(digits)
    total = 0
    for place, digit in enumerate(reversed(digits)):
        product = int(digit) * (2 if place % 2 == 0 else 1)
        total += product // 10 + product % 10
    return str(-total % 10)


def mod11_check_digit(digits: str) -> str:
    """Return the MOD11 check digit to append to `digits`, `-` where the manual's remainder is 1.

    Weights 2..7 repeating from the right (manual ch. 5). `digits` must be ASCII digits, else ValueError.
    """
    _demand_digits(digits)
    remainder = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(digits))) % 11
    if remainder == 1:
        return "-"
    return str(-remainder % 11)


def passes_mod10(kid: str) -> bool:
    """Tell whether `kid` has the form of a KID and ends in its MOD10 check digit."""
    return _KID.fullmatch(kid) is not None and kid[-1] == mod10_check_digit(kid[:-1])


def passes_mod11(kid: str) -> bool:
    """Tell whether `kid` has the form of a KID and ends in its MOD11 check digit."""
    return _KID.fullmatch(kid) is not None and kid[-1] == mod11_check_digit(kid[:-1])


def is_valid_kid(kid: str) -> bool:
    """Tell whether `kid` passes either modulus: which one holds is the payee's agreement's business.

    2 to 25 characters, digits only but for a last `-`.
    """
    return passes_mod10(kid) or passes_mod11(kid)


def _demand_digits(digits: str) -> None:
    if _DIGITS.fullmatch(digits) is None:
        raise ValueError("a check digit is made from ASCII digits only")
