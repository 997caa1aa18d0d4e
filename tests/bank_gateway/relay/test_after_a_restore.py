"""What the relay does with a database that has forgotten uploads: by message id, by order, and by withdrawal."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection as database

from bank_gateway.channels.errors import BankChannelError
from bank_gateway.models import (
    Connection,
    Deviation,
    Doubt,
    ForgottenUpload,
    IncomingFile,
    OutgoingFile,
    OutgoingState,
    Pause,
    SeenEntry,
    SeenNotification,
    Sighting,
)
from bank_gateway.relay import journal
from bank_gateway.relay.limits import limits
from bank_gateway.relay.queries import forgotten_generation
from bank_gateway.relay.services import (
    examine_doubt,
    fetch_incoming,
    lift_pause,
    send_outgoing,
    take_kept_answers,
    withdraw_outgoing,
)
from bank_gateway.relay.services.restored import hold_after_restore, hold_if_restored
from bank_gateway.relay.services.sweeping import find_kept_answers
from companies.actors import Actor
from companies.models import Alarm
from companies.services import create_user
from tests.bank_gateway.relay.bank_messages import Entry, Notice, Transaction, camt054, pain002
from tests.bank_gateway.relay.conftest import SYSTEM, Heard, NotingTaker, queue_file, receive
from tests.bank_gateway.relay.test_sending_exactly_once import broken
from tests.bank_gateway.sftp_bank import SftpBank


@pytest.fixture
def operator(db: None) -> Actor:
    return Actor.user(create_user(email="sentralen@autopay.example", name="Sentralen", actor=SYSTEM))


def lift_all(operator: Actor) -> None:
    for pause in Pause.objects.filter(lifted_at=None):
        lift_pause(pause_id=pause.pk, actor=operator)


def state_of(outgoing: OutgoingFile) -> str:
    outgoing.refresh_from_db()
    return outgoing.state


def test_another_file_of_an_order_that_was_forgotten_is_not_sent(
    line: Connection, bank: SftpBank, heard: Heard, operator: Actor
) -> None:
    """The order's first file was withdrawn and its second sent; sent again, the order begins with a first file."""
    second = queue_file(line, number=2, order_key="order-1")
    send_outgoing(outgoing_id=second.pk)
    (bank.to_bank / "AP-MSG-2.xml").unlink()
    second.delete()
    hold_after_restore()
    lift_all(operator)

    first, other = queue_file(line, number=1, order_key="order-1"), queue_file(line, number=3, order_key="order-3")
    assert not send_outgoing(outgoing_id=first.pk)
    assert send_outgoing(outgoing_id=other.pk)

    assert state_of(first) == OutgoingState.IN_DOUBT
    assert list(bank.arrived()) == ["AP-MSG-3.xml"]


def test_the_forgotten_generation_is_told_so_that_it_is_written_again(
    line: Connection, bank: SftpBank, heard: Heard
) -> None:
    outgoing = queue_file(line, order_key="order-1")
    OutgoingFile.objects.update(generation=4)
    send_outgoing(outgoing_id=outgoing.pk)
    outgoing.delete()
    hold_after_restore()

    assert forgotten_generation(connection_id=line.pk, order_key="order-1") == 4
    assert forgotten_generation(connection_id=line.pk, order_key="order-2") == 0
    assert ForgottenUpload.objects.values_list("company_id", flat=True).distinct().get() == line.company_id


def test_a_forgotten_upload_that_is_proved_never_to_have_left_is_sent_again(
    line: Connection, bank: SftpBank, heard: Heard, operator: Actor, settings: Any
) -> None:
    def lose_the_line(real: Any, part: str, name: str) -> None:
        raise BankChannelError("the line broke", permanent=False)

    forgotten = queue_file(line, order_key="order-1")
    send_outgoing(outgoing_id=forgotten.pk, channel_of=broken(rename_uploaded=lose_the_line))
    Doubt.objects.all().delete()
    forgotten.delete()
    hold_after_restore()
    lift_all(operator)
    again = queue_file(line, order_key="order-1")
    assert not send_outgoing(outgoing_id=again.pk)
    assert examine_doubt(outgoing_id=again.pk) == OutgoingState.IN_DOUBT

    settings.RELAY_LEASE = settings.RELAY_LONGEST_TRANSFER = 0
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE bank_gateway_outgoingfile SET in_doubt_business_at = in_doubt_business_at - interval '1 day'"
        )
    assert examine_doubt(outgoing_id=again.pk) == OutgoingState.QUEUED

    del settings.RELAY_LEASE
    assert send_outgoing(outgoing_id=again.pk)
    assert list(bank.arrived()) == ["AP-MSG-1.xml"]
    assert heard.words == ["in_doubt", "in_doubt", "never_left", "sent"]


