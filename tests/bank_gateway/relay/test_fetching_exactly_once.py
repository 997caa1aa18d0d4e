"""Files from the bank: read when they stand still, stored and committed before they are archived, once by content."""

import os
import threading
from typing import Any

import pytest
from django.db import connection as database

from autopay_portal.core.vault import open_stored
from bank_gateway.channels.errors import BankChannelError
from bank_gateway.models import Connection, IncomingFile, IncomingState
from bank_gateway.relay.services import fetch_incoming, find_connections_due, sweep
from companies.models import Alarm
from tests.bank_gateway.relay.conftest import NotingTaker
from tests.bank_gateway.relay.test_sending_exactly_once import WorkerDied, broken
from tests.bank_gateway.sftp_bank import SftpBank


def look_twice(line: Connection) -> Any:
    fetch_incoming(connection_id=line.pk)
    return fetch_incoming(connection_id=line.pk)


def test_a_file_is_stored_under_its_hash_and_archived_under_name_and_hash(line: Connection, bank: SftpBank) -> None:
    bank.put("SIM-answer.xml", b"<answer/>")
    fetched = look_twice(line)
    file = IncomingFile.objects.get(pk=fetched.stored[0])
    with open_stored(file.path) as stored:
        assert stored.read() == b"<answer/>"
    assert file.archived_at is not None
    assert (bank.archive / f"SIM-answer.xml-{file.sha256[:16]}").read_bytes() == b"<answer/>"
    assert not (bank.from_bank / "SIM-answer.xml").exists()


def test_one_look_is_never_enough(line: Connection, bank: SftpBank) -> None:
    bank.put("SIM-answer.xml", b"<answer/>")
    assert fetch_incoming(connection_id=line.pk).stored == ()


def test_only_a_new_file_asks_for_another_look_soon(line: Connection, bank: SftpBank, settings: Any) -> None:
    settings.RELAY_STILL = 60
    assert not fetch_incoming(connection_id=line.pk).look_again
    path = bank.put("SIM-answer.xml", b"<ans")
    assert fetch_incoming(connection_id=line.pk).look_again
    path.write_bytes(b"<answer/>")
    assert not fetch_incoming(connection_id=line.pk).look_again


def test_a_file_that_still_grows_is_left_until_it_stands_still(line: Connection, bank: SftpBank) -> None:
    path = bank.put("SIM-answer.xml", b"<ans")
    for piece in (b"<answ", b"<answer", b"<answer/>"):
        assert fetch_incoming(connection_id=line.pk).stored == ()
        path.write_bytes(piece)
    assert fetch_incoming(connection_id=line.pk).stored == ()
    (stored,) = fetch_incoming(connection_id=line.pk).stored
    assert IncomingFile.objects.get(pk=stored).size == 9


def test_a_file_whose_time_moves_though_its_size_does_not_is_left(line: Connection, bank: SftpBank) -> None:
    path = bank.put("SIM-answer.xml", b"<answer/>")
    fetch_incoming(connection_id=line.pk)
    os.utime(path, (1, 1))
    assert fetch_incoming(connection_id=line.pk).stored == ()


def test_looks_that_follow_too_closely_count_as_one(line: Connection, bank: SftpBank, settings: Any) -> None:
    settings.RELAY_STILL = 60
    bank.put("SIM-answer.xml", b"<answer/>")
    assert look_twice(line).stored == ()


def test_a_file_under_way_is_not_looked_at(line: Connection, bank: SftpBank) -> None:
    bank.put("SIM-answer.xml.part", b"<ans")
    assert look_twice(line).stored == ()
    assert (bank.from_bank / "SIM-answer.xml.part").exists()


def test_the_same_bytes_again_are_a_repeat_under_whatever_name(line: Connection, bank: SftpBank) -> None:
    bank.put("SIM-answer.xml", b"<answer/>")
    (first,) = look_twice(line).stored
    for name in ("SIM-answer.xml", "SIM-other-name.xml"):
        bank.put(name, b"<answer/>")
        fetched = look_twice(line)
        assert fetched.stored == ()
        repeat = IncomingFile.objects.get(pk=fetched.repeats[0])
        assert repeat.state == IncomingState.REPEAT
        assert repeat.repeat_of_id == first
    assert len(list(bank.archive.iterdir())) == 3


def test_other_bytes_under_the_same_name_are_another_file(line: Connection, bank: SftpBank) -> None:
    bank.put("SIM-answer.xml", b"<answer/>")
    look_twice(line)
    bank.put("SIM-answer.xml", b"<answer>2</answer>")
    assert len(look_twice(line).stored) == 1
    assert IncomingFile.objects.count() == 2


