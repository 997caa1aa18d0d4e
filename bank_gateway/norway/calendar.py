"""Norwegian bank days: the days Norges Bank's settlement is open.

Closed on weekends, public holidays and 24 December (Norges Bank's lists of closing days); 31 December is open.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

OSLO = ZoneInfo("Europe/Oslo")

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=64)
def bank_holidays(year: int) -> frozenset[date]:
    """Return the days of `year`, weekends apart, on which banks don't settle."""
    public = country_holidays("NO", years=year)
    return frozenset(public.keys()) | {date(year, 12, 24)}


def is_bank_day(day: date) -> bool:
    """Tell whether banks settle on `day`."""
    return day.weekday() < _SATURDAY and day not in bank_holidays(day.year)


def next_bank_day(day: date) -> date:
    """Return the first bank day on or after `day`."""
    while not is_bank_day(day):
        day += _ONE_DAY
    return day


def previous_bank_day(day: date) -> date:
    """Return the last bank day on or before `day`."""
    while not is_bank_day(day):
        day -= _ONE_DAY
    return day


def bank_date(moment: datetime) -> date:
    """Return the calendar day in Norway at `moment`, which must carry a time zone; else ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no date in Norway")
    return moment.astimezone(OSLO).date()
