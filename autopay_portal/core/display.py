"""Values as people read them, in the active language: amounts, account and organisation numbers, dates, times.

Pages use these through the template library `display`; mails and exports call them directly.
"""

from datetime import date, datetime

from django.utils import formats, timezone
from django.utils.translation import get_language

from .clocks import OSLO
from .money import to_text

NO_BREAK_SPACE = "\xa0"
MINUS = "\u2212"
# Abbreviated as Språkrådet does; Django's catalogue writes "jun." and "sept.".
_MONTHS = {
    "nb": ("jan.", "feb.", "mars", "april", "mai", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "des."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_WEEKDAYS = {
    "nb": ("man.", "tir.", "ons.", "tor.", "fre.", "lør.", "søn."),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}


def show_amount(minor: int, currency: str) -> str:
    """Return minor units in the reader's writing, without the currency: `1 250,00` (nb), `1,250.00` (en).

    The space is a no-break one and a negative amount has a true minus sign, so that neither can end a line.
    """
    whole, point, fraction = to_text(abs(minor), currency).partition(".")
    separator = str(formats.get_format("DECIMAL_SEPARATOR")) if point else ""
    return (MINUS if minor < 0 else "") + _grouped(whole) + separator + fraction


def show_money(minor: int, currency: str) -> str:
    """Return an amount with its currency behind it: `1 250,00 NOK`."""
    return f"{show_amount(minor, currency)}{NO_BREAK_SPACE}{currency}"


def show_count(number: int) -> str:
    """Return a whole number in thousands: `12 500` (nb), `12,500` (en)."""
    return (MINUS if number < 0 else "") + _grouped(str(abs(number)))


def show_account(account: str) -> str:
    """Return a Norwegian account number as `1234 56 78903`, an IBAN in groups of four (ISO 13616)."""
    if len(account) == 11 and account.isdigit():
        return NO_BREAK_SPACE.join((account[:4], account[4:6], account[6:]))
    if account[:2].isalpha() and account[2:4].isdigit():
        return NO_BREAK_SPACE.join(account[start : start + 4] for start in range(0, len(account), 4))
    return account


def show_org_number(number: str) -> str:
    """Return a Norwegian organisation number as `974 760 673`; another country's as it is."""
    if len(number) == 9 and number.isdigit():
        return NO_BREAK_SPACE.join((number[:3], number[3:6], number[6:]))
    return number


def show_day(day: date) -> str:
    """Return a day as `24. nov. 2026` (nb) or `24 Nov 2026` (en); a time's day is the one in Norway."""
    return f"{_day_and_month(day)}{NO_BREAK_SPACE}{in_norway(day).year}"


def show_clock(at: datetime) -> str:
    """Return the time of day in Norway: `08:15`."""
    return f"{in_norway(at):%H:%M}"


def show_moment(at: datetime) -> str:
    """Return day and time in Norway: `24. nov. 2026 08:15`."""
    return f"{show_day(at)}{NO_BREAK_SPACE}{show_clock(at)}"


def show_weekday(day: date) -> str:
    """Return weekday and day without the year: `ons. 25. nov.` (nb), `Wed 25 Nov` (en)."""
    weekday = _WEEKDAYS[_language()][in_norway(day).weekday()]
    return f"{weekday}{NO_BREAK_SPACE}{_day_and_month(day)}"


def show_wait(now: datetime, at: datetime) -> str:
    """Return how long it is until a moment: `2 t 20 min` (nb), `2 h 20 min` (en), in days beyond two of them."""
    minutes = max(int((at - now).total_seconds() // 60), 0)
    hours, rest = divmod(minutes, 60)
    norwegian = _language() == "nb"
    if hours >= 48:
        days = hours // 24
        return f"{days}{NO_BREAK_SPACE}{'dager' if norwegian else 'days'}"
    hour = "t" if norwegian else "h"
    parts = ([f"{hours}{NO_BREAK_SPACE}{hour}"] if hours else []) + ([f"{rest}{NO_BREAK_SPACE}min"] if rest else [])
    return NO_BREAK_SPACE.join(parts) or f"0{NO_BREAK_SPACE}min"


def in_norway(at: date) -> date:
    """Return a moment in Europe/Oslo; a day without a time stays as it is.

    Raises ValueError for a datetime without a zone: nobody can say which day that is.
    """
    if not isinstance(at, datetime):
        return at
    if timezone.is_naive(at):
        raise ValueError("a time that is shown has a time zone")
    return at.astimezone(OSLO)


def _grouped(digits: str) -> str:
    separator = str(formats.get_format("THOUSAND_SEPARATOR"))
    first = len(digits) % 3
    groups = [digits[:first]] if first else []
    return separator.join(groups + [digits[start : start + 3] for start in range(first, len(digits), 3)])


def _day_and_month(day: date) -> str:
    local, language = in_norway(day), _language()
    point = "." if language == "nb" else ""
    return f"{local.day}{point}{NO_BREAK_SPACE}{_MONTHS[language][local.month - 1]}"


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "nb"
