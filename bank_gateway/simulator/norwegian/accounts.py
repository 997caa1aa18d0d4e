"""Norwegian bank account numbers and their IBANs as the simulated banks check them."""

from operator import mul

_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
# Digits are added up as the bytes they are written with.
_OF_ZEROS = sum(_WEIGHTS) * ord("0")
_DIGITS = frozenset("0123456789")
_IBAN_LENGTH = 15


def is_account(number: str) -> bool:
    """Tell whether a text is an 11-digit account number with a right MOD11 check digit."""
    if len(number) != len(_WEIGHTS) or not _DIGITS.issuperset(number):
        return False
    total: int = sum(map(mul, _WEIGHTS, number.encode()))
    return (total - _OF_ZEROS) % 11 == 0


def account_of(iban: str) -> str | None:
    """Return the account number inside a Norwegian IBAN, or None when it is foreign or either check is wrong."""
    if len(iban) != _IBAN_LENGTH or not iban.startswith("NO") or not _DIGITS.issuperset(iban[2:]):
        return None
    if not "02" <= iban[2:4] <= "98":  # the check digits that are ever given out (ISO 13616)
        return None
    turned = f"{iban[4:]}2324{iban[2:4]}"  # N = 23 and O = 24
    return iban[4:] if int(turned) % 97 == 1 and is_account(iban[4:]) else None


def is_org_number(number: str) -> bool:
    """Tell whether a text is an organisation number by its shape: nine digits."""
    return len(number) == 9 and _DIGITS.issuperset(number)
