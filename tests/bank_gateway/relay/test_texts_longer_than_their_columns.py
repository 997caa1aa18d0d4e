"""An id longer than ISO lets it be puts the file into quarantine with its line; no file fails late, again and again."""

import pytest

from bank_gateway.models import Connection, Deviation, IncomingState, SeenEntry, SeenNotification
from bank_gateway.relay.faults import fault_text
from tests.bank_gateway.messages.ocr_giro.files import Assignment, Payment, file_of
from tests.bank_gateway.relay.bank_messages import Entry, Notice, Transaction, camt054, pain002
from tests.bank_gateway.relay.conftest import Heard, NotingTaker, queue_file, receive
from tests.bank_gateway.sftp_bank import SftpBank

LONG = "x" * 36


@pytest.mark.parametrize(
    ("content", "value", "most"),
    [
        (camt054(Notice(entries=[Entry(transactions=[Transaction(end_to_end_id=LONG)])])), "end_to_end_id", 35),
        (camt054(Notice(entries=[Entry(bank_reference=LONG)])), "bank_reference", 35),
        (camt054(Notice(entries=[Entry(transactions=[Transaction(bank_reference=LONG)])])), "bank_reference", 35),
        (camt054(Notice(entries=[Entry(status="BOOKED")])), "status", 4),
        (camt054(Notice(id=LONG)), "Id", 35),
        (camt054(Notice(account=LONG)), "Acct/Id", 34),
        (camt054(Notice(), message_id=LONG), "MsgId", 35),
        (pain002("MSG-1", message_id=LONG), "MsgId", 35),
        (pain002(LONG), "OrgnlMsgId", 35),
        (pain002("MSG-1", status="RJCT", reason=LONG), "reason_code", 35),
    ],
)
def test_an_id_that_is_too_long_quarantines_the_file_at_its_first_try(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker, content: bytes, value: str, most: int
) -> None:
    queue_file(line)

    file = receive(bank, line, content)

    assert file.state == IncomingState.QUARANTINED
    (error,) = file.errors
    assert (error["code"], error["params"]["value"], error["params"]["most"]) == ("text_too_long", value, most)
    assert error["line"]
    assert value in fault_text(error, language="nb")
    assert taker.entries == []
    assert not SeenNotification.objects.exists()
    assert not SeenEntry.objects.exists()
    assert not Deviation.objects.exists()


def test_every_long_id_is_named_with_its_line(line: Connection, bank: SftpBank, taker: NotingTaker) -> None:
    entries = [Entry(bank_reference=LONG), Entry(transactions=[Transaction(end_to_end_id=LONG)])]
    content = camt054(Notice(entries=entries)).replace(b"<Ntry>", b"\n<Ntry>").replace(b"<TxDtls>", b"\n<TxDtls>")

    file = receive(bank, line, content)

    found = {(error["params"]["value"], error["line"]) for error in file.errors}
    assert found == {("bank_reference", 3), ("end_to_end_id", 6)}


def test_the_longest_that_is_allowed_is_read(line: Connection, bank: SftpBank, taker: NotingTaker) -> None:
    longest = "x" * 35
    entry = Entry(bank_reference=longest, transactions=[Transaction(end_to_end_id=longest, bank_reference=longest)])

    file = receive(bank, line, camt054(Notice(id=longest, entries=[entry]), message_id=longest))

    assert file.state == IncomingState.APPLIED, file.errors
    assert len(taker.entries) == 1


def test_a_fraction_of_a_second_or_a_page_beyond_reason_is_no_database_error(
    line: Connection, bank: SftpBank, taker: NotingTaker
) -> None:
    precise = camt054(Notice(period="2026-11-24")).replace(b"T00:00:00", b"T00:00:00." + b"0" * 60)
    paged = camt054(Notice()).replace(
        b"</CreDtTm></GrpHdr>",
        b"</CreDtTm><MsgPgntn><PgNb>123456</PgNb><LastPgInd>true</LastPgInd></MsgPgntn></GrpHdr>",
    )

    for name, content in (("SIM-1.xml", precise), ("SIM-2.xml", paged)):
        file = receive(bank, line, content, name=name)
        assert file.state == IncomingState.QUARANTINED
        assert file.errors[0]["code"] != "apply_failed"


def test_an_ocr_file_has_no_long_texts(line: Connection, bank: SftpBank, taker: NotingTaker) -> None:
    """Its fields are of fixed width, none wider than its column."""
    content = file_of(Assignment([Payment(kid="1" * 25), Payment(type="21", kid="", text="x" * 40)]))

    file = receive(bank, line, content)

    assert file.state == IncomingState.APPLIED, file.errors
