"""Points in time: UTC inside, one sortable text in storage, Europe/Oslo where a bank's day is meant."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")


def to_text(at: datetime) -> str:
    """Return a UTC text of fixed width, which sorts as the times do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """Read an ISO 8601 time with an offset.

    Raises ValueError on anything else, a time without an offset among them.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return at.astimezone(UTC)


def bank_date(at: datetime) -> date:
    """Return the calendar day in Norway at a point in time."""
    return at.astimezone(OSLO).date()


def oslo(day: date, clock: time) -> datetime:
    """Return the point in time of a Norwegian wall clock on a day."""
    return datetime.combine(day, clock, OSLO).astimezone(UTC)


def in_message(at: datetime) -> str:
    """Return a time as it stands in a bank's message: Norwegian wall clock with offset, whole seconds."""
    return at.astimezone(OSLO).isoformat(timespec="seconds")