def test_the_hold_is_laid_after_a_restore_though_the_journal_was_lost(
    line: Connection, bank: SftpBank, heard: Heard
) -> None:
    waiting = queue_file(line)

    hold = hold_after_restore()

    assert (hold.banks, hold.forgotten_lines) == (("dnb",), 0)
    assert not send_outgoing(outgoing_id=waiting.pk)
    assert Alarm.objects.filter(code="relay_on_hold_after_restore", severity="red", cleared_at=None).count() == 1


def test_what_an_earlier_hold_accounted_for_is_compared_again_after_a_restore(
    line: Connection, bank: SftpBank, heard: Heard, operator: Actor
) -> None:
    outgoing = queue_file(line)
    send_outgoing(outgoing_id=outgoing.pk)
    outgoing.delete()
    Pause.objects.create(scope="bank", bank="dnb", reason="restored", journal_offset=journal.size())
    lift_all(operator)
    assert not hold_if_restored()

    assert hold_after_restore().forgotten_lines == 2


def test_a_withdrawal_that_was_forgotten_is_made_again_and_a_person_is_asked(
    line: Connection, bank: SftpBank, heard: Heard, operator: Actor
) -> None:
    outgoing = queue_file(line)
    withdraw_outgoing(outgoing_id=outgoing.pk, actor=SYSTEM)
    OutgoingFile.objects.update(state="queued", closed_at=None)
    hold_after_restore()
    lift_all(operator)

    assert not send_outgoing(outgoing_id=outgoing.pk)

    assert state_of(outgoing) == OutgoingState.WITHDRAWN
    assert Alarm.objects.filter(code="outgoing_withdrawn_before_restore", severity="red").count() == 1


def test_a_withdrawal_whose_commit_failed_is_no_sign_of_a_restore(
    line: Connection, bank: SftpBank, heard: Heard
) -> None:
    outgoing = queue_file(line)
    withdraw_outgoing(outgoing_id=outgoing.pk, actor=SYSTEM)
    OutgoingFile.objects.update(state="queued", closed_at=None)

    assert send_outgoing(outgoing_id=outgoing.pk)
    assert not Pause.objects.exists()


def test_lines_of_earlier_and_later_versions_are_read(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line, order_key="order-1")
    send_outgoing(outgoing_id=outgoing.pk)
    path = Path(configured.CHANNEL_JOURNAL)
    first, second = (json.loads(text) for text in path.read_text().splitlines())
    for name in ("order", "generation", "company"):
        del first[name]
    path.write_text(f"{json.dumps(first)}\n{json.dumps({**second, 'weather': 'fine'})}\n[1]\n")

    assert [(read.event, read.order) for read in journal.lines(after=0)] == [("begin", ""), ("renamed", "order-1")]


def notice(*amounts: str, name: str = "N-1", direction: str = "CRDT") -> bytes:
    """Write a notification of these entries."""
    entries = [
        Entry(amount, direction, bank_reference=f"{name}/{number}", transactions=[Transaction(amount)])
        for number, amount in enumerate(amounts)
    ]
    return camt054(Notice(name, entries=entries), message_id=f"CAMT-{name}")


def fetch_again(line: Connection) -> list[IncomingFile]:
    """Forget what was fetched, as a restore does, look at the bank, and return what came back, oldest first."""
    Sighting.objects.all().delete()
    SeenEntry.objects.all().delete()
    SeenNotification.objects.all().delete()
    Deviation.objects.all().delete()
    IncomingFile.objects.all().delete()
    hold_after_restore()
    fetch_incoming(connection_id=line.pk)
    return list(IncomingFile.objects.order_by("pk"))


