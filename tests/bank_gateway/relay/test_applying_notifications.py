"""Notifications: what is new and known is applied once; repeats, unknown accounts and lookalikes are kept aside."""

import threading
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from autopay_portal.core.errors import ConflictError, DomainError
from bank_gateway import takers
from bank_gateway.models import Connection, Deviation, IncomingFile, IncomingState, SeenEntry, SeenNotification
from bank_gateway.relay.faults import fault_text
from bank_gateway.relay.services import (
    apply_incoming,
    close_deviation,
    fetch_incoming,
    release_deviation,
    replay_quarantined,
)
from bank_gateway.takers import StagedNotifications, register_taker
from companies.actors import Actor
from companies.models import Alarm, AuditEvent
from companies.services import create_user
from tests.bank_gateway.relay.bank_messages import (
    ACCOUNT,
    OTHER_ACCOUNT,
    Entry,
    Notice,
    Transaction,
    camt054,
    ocr_giro,
)
from tests.bank_gateway.relay.conftest import SYSTEM, NotingTaker, receive
from tests.bank_gateway.sftp_bank import SftpBank


@pytest.fixture
def operator(db: None) -> Actor:
    return Actor.user(create_user(email="sentralen@autopay.example", name="Sentralen", actor=SYSTEM))


def open_kinds() -> list[str]:
    return sorted(Deviation.objects.filter(state="open").values_list("kind", flat=True))


def test_a_notification_is_given_to_the_takers_once(line: Connection, bank: SftpBank, taker: NotingTaker) -> None:
    file = receive(bank, line, camt054(Notice()))
    assert file.state == IncomingState.APPLIED
    assert (file.row_count, file.transaction_count) == (1, 1)
    assert taker.entries == [(ACCOUNT, 10000, "BOOK")]
    assert taker.files[0].accounts == (ACCOUNT,)
    assert apply_incoming(file_id=file.pk) is None
    assert len(taker.files) == 1
    assert open_kinds() == []


