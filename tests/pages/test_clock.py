import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings


class Banks:
    """A control API that notes what it is asked and answers as a test says."""

    def __init__(self) -> None:
        self.now = "2026-11-25T10:42:00+01:00"
        self.status = 200
        self.asked: list[tuple[str, Any]] = []
        self.server = HTTPServer(("127.0.0.1", 0), self._handler())
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=5)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        banks = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(200, {"now": banks.now, "rate": 0})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                banks.asked.append((self.path, body))
                self._answer(banks.status, {"now": banks.now, "rate": 0})

            def _answer(self, status: int, body: dict[str, Any]) -> None:
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return Handler


@pytest.fixture
def banks(settings: Settings) -> Iterator[Banks]:
    started = Banks()
    settings.BANKS_URL = started.url
    yield started
    started.stop()


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
