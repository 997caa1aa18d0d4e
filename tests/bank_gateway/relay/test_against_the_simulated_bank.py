"""The relay and the simulated bank, over a real line: an order out, receipts and notifications in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bank_gateway.channels.lines import close_lines
from bank_gateway.models import Connection, Deviation, IncomingFile, OutgoingState
from bank_gateway.relay.services import apply_incoming, create_connection, fetch_incoming, send_outgoing
from companies.models import Company
from tests.bank_gateway.relay.conftest import Heard, NotingTaker, queue_file
from tests.bank_gateway.simulator.conftest import Customer, open_customer
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, simple_order
from tests.bank_gateway.simulator.running import Simulator


@pytest.fixture
def customer(tmp_path: Path) -> Iterator[Customer]:
    running = Simulator(tmp_path / "banks")
    running.start()
    yield open_customer(running)
    close_lines()
    running.stop()


@pytest.fixture
def line(customer: Customer, company: Company) -> Connection:
    login = customer.login
    return create_connection(
        company_id=company.pk,
        bank="dnb",
        host=login.host,
        port=login.port,
        username=login.username,
        private_key=login.private_key,
        host_key=login.host_key,
    )


def fetch_and_apply(line: Connection) -> list[str]:
    """Take what stands still at the bank and return the types of message, in order."""
    fetch_incoming(connection_id=line.pk)
    stored = fetch_incoming(connection_id=line.pk).stored
    for file_id in stored:
        apply_incoming(file_id=file_id)
    return [IncomingFile.objects.get(pk=file_id).message_type for file_id in stored]


def test_an_order_goes_out_once_and_its_answers_come_in_once(
    line: Connection, customer: Customer, heard: Heard, taker: NotingTaker
) -> None:
    taker.accounts.add(OUR_ACCOUNT)
    outgoing = queue_file(line, content=simple_order("MSG-1"))
    assert send_outgoing(outgoing_id=outgoing.pk)

    customer.simulator.advance(seconds=30)
    assert fetch_and_apply(line) == ["pain.002.001.03", "pain.002.001.03"]
    assert [report.group_status for report in taker.reports] == ["ACTC", "ACCP"]
    outgoing.refresh_from_db()
    assert outgoing.state == OutgoingState.ANSWERED

    customer.simulator.advance(to="next_cutoff")
    assert fetch_and_apply(line) == ["camt.054.001.02"]
    assert taker.entries == [(OUR_ACCOUNT, 30000, "BOOK")]
    assert len(taker.transactions) == 3
    assert len(customer.simulator.executions(message_id="MSG-1")) == 3

    assert set(IncomingFile.objects.values_list("state", flat=True)) == {"applied"}
    assert fetch_and_apply(line) == []
    assert not Deviation.objects.exists()
    assert heard.words == ["sent"]


def test_money_that_arrives_comes_in_as_ocr_giro(
    line: Connection, customer: Customer, heard: Heard, taker: NotingTaker
) -> None:
    taker.accounts.add(OUR_ACCOUNT)
    for amount in ("250.00", "250.00"):
        customer.simulator.post(
            "banks/dnb/incoming", {"account": OUR_ACCOUNT, "amount": amount, "kid": "0010017", "debtor_name": "Kari"}
        )
    assert fetch_and_apply(line) == ["ocr_giro", "ocr_giro"]
    assert [amount for _, amount, _ in taker.entries] == [25000, 25000]
    assert not Deviation.objects.filter(state="open").exists()
