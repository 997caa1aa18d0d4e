"""What a decision about a deviation would do is found by doing it and undoing it: nothing of the trial is left."""

from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError

from autopay_portal.core.errors import ConflictError, DomainError
from bank_gateway.models import Deviation
from bank_gateway.relay.services import release_deviation, try_release
from bank_gateway.takers import Moved, Posted, Sum
from erp_gateway.models import LedgerBatch, Message
from tests.companies.builders import SETUP

from .answering import AtBank, books, held, order_at_bank
from .builders import Sender

A, B, C = "1000.00", "200.00", "30.00"


@pytest.fixture
def at_bank(sender: Sender) -> AtBank:
    return order_at_bank(sender, A=A, B=B, C=C)


@pytest.fixture
def lump(at_bank: AtBank) -> Deviation:
    """A lump over a whole group of which one is rejected."""
    at_bank.report(A="RJCT", at="2026-11-24T12:00:00")
    at_bank.notify(at_bank.lump("A", "B", "C"))
    return Deviation.objects.get(state="open")


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of the house."""
    rooms = ("companies", "agreements", "bank_gateway", "erp_gateway", "remittance", "payments_in")
    models = [model for room in rooms for model in apps.get_app_config(room).get_models()]
    return {model.__name__: sorted(model._default_manager.values_list(), key=repr) for model in models}


def test_a_trial_tells_what_would_move_and_be_posted(lump: Deviation, at_bank: AtBank) -> None:
    effects = try_release(deviation_id=lump.pk, decision="lump_with_ended").effects

    name, order = at_bank.sender.company.name, at_bank.remittance().message_id
    assert sorted(effects.moved, key=repr) == [
        Moved(name, order, "received_by_bank", "paid", Sum(2, 23_000, "NOK")),
        Moved(name, order, "rejected_by_bank", "paid", Sum(1, 100_000, "NOK")),
    ]
    assert effects.posted == (Posted(name, "1920", 0, 123_000, "NOK"), Posted(name, "2400", 123_000, 0, "NOK"))
    assert effects.received == ()


def test_a_trial_leaves_no_row_changed(lump: Deviation) -> None:
    before = everything()

    for _ in range(2):
        try_release(deviation_id=lump.pk, decision="lump_with_ended")
    with pytest.raises(DomainError):
        try_release(deviation_id=lump.pk)

    assert everything() == before


def test_a_release_after_trials_takes_the_next_numbers_without_a_hole(lump: Deviation, at_bank: AtBank) -> None:
    trials = [try_release(deviation_id=lump.pk, decision="lump_with_ended") for _ in range(3)]
    assert len({trial.seen for trial in trials}) == 1

    release_deviation(
        deviation_id=lump.pk, actor=SETUP, note="Banken bekrefter", decision="lump_with_ended", seen=trials[0].seen
    )

    assert set(at_bank.states().values()) == {"paid"}
    assert [batch.number for batch in LedgerBatch.objects.all()] == [1]
    sequences = list(Message.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, len(sequences) + 1))


def test_a_release_that_would_do_something_else_than_was_seen_does_nothing(lump: Deviation, at_bank: AtBank) -> None:
    seen = try_release(deviation_id=lump.pk, decision="lump_with_ended").seen
    at_bank.report(B="RJCT", at="2026-11-24T13:00:00")

    with pytest.raises(ConflictError) as refused:
        release_deviation(deviation_id=lump.pk, actor=SETUP, note="x", decision="lump_with_ended", seen=seen)

    assert refused.value.code == "deviation_changed"
    assert (books(), held()) == ({}, [("lump_differs", "1230.00")])


def test_what_only_the_commit_would_refuse_the_trial_refuses(lump: Deviation, monkeypatch: pytest.MonkeyPatch) -> None:
    from remittance.answers import ledger

    bank_line = "sum(amount) ELSE 0 END AS credit"
    assert bank_line in ledger._LINES
    monkeypatch.setattr(ledger, "_LINES", ledger._LINES.replace(bank_line, "1 ELSE 0 END AS credit"))

    with pytest.raises(IntegrityError, match="debits 123000 and credits 1"):
        try_release(deviation_id=lump.pk, decision="lump_with_ended")


@pytest.mark.parametrize("version", ["02", "08"])
def test_an_answer_of_an_unknown_file_and_a_status_of_nobody_can_be_tried(at_bank: AtBank, version: str) -> None:
    at_bank.report(A="ACCP", FREMMED="RJCT", at="2026-11-24T12:00:00", version={"02": "03", "08": "10"}[version])
    AtBank(at_bank.sender, "APDETTEERIKKEVAARFIL", at_bank.amounts).report(A="RJCT", at="2026-11-24T12:00:00")
    before = everything()

    for deviation, code in zip(
        Deviation.objects.order_by("kind"), ("deviation_still_unclaimed", "message_still_unknown"), strict=True
    ):
        with pytest.raises(DomainError) as refused:
            try_release(deviation_id=deviation.pk)
        assert refused.value.code == code
    assert everything() == before
