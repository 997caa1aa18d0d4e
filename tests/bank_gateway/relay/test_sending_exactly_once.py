"""The path of one file to the bank, broken off at every step: sent once, or in doubt, never twice."""

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection as database
from django.db.models import F
from django.db.models.functions import Now

from bank_gateway.channels.errors import BankChannelError
from bank_gateway.models import Connection, OutgoingFile, OutgoingState
from bank_gateway.relay.lines import open_channel
from bank_gateway.relay.services import advance_outgoing, examine_doubt, send_outgoing, sweep
from companies.models import Alarm
from companies.services import sweep_alarms
from tests.bank_gateway.relay.conftest import Heard, queue_file
from tests.bank_gateway.sftp_bank import SftpBank


class WorkerDied(BaseException):
    """What a kill -9 looks like from inside: nothing after it runs."""


class Broken:
    """The real channel, with one call replaced."""

    def __init__(self, connection: Connection, **replaced: Callable[..., Any]) -> None:
        self.real = open_channel(connection)
        self.replaced = replaced

    def __getattr__(self, name: str) -> Any:
        if name in self.replaced:
            return lambda *arguments: self.replaced[name](self.real, *arguments)
        return getattr(self.real, name)


def broken(**replaced: Callable[..., Any]) -> Callable[[Connection], Any]:
    return lambda connection: Broken(connection, **replaced)


def state_of(outgoing: OutgoingFile) -> OutgoingState:
    outgoing.refresh_from_db()
    return OutgoingState(outgoing.state)


def let_lease_expire(outgoing: OutgoingFile) -> None:
    OutgoingFile.objects.filter(pk=outgoing.pk).update(lease_until=Now() - timedelta(seconds=1))


def long_ago(outgoing: OutgoingFile) -> None:
    """Let lease, longest transfer and the bank's answer time be over."""
    day = timedelta(days=1)
    OutgoingFile.objects.filter(pk=outgoing.pk).update(
        renaming_at=F("renaming_at") - day,
        in_doubt_at=F("in_doubt_at") - day,
        in_doubt_business_at=F("in_doubt_business_at") - day,
    )


def journal_events() -> list[tuple[str, int]]:
    lines = Path(configured.CHANNEL_JOURNAL).read_text().splitlines()
    return [(line["event"], line["attempt"]) for line in map(json.loads, lines)]


def die(*_: Any, **__: Any) -> None:
    raise WorkerDied


def test_a_file_is_sent_with_the_bytes_that_were_stored(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line, content=b"<Document>many bytes</Document>")
    assert send_outgoing(outgoing_id=outgoing.pk)
    assert bank.arrived() == {"AP-MSG-1.xml": b"<Document>many bytes</Document>"}
    assert state_of(outgoing) == OutgoingState.SENT
    assert outgoing.sent_at is not None
    assert outgoing.renames == 1
    assert heard.told == [("sent", outgoing.pk)]
    assert journal_events() == [("begin", 1), ("renamed", 1)]
    line.refresh_from_db()
    assert line.last_heard_at is not None


def test_a_file_that_was_sent_is_not_sent_again(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line)
    send_outgoing(outgoing_id=outgoing.pk)
    (bank.to_bank / "AP-MSG-1.xml").unlink()
    assert not send_outgoing(outgoing_id=outgoing.pk)
    advance_outgoing(outgoing_id=outgoing.pk)
    assert bank.arrived() == {}
    assert heard.words == ["sent"]


def test_a_worker_that_dies_before_the_upload_leaves_the_file_to_the_next(
    line: Connection, bank: SftpBank, heard: Heard
) -> None:
    outgoing = queue_file(line)
    with pytest.raises(WorkerDied):
        send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(upload_part=die))
    assert state_of(outgoing) == OutgoingState.UPLOADING
    assert not send_outgoing(outgoing_id=outgoing.pk)  # the lease still holds
    let_lease_expire(outgoing)
    assert send_outgoing(outgoing_id=outgoing.pk)
    assert state_of(outgoing) == OutgoingState.SENT
    assert outgoing.attempt == 2
    assert outgoing.renames == 1
    assert list(bank.arrived()) == ["AP-MSG-1.xml"]


