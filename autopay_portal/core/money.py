"""Money as integer minor units with a currency (ISO 4217); `Decimal` at the edges, never float."""

import re
from dataclasses import dataclass

from .errors import DomainError

# ISO 4217 minor units that are not two. Norway's own krone has two (øre).
_DECIMALS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
    "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip
_AMOUNT = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,5}))?", re.ASCII)


class AmountInvalidError(DomainError):
    """The text is not an amount above zero in the currency's decimals."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (øre) and its currency."""

    minor: int
    currency: str


def decimals_of(currency: str) -> int:
    """Return how many decimals `currency` has (ISO 4217)."""
    return _DECIMALS.get(currency, 2)


def to_minor(text: str, currency: str) -> int:
    """Return an amount like `1250.00` in minor units.

    Trailing zeros beyond the currency's decimals are no information and pass (`1.000` NOK is 1.00); a
    non-zero third decimal of NOK is refused, as are signs, exponents and zero, all of which the ISO schema
    lets through.

    Raises AmountInvalidError.
    """
    decimals = decimals_of(currency)
    match = _AMOUNT.fullmatch(text)
    if match:
        whole, fraction = match.group(1), (match.group(2) or "").rstrip("0")
        if len(fraction) <= decimals:
            minor = int(whole + fraction.ljust(decimals, "0"))
            if minor > 0:
                return minor
    raise AmountInvalidError("amount_invalid", params={"value": text, "decimals": decimals})


def to_text(minor: int, currency: str) -> str:
    """Return minor units as the API writes them: `125000` NOK is `1250.00`."""
    decimals = decimals_of(currency)
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(decimals + 1, "0")
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)
