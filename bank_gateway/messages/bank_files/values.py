"""Amounts, dates and account numbers as banks write them, read strictly: what isn't plain raises BadValueError."""

import re
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bank_gateway.messages.bank_files.currencies import DECIMALS
from bank_gateway.messages.errors import MessageError, UnreadableBankFile

OSLO = ZoneInfo("Europe/Oslo")
MOST_MINOR_UNITS = 2**63 - 1
# ISO 20022's Max35Text of ids and references, Max34Text of accounts, Max5NumericText of pages.
MOST_OF_AN_ID = 35
MOST_OF_AN_ACCOUNT = 34
MOST_PAGES = 99_999
# The only control characters a text may hold are tab and line ends; the others never enter a database (XML 1.0
# forbids the first 32 itself, but not DEL and the C1 range).
FORBIDDEN_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_AMOUNT = re.compile(r"\s*([A-Z]{3})\s+\+?([0-9]{0,18})(?:\.([0-9]{0,5}))?\s*", re.ASCII).fullmatch
_RATE = re.compile(r"\s*\+?([0-9]{1,11}(?:\.[0-9]{1,11})?)\s*", re.ASCII).fullmatch
_COUNT = re.compile(r"\s*([0-9]{1,15})\s*", re.ASCII).fullmatch
_DATE = re.compile(r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?\s*", re.ASCII).fullmatch
_DATE_TIME = re.compile(
    r"\s*([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?\s*", re.ASCII
).fullmatch
_CURRENCY = re.compile(r"\s*([A-Z]{3})\s*", re.ASCII).fullmatch
_NORWEGIAN_IBAN = re.compile(r"NO[0-9]{13}", re.ASCII).fullmatch
_ELEVEN_DIGITS = re.compile(r"[0-9]{11}", re.ASCII).fullmatch


class BadValueError(Exception):
    """Say that a value can't be read, by the code of its error."""

    def __init__(self, code: str, value: str, **params: int) -> None:
        super().__init__(code)
        self.code = code
        self.value = value
        self.params = params

    def at_line(self, line: int | None) -> UnreadableBankFile:
        """Make the file unreadable for it; of a long value the beginning is shown."""
        params: dict[str, str | int] = {"value": self.value[:140], **self.params}
        return UnreadableBankFile([MessageError(self.code, params=params, line=line)])


def read_amount(text: str) -> tuple[int, str]:
    """Read "NOK 1250.00" as (125000, "NOK"): minor units, at most 2^63 - 1, and the currency.

    ISO's type lets five decimals through whatever the currency; more than the currency has are refused unless
    they are zeros.
    """
    matched = _AMOUNT(text)
    if matched is None:
        raise BadValueError("amount_unreadable", text)
    currency, whole, fraction = matched.groups()
    decimals = DECIMALS.get(currency)
    if decimals is None:
        raise BadValueError("currency_unknown", text)
    fraction = fraction or ""
    if not whole and not fraction:
        raise BadValueError("amount_unreadable", text)
    if fraction[decimals:].strip("0"):
        raise BadValueError("amount_decimals", text)
    minor = int(whole + fraction[:decimals].ljust(decimals, "0") or "0")
    if minor > MOST_MINOR_UNITS:
        raise BadValueError("amount_unreadable", text)
    return minor, currency


def read_currency(text: str) -> str:
    """Read a currency code of ISO 4217."""
    matched = _CURRENCY(text)
    if matched is None or matched[1] not in DECIMALS:
        raise BadValueError("currency_unknown", text)
    return matched[1]


def check_length(text: str, *, most: int, element: str) -> str:
    """Return a text of at most `most` characters; BadValueError names the element of a longer one."""
    if len(text) > most:
        raise BadValueError("text_too_long", element, length=len(text), most=most)
    return text


def read_rate(text: str) -> str:
    """Read an exchange rate, ISO's BaseOneRate: at most 11 digits, 10 of them decimals; it stays a decimal's text."""
    matched = _RATE(text)
    if matched is None:
        raise BadValueError("rate_unreadable", text)
    return matched[1]


def read_count(text: str) -> int:
    """Read a count that a staging column (32 bits) can hold."""
    matched = _COUNT(text)
    if matched is None or int(matched[1]) > 2**31 - 1:
        raise BadValueError("count_unreadable", text)
    return int(matched[1])


def read_page(text: str) -> int:
    """Read a page's number, ISO's Max5NumericText."""
    page = read_count(text)
    if page > MOST_PAGES:
        raise BadValueError("count_unreadable", text)
    return page


@lru_cache(maxsize=4096)
def read_date(text: str) -> str:
    """Read an ISO date or date and time as the date it is in Norway, written YYYY-MM-DD.

    A time with an offset is turned to Europe/Oslo first; a date with one (XML Schema allows "2026-11-20Z") and a
    time without are taken as they stand.
    """
    matched = _DATE(text)
    if matched is not None:
        return _existing_date(matched[1], text)
    moment = _moment(text)
    return (moment.astimezone(OSLO) if moment.tzinfo else moment).date().isoformat()


@lru_cache(maxsize=256)
def read_created(text: str) -> str:
    """Read an ISO date and time and return it as written, without blanks around it."""
    _moment(text)
    return text.strip()


def _existing_date(iso: str, text: str) -> str:
    try:
        return date.fromisoformat(iso).isoformat()
    except ValueError:
        raise BadValueError("date_unreadable", text) from None


def _moment(text: str) -> datetime:
    matched = _DATE_TIME(text)
    if matched is None:
        raise BadValueError("date_unreadable", text)
    seconds, _fraction, offset = matched.groups()
    try:
        moment = datetime.fromisoformat(seconds + (offset or ""))
        moment.astimezone(OSLO)
    except (ValueError, OverflowError):
        raise BadValueError("date_unreadable", text) from None
    return moment


@lru_cache(maxsize=4096)
def domestic_account(text: str) -> str:
    """Return a Norwegian account as its 11 digits, from "1234.56.78903", a BBAN or an IBAN; any other as it stands."""
    compact = text.replace(".", "").replace(" ", "").strip()
    if _ELEVEN_DIGITS(compact):
        return compact
    iban = compact.upper()
    if _NORWEGIAN_IBAN(iban) and int(iban[4:] + "2324" + iban[2:4]) % 97 == 1:
        return iban[4:]
    return text.strip()


def none_if_not_provided(text: str | None) -> str | None:
    """Return an id, or None where the bank writes NOTPROVIDED for having none."""
    return None if text is None or text.strip() in ("", "NOTPROVIDED") else text
