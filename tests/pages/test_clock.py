from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.pages.banks import Banks


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        ({"move": "hour"}, {"seconds": 3600}),
        ({"move": "cutoff"}, {"to": "next_cutoff"}),
        ({"move": "to", "day": "2026-11-26", "time": "12:00"}, {"to": "2026-11-26T12:00:00+01:00"}),
        ({"move": "to", "day": "2027-06-01", "time": "12:00"}, {"to": "2027-06-01T12:00:00+02:00"}),
    ],
)
def test_the_clock_moves_as_the_form_says(
    signed_in: Client, banks: Banks, form: dict[str, str], asked: dict[str, Any]
) -> None:
    answer = signed_in.post("/sandbox/clock/move/", form, headers={"hx-request": "true"})

    assert banks.asked == [("/clock/advance", asked)]
    assert answer.headers["HX-Trigger"] == "clock-moved"
    assert "Bankene har spilt alt" in answer.content.decode()


def test_without_script_the_form_comes_back_to_its_page(signed_in: Client, banks: Banks) -> None:
    answer = signed_in.post("/sandbox/clock/move/", {"move": "hour", "next": "/companies/"}, follow=True)

    assert answer.redirect_chain == [("/companies/", 302)]
    assert "Bankene har spilt alt" in answer.content.decode()


def test_the_clock_never_goes_back_and_says_so(signed_in: Client, banks: Banks) -> None:
    banks.status = 409
    form = {"move": "to", "day": "2026-11-01", "time": "12:00"}

    answer = signed_in.post("/sandbox/clock/move/", form, headers={"hx-request": "true"})

    assert "går aldri tilbake" in answer.content.decode()


@pytest.mark.parametrize("day", ["", "tomorrow", "2026-13-01"])
def test_a_time_that_is_none_never_reaches_the_banks(signed_in: Client, banks: Banks, day: str) -> None:
    form = {"move": "to", "day": day, "time": "12:00"}

    answer = signed_in.post("/sandbox/clock/move/", form, headers={"hx-request": "true"})

    assert "ikke dato og klokkeslett" in answer.content.decode()
    assert banks.asked == []


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:9"])
def test_silent_banks_are_said_and_nothing_fails(signed_in: Client, settings: Settings, url: str) -> None:
    settings.BANKS_URL = url

    answer = signed_in.post("/sandbox/clock/move/", {"move": "hour"}, headers={"hx-request": "true"})

    assert answer.status_code == 200
    assert "bankene svarer ikke" in answer.content.decode()


def test_an_answer_that_is_no_clock_counts_as_silence(signed_in: Client, banks: Banks) -> None:
    banks.now = "half past"

    answer = signed_in.post("/sandbox/clock/move/", {"move": "hour"}, headers={"hx-request": "true"})

    assert "bankene svarer ikke" in answer.content.decode()


def test_there_is_no_clock_to_move_in_production(signed_in: Client, banks: Banks, settings: Settings) -> None:
    settings.SANDBOX = False

    assert signed_in.post("/sandbox/clock/move/", {"move": "hour"}).status_code == 404
    assert signed_in.get("/sandbox/clock/").status_code == 404
    assert banks.asked == []


@pytest.mark.django_db
def test_only_who_is_signed_in_moves_the_clock(client: Client, banks: Banks) -> None:
    answer = client.post("/sandbox/clock/move/", {"move": "hour"})

    assert answer.headers["Location"].startswith("/account/login/")
    assert banks.asked == []


def test_a_form_from_elsewhere_moves_nothing(kari: Any, banks: Banks) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(kari)

    answer = strict.post("/sandbox/clock/move/", {"move": "hour"})

    assert answer.status_code == 403
    assert "Skjemaet var for gammelt" in answer.content.decode()
    assert banks.asked == []


def test_a_get_moves_nothing(signed_in: Client, banks: Banks) -> None:
    assert signed_in.get("/sandbox/clock/move/").status_code == 405
    assert banks.asked == []