def test_a_worker_that_dies_after_the_upload_leaves_a_part_and_the_next_sends(
    line: Connection, bank: SftpBank, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing = queue_file(line)
    with monkeypatch.context() as patched:
        patched.setattr("bank_gateway.relay.services.outgoing.begin_rename", die)
        with pytest.raises(WorkerDied):
            send_outgoing(outgoing_id=outgoing.pk)
    assert (bank.to_bank / "AP-MSG-1.xml.1.part").exists()
    let_lease_expire(outgoing)
    assert send_outgoing(outgoing_id=outgoing.pk)
    assert bank.arrived() == {"AP-MSG-1.xml": b"<Document/>"}


def test_a_worker_that_dies_while_it_renames_leaves_doubt_that_is_never_resent(
    line: Connection, bank: SftpBank, heard: Heard
) -> None:
    outgoing = queue_file(line)

    def rename_and_die(real: Any, part: str, name: str) -> None:
        real.rename_uploaded(part, name)
        (bank.to_bank / name).unlink()  # the bank takes files away at once
        raise WorkerDied

    with pytest.raises(WorkerDied):
        send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(rename_uploaded=rename_and_die))
    assert state_of(outgoing) == OutgoingState.RENAMING
    advance_outgoing(outgoing_id=outgoing.pk)
    assert state_of(outgoing) == OutgoingState.RENAMING  # the lease still holds
    let_lease_expire(outgoing)
    advance_outgoing(outgoing_id=outgoing.pk)
    assert state_of(outgoing) == OutgoingState.IN_DOUBT
    assert heard.words == ["in_doubt"]
    assert Alarm.objects.filter(code="outgoing_in_doubt", severity="red", cleared_at=None).count() == 1
    long_ago(outgoing)
    advance_outgoing(outgoing_id=outgoing.pk)
    assert state_of(outgoing) == OutgoingState.IN_DOUBT  # neither name nor part: nobody knows
    assert bank.arrived() == {}


def test_a_rename_that_the_bank_confirmed_is_known_though_the_database_went_down(
    line: Connection, bank: SftpBank, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing = queue_file(line)
    with monkeypatch.context() as patched:
        patched.setattr("bank_gateway.relay.services.outgoing.mark_sent", die)
        with pytest.raises(WorkerDied):
            send_outgoing(outgoing_id=outgoing.pk)
    (bank.to_bank / "AP-MSG-1.xml").unlink()  # the bank takes files away at once
    let_lease_expire(outgoing)
    advance_outgoing(outgoing_id=outgoing.pk)
    assert state_of(outgoing) == OutgoingState.SENT
    assert heard.words == ["in_doubt", "sent"]
    assert not Alarm.objects.filter(code="outgoing_in_doubt", cleared_at=None).exists()


def test_a_doubt_ends_when_the_final_name_lies_at_the_bank(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line)

    def rename_and_lose_the_line(real: Any, part: str, name: str) -> None:
        real.rename_uploaded(part, name)
        raise BankChannelError("the line broke", permanent=False)

    assert not send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(rename_uploaded=rename_and_lose_the_line))
    assert state_of(outgoing) == OutgoingState.IN_DOUBT
    assert examine_doubt(outgoing_id=outgoing.pk) == OutgoingState.SENT
    assert heard.words == ["in_doubt", "sent"]
    assert not Alarm.objects.filter(code="outgoing_in_doubt", cleared_at=None).exists()


def test_a_lone_part_proves_only_after_the_wait_that_the_file_never_left(
    line: Connection, bank: SftpBank, heard: Heard
) -> None:
    outgoing = queue_file(line, content=b"<Document>the same bytes</Document>")

    def lose_the_line(real: Any, part: str, name: str) -> None:
        raise BankChannelError("the line broke", permanent=False)

    send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(rename_uploaded=lose_the_line))
    assert examine_doubt(outgoing_id=outgoing.pk) == OutgoingState.IN_DOUBT
    long_ago(outgoing)
    assert examine_doubt(outgoing_id=outgoing.pk) == OutgoingState.QUEUED
    assert heard.words == ["in_doubt", "never_left"]
    assert send_outgoing(outgoing_id=outgoing.pk)
    assert bank.arrived() == {"AP-MSG-1.xml": b"<Document>the same bytes</Document>"}
    outgoing.refresh_from_db()
    assert outgoing.renames == 2  # a duplicate reject of it wouldn't be acceptance


def test_a_late_rename_after_the_proof_finds_no_part(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line)
    late: list[Callable[[], None]] = []

    def stall(real: Any, part: str, name: str) -> None:
        late.append(lambda: real.rename_uploaded(part, name))
        raise BankChannelError("no answer in time", permanent=False)

    send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(rename_uploaded=stall))
    long_ago(outgoing)
    examine_doubt(outgoing_id=outgoing.pk)
    with pytest.raises(BankChannelError):
        late[0]()
    assert bank.arrived() == {}


