from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from bank_gateway.profiles import PaymentKind, get_profile
from bank_gateway.profiles.cut_offs import last_cut_off, next_cut_off

OSLO = ZoneInfo("Europe/Oslo")
DNB = get_profile("dnb")


@pytest.mark.parametrize(
    ("now", "ahead"),
    [
        ("2026-11-24T08:44", "2026-11-24T08:45"),
        ("2026-11-24T08:45", "2026-11-24T10:00"),
        ("2026-11-24T14:00", "2026-11-25T08:45"),
        ("2026-11-27T14:00", "2026-11-30T08:45"),
        ("2026-12-23T15:00", "2026-12-28T08:45"),
        # The night in which the clock is set back.
        ("2026-10-25T02:30", "2026-10-26T08:45"),
    ],
)
def test_the_next_cut_off_is_ahead_on_a_bank_day(now: str, ahead: str) -> None:
    found = next_cut_off(DNB, now=datetime.fromisoformat(now).replace(tzinfo=OSLO))

    assert found == datetime.fromisoformat(ahead).replace(tzinfo=OSLO)


def test_each_kind_has_its_own() -> None:
    now = datetime(2026, 11, 24, 14, 30, tzinfo=OSLO)

    assert next_cut_off(DNB, now=now, kind=PaymentKind.URGENT) == datetime(2026, 11, 24, 15, 0, tzinfo=OSLO)


def test_the_last_of_a_day_is_the_banks_last() -> None:
    assert last_cut_off(DNB, day=date(2026, 11, 24)) == datetime(2026, 11, 24, 14, 0, tzinfo=OSLO)


def test_a_time_without_a_zone_has_none() -> None:
    with pytest.raises(ValueError, match="time zone"):
        next_cut_off(DNB, now=datetime(2026, 11, 24, 9, 0))  # noqa: DTZ001
