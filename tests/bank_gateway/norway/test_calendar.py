from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank_gateway.norway.calendar import bank_date, is_bank_day, next_bank_day, previous_bank_day

days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    "closed",
    [
        date(2026, 1, 1),
        date(2026, 4, 2),  # Maundy Thursday
        date(2026, 4, 3),  # Good Friday
        date(2026, 4, 6),  # Easter Monday
        date(2026, 5, 1),
        date(2026, 5, 14),  # Ascension
        date(2026, 5, 25),  # Whit Monday
        date(2027, 5, 17),
        date(2026, 12, 24),
        date(2026, 12, 25),
        date(2027, 5, 6),
        date(2026, 11, 28),
        date(2026, 11, 29),
    ],
)
def test_banks_are_closed(closed: date) -> None:
    assert not is_bank_day(closed)


@pytest.mark.parametrize("open_day", [date(2026, 12, 31), date(2026, 4, 1), date(2026, 11, 24), date(2026, 12, 23)])
def test_banks_are_open(open_day: date) -> None:
    assert is_bank_day(open_day)


def test_christmas_of_2026_lasts_from_the_23rd_to_the_28th() -> None:
    assert next_bank_day(date(2026, 12, 24)) == date(2026, 12, 28)
    assert previous_bank_day(date(2026, 12, 27)) == date(2026, 12, 23)


@given(days)
def test_the_nearest_bank_days_enclose_only_closed_days(day: date) -> None:
    before, after = previous_bank_day(day), next_bank_day(day)
    assert is_bank_day(before)
    assert is_bank_day(after)
    assert before <= day <= after
    if is_bank_day(day):
        assert before == after == day
    between = [before + timedelta(days=n) for n in range(1, (after - before).days)]
    assert not any(is_bank_day(closed) for closed in between)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), date(2026, 10, 25)),  # summer time ends this night
        (datetime(2026, 10, 25, 22, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 30, tzinfo=UTC), date(2026, 10, 26)),
        (datetime(2027, 3, 27, 23, 30, tzinfo=UTC), date(2027, 3, 28)),  # summer time begins this night
        (datetime(2027, 3, 28, 22, 30, tzinfo=UTC), date(2027, 3, 29)),
    ],
)
def test_a_day_begins_at_midnight_in_oslo_on_the_nights_the_clock_changes(moment: datetime, day: date) -> None:
    assert bank_date(moment) == day


def test_a_moment_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="time zone"):
        bank_date(datetime(2026, 11, 24))  # noqa: DTZ001
