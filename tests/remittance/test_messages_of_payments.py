"""A message of the feed names its payments, with what each was told of, today as on the day it was written."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from erp_gateway.models import Message
from erp_gateway.queries import MessageItem, feed_page
from remittance.models import Payment
from tests.erp_gateway.feed import told
from tests.remittance.builders import Sender, make_sender

from .answering import AtBank, order_at_bank


@pytest.fixture
def at_bank(sender: Sender) -> AtBank:
    return order_at_bank(sender, A="100.00", B="200.00", C="300.00", D="400.00")


def changes(at_bank: AtBank, status: str) -> Sequence[MessageItem]:
    found = told(at_bank.sender.company.pk, kind="payment_status")
    return [message for message in found if message["data"]["status"] == status]


def test_payments_rejected_for_different_reasons_stand_in_one_message_each_with_its_own(at_bank: AtBank) -> None:
    at_bank.report(
        A="RJCT", B="RJCT", C="ACCP", D="RJCT", reasons={"A": ("AC04", "Konto avsluttet"), "D": ("", "Ring oss")}
    )

    (message,) = changes(at_bank, "rejected_by_bank")
    assert set(message["data"]) == {"remittance", "message_id", "status", "payments"}
    a, b, d = message["data"]["payments"]
    assert [one["end_to_end_id"] for one in (a, b, d)] == ["A", "B", "D"]
    assert a["id"] == str(Payment.objects.get(end_to_end_id="A").pk)
    assert {one["status"] for one in (a, b, d)} == {"rejected_by_bank"}
    assert (a["reason"]["code"], a["reason"]["bank_text"]) == ("AC04", "Konto avsluttet")
    assert a["reason"]["text_nb"] != a["reason"]["text_en"]
    assert b["reason"] is None
    assert (d["reason"]["code"], d["reason"]["text_nb"], d["reason"]["bank_text"]) == (None, None, "Ring oss")


def test_a_message_reads_the_same_after_what_came_later(at_bank: AtBank) -> None:
    at_bank.report(
        A="RJCT", B="ACCP", C="ACCP", D="PDNG", reasons={"A": ("AC04", ""), "D": ("AM04", "Dekning mangler")}
    )
    before = told(at_bank.sender.company.pk)

    at_bank.notify(at_bank.debit("A", "B", "C", "D"))

    after = told(at_bank.sender.company.pk)
    assert len(after) > len(before)
    assert after[: len(before)] == before


def test_a_message_written_with_its_payments_inside_reads_as_it_was_written(at_bank: AtBank) -> None:
    message = Message.objects.filter(kind="payment_status").order_by("sequence").first()
    assert message is not None
    inside: dict[str, Any] = {
        "remittance": "x", "message_id": "y", "status": "sent",
        "payments": [{"id": "1", "end_to_end_id": "OLD", "status": "sent", "reason": None}],
    }  # fmt: skip
    Message.objects.filter(pk=message.pk).update(data=inside)

    first = told(at_bank.sender.company.pk, kind="payment_status")[0]

    assert first["data"] == inside


def test_no_message_can_name_another_companys_payments(at_bank: AtBank) -> None:
    other = order_at_bank(make_sender(account="60050612344"), A="1.00")
    theirs = Message.objects.filter(company=other.sender.company, kind="payment_status").first()
    mine = Message.objects.filter(company=at_bank.sender.company, kind="payment_status").first()
    assert theirs is not None
    assert mine is not None
    Message.objects.filter(pk=mine.pk).update(data=theirs.data)

    with pytest.raises(KeyError):
        told(at_bank.sender.company.pk, kind="payment_status")


def test_a_page_of_many_messages_takes_as_many_queries_as_one_of_few(at_bank: AtBank) -> None:
    at_bank.report(A="RJCT", B="ACCP", C="ACCP", D="PDNG")
    at_bank.notify(at_bank.debit("B"))

    counts = []
    for limit in (2, 500):
        with CaptureQueriesContext(connection) as queries:
            feed_page(company_id=at_bank.sender.company.pk, after=0, limit=limit, sees_salary=True)
        counts.append(len(queries))

    assert counts == [2, 2]
