"""What a start refuses: a database that can forget, a sandbox in reach of others, a real bank behind a sandbox."""

import os
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import connection

from autopay_portal import start_checks
from autopay_portal.sandbox.management.commands import prepare_sandbox


def _messages(found: list[Any]) -> str:
    return " ".join(f"{message.id} {message.msg}" for message in found)


@pytest.mark.django_db
def test_a_database_that_can_forget_is_refused(settings: Any) -> None:
    # The suite's own server runs without fsync, so the check has something to find.
    settings.TESTING = False

    found = _messages(start_checks.check_durability(databases=["default"]))

    assert "PostgreSQL runs with fsync off" in found
    assert "PostgreSQL runs with full_page_writes off" in found
    assert "PostgreSQL runs with synchronous_commit off" in found


@pytest.mark.django_db
def test_the_check_sees_what_a_session_gets_and_not_only_the_server() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")

        assert start_checks.unsafe_settings() == ["fsync", "full_page_writes"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"])
def test_loopback_is_this_machine(host: str) -> None:
    assert start_checks.is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "bank.example", "localhost.example", ""])  # noqa: S104
def test_everything_else_is_not(host: str) -> None:
    assert not start_checks.is_loopback(host)


@pytest.mark.parametrize(
    ("arguments", "environ", "host"),
    [
        (["granian", "--host", "0.0.0.0"], {}, "0.0.0.0"),  # noqa: S104
        (["granian", "--host=10.1.1.1"], {}, "10.1.1.1"),
        (["granian"], {"GRANIAN_HOST": "0.0.0.0"}, "0.0.0.0"),  # noqa: S104
        (["granian"], {}, "127.0.0.1"),
        (["manage.py", "check"], {}, "127.0.0.1"),
        (["manage.py", "runserver", "0.0.0.0:8000"], {}, "0.0.0.0"),  # noqa: S104
        (["manage.py", "runserver", "--noreload", "8000"], {}, "127.0.0.1"),
    ],
)
def test_it_knows_what_the_web_server_was_told_to_listen_on(
    arguments: list[str], environ: dict[str, str], host: str
) -> None:
    assert start_checks.bound_host(arguments, environ) == host


@pytest.mark.parametrize(
    ("setting", "value"), [("PUBLIC_URL", "https://autopay.example"), ("BANKS_URL", "http://10.0.0.9:8001")]
)
def test_a_sandbox_with_an_address_beyond_this_machine_does_not_start(settings: Any, setting: str, value: str) -> None:
    setattr(settings, setting, value)

    with pytest.raises(ImproperlyConfigured, match="Sandbox mode refuses"):
        start_checks.refuse_exposed_sandbox()
    assert "autopay.E001" in _messages(start_checks.check_mode())


def test_a_sandbox_told_to_listen_everywhere_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANIAN_HOST", "0.0.0.0")  # noqa: S104

    with pytest.raises(ImproperlyConfigured, match="--host"):
        start_checks.refuse_exposed_sandbox()


def test_production_may_have_both(settings: Any) -> None:
    settings.SANDBOX = False
    settings.PUBLIC_URL = "https://autopay.example"

    start_checks.refuse_exposed_sandbox()
    assert start_checks.check_mode() == []


def test_production_without_keys_is_refused(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SANDBOX = False
    settings.KEY_RING = ""
    monkeypatch.delenv("DATABASE_URL")

    assert {"autopay.E002", "autopay.E003"} == {message.id for message in start_checks.check_mode()}


@pytest.mark.django_db
def test_a_sandbox_with_a_line_to_a_real_bank_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    class Connections:
        objects: Any = None

    class Rows:
        @staticmethod
        def values_list(*_fields: str, flat: bool) -> list[str]:
            assert flat
            return ["127.0.0.1", "sftp.bank.example"]

    Connections.objects = Rows()
    monkeypatch.setattr(apps, "get_model", lambda *_names: Connections)

    with pytest.raises(CommandError, match=r"sftp\.bank\.example, which is not this machine"):
        prepare_sandbox.refuse_real_banks()


def test_the_suite_itself_runs_on_an_embedded_server() -> None:
    assert "autopay-test-" in os.environ["DATABASE_URL"]