def test_a_bank_that_lets_nobody_remove_a_part_is_believed_by_the_look_alone(
    line: Connection, bank: SftpBank, heard: Heard
) -> None:
    outgoing = queue_file(line)

    def lose_the_line(real: Any, part: str, name: str) -> None:
        raise BankChannelError("the line broke", permanent=False)

    def refuse(real: Any, part: str) -> bool:
        raise BankChannelError("not allowed", permanent=True)

    send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(rename_uploaded=lose_the_line))
    refusing = broken(remove_part=refuse)
    assert examine_doubt(outgoing_id=outgoing.pk, channel_of=refusing) == OutgoingState.IN_DOUBT
    long_ago(outgoing)
    assert examine_doubt(outgoing_id=outgoing.pk, channel_of=refusing) == OutgoingState.QUEUED
    assert send_outgoing(outgoing_id=outgoing.pk)


def test_a_final_name_of_another_size_is_no_proof(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line)
    (bank.to_bank / "AP-MSG-1.xml").write_bytes(b"somebody else's")
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert examine_doubt(outgoing_id=outgoing.pk) == OutgoingState.IN_DOUBT


def test_a_worker_with_a_stale_lease_gives_up_before_the_rename(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line)

    def another_takes_over(real: Any, name: str, chunks: Any) -> int:
        size: int = real.upload_part(name, chunks)
        let_lease_expire(outgoing)
        assert send_outgoing(outgoing_id=outgoing.pk)
        return size

    assert not send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(upload_part=another_takes_over))
    assert state_of(outgoing) == OutgoingState.SENT
    assert outgoing.attempt == 2
    assert heard.words == ["sent"]


def test_a_worker_past_its_own_deadline_gives_up_though_the_row_is_still_its(
    line: Connection, bank: SftpBank, heard: Heard, settings: Any
) -> None:
    outgoing = queue_file(line)
    settings.RELAY_LEASE = 30
    settings.RELAY_LEASE_MARGIN = 30
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert bank.arrived() == {}
    assert state_of(outgoing) == OutgoingState.UPLOADING
    assert heard.words == []


def test_a_worker_that_is_late_between_the_commit_and_the_rename_takes_it_back(
    line: Connection, bank: SftpBank, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing = queue_file(line)
    late = iter([False, True])
    monkeypatch.setattr("bank_gateway.relay.services.sending._Upload.is_late", lambda upload: next(late))
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert bank.arrived() == {}
    assert state_of(outgoing) == OutgoingState.QUEUED
    assert outgoing.renames == 0


def test_a_rename_that_succeeded_after_doubt_was_noted_ends_the_doubt(
    line: Connection, bank: SftpBank, heard: Heard
) -> None:
    outgoing = queue_file(line)

    def slow_rename(real: Any, part: str, name: str) -> None:
        let_lease_expire(outgoing)
        advance_outgoing(outgoing_id=outgoing.pk)
        real.rename_uploaded(part, name)

    assert send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(rename_uploaded=slow_rename))
    assert state_of(outgoing) == OutgoingState.SENT
    assert heard.words == ["in_doubt", "sent"]


def test_bytes_that_changed_on_disk_are_not_sent(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line, content=b"<Document>pay Kari</Document>")
    path = Path(configured.VAULT_DIR) / outgoing.path
    path.chmod(0o600)
    path.write_bytes(b"<Document>pay Ola!</Document>")
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert bank.arrived() == {}
    assert state_of(outgoing) == OutgoingState.QUEUED
    assert Alarm.objects.filter(code="stored_bytes_changed", severity="red").count() == 1


def test_bytes_that_are_gone_from_the_disk_are_an_alarm(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line)
    (Path(configured.VAULT_DIR) / outgoing.path).unlink()
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert state_of(outgoing) == OutgoingState.QUEUED
    assert Alarm.objects.filter(code="stored_bytes_changed").count() == 1
    assert bank.arrived() == {}


