"""What operators see of the relay."""

from typing import Any

from autopay_portal.core.paging import PageRequest
from bank_gateway.models import Connection
from bank_gateway.relay import queries
from bank_gateway.relay.services import pause_outgoing, send_outgoing
from tests.bank_gateway.relay.bank_messages import OTHER_ACCOUNT, Notice, camt054
from tests.bank_gateway.relay.conftest import SYSTEM, Heard, NotingTaker, queue_file, receive
from tests.bank_gateway.sftp_bank import SftpBank

PAGE = PageRequest(limit=10, before=None)


def test_the_page_shows_files_lines_deviations_alarms_and_pauses(
    line: Connection, bank: SftpBank, heard: Heard, taker: NotingTaker
) -> None:
    sent, waiting = queue_file(line, number=1), queue_file(line, number=2)
    send_outgoing(outgoing_id=sent.pk)
    unreadable = receive(bank, line, b"no message at all", name="SIM-1.xml")
    applied = receive(bank, line, camt054(Notice(account=OTHER_ACCOUNT)), name="SIM-2.xml")
    pause_outgoing(scope="bank", bank="dnb", actor=SYSTEM, reason="The bank asked us to wait")

    assert queries.get_relay_numbers() == queries.RelayNumbers(
        waiting=1, in_doubt=0, unanswered=0, quarantined=1, deviations=1
    )
    assert queries.get_outgoing_page(PAGE) == ([waiting, sent], None)
    assert queries.get_outgoing_page(PAGE, state="sent", bank="dnb") == ([sent], None)
    assert queries.get_incoming_page(PAGE) == ([applied, unreadable], None)
    assert queries.get_incoming_page(PAGE, state="quarantined", bank="dnb") == ([unreadable], None)
    assert [deviation.file for deviation in queries.get_deviation_page(PAGE)[0]] == [applied]
    (row,) = queries.get_connections()
    assert (row.waiting, row.paused, row.failures) == (1, True, 0)
    assert row.last_heard_at is not None
    assert [pause.bank for pause in queries.get_active_pauses()] == ["dnb"]
    assert {alarm.code for alarm in queries.get_relay_alarms()} == {"bank_file_quarantined", "bank_account_unknown"}
    assert queries.get_incoming_file(file_id=applied.pk) == applied
    assert queries.get_outgoing_file(outgoing_id=sent.pk) == sent


def test_a_page_costs_the_same_however_many_lines_there_are(line: Connection, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        queries.get_connections()