def test_a_worker_that_dies_before_the_commit_leaves_the_file_at_the_bank(
    line: Connection, bank: SftpBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.put("SIM-answer.xml", b"<answer/>")
    fetch_incoming(connection_id=line.pk)

    def die(*_: Any) -> None:
        raise WorkerDied

    with monkeypatch.context() as patched:
        patched.setattr("bank_gateway.relay.services.fetching._keep", die)
        with pytest.raises(WorkerDied):
            fetch_incoming(connection_id=line.pk)
    assert (bank.from_bank / "SIM-answer.xml").exists()
    assert fetch_incoming(connection_id=line.pk).stored == ()  # the lease still holds
    Connection.objects.update(fetch_lease_until=None)
    assert len(fetch_incoming(connection_id=line.pk).stored) == 1


def test_a_worker_that_dies_before_the_archiving_makes_no_repeat(line: Connection, bank: SftpBank) -> None:
    bank.put("SIM-answer.xml", b"<answer/>")
    fetch_incoming(connection_id=line.pk)

    def die(*_: Any) -> None:
        raise WorkerDied

    with pytest.raises(WorkerDied):
        fetch_incoming(connection_id=line.pk, channel_of=broken(archive=die))
    Connection.objects.update(fetch_lease_until=None)
    look_twice(line)
    file = IncomingFile.objects.get()
    assert file.state == IncomingState.STORED
    assert file.archived_at is not None
    assert not (bank.from_bank / "SIM-answer.xml").exists()


def test_a_line_that_breaks_in_the_middle_keeps_what_was_committed(line: Connection, bank: SftpBank) -> None:
    for number in range(3):
        bank.put(f"SIM-{number}.xml", f"<answer>{number}</answer>".encode())
    fetch_incoming(connection_id=line.pk)
    taken: list[str] = []

    def fetch(real: Any, name: str) -> Any:
        if taken:
            raise BankChannelError("the line broke", permanent=False)
        taken.append(name)
        return real.fetch(name)

    fetch_incoming(connection_id=line.pk, channel_of=broken(fetch=fetch))
    assert IncomingFile.objects.count() == 1
    line.refresh_from_db()
    assert line.failures == 1
    assert line.fetch_lease_until is None
    fetch_incoming(connection_id=line.pk)
    assert IncomingFile.objects.count() == 3


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_look(line: Connection, bank: SftpBank) -> None:
    path = bank.put("SIM-answer.xml", b"<answer/>")
    fetch_incoming(connection_id=line.pk)

    def fetch(real: Any, name: str) -> Any:
        chunks = list(real.fetch(name))
        path.write_bytes(b"<answer>more</answer>")
        return chunks

    assert fetch_incoming(connection_id=line.pk, channel_of=broken(fetch=fetch)).stored == ()
    assert IncomingFile.objects.count() == 0
    (stored,) = look_twice(line).stored
    assert IncomingFile.objects.get(pk=stored).size == 21


def test_what_is_never_taken_is_an_alarm_while_it_lies_there(line: Connection, bank: SftpBank) -> None:
    (bank.from_bank / "folder.xml").mkdir()
    (bank.from_bank / "link.xml").symlink_to(bank.to_bank)
    bank.put("..\\escape.xml", b"<answer/>")
    bank.put("SIM-answer.xml", b"<answer/>")
    assert len(look_twice(line).stored) == 1
    alarm = Alarm.objects.get(code="bank_file_refused", cleared_at=None)
    assert alarm.params["count"] == 3
    for name in ("link.xml", "..\\escape.xml"):
        (bank.from_bank / name).unlink()
    (bank.from_bank / "folder.xml").rmdir()
    fetch_incoming(connection_id=line.pk)
    assert not Alarm.objects.filter(code="bank_file_refused", cleared_at=None).exists()


def test_an_empty_file_is_never_taken_and_is_an_alarm_once_it_stands_still(line: Connection, bank: SftpBank) -> None:
    path = bank.put("SIM-empty.xml", b"")
    fetch_incoming(connection_id=line.pk)
    assert not Alarm.objects.exists()
    assert fetch_incoming(connection_id=line.pk).stored == ()
    assert Alarm.objects.get(code="bank_file_refused", cleared_at=None).params["files"] == [
        {"name": "SIM-empty.xml", "reason": "empty"}
    ]
    path.write_bytes(b"<answer/>")
    assert len(look_twice(line).stored) == 1


def test_a_name_with_odd_letters_is_archived_under_a_plain_one(line: Connection, bank: SftpBank) -> None:
    bank.put("SIM answer æøå; rm -rf.xml", b"<answer/>")
    (stored,) = look_twice(line).stored
    file = IncomingFile.objects.get(pk=stored)
    assert file.name == "SIM answer æøå; rm -rf.xml"
    assert [path.name for path in bank.archive.iterdir()] == [f"SIM_answer______rm_-rf.xml-{file.sha256[:16]}"]


def test_a_folder_of_many_files_is_taken_over_several_looks(line: Connection, bank: SftpBank) -> None:
    for number in range(130):
        bank.put(f"SIM-{number:03}.xml", f"<answer>{number}</answer>".encode(), age=200 - number)
    assert len(look_twice(line).stored) == 100
    assert len(fetch_incoming(connection_id=line.pk).stored) == 30


def test_a_bank_that_is_down_is_noted_and_looked_at_less_often(line: Connection, bank: SftpBank, settings: Any) -> None:
    bank.stop()
    for _ in range(3):
        fetch_incoming(connection_id=line.pk)
    assert Alarm.objects.filter(code="bank_line_down", cleared_at=None).count() == 1
    assert find_connections_due() == []
    bank.start()


def test_lines_are_due_at_their_pace(line: Connection, settings: Any) -> None:
    settings.BANK_POLL_SECONDS = 600
    assert find_connections_due() == [line.pk]
    assert find_connections_due() == []


def test_the_sweep_finds_a_stored_file_that_nobody_was_told_of(
    line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    bank.put("SIM-answer.xml", b"<answer/>")
    (stored,) = look_twice(line).stored
    IncomingFile.objects.update(stored_at="2026-01-01T00:00:00Z")
    assert sweep().incoming == (stored,)
    assert sweep().incoming == ()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_store_each_file_once(line: Connection, bank: SftpBank) -> None:
    for number in range(12):
        bank.put(f"SIM-{number}.xml", f"<answer>{number}</answer>".encode())
    fetch_incoming(connection_id=line.pk)
    stored: list[Any] = []

    def work() -> None:
        try:
            stored.extend(fetch_incoming(connection_id=line.pk).stored)
        finally:
            database.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert len(stored) == 12
    assert IncomingFile.objects.count() == 12
