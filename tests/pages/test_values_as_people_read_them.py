from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import Context, Template
from django.utils import translation

from autopay_portal.core.display import (
    show_account,
    show_amount,
    show_clock,
    show_count,
    show_day,
    show_moment,
    show_money,
    show_org_number,
    show_wait,
    show_weekday,
)

NB, EN = "nb", "en"


@pytest.mark.parametrize(
    ("language", "minor", "currency", "shown"),
    [
        (NB, 125_000, "NOK", "1\xa0250,00"),
        (EN, 125_000, "NOK", "1,250.00"),
        (NB, 123_456_789_05, "NOK", "123\xa0456\xa0789,05"),
        (NB, 5, "NOK", "0,05"),
        (NB, 0, "NOK", "0,00"),
        (NB, -99_999, "NOK", "−999,99"),
        (EN, -100_000, "NOK", "−1,000.00"),
        (NB, 125_000, "JPY", "125\xa0000"),
        (EN, 1_234_567, "KWD", "1,234.567"),
    ],
)
def test_an_amount_is_written_as_the_reader_writes_it(language: str, minor: int, currency: str, shown: str) -> None:
    with translation.override(language):
        assert show_amount(minor, currency) == shown


def test_an_amount_beyond_what_a_float_holds_keeps_every_digit() -> None:
    with translation.override(NB):
        assert show_amount(9_007_199_254_740_993, "NOK") == "90\xa0071\xa0992\xa0547\xa0409,93"


def test_money_has_its_currency_behind_it_on_the_same_line() -> None:
    with translation.override(NB):
        assert show_money(125_000, "NOK") == "1\xa0250,00\xa0NOK"


def test_a_count_is_grouped() -> None:
    with translation.override(NB):
        assert (show_count(999), show_count(1000), show_count(100_000)) == ("999", "1\xa0000", "100\xa0000")


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        ("12345678903", "1234\xa056\xa078903"),
        ("NO9386011117947", "NO93\xa08601\xa01117\xa0947"),
        ("1234567", "1234567"),
    ],
)
def test_an_account_number_is_grouped(account: str, shown: str) -> None:
    assert show_account(account) == shown


def test_an_organisation_number_is_grouped_only_where_it_is_norwegian() -> None:
    assert show_org_number("974760673") == "974\xa0760\xa0673"
    assert show_org_number("556016-0680") == "556016-0680"


def test_months_are_abbreviated_as_in_each_language() -> None:
    with translation.override(NB):
        assert show_day(date(2026, 11, 24)) == "24.\xa0nov.\xa02026"
        assert show_day(date(2026, 6, 1)) == "1.\xa0juni\xa02026"
    with translation.override(EN):
        assert show_day(date(2026, 11, 24)) == "24\xa0Nov\xa02026"


def test_a_time_is_shown_in_norway_in_winter_and_in_summer() -> None:
    assert show_clock(datetime(2026, 11, 24, 7, 15, tzinfo=UTC)) == "08:15"
    assert show_clock(datetime(2026, 6, 24, 7, 15, tzinfo=UTC)) == "09:15"


def test_a_time_late_in_the_evening_belongs_to_norways_next_day() -> None:
    with translation.override(EN):
        assert show_moment(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == "1\xa0Jan\xa02027\xa000:30"


def test_weekdays_are_abbreviated_as_in_each_language() -> None:
    with translation.override(NB):
        assert show_weekday(date(2026, 11, 25)) == "ons.\xa025.\xa0nov."
    with translation.override(EN):
        assert show_weekday(date(2026, 11, 25)) == "Wed\xa025\xa0Nov"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        show_moment(datetime(2026, 11, 24, 7, 15))  # noqa: DTZ001 - that is the point


def test_the_filters_write_the_machines_time_beside_the_readers() -> None:
    template = Template("{% load display %}{{ at|moment }}|{{ none|moment }}|{{ minor|amount:'NOK' }}")

    with translation.override(NB):
        html = template.render(
            Context({"at": datetime(2026, 11, 24, 7, 15, tzinfo=UTC), "none": None, "minor": 125_000})
        )

    expected = '<time datetime="2026-11-24T07:15:00+00:00">24.\xa0nov.\xa02026\xa008:15</time>||1\xa0250,00'
    assert html == expected


@pytest.mark.parametrize(
    ("minutes", "nb", "en"),
    [(0, "0 min", "0 min"), (59, "59 min", "59 min"), (60, "1 t", "1 h"), (149, "2 t 29 min", "2 h 29 min"),
     (2880, "2 dager", "2 days"), (-5, "0 min", "0 min")],
)  # fmt: skip
def test_a_wait_is_said_in_hours_and_minutes_and_from_two_days_on_in_days(minutes: int, nb: str, en: str) -> None:
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    for language, said in (("nb", nb), ("en", en)):
        with translation.override(language):
            assert show_wait(now, now + timedelta(minutes=minutes)).replace("\xa0", " ") == said
