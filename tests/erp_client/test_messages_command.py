"""`autopay messages` at a real portal."""

import pytest
from django.db import transaction

from autopay_portal.core.ids import uuid7
from erp_gateway.services import NewMessage, emit_messages

from .builders import Office
from .test_status_command import ACCEPTED, DEBITED, REJECTED

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def emit(office: Office, kind: str, data: dict[str, object]) -> None:
    with transaction.atomic():
        emit_messages(company_id=office.sender.company.pk, kind=kind, messages=[NewMessage(id=uuid7(), data=data)])


def test_what_a_remittance_went_through_reads_line_by_line(office: Office) -> None:
    office.release(office.send())
    office.bank_says(ACCEPTED)
    office.bank_says(DEBITED)

    ran = office.autopay.run("messages")

    assert ran.code == 0, ran.err
    told = [line.split("  ", 2)[2] for line in ran.out.splitlines()]
    assert [line.split("  ")[0] for line in ran.out.splitlines()] == [str(n) for n in range(1, len(told) + 1)]
    assert any("received by bank: 4 payments (LEV-2026-000101, " in line for line in told)
    assert any("paid: 2 payments (LEV-2026-000102, LEV-2026-000103)" in line for line in told)
    assert any(line.startswith("ledger_batch_ready  batch 1 (outgoing) is ready: ") for line in told)


def test_every_kind_of_message_is_readable_in_norwegian(office: Office) -> None:
    emit(
        office,
        "incoming_payments",
        {"account": "15034987618", "count": 2, "total": "1500.00", "currency": "NOK", "source": "ocr"},
    )
    emit(office, "statement", {"statement": "s-1", "account": "15034987618", "date": "2026-11-24"})
    emit(office, "agreement_status", {"agreement": "a-1", "number": "1001", "status": "confirmed_by_bank"})

    ran = office.autopay.run("messages", "--lang", "nb")

    assert [line.split("  ", 3)[3] for line in ran.out.splitlines()] == [
        "2 betalinger inn på 15034987618, 1\u00a0500,00\u00a0NOK",
        "kontoutskrift for 15034987618, 2026-11-24",
        "avtale 1001: bekreftet av bank",
    ]


def test_it_begins_behind_what_is_acknowledged_or_where_it_is_told(office: Office) -> None:
    for day in ("2026-11-24", "2026-11-25"):
        emit(office, "statement", {"statement": "s", "account": "15034987618", "date": day})
    office.client.acknowledge(2)

    assert office.autopay.run("messages").out == "No new messages after no. 2.\n"
    assert "2026-11-25" in office.autopay.run("messages", "--after", "1").out


def test_new_messages_come_while_it_waits_until_ctrl_c(office: Office) -> None:
    remittance = office.send()

    with office.autopay.start("messages", "--follow") as started:
        office.release(remittance)
        started.wait_for(lambda lines: any("approved: 4 payments" in line for line in lines))
        office.bank_says(REJECTED)
        started.wait_for(lambda lines: any("rejected by bank: 4 payments" in line and "FF01" in line for line in lines))
        assert started.interrupt() == 130

    assert started.lines[-1] == "Interrupted."


def test_a_name_cannot_write_on_the_terminal(office: Office) -> None:
    emit(office, "agreement_status", {"agreement": "a", "number": "\u001b[31m1\u202e", "status": "active"})

    ran = office.autopay.run("messages")

    assert "\x1b" not in ran.out
    assert "\ufffd[31m1\ufffd: active" in ran.out
