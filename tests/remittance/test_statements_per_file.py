"""A bank's file of any size is applied in the same few round trips to the database, COPY included."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from autopay_portal.core.copying import copy_csv
from bank_gateway.relay.services import staging

from .answering import AtBank, books, order_at_bank
from .builders import Sender

MOST = 25
NAMES = [f"P{number}" for number in range(40)]


@pytest.fixture
def at_bank(sender: Sender) -> AtBank:
    return order_at_bank(sender, **dict.fromkeys(NAMES, "100.00"))


def accepted(names: list[str]) -> dict[str, Any]:
    return dict.fromkeys(names, "ACCP")


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note what is sent to the database, but for the savepoints that stand for a transaction's ends in a test."""
    sent: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if "SAVEPOINT" not in str(sql):
            sent.append(str(sql))
        return execute(sql, params, many, context)

    def note_copy(*args: Any, **kwargs: Any) -> int:
        sent.append("COPY")
        return copy_csv(*args, **kwargs)

    monkeypatch.setattr(staging, "copy_csv", note_copy)
    with connection.execute_wrapper(note):
        yield sent
    monkeypatch.setattr(staging, "copy_csv", copy_csv)
    # The first and the last are the test's own: the file is noted, and read again.
    assert sent.pop(0).startswith('INSERT INTO "bank_gateway_incomingfile"')
    assert sent.pop().startswith('SELECT "bank_gateway_incomingfile"')


@pytest.mark.django_db
def test_a_report_on_many_payments_takes_no_more_than_one_on_two(
    at_bank: AtBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted(monkeypatch) as few:
        at_bank.report(**accepted(NAMES[:2]))
    with counted(monkeypatch) as many:
        at_bank.report(**accepted(NAMES[2:]), at="2026-11-24T11:00:00")

    assert len(few) == len(many) <= MOST, many


@pytest.mark.django_db
def test_a_notification_of_many_payments_takes_no_more_than_one_of_two(
    at_bank: AtBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted(monkeypatch) as few:
        at_bank.notify(at_bank.debit(*NAMES[:2]))
    with counted(monkeypatch) as many:
        at_bank.notify(at_bank.debit(*NAMES[2:20]), *(at_bank.debit(name) for name in NAMES[20:]))

    assert len(few) == len(many) <= MOST, many
    assert books() == {"1920": "-4000.00", "2400": "4000.00"}
