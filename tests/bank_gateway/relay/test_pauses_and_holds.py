"""Outgoing files stop when an operator says so, and by themselves after the database was restored."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from autopay_portal.core.ids import uuid7
from bank_gateway.models import Connection, ForgottenUpload, OutgoingFile, OutgoingState, Pause
from bank_gateway.relay import journal
from bank_gateway.relay.services import lift_pause, pause_outgoing, send_outgoing, sweep
from companies.actors import Actor
from companies.models import Alarm, AuditEvent
from companies.services import create_user
from tests.bank_gateway.relay.conftest import SYSTEM, Heard, queue_file
from tests.bank_gateway.sftp_bank import SftpBank


@pytest.fixture
def operator(db: None) -> Actor:
    return Actor.user(create_user(email="sentralen@autopay.example", name="Sentralen", actor=SYSTEM))


@pytest.mark.parametrize("scope", ["whole", "bank", "company", "agreement"])
def test_a_pause_stops_what_it_covers_until_it_is_lifted(
    line: Connection, bank: SftpBank, heard: Heard, operator: Actor, scope: str
) -> None:
    agreement = uuid7()
    outgoing = queue_file(line, agreement_id=agreement)
    named: dict[str, Any] = {"bank": "dnb", "company": line.company_id, "agreement": agreement}
    field = {"bank": "bank", "company": "company_id", "agreement": "agreement_id"}.get(scope)
    covers = {field: named[scope]} if field else {}
    pause = pause_outgoing(scope=scope, actor=operator, reason="The bank asked us to wait", **covers)
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert bank.arrived() == {}
    lift_pause(pause_id=pause.pk, actor=operator)
    assert send_outgoing(outgoing_id=outgoing.pk)
    actions = set(AuditEvent.objects.filter(subject_kind="pause").values_list("action", flat=True))
    assert actions == {"outgoing.paused", "outgoing.resumed"}


def test_a_pause_of_something_else_stops_nothing(
    line: Connection, bank: SftpBank, heard: Heard, operator: Actor
) -> None:
    outgoing = queue_file(line, agreement_id=uuid7())
    pause_outgoing(scope="bank", bank="nordea", actor=operator, reason="Nordea is down")
    pause_outgoing(scope="agreement", agreement_id=uuid7(), actor=operator, reason="Wrong account")
    assert send_outgoing(outgoing_id=outgoing.pk)


@pytest.mark.parametrize(
    "named",
    [{"scope": "bank"}, {"scope": "whole", "bank": "dnb"}, {"scope": "moon"}, {"scope": "company", "bank": "dnb"}],
)
def test_a_pause_names_exactly_what_it_covers(operator: Actor, named: dict[str, str]) -> None:
    with pytest.raises(DomainError) as refused:
        pause_outgoing(actor=operator, reason="Why not", **named)  # type: ignore[arg-type]
    assert refused.value.code == "pause_scope_invalid"


def test_the_same_pause_is_not_laid_twice_and_not_lifted_twice(operator: Actor) -> None:
    pause = pause_outgoing(scope="whole", actor=operator, reason="Stop")
    with pytest.raises(ConflictError):
        pause_outgoing(scope="whole", actor=operator, reason="Stop")
    lift_pause(pause_id=pause.pk, actor=operator)
    with pytest.raises(NotFoundError):
        lift_pause(pause_id=pause.pk, actor=operator)
    pause_outgoing(scope="whole", actor=operator, reason="Stop again")


def test_a_pause_says_why(operator: Actor) -> None:
    with pytest.raises(DomainError) as refused:
        pause_outgoing(scope="whole", actor=operator, reason="  ")
    assert refused.value.code == "pause_reason_missing"


def restore(outgoing: OutgoingFile) -> None:
    """Put the row back to what a backup made before the upload says."""
    OutgoingFile.objects.filter(pk=outgoing.pk).update(
        state="queued", attempt=0, renames=0, sent_at=None, renaming_at=None, sent_business_at=None
    )


def test_a_restored_database_holds_every_bank_and_sends_nothing_twice(
    line: Connection, bank: SftpBank, heard: Heard, operator: Actor
) -> None:
    sent, other = queue_file(line, number=1), queue_file(line, number=2)
    send_outgoing(outgoing_id=sent.pk)
    (bank.to_bank / "AP-MSG-1.xml").unlink()
    restore(sent)
    assert not send_outgoing(outgoing_id=other.pk)
    assert not send_outgoing(outgoing_id=sent.pk)
    assert bank.arrived() == {}
    assert Alarm.objects.filter(code="relay_on_hold_after_restore", severity="red", cleared_at=None).count() == 1
    sent.refresh_from_db()
    assert (sent.state, sent.attempt, sent.renames) == ("in_doubt", 1, 1)
    lift_pause(pause_id=Pause.objects.get(lifted_at=None).pk, actor=operator)
    assert send_outgoing(outgoing_id=other.pk)
    assert not send_outgoing(outgoing_id=sent.pk)
    assert list(bank.arrived()) == ["AP-MSG-2.xml"]
    assert not Alarm.objects.filter(code="relay_on_hold_after_restore", cleared_at=None).exists()


def test_a_file_that_the_database_forgot_is_not_sent_when_it_is_written_anew(
    line: Connection, bank: SftpBank, heard: Heard, operator: Actor
) -> None:
    forgotten = queue_file(line, number=1)
    send_outgoing(outgoing_id=forgotten.pk)
    (bank.to_bank / "AP-MSG-1.xml").unlink()
    forgotten.delete()
    anew = queue_file(line, number=1)
    assert not send_outgoing(outgoing_id=anew.pk)
    assert ForgottenUpload.objects.count() == 1
    lift_pause(pause_id=Pause.objects.get(lifted_at=None).pk, actor=operator)
    assert not send_outgoing(outgoing_id=anew.pk)
    anew.refresh_from_db()
    assert anew.state == OutgoingState.IN_DOUBT
    assert bank.arrived() == {}


def test_an_upload_that_only_began_is_known_to_the_journal_too(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line)
    bank.stop()
    send_outgoing(outgoing_id=outgoing.pk)
    bank.start()
    restore(outgoing)
    OutgoingFile.objects.update(next_attempt_at=None)
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert Pause.objects.filter(lifted_at=None, bank="dnb").count() == 1


def test_an_operators_own_pause_outlives_nothing_and_is_marked_by_the_hold(
    line: Connection, bank: SftpBank, heard: Heard, operator: Actor
) -> None:
    outgoing = queue_file(line)
    send_outgoing(outgoing_id=outgoing.pk)
    restore(outgoing)
    pause_outgoing(scope="bank", bank="dnb", actor=operator, reason="The bank asked us to wait")
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert Pause.objects.get(lifted_at=None).journal_offset == journal.size()


def test_a_line_that_a_crash_tore_is_left_out_and_closed_off(line: Connection, bank: SftpBank, heard: Heard) -> None:
    first, second = queue_file(line, number=1), queue_file(line, number=2)
    send_outgoing(outgoing_id=first.pk)
    with Path(configured.CHANNEL_JOURNAL).open("ab") as file:
        file.write(b'{"event":"begin","outgo')
    assert send_outgoing(outgoing_id=second.pk)
    assert [line.message_id for line in journal.lines(after=0)] == ["MSG-1", "MSG-1", "MSG-2", "MSG-2"]


def test_the_journal_holds_no_amounts_or_names_of_people(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line, content=b"<Document>Kari Nordmann</Document>")
    send_outgoing(outgoing_id=outgoing.pk)
    text = Path(configured.CHANNEL_JOURNAL).read_text()
    assert set(json.loads(text.splitlines()[0])) == {
        "event", "outgoing", "attempt", "bank", "message_id", "name", "sha256", "at", "order", "generation", "company",
    }  # fmt: skip
    assert "Kari" not in text


def test_a_paused_file_is_not_pointed_out_by_the_sweep(
    line: Connection, bank: SftpBank, heard: Heard, operator: Actor
) -> None:
    queue_file(line)
    OutgoingFile.objects.update(created_at="2026-01-01T00:00:00Z")
    pause_outgoing(scope="whole", actor=operator, reason="Stop")
    assert sweep().outgoing == ()