def test_files_that_were_archived_since_the_backup_are_taken_again(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    first = receive(bank, line, notice("100.00"), name="SIM-1.xml")
    old = receive(bank, line, notice("200.00", name="N-2"), name="SIM-2.xml")
    (bank.archive / "notes.txt").write_bytes(b"the bank's own")
    kept = (old.name, old.sha256)

    again = fetch_again(line)

    assert [(file.name, file.recovered, file.state) for file in again] == [
        (first.name, True, "stored"),
        (kept[0], True, "stored"),
    ]
    assert again[1].sha256 == kept[1]
    line.refresh_from_db()
    assert not line.archive_unread
    fetch_incoming(connection_id=line.pk)
    assert IncomingFile.objects.count() == 2


def test_what_the_database_still_knows_is_not_taken_again(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    receive(bank, line, notice("100.00"), name="SIM-1.xml")
    receive(bank, line, notice("100.00"), name="SIM-1-again.xml")
    hold_after_restore()

    fetch_incoming(connection_id=line.pk)

    assert set(IncomingFile.objects.values_list("state", flat=True)) == {"applied", "repeat"}


def test_an_archive_of_many_files_is_taken_piece_by_piece(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        receive(bank, line, notice("100.00", name=f"N-{number}"), name=f"SIM-{number}.xml")
    bounds = replace(limits(), files_per_look=2)
    monkeypatch.setattr("bank_gateway.relay.services.recovering.limits", lambda: bounds)

    assert len(fetch_again(line)) == 2
    fetch_incoming(connection_id=line.pk)
    assert IncomingFile.objects.filter(recovered=True).count() == 3


def test_an_archive_that_nobody_may_read_is_an_alarm_and_stops_nothing(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    bank.archive.rmdir()
    hold_after_restore()
    bank.put("SIM-1.xml", notice("100.00"))
    fetch_incoming(connection_id=line.pk)

    assert Alarm.objects.filter(code="bank_archive_unreadable", severity="red").count() == 1
    bank.archive.mkdir()
    assert len(fetch_incoming(connection_id=line.pk).stored) == 1


def test_a_line_that_is_down_leaves_the_archive_to_be_read_later(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    receive(bank, line, notice("100.00"))
    bank.stop()
    assert fetch_again(line) == []
    bank.start()
    fetch_incoming(connection_id=line.pk)
    assert IncomingFile.objects.filter(recovered=True).count() == 1


def test_a_file_that_was_changed_in_the_archive_is_not_believed(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    receive(bank, line, notice("100.00"))
    (path,) = bank.archive.iterdir()
    path.write_bytes(path.read_bytes().replace(b"100.00", b"900.00"))

    assert fetch_again(line) == []
    assert Alarm.objects.filter(code="bank_archive_changed", severity="red").count() == 1


def test_a_report_that_came_before_its_file_was_known_is_taken_when_it_is(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    report = receive(bank, line, pain002("MSG-1"))
    assert find_kept_answers() == []
    outgoing = queue_file(line, number=1)

    assert find_kept_answers() == [report.pk]
    assert take_kept_answers(file_id=report.pk) == 1

    assert state_of(outgoing) == OutgoingState.ANSWERED
    assert [seen.original_message_id for seen in taker.reports] == ["MSG-1"]
    assert not Alarm.objects.filter(code="answer_to_unknown_file", cleared_at=None).exists()
    assert take_kept_answers(file_id=report.pk) == 0
    assert len(taker.reports) == 1


def test_debits_that_nobody_claimed_are_offered_again_after_a_restore_and_taken_once(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    taker.condition = "false"
    file = receive(bank, line, notice("100.00", "200.00", direction="DBIT"))
    assert find_kept_answers() == []
    ForgottenUpload.objects.create(bank="dnb", bank_message_id="MSG-1", outgoing_id=file.pk, attempt=1)
    ForgottenUpload.objects.update(found_at=file.stored_at)
    assert find_kept_answers() == [file.pk]
    assert take_kept_answers(file_id=file.pk) == 0
    assert Deviation.objects.filter(state="open").count() == 2

    taker.condition = "amount = 20000"
    taker.entries.clear()
    assert take_kept_answers(file_id=file.pk) == 1

    assert sorted(Deviation.objects.values_list("amount", "state")) == [(10000, "open"), (20000, "released")]
    taker.entries.clear()
    assert take_kept_answers(file_id=file.pk) == 0
    assert [amount for _, amount, _ in taker.entries] == [10000]


def test_an_entry_of_which_a_part_was_taken_is_never_offered_whole_again(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    parts = [Transaction("100.00", "E-1"), Transaction("200.00", "E-2")]
    lump = Entry("300.00", "DBIT", transactions=parts)
    file = receive(bank, line, camt054(Notice(entries=[lump])))
    Deviation.objects.create(
        kind="unclaimed", file=file, notification=1, entry=1, transaction=2, direction="DBIT", amount=20000
    )
    taker.entries.clear()

    assert take_kept_answers(file_id=file.pk) == 0
    assert taker.entries == []
