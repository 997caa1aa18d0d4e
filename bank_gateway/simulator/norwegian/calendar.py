"""Norwegian bank days: the days Norges Bank's settlement system is open."""

from datetime import date, timedelta
from functools import lru_cache

_DAY = timedelta(days=1)
_FIXED = ((1, 1), (5, 1), (5, 17), (12, 24), (12, 25), (12, 26))
# Days from Easter Sunday: Maundy Thursday, Good Friday, Easter Monday, Ascension Day, Whit Monday.
_MOVABLE = (-3, -2, 1, 39, 50)
_SATURDAY = 5


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of a year (the anonymous Gregorian algorithm, as Meeus prints it)."""
    cycle = year % 19
    century, rest = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * cycle + century - leap_centuries - correction + 15) % 30
    leaps, leap_rest = divmod(rest, 4)
    weekday = (32 + 2 * century_rest + 2 * leaps - epact - leap_rest) % 7
    late = (cycle + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=64)
def closed_days(year: int) -> frozenset[date]:
    """Return the weekdays and weekend days of a year on which the settlement system is closed by a holiday."""
    easter = easter_sunday(year)
    fixed = {date(year, month, day) for month, day in _FIXED}
    return frozenset(fixed | {easter + timedelta(days=offset) for offset in _MOVABLE})


def is_bank_day(day: date) -> bool:
    """Tell whether banks settle on a day."""
    return day.weekday() < _SATURDAY and day not in closed_days(day.year)


def bank_day_on_or_after(day: date) -> date:
    """Return the day itself when it is a bank day, else the next one."""
    while not is_bank_day(day):
        day += _DAY
    return day


def bank_day_on_or_before(day: date) -> date:
    """Return the day itself when it is a bank day, else the last one before it."""
    while not is_bank_day(day):
        day -= _DAY
    return day


def bank_day_after(day: date) -> date:
    """Return the first bank day after a day."""
    return bank_day_on_or_after(day + _DAY)
