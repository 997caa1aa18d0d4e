"""A file that nobody can read is set aside when the bank has sent another in its place: kept whole, never applied."""

import pytest

from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from autopay_portal.core.ids import uuid7
from bank_gateway.models import Connection, IncomingFile
from bank_gateway.relay.services import apply_incoming, replay_quarantined, set_aside_quarantined, sweep
from companies.actors import Actor
from companies.models import Alarm, AuditEvent
from tests.bank_gateway.relay.bank_messages import Notice, camt054
from tests.bank_gateway.relay.conftest import NotingTaker, receive
from tests.bank_gateway.sftp_bank import SftpBank
from tests.companies.builders import make_operator


@pytest.fixture
def operator(db: None) -> Actor:
    return Actor.user(make_operator())


@pytest.fixture
def unreadable(line: Connection, bank: SftpBank, taker: NotingTaker) -> IncomingFile:
    file = receive(bank, line, b"<not-a-message>", name="SIM-ODELAGT.xml")
    assert file.state == "quarantined"
    return file


def test_it_leaves_quarantine_with_who_when_and_why_and_its_alarm_is_over(
    unreadable: IncomingFile, operator: Actor
) -> None:
    set_aside_quarantined(file_id=unreadable.pk, actor=operator, note="  Banken har sendt ny fil  ")

    unreadable.refresh_from_db()
    assert (unreadable.state, unreadable.note) == ("set_aside", "Banken har sendt ny fil")
    assert (unreadable.set_aside_by_id, unreadable.set_aside_at is not None) == (operator.user_id, True)
    assert Alarm.objects.get(code="bank_file_quarantined").cleared_at is not None
    audited = AuditEvent.objects.get(action="incoming_file.set_aside")
    assert (audited.actor_user_id, audited.details["sha256"]) == (operator.user_id, unreadable.sha256)


def test_nothing_of_it_is_ever_applied_by_itself(unreadable: IncomingFile, operator: Actor, taker: NotingTaker) -> None:
    set_aside_quarantined(file_id=unreadable.pk, actor=operator, note="Ny fil kom")

    assert apply_incoming(file_id=unreadable.pk) is None
    assert unreadable.pk not in sweep().incoming
    assert taker.files == []


def test_the_file_that_came_in_its_place_is_applied(
    unreadable: IncomingFile, operator: Actor, line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    set_aside_quarantined(file_id=unreadable.pk, actor=operator, note="Ny fil kom")

    assert receive(bank, line, camt054(Notice()), name="SIM-NY.xml").state == "applied"
    assert len(taker.entries) == 1


def test_it_comes_back_when_somebody_wants_it_read_after_all(unreadable: IncomingFile, operator: Actor) -> None:
    set_aside_quarantined(file_id=unreadable.pk, actor=operator, note="Ny fil kom")

    replay_quarantined(file_id=unreadable.pk, actor=operator)

    unreadable.refresh_from_db()
    assert (unreadable.state, unreadable.set_aside_at, unreadable.set_aside_by_id) == ("stored", None, None)
    apply_incoming(file_id=unreadable.pk)
    unreadable.refresh_from_db()
    assert unreadable.state == "quarantined"
    assert Alarm.objects.get(code="bank_file_quarantined", cleared_at=None).severity == "red"


@pytest.mark.parametrize("note", ["", " \n "])
def test_without_a_note_it_stays(unreadable: IncomingFile, operator: Actor, note: str) -> None:
    with pytest.raises(DomainError) as refused:
        set_aside_quarantined(file_id=unreadable.pk, actor=operator, note=note)

    assert refused.value.code == "note_missing"
    unreadable.refresh_from_db()
    assert unreadable.state == "quarantined"


def test_only_what_is_in_quarantine_is_set_aside_and_only_once(
    unreadable: IncomingFile, operator: Actor, line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    applied = receive(bank, line, camt054(Notice()), name="SIM-GOD.xml")
    set_aside_quarantined(file_id=unreadable.pk, actor=operator, note="Ny fil kom")

    for file in (applied, unreadable):
        with pytest.raises(ConflictError) as refused:
            set_aside_quarantined(file_id=file.pk, actor=operator, note="En gang til")
        assert refused.value.code == "not_in_quarantine"
    with pytest.raises(NotFoundError):
        set_aside_quarantined(file_id=uuid7(), actor=operator, note="Finnes ikke")
