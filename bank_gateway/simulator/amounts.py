"""Amounts: integer minor units inside, decimal text at the edges, never a float."""

import re

DECIMALS = {"NOK": 2, "SEK": 2, "DKK": 2, "EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "JPY": 0, "ISK": 0}
_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,5})?\Z", re.ASCII)
_SCALE = 5


def scaled(text: str) -> int:
    """Return an amount of a message in units of 0.00001, the schema's finest.

    Raises ValueError when the text is no amount of ISO 20022.
    """
    whole, _, fraction = text.strip().lstrip("+").partition(".")
    if len(fraction.rstrip("0")) > _SCALE:
        raise ValueError(f"{text} has more than {_SCALE} decimals")
    return int((whole or "0") + fraction[:_SCALE].ljust(_SCALE, "0"))


def minor_of_scaled(value: int, currency: str) -> int | None:
    """Return minor units for a value in units of 0.00001, or None when the currency has fewer decimals."""
    step: int = 10 ** (_SCALE - DECIMALS.get(currency, 2))
    minor, rest = divmod(value, step)
    return None if rest else minor


def to_minor(text: str, currency: str) -> int:
    """Read a decimal text above zero as minor units.

    Raises ValueError when it is no such amount or has too many decimals for its currency.
    """
    if not _AMOUNT.match(text):
        raise ValueError(f"{text} is not an amount")
    minor = minor_of_scaled(scaled(text), currency)
    if not minor:
        raise ValueError(f"{text} is not an amount above zero in {currency}")
    return minor


def to_text(minor: int, currency: str) -> str:
    """Return minor units as a decimal text with the currency's decimals."""
    decimals = DECIMALS.get(currency, 2)
    if not decimals:
        return str(minor)
    sign = "-" if minor < 0 else ""
    whole, fraction = divmod(abs(minor), 10**decimals)
    return f"{sign}{whole}.{fraction:0{decimals}d}"