def test_the_takers_are_asked_in_order_and_the_rest_becomes_deviations(
    line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    taker.condition = "direction = 'DBIT'"
    second = NotingTaker("second", ACCOUNT, condition="amount = 200")
    register_taker([takers.CAMT054], second)
    entries = [Entry(direction="DBIT"), Entry(amount="2.00", transactions=[]), Entry(amount="3.00", transactions=[])]
    receive(bank, line, camt054(Notice(entries=entries)))
    assert [amount for _, amount, _ in taker.entries] == [10000, 200, 300]
    assert [amount for _, amount, _ in second.entries] == [200, 300]
    deviation = Deviation.objects.get()
    assert (deviation.kind, deviation.amount, deviation.entry, deviation.transaction) == ("unclaimed", 300, 3, None)


TWO = Entry(transactions=[Transaction(amount="60.00"), Transaction(amount="40.00", end_to_end_id="E2E-2")])


def test_an_entry_that_nobody_takes_is_one_deviation(line: Connection, bank: SftpBank, taker: NotingTaker) -> None:
    taker.condition = "false"
    receive(bank, line, camt054(Notice(entries=[TWO, Entry(bank_reference="")])))
    found = Deviation.objects.order_by("entry").values_list("kind", "reason", "transaction", "amount", "reference")
    # Of a lump its own reference, of a single payment the payer's.
    assert list(found) == [
        ("unclaimed", "credit_of_nobody", None, 10000, "REF-1"),
        ("unclaimed", "credit_of_nobody", None, 10000, "E2E-1"),
    ]


def test_of_an_entry_that_is_taken_in_part_the_rest_is_a_deviation_that_nobody_can_release(
    line: Connection, bank: SftpBank, taker: NotingTaker, operator: Actor
) -> None:
    taker.condition = "false"
    taker.take_entries = take_first_transaction  # type: ignore[method-assign]  # a taker that takes transactions
    receive(bank, line, camt054(Notice(entries=[TWO])))
    deviation = Deviation.objects.get()
    assert (deviation.transaction, deviation.amount, deviation.reference) == (2, 4000, "E2E-2")
    with pytest.raises(ConflictError) as refused:
        release_deviation(deviation_id=deviation.pk, actor=operator, note="Again")
    assert refused.value.code == "deviation_not_releasable"


def take_first_transaction(*, notifications: StagedNotifications) -> None:
    with database.cursor() as cursor:
        cursor.execute("UPDATE staged_transaction SET taken_by = 'books' WHERE transaction = 1")


def test_what_a_taker_holds_says_why_and_names_no_salary(line: Connection, bank: SftpBank, taker: NotingTaker) -> None:
    def hold(*, notifications: StagedNotifications) -> None:
        with database.cursor() as cursor:
            cursor.execute(
                """UPDATE staged_entry SET held = 'amount_differs', held_details = '{"salary": true, "total": 1}'"""
            )

    taker.take_entries = hold  # type: ignore[method-assign]  # a taker that knows an entry and can't book it
    receive(bank, line, camt054(Notice()))
    deviation = Deviation.objects.get()
    assert (deviation.reason, deviation.details["total"], deviation.reference) == ("amount_differs", 1, "REF-1")


def test_the_same_notification_in_another_file_is_skipped_and_kept(
    line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    receive(bank, line, camt054(Notice()))
    file = receive(bank, line, camt054(Notice(), message_id="CAMT-2"))
    assert file.state == IncomingState.APPLIED
    assert len(taker.entries) == 1
    deviation = Deviation.objects.get()
    assert (deviation.kind, deviation.state) == ("repeated_notification", "closed")


def test_the_same_id_for_another_account_or_period_is_another_notification(
    line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    taker.accounts.add(OTHER_ACCOUNT)
    receive(bank, line, camt054(Notice(period="2026-11-23"), message_id="1"))
    receive(bank, line, camt054(Notice(period="2026-11-24", entries=[Entry(date="2026-11-23")]), message_id="2"))
    receive(bank, line, camt054(Notice(account=OTHER_ACCOUNT), message_id="3"))
    assert len(taker.entries) == 3
    assert SeenNotification.objects.count() == 3


def test_the_same_notification_twice_in_one_file_counts_once(
    line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    receive(bank, line, camt054(Notice(), Notice()))
    assert len(taker.entries) == 1
    assert len(taker.transactions) == 1


@pytest.mark.parametrize("indicator", ["COPY", "DUPL", "CODU"])
def test_a_copy_is_not_booked_again(line: Connection, bank: SftpBank, taker: NotingTaker, indicator: str) -> None:
    receive(bank, line, camt054(Notice()))
    receive(bank, line, camt054(Notice(copy=indicator), message_id="CAMT-2"))
    assert len(taker.entries) == 1
    assert open_kinds() == []


def test_a_copy_whose_original_never_came_waits_for_a_person_who_can_release_it(
    line: Connection, bank: SftpBank, taker: NotingTaker, operator: Actor
) -> None:
    receive(bank, line, camt054(Notice(copy="COPY")))
    assert taker.entries == []
    assert open_kinds() == ["repeated_notification"]
    release_deviation(deviation_id=Deviation.objects.get().pk, actor=operator, note="The bank sent it by hand")
    assert taker.entries == [(ACCOUNT, 10000, "BOOK")]
    assert taker.files[0].release
    assert SeenNotification.objects.count() == 1


def test_an_unknown_account_quarantines_its_notification_and_not_the_file(
    line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    file = receive(bank, line, camt054(Notice(id="N-1", account=OTHER_ACCOUNT), Notice(id="N-2")))
    assert file.state == IncomingState.APPLIED
    assert taker.entries == [(ACCOUNT, 10000, "BOOK")]
    deviation = Deviation.objects.get()
    assert (deviation.kind, deviation.account, deviation.notification) == ("unknown_account", OTHER_ACCOUNT, 1)
    assert Alarm.objects.filter(code="bank_account_unknown", cleared_at=None).count() == 1
    assert SeenNotification.objects.count() == 1


def test_an_unknown_account_is_released_when_it_has_become_known(
    line: Connection, bank: SftpBank, taker: NotingTaker, operator: Actor
) -> None:
    receive(bank, line, camt054(Notice(id="N-1", account=OTHER_ACCOUNT), Notice(id="N-2")))
    deviation = Deviation.objects.get()
    with pytest.raises(DomainError) as refused:
        release_deviation(deviation_id=deviation.pk, actor=operator, note="Try")
    assert refused.value.code == "account_still_unknown"
    assert Deviation.objects.get().state == "open"
    taker.accounts.add(OTHER_ACCOUNT)
    taker.entries.clear()
    release_deviation(deviation_id=deviation.pk, actor=operator, note="The agreement is active now")
    assert taker.entries == [(OTHER_ACCOUNT, 10000, "BOOK")]
    assert SeenNotification.objects.count() == 2
    assert not Alarm.objects.filter(code="bank_account_unknown", cleared_at=None).exists()
    assert AuditEvent.objects.filter(action="deviation.released").count() == 1
    with pytest.raises(ConflictError):
        release_deviation(deviation_id=deviation.pk, actor=operator, note="Again")


def test_an_entry_that_looks_like_one_of_another_notification_is_held_until_a_person_decides(
    line: Connection, bank: SftpBank, taker: NotingTaker, operator: Actor
) -> None:
    receive(bank, line, camt054(Notice(id="N-1")))
    receive(bank, line, camt054(Notice(id="N-2", entries=[Entry(), Entry(bank_reference="REF-2")]), message_id="2"))
    assert len(taker.entries) == 2  # the first, and the second file's other one
    held = Deviation.objects.get()
    assert (held.kind, held.entry, held.amount) == ("possible_repeat", 1, 10000)
    assert Alarm.objects.filter(code="bank_entry_possible_repeat", severity="red").count() == 1
    taker.entries.clear()
    taker.transactions.clear()
    release_deviation(deviation_id=held.pk, actor=operator, note="The payer paid twice")
    assert taker.entries == [(ACCOUNT, 10000, "BOOK")]
    assert taker.transactions == [(1, 1)]
    assert open_kinds() == []


def test_a_lookalike_that_is_a_repeat_is_closed_and_never_booked(
    line: Connection, bank: SftpBank, taker: NotingTaker, operator: Actor
) -> None:
    receive(bank, line, camt054(Notice(id="N-1")))
    receive(bank, line, camt054(Notice(id="N-2"), message_id="2"))
    close_deviation(deviation_id=Deviation.objects.get().pk, actor=operator, note="The statement shows it once")
    assert len(taker.entries) == 1
    assert not Alarm.objects.filter(code="bank_entry_possible_repeat", cleared_at=None).exists()


def test_a_release_says_why(line: Connection, bank: SftpBank, taker: NotingTaker, operator: Actor) -> None:
    receive(bank, line, camt054(Notice(account=OTHER_ACCOUNT)))
    with pytest.raises(DomainError) as refused:
        release_deviation(deviation_id=Deviation.objects.get().pk, actor=operator, note=" ")
    assert refused.value.code == "note_missing"


def test_two_equal_entries_in_one_file_are_two(line: Connection, bank: SftpBank, taker: NotingTaker) -> None:
    receive(bank, line, camt054(Notice(entries=[Entry(), Entry()])))
    assert len(taker.entries) == 2
    assert open_kinds() == []


@pytest.mark.parametrize(
    "other",
    [
        Entry(date="2026-11-25"),
        Entry(amount="100.01", transactions=[]),
        Entry(direction="DBIT"),
        Entry(bank_reference="REF-2"),
        Entry(transactions=[Transaction(end_to_end_id="E2E-2")]),
    ],
)
def test_an_entry_that_differs_in_day_amount_direction_or_reference_is_another(
    line: Connection, bank: SftpBank, taker: NotingTaker, other: Entry
) -> None:
    receive(bank, line, camt054(Notice(id="N-1")))
    receive(bank, line, camt054(Notice(id="N-2", entries=[other]), message_id="2"))
    assert len(taker.entries) == 2


def test_a_pending_entry_is_kept_and_its_booking_is_the_one_booking(
    line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    receive(bank, line, camt054(Notice(id="N-1", entries=[Entry(status="PDNG")])))
    assert taker.entries == []
    assert SeenEntry.objects.get().status == "PDNG"
    receive(bank, line, camt054(Notice(id="N-2"), message_id="2"))
    assert taker.entries == [(ACCOUNT, 10000, "BOOK")]
    assert open_kinds() == []
    receive(bank, line, camt054(Notice(id="N-3", entries=[Entry(status="PDNG")]), message_id="3"))
    assert len(taker.entries) == 1
    assert open_kinds() == []


def test_an_ocr_giro_transmission_is_taken_and_its_repeat_is_not(
    line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    file = receive(bank, line, ocr_giro(10000, 25000), name="SIM-ocr.txt")
    assert (file.state, file.message_type) == (IncomingState.APPLIED, "ocr_giro")
    assert [amount for _, amount, _ in taker.entries] == [10000, 25000]
    receive(bank, line, ocr_giro(10000, 25000).replace(b"\r\n", b"\n"), name="SIM-ocr-again.txt")
    assert len(taker.entries) == 2
    assert open_kinds() == []


def test_a_file_that_can_not_be_read_goes_to_quarantine_whole_and_can_be_replayed(
    line: Connection, bank: SftpBank, taker: NotingTaker, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = camt054(Notice(id="N-1"), Notice(id="N-2", entries=[Entry(bank_reference="REF-2")]))
    with monkeypatch.context() as patched:
        patched.setattr(
            "bank_gateway.messages.camt054.reader.NotificationReader.VERSIONS", frozenset({"camt.054.001.08"})
        )
        file = receive(bank, line, whole)
    assert file.state == IncomingState.QUARANTINED
    assert file.errors
    assert taker.entries == []
    assert Alarm.objects.filter(code="bank_file_quarantined", severity="red", cleared_at=None).count() == 1
    assert apply_incoming(file_id=file.pk) is None
    replay_quarantined(file_id=file.pk, actor=operator)
    assert apply_incoming(file_id=file.pk) == IncomingState.APPLIED
    assert len(taker.entries) == 2
    assert not Alarm.objects.filter(code="bank_file_quarantined", cleared_at=None).exists()
    with pytest.raises(ConflictError):
        replay_quarantined(file_id=file.pk, actor=operator)


@pytest.mark.parametrize(
    "content",
    [
        camt054(Notice(), Notice(id="N-2"))[:-60],
        b"%PDF-1.7 not a bank file",
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e "x">]><x/>',
        camt054(Notice()).decode().encode("utf-16"),
        camt054(Notice()).replace(b'<Amt Ccy="NOK">100.00</Amt><CdtDbtInd>', b'<Amt Ccy="NOK">x</Amt><CdtDbtInd>'),
        ocr_giro(10000)[:-82],
    ],
    ids=["cut off", "no message", "doctype", "utf-16", "no amount", "no end record"],
)
def test_nothing_of_an_unreadable_file_is_kept_but_the_file(
    line: Connection, bank: SftpBank, taker: NotingTaker, content: bytes
) -> None:
    file = receive(bank, line, content)
    assert file.state == IncomingState.QUARANTINED
    assert file.errors
    for error in file.errors:
        assert fault_text(error, language="en") != error["code"]
    assert taker.entries == []
    assert not SeenNotification.objects.exists()
    assert not SeenEntry.objects.exists()
    assert not Deviation.objects.exists()


def test_rows_that_postgresql_counts_otherwise_than_the_reader_quarantine_the_file(
    line: Connection, bank: SftpBank, taker: NotingTaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Security: staged rows and sums must equal counts that were made independently."""
    from bank_gateway.messages.camt054.reader import NotificationReader

    real = NotificationReader.pieces

    def losing(reader: Any) -> Any:
        for piece in real(reader):
            if piece.table.name == "staged_transaction":
                lines = piece.csv.splitlines(keepends=True)
                yield type(piece)(piece.table, b"".join(lines[:-1]), piece.rows)
            else:
                yield piece

    monkeypatch.setattr(NotificationReader, "pieces", losing)
    entry = Entry(transactions=[Transaction(amount="60.00"), Transaction(amount="40.00")])
    file = receive(bank, line, camt054(Notice(entries=[entry])))
    assert [error["code"] for error in file.errors] == ["staged_rows_differ"]


def test_names_that_look_like_copy_syntax_are_only_text(line: Connection, bank: SftpBank, taker: NotingTaker) -> None:
    odd = '\\N","\\.\t";DROP'
    entry = Entry(transactions=[Transaction(end_to_end_id=odd.replace('"', "&quot;"))])
    taker.condition = "false"
    receive(bank, line, camt054(Notice(entries=[entry])))
    assert Deviation.objects.get().reference.split() == odd.split()


def test_a_taker_that_fails_changes_nothing_and_the_file_is_tried_again(
    line: Connection, bank: SftpBank, taker: NotingTaker, settings: Any
) -> None:
    settings.RELAY_FIRST_BACKOFF = 0
    taker.fail = RuntimeError("a bug")
    bank.put("SIM-answer.xml", camt054(Notice()))
    fetch_incoming(connection_id=line.pk)
    (file_id,) = fetch_incoming(connection_id=line.pk).stored
    for _ in range(5):
        with pytest.raises(RuntimeError):
            apply_incoming(file_id=file_id)
    assert not SeenNotification.objects.exists()
    assert IncomingFile.objects.get().state == IncomingState.STORED
    assert apply_incoming(file_id=file_id) == IncomingState.QUARANTINED
    assert IncomingFile.objects.get().errors[0]["code"] == "apply_failed"


def test_a_failed_file_waits_before_it_is_tried_again(line: Connection, bank: SftpBank, taker: NotingTaker) -> None:
    taker.fail = RuntimeError("a bug")
    with pytest.raises(RuntimeError):
        receive(bank, line, camt054(Notice()))
    taker.fail = None
    assert apply_incoming(file_id=IncomingFile.objects.get().pk) is None


def test_a_file_takes_few_statements_however_much_it_holds(
    line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    def statements(entries: int, name: str) -> int:
        lumps = [Entry(bank_reference=f"{name}-{number}") for number in range(entries)]
        bank.put(f"SIM-{name}.xml", camt054(Notice(id=name, entries=lumps), message_id=name))
        fetch_incoming(connection_id=line.pk)
        (file_id,) = fetch_incoming(connection_id=line.pk).stored
        with CaptureQueriesContext(database) as captured:
            apply_incoming(file_id=file_id)
        return len(captured)

    few, many = statements(1, "few"), statements(300, "many")
    assert few == many
    assert many <= 35  # of them 4 are this test's taker's, 6 the savepoints' and the attempt's


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_apply_files_about_one_account_one_after_the_other(
    line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    for number in range(6):
        bank.put(f"SIM-{number}.xml", camt054(Notice(id=f"N-{number}"), message_id=str(number)))
    fetch_incoming(connection_id=line.pk)
    files = fetch_incoming(connection_id=line.pk).stored
    start = threading.Barrier(3)

    def work() -> None:
        try:
            start.wait(10)
            for file_id in files:
                apply_incoming(file_id=file_id)
        finally:
            database.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert set(IncomingFile.objects.values_list("state", flat=True)) == {"applied"}
    assert len(taker.entries) == 1  # the same booking in six notifications: one, and five held
    assert open_kinds() == ["possible_repeat"] * 5
