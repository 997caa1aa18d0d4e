"""Answers from the bank find the file that they answer, whatever we knew of it; those that answer nothing are kept."""

import pytest

from bank_gateway.models import Connection, Deviation, IncomingState, OutgoingFile, OutgoingState
from bank_gateway.relay.lines import open_channel
from bank_gateway.relay.services import examine_doubt, send_outgoing, sweep, withdraw_outgoing
from companies.models import Alarm
from tests.bank_gateway.relay.bank_messages import pain002
from tests.bank_gateway.relay.conftest import SYSTEM, Heard, NotingTaker, queue_file, receive
from tests.bank_gateway.relay.test_sending_exactly_once import WorkerDied, broken, die, let_lease_expire
from tests.bank_gateway.sftp_bank import SftpBank


def sent_file(line: Connection) -> OutgoingFile:
    outgoing = queue_file(line)
    assert send_outgoing(outgoing_id=outgoing.pk)
    return outgoing


def test_an_answer_reaches_the_room_with_the_file_that_it_answers(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    outgoing = sent_file(line)
    file = receive(bank, line, pain002("MSG-1"))
    assert file.state == IncomingState.APPLIED
    assert (file.message_type, file.message_id) == ("pain.002.001.03", "STS-1")
    outgoing.refresh_from_db()
    assert outgoing.state == OutgoingState.ANSWERED
    (report,) = taker.reports
    assert (report.outgoing_id, report.subject_id) == (outgoing.pk, outgoing.subject_id)
    assert report.group_status == "ACTC"
    assert report.created_at.isoformat() == "2026-11-24T10:00:00+01:00"
    assert not Deviation.objects.exists()


def test_a_group_reject_rejects_the_file(line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker) -> None:
    outgoing = sent_file(line)
    receive(bank, line, pain002("MSG-1", status="RJCT", reason="FF01"))
    outgoing.refresh_from_db()
    assert outgoing.state == OutgoingState.REJECTED
    assert not taker.reports[0].may_be_duplicate


@pytest.mark.parametrize("renames", [1, 2])
def test_a_duplicate_reject_proves_receipt_and_rejects_nothing(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker, renames: int
) -> None:
    outgoing = sent_file(line)
    OutgoingFile.objects.update(renames=renames, attempt=renames)
    receive(bank, line, pain002("MSG-1", status="RJCT", reason="AM05"))
    outgoing.refresh_from_db()
    assert outgoing.state == OutgoingState.ANSWERED
    assert taker.reports[0].may_be_duplicate
    assert taker.reports[0].delivered_more_than_once == (renames > 1)


@pytest.mark.parametrize(("renames", "may_be"), [(1, False), (2, True)])
def test_a_reject_in_words_alone_may_be_about_a_second_copy_only_if_there_can_be_one(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker, renames: int, may_be: bool
) -> None:
    sent_file(line)
    OutgoingFile.objects.update(renames=renames, attempt=renames)
    receive(bank, line, pain002("MSG-1", status="RJCT", reason="NARR"))
    assert taker.reports[0].may_be_duplicate == may_be


def test_an_answer_ends_doubt_since_it_proves_that_the_file_left(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    outgoing = queue_file(line)

    def rename_and_die(real: object, part: str, name: str) -> None:
        open_channel(line).rename_uploaded(part, name)
        (bank.to_bank / name).unlink()
        raise WorkerDied

    with pytest.raises(WorkerDied):
        send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(rename_uploaded=rename_and_die))
    let_lease_expire(outgoing)
    from bank_gateway.relay.services import note_lost_renames

    assert note_lost_renames(outgoing_id=outgoing.pk)
    receive(bank, line, pain002("MSG-1"))
    outgoing.refresh_from_db()
    assert outgoing.state == OutgoingState.ANSWERED
    assert heard.words == ["in_doubt", "sent"]
    assert not Alarm.objects.filter(code="outgoing_in_doubt", cleared_at=None).exists()
    assert examine_doubt(outgoing_id=outgoing.pk) == OutgoingState.ANSWERED


@pytest.mark.parametrize("step", ["upload_part", "rename_uploaded"])
def test_an_answer_before_we_know_that_it_was_sent_is_believed_and_it_is_not_sent_again(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker, step: str
) -> None:
    outgoing = queue_file(line)
    with pytest.raises(WorkerDied):
        send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(**{step: die}))
    receive(bank, line, pain002("MSG-1"))
    outgoing.refresh_from_db()
    assert outgoing.state == OutgoingState.ANSWERED
    assert heard.words == ["sent"]
    OutgoingFile.objects.update(created_at="2026-01-01T00:00:00Z")
    assert sweep().outgoing == ()
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert bank.arrived() == {}


def test_an_answer_to_an_unknown_file_is_kept_and_is_an_alarm(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    file = receive(bank, line, pain002("NEVER-SENT"))
    assert file.state == IncomingState.APPLIED
    assert Deviation.objects.get().kind == "unknown_message"
    assert Alarm.objects.filter(code="answer_to_unknown_file", severity="red").count() == 1
    assert taker.reports == []


def test_an_answer_to_a_withdrawn_file_is_kept_and_is_an_alarm(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    outgoing = queue_file(line)
    withdraw_outgoing(outgoing_id=outgoing.pk, actor=SYSTEM)
    receive(bank, line, pain002("MSG-1"))
    assert Deviation.objects.get().kind == "unknown_message"
    outgoing.refresh_from_db()
    assert outgoing.state == OutgoingState.WITHDRAWN


def test_statuses_that_nobody_takes_become_deviations(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    sent_file(line)
    taker.condition = "level <> 'group'"
    receive(bank, line, pain002("MSG-1"))
    assert Deviation.objects.get().kind == "unclaimed"
    assert Alarm.objects.filter(code="bank_file_unclaimed").count() == 1
