"""The same order sent twice at the same moment: one is stored, the other is told, and no duplicate slips through."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from remittance.intake import storing
from remittance.models import Remittance
from remittance.services import receive
from remittance.services.advance import advance_remittance

from .builders import make_sender, order, payment

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 20


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Run the calls in threads of their own, each with its own connection, and return their answers."""
    answers: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        try:
            answers[place] = calls[place]()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    return answers


def meet(monkeypatch: pytest.MonkeyPatch, where: Any, name: str) -> None:
    """Let two callers of a function go on only when both have come to it, or the first after it has waited."""
    barrier, real = threading.Barrier(2), getattr(where, name)

    def together(*args: Any, **kwargs: Any) -> Any:
        with contextlib.suppress(threading.BrokenBarrierError):
            barrier.wait(3)
        return real(*args, **kwargs)

    monkeypatch.setattr(where, name, together)


def test_the_second_of_two_with_one_message_id_is_told_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    sender = make_sender()
    meet(monkeypatch, receive, "_insert")
    first, second = (order(payment(n), message_id="R-1") for n in (1, 2))

    answers = at_once([lambda: sender.send_json(first), lambda: sender.send_json(second)])

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    stored, refused = sorted(answers, key=lambda answer: int(answer.status_code))
    assert refused.json()["code"] == "duplicate_message"
    assert refused.json()["remittance"] == stored.json()["id"]


def test_two_orders_of_one_payment_at_once_are_seen_as_duplicates(monkeypatch: pytest.MonkeyPatch) -> None:
    sender = make_sender()
    meet(monkeypatch, storing, "find_duplicates")

    answers = at_once([lambda: sender.send_json(order()) for _ in range(2)])
    for answer in answers:
        advance_remittance(remittance_id=answer.json()["id"])

    assert [answer.status_code for answer in answers] == [201, 201]
    assert sorted(Remittance.objects.values_list("status", flat=True)) == ["approved", "awaiting_approval"]
