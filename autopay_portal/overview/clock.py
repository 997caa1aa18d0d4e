"""The sandbox's clock, moved through the simulated banks' control API."""

from datetime import date, datetime, time
from typing import Any

import requests
from django.conf import settings

from autopay_portal.core.clocks import OSLO

from .errors import BanksSilentError, ClockBackwardsError, ClockTimeInvalidError

# The banks play every event on the way before they answer; a month with large files takes minutes.
_TIMEOUT_SECONDS = (3, 900)


def advance_by(*, seconds: int) -> datetime:
    """Move the clock on by `seconds` and return the time it then shows.

    Raises BanksSilentError.
    """
    return _advance({"seconds": seconds})


def advance_to_next_cutoff() -> datetime:
    """Move the clock to the earliest cut-off of any bank and return the time it then shows.

    Raises BanksSilentError.
    """
    return _advance({"to": "next_cutoff"})


def advance_to(*, at: datetime) -> datetime:
    """Move the clock to a time ahead and return the time it then shows.

    Raises ClockBackwardsError for a time that has passed, BanksSilentError.
    """
    return _advance({"to": at.isoformat()})


def read_moment(*, day: str, time_of_day: str) -> datetime:
    """Return a form's day and time as a moment in Norway.

    Raises ClockTimeInvalidError.
    """
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(time_of_day), tzinfo=OSLO)
    except ValueError:
        raise ClockTimeInvalidError(f"{day} {time_of_day}") from None


def _advance(body: dict[str, Any]) -> datetime:
    if not settings.BANKS_URL:
        raise BanksSilentError()
    try:
        answer = requests.post(f"{settings.BANKS_URL}/clock/advance", json=body, timeout=_TIMEOUT_SECONDS)
        if answer.status_code == requests.codes.conflict:
            raise ClockBackwardsError()
        answer.raise_for_status()
        return datetime.fromisoformat(answer.json()["now"])
    except (requests.RequestException, ValueError, KeyError):
        raise BanksSilentError() from None