def test_a_line_that_is_down_is_tried_again_later_and_becomes_an_alarm(
    line: Connection, bank: SftpBank, heard: Heard, settings: Any
) -> None:
    settings.RELAY_FIRST_BACKOFF = 0
    outgoing = queue_file(line)
    bank.stop()
    for _ in range(2):
        assert not send_outgoing(outgoing_id=outgoing.pk)
    assert not Alarm.objects.filter(code="bank_line_down").exists()
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert Alarm.objects.filter(code="bank_line_down", severity="amber", cleared_at=None).count() == 1
    bank.start()
    assert send_outgoing(outgoing_id=outgoing.pk)
    assert not Alarm.objects.filter(code="bank_line_down", cleared_at=None).exists()
    assert heard.words == ["sent"]


def test_a_file_waits_longer_after_each_failure(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line)
    bank.stop()
    send_outgoing(outgoing_id=outgoing.pk)
    outgoing.refresh_from_db()
    assert outgoing.next_attempt_at is not None
    assert not send_outgoing(outgoing_id=outgoing.pk)
    outgoing.refresh_from_db()
    assert outgoing.attempt == 1


def test_another_host_key_is_a_red_alarm_and_nothing_is_sent(line: Connection, bank: SftpBank, heard: Heard) -> None:
    from tests.bank_gateway.sftp_bank import public_text

    Connection.objects.filter(pk=line.pk).update(host_key=public_text("the one we know"))
    outgoing = queue_file(line)
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert state_of(outgoing) == OutgoingState.QUEUED
    assert Alarm.objects.filter(code="bank_line_down", severity="red").count() == 1
    assert list(bank.to_bank.iterdir()) == []


def test_the_lease_is_kept_while_a_long_upload_goes_on(
    line: Connection, bank: SftpBank, heard: Heard, settings: Any
) -> None:
    settings.RELAY_LEASE = 2
    settings.RELAY_LEASE_MARGIN = 1
    outgoing = queue_file(line, content=b"x" * (4 << 20))

    def slow_upload(real: Any, name: str, chunks: Any) -> int:
        def slowly() -> Any:
            for chunk in chunks:
                threading.Event().wait(0.6)
                yield chunk

        size: int = real.upload_part(name, slowly())
        return size

    assert send_outgoing(outgoing_id=outgoing.pk, channel_of=broken(upload_part=slow_upload))
    assert hashlib.sha256(bank.arrived()["AP-MSG-1.xml"]).hexdigest() == outgoing.sha256


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_file_once(line: Connection, bank: SftpBank, heard: Heard) -> None:
    files = [queue_file(line, number=number) for number in range(8)]
    results: list[bool] = []

    def work() -> None:
        try:
            for outgoing in files:
                results.append(send_outgoing(outgoing_id=outgoing.pk))
        finally:
            database.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert results.count(True) == 8
    assert len(bank.arrived()) == 8
    assert heard.words == ["sent"] * 8
    assert set(OutgoingFile.objects.values_list("state", "attempt", "renames")) == {("sent", 1, 1)}


def test_the_sweep_finds_what_the_broker_lost(line: Connection, bank: SftpBank, heard: Heard) -> None:
    waiting, broken_off = queue_file(line, number=1), queue_file(line, number=2)
    OutgoingFile.objects.update(created_at=Now() - timedelta(minutes=1))
    with pytest.raises(WorkerDied):
        send_outgoing(outgoing_id=broken_off.pk, channel_of=broken(upload_part=die))
    assert sweep().outgoing == (waiting.pk,)
    assert sweep().outgoing == ()  # pointed out a moment ago
    let_lease_expire(broken_off)
    assert sweep().outgoing == (broken_off.pk,)


def test_silence_beyond_the_banks_answer_time_is_an_alarm_and_nothing_else(
    line: Connection, bank: SftpBank, heard: Heard, settings: Any
) -> None:
    settings.ALARM_GRACE_SECONDS = 0
    outgoing = queue_file(line)
    send_outgoing(outgoing_id=outgoing.pk)
    sweep()
    sweep_alarms()
    assert not Alarm.objects.filter(code="bank_answer_missing").exists()
    OutgoingFile.objects.update(sent_business_at=F("sent_business_at") - timedelta(hours=5))
    sweep()
    sweep_alarms()
    sweep_alarms()
    alarm = Alarm.objects.get(code="bank_answer_missing")
    assert (alarm.times_raised, alarm.severity) == (1, "amber")
    OutgoingFile.objects.update(sent_business_at=F("sent_business_at") - timedelta(days=1))
    sweep_alarms()
    alarm.refresh_from_db()
    assert alarm.severity == "red"
    outgoing.refresh_from_db()
    assert outgoing.no_answer_alarm_at is not None
    assert state_of(outgoing) == OutgoingState.SENT
