"""Files to the bank before their upload: queued once, withdrawn by whoever comes first."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db import connection as database

from autopay_portal.core import vault
from autopay_portal.core.errors import ConflictError, DomainError
from autopay_portal.core.ids import uuid7
from bank_gateway.models import Connection, OutgoingFile, OutgoingState
from bank_gateway.relay.services import create_connection, queue_outgoing, send_outgoing, withdraw_outgoing
from companies.models import AuditEvent
from tests.bank_gateway.relay.conftest import SYSTEM, Heard, queue_file
from tests.bank_gateway.sftp_bank import USERNAME, SftpBank, private_text, public_text


def test_the_private_key_is_encrypted_at_rest(line: Connection) -> None:
    line.refresh_from_db()
    assert b"PRIVATE KEY" not in bytes(line.private_key)


def test_a_company_has_one_line_to_a_bank(line: Connection) -> None:
    with pytest.raises(ConflictError) as refused:
        create_connection(
            company_id=line.company_id,
            bank="dnb",
            host="127.0.0.1",
            port=22,
            username=USERNAME,
            private_key=private_text("portal"),
            host_key=public_text("bank"),
        )
    assert refused.value.code == "connection_exists"


@pytest.mark.parametrize("broken", ["private_key", "host_key"])
def test_a_key_that_is_none_is_refused_without_showing_it(line: Connection, broken: str) -> None:
    keys: dict[str, Any] = {
        "private_key": private_text("portal"),
        "host_key": public_text("bank"),
        broken: "not a key at all",
    }
    with pytest.raises(DomainError) as refused:
        create_connection(
            company_id=line.company_id, bank="other", host="127.0.0.1", port=22, username=USERNAME, **keys
        )
    assert refused.value.code == "connection_key_unreadable"
    assert "not a key at all" not in repr(refused.value.params)


@pytest.mark.parametrize("name", ["../AP.xml", "AP.part", "a/b.xml", ".xml", "AP.xml\n", "AP 1.xml"])
def test_a_name_that_could_be_a_path_is_refused(line: Connection, heard: Heard, name: str) -> None:
    with pytest.raises(DomainError) as refused:
        queue_outgoing(
            company_id=line.company_id,
            connection_id=line.pk,
            subject_kind="test_remittance",
            subject_id=uuid7(),
            generation=1,
            bank_message_id="MSG-1",
            name=name,
            stored=vault.store([b"<Document/>"]),
        )
    assert refused.value.code == "outgoing_name_invalid"


def test_a_file_about_something_that_nobody_listens_for_is_not_queued(line: Connection, heard: Heard) -> None:
    with pytest.raises(LookupError):
        queue_outgoing(
            company_id=line.company_id,
            connection_id=line.pk,
            subject_kind="unheard_of",
            subject_id=uuid7(),
            generation=1,
            bank_message_id="MSG-1",
            name="AP-1.xml",
            stored=vault.store([b"<Document/>"]),
        )


def test_a_bank_message_id_is_used_once_for_ever(line: Connection, heard: Heard) -> None:
    queue_file(line, number=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        queue_file(line, number=1)


def test_a_queued_file_can_be_withdrawn_and_is_never_sent(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line)
    assert withdraw_outgoing(outgoing_id=outgoing.pk, actor=SYSTEM)
    assert not withdraw_outgoing(outgoing_id=outgoing.pk, actor=SYSTEM)
    assert not send_outgoing(outgoing_id=outgoing.pk)
    assert bank.arrived() == {}
    outgoing.refresh_from_db()
    assert outgoing.state == OutgoingState.WITHDRAWN
    assert AuditEvent.objects.filter(action="outgoing_file.withdrawn").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("held_for", "withdrawn"), [(0.1, True), (2.0, False)])
def test_a_withdrawal_never_waits_for_a_worker_that_has_the_file(
    line: Connection, heard: Heard, held_for: float, withdrawn: bool
) -> None:
    """The caller holds its remittance, and the worker may wait for that: waiting here would be a deadlock."""
    outgoing = queue_file(line)
    holds, answered = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                OutgoingFile.objects.select_for_update().get(pk=outgoing.pk)
                holds.set()
                answered.wait(held_for)
        finally:
            database.close()

    worker = threading.Thread(target=hold)
    worker.start()
    holds.wait(10)
    assert withdraw_outgoing(outgoing_id=outgoing.pk, actor=SYSTEM) is withdrawn
    answered.set()
    worker.join(10)


def test_a_file_whose_upload_has_begun_can_not_be_withdrawn(line: Connection, bank: SftpBank, heard: Heard) -> None:
    outgoing = queue_file(line)
    answers: list[Any] = []

    def withdraw_meanwhile(chunks: Any) -> Any:
        answers.append(withdraw_outgoing(outgoing_id=outgoing.pk, actor=SYSTEM))
        return chunks

    from bank_gateway.relay.lines import open_channel

    class Meddled:
        def __init__(self, connection: Connection) -> None:
            self._channel = open_channel(connection)

        def upload_part(self, name: str, chunks: Any) -> int:
            return self._channel.upload_part(name, withdraw_meanwhile(chunks))

        def __getattr__(self, name: str) -> Any:
            return getattr(self._channel, name)

    assert send_outgoing(outgoing_id=outgoing.pk, channel_of=Meddled)
    assert answers == [False]
    assert list(bank.arrived()) == ["AP-MSG-1.xml"]
