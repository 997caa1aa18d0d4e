"""What a new clock shows when nobody says."""

from datetime import UTC, datetime

import pytest

from bank_gateway.simulator.clock import first_reading


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        ("2026-11-24T14:15:16+00:00", "2026-11-24T14:15:16+00:00"),
        ("2026-11-21T14:00:00+00:00", "2026-11-23T08:00:00+00:00"),  # Saturday
        ("2026-12-24T06:00:00+00:00", "2026-12-28T08:00:00+00:00"),  # Christmas Eve, a Thursday
        ("2026-05-13T23:00:00+00:00", "2026-05-15T07:00:00+00:00"),  # Ascension Day has begun in Oslo
    ],
)
def test_a_new_clock_starts_now_or_at_nine_on_the_next_bank_day(now: str, shown: str) -> None:
    assert first_reading(datetime.fromisoformat(now)) == datetime.fromisoformat(shown).astimezone(UTC)
