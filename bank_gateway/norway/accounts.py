"""Norwegian account numbers: 11 digits with a MOD11 check digit, and their IBANs (ISO 13616, NO)."""

import re

from stdnum import iban as international

ACCOUNT_LENGTH = 11

_ACCOUNT = re.compile(r"[0-9]{11}", re.ASCII)
_NORWEGIAN_IBAN = re.compile(r"NO[0-9]{13}", re.ASCII)
_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def account_check_digit(first_ten: str) -> str | None:
    """Return the check digit of ten digits, None where the remainder is 1: such an account is never issued."""
    if len(first_ten) != len(_WEIGHTS) or not (first_ten.isascii() and first_ten.isdigit()):
        raise ValueError("a check digit is made from ten ASCII digits")
    remainder = sum(int(digit) * weight for digit, weight in zip(first_ten, _WEIGHTS, strict=True)) % 11
    if remainder == 1:
        return None
    return str(-remainder % 11)


def is_valid_account(account: str) -> bool:
    """Tell whether `account` is eleven digits, nothing else, with the right check digit.

    Dots, spaces and the seven-digit post giro numbers behind 0000 are not accounts here.
    """
    return _ACCOUNT.fullmatch(account) is not None and account[-1] == account_check_digit(account[:-1])


def iban_of(account: str) -> str:
    """Return the IBAN of a valid account, `NO`, two check digits, eleven digits; else ValueError."""
    if not is_valid_account(account):
        raise ValueError("not a Norwegian account number")
    return f"NO{international.calc_check_digits(f'NO00{account}')}{account}"


def account_of_iban(iban: str) -> str | None:
    """Return the account number inside a Norwegian IBAN, None if it isn't one or either check fails.

    Takes the electronic format (no spaces); small letters are no IBAN in ISO 20022.
    """
    if _NORWEGIAN_IBAN.fullmatch(iban) is None:
        return None
    account = iban[4:]
    return account if is_valid_account(account) and iban_of(account) == iban else None
