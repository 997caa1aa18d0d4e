"""What the relay does with a database that has forgotten uploads: by message id, by order, and by withdrawal."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection as database

from bank_gateway.channels.errors import BankChannelError
from bank_gateway.models import Connection, ForgottenUpload, OutgoingFile, OutgoingState, Pause
from bank_gateway.relay import journal
from bank_gateway.relay.queries import forgotten_generation
from bank_gateway.relay.services import examine_doubt, lift_pause, send_outgoing, withdraw_outgoing
from bank_gateway.relay.services.restored import hold_after_restore, hold_if_restored
from companies.actors import Actor
from companies.models import Alarm
from companies.services import create_user
from tests.bank_gateway.relay.conftest import SYSTEM, Heard, queue_file
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
