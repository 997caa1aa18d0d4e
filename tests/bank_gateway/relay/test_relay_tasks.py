"""The relay's tasks carry ids, may run twice, and may be lost with the whole broker."""

from typing import Any

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from autopay_portal.celery import app
from bank_gateway import tasks
from bank_gateway.models import Connection, IncomingFile, OutgoingFile
from tests.bank_gateway.relay.bank_messages import Notice, camt054
from tests.bank_gateway.relay.conftest import Heard, NotingTaker, queue_file
from tests.bank_gateway.sftp_bank import SftpBank


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[str, ...]]]:
    given: list[tuple[str, tuple[str, ...]]] = []

    def note(task: str, *, kwargs: dict[str, str], **_: Any) -> None:
        given.append((task, tuple(kwargs.values())))

    monkeypatch.setattr(app, "send_task", note)
    return given


@pytest.mark.django_db(transaction=True)
def test_a_queued_file_is_hinted_at_after_the_commit_and_only_then(
    line: Connection, heard: Heard, hints: list[Any]
) -> None:
    with transaction.atomic():
        outgoing = queue_file(line)
        assert hints == []
    assert hints == [("bank_gateway.send_outgoing", (str(outgoing.pk),))]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_loses_only_the_hint(
    line: Connection, bank: SftpBank, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patched:
        patched.setattr(app, "send_task", down)
        outgoing = queue_file(line)
    OutgoingFile.objects.update(created_at="2026-01-01T00:00:00Z")
    given: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda _, kwargs, **__: given.extend(kwargs.values()))
    tasks.sweep()
    assert given == [str(outgoing.pk)]
    tasks.send_outgoing(str(outgoing.pk))
    tasks.send_outgoing(str(outgoing.pk))
    assert list(bank.arrived()) == ["AP-MSG-1.xml"]
    assert heard.words == ["sent"]


def test_the_way_in_runs_by_tasks_that_may_all_run_twice(
    line: Connection, bank: SftpBank, taker: NotingTaker, hints: list[Any]
) -> None:
    bank.put("SIM-1.xml", camt054(Notice()))
    tasks.fetch_due()
    assert hints == [("bank_gateway.fetch_connection", (str(line.pk),))]
    for _ in range(3):
        tasks.fetch_connection(str(line.pk))
    file = IncomingFile.objects.get()
    for _ in range(2):
        tasks.apply_incoming(str(file.pk))
    assert len(taker.entries) == 1


def test_beat_and_routes_name_tasks_that_exist() -> None:
    app.loader.import_default_modules()
    named = {entry["task"] for entry in app.conf.beat_schedule.values()} | set(app.conf.task_routes)
    assert {name for name in named if name.startswith("bank_gateway.")} <= set(app.tasks)
