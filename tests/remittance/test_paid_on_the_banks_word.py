"""Where the agreement takes the bank's word for it (evidence acsc), a settled payment is paid; its debit follows."""

from datetime import datetime
from typing import Any

import pytest
import time_machine

from companies.models import Alarm
from companies.services import sweep_alarms
from erp_gateway.models import LedgerBatch, Message
from remittance.models import Payment
from tests.companies.builders import make_company

from .answering import OSLO, AtBank, books, held, order_at_bank, red_alarms
from .builders import Sender, make_sender

A, B, C = "1000.00", "200.00", "30.00"
LATER = "2026-11-25T16:00:00"


@pytest.fixture
def trusting(db: None) -> AtBank:
    """An order on an agreement that takes the bank's word."""
    return order_at_bank(make_sender(company=make_company(), paid_evidence="acsc"), A=A, B=B, C=C)


def on_word(at_bank: AtBank) -> list[str]:
    found = Payment.objects.filter(end_to_end_id__in=at_bank.amounts, status="paid", awaits_debit=True)
    return sorted(found.values_list("end_to_end_id", flat=True))


@pytest.mark.parametrize("word", ["ACSC", "ACCC"])
@pytest.mark.parametrize("version", ["03", "10"])
def test_the_banks_word_pays_and_books_nothing(trusting: AtBank, word: str, version: str) -> None:
    trusting.report(A=word, version=version, at=LATER)

    assert trusting.states() == {"A": "paid", "B": "received_by_bank", "C": "received_by_bank"}
    assert on_word(trusting) == ["A"]
    assert not LedgerBatch.objects.exists()


def test_on_an_agreement_that_wants_the_debit_the_word_is_only_a_mark(sender: Sender) -> None:
    at_bank = order_at_bank(sender, A=A, B=B)

    at_bank.report(A="ACSC", at=LATER)

    assert at_bank.states()["A"] == "accepted"
    assert Payment.objects.get(end_to_end_id="A").bank_says_settled is True
    assert on_word(at_bank) == []


def test_the_debit_follows_the_word_once_and_brings_the_voucher(trusting: AtBank) -> None:
    trusting.report(A="ACSC", B="ACSC", C="ACSC", at=LATER)
    told = Message.objects.filter(kind="payment_status", data__status="paid").count()

    trusting.notify(trusting.debit("A", "B", "C"))

    assert set(trusting.states().values()) == {"paid"}
    assert on_word(trusting) == []
    assert books() == {"1920": "-1230.00", "2400": "1230.00"}
    assert Message.objects.filter(kind="payment_status", data__status="paid").count() == told == 1
    assert red_alarms() == []
    trusting.notify(trusting.debit("A", day="2026-11-26"))
    assert held() == [("already_paid", "1000.00")]
    assert red_alarms() == ["payment_debited_twice"]


def test_a_lump_without_details_pays_those_whose_debit_is_still_to_come(trusting: AtBank) -> None:
    trusting.report(A="ACSC", B="RJCT", C="ACSC", at=LATER)

    trusting.notify(trusting.lump("A", "C"))

    assert trusting.states() == {"A": "paid", "B": "rejected_by_bank", "C": "paid"}
    assert books() == {"1920": "-1030.00", "2400": "1030.00"}


def test_the_debit_before_the_word_leaves_nothing_to_wait_for(trusting: AtBank) -> None:
    trusting.notify(trusting.debit("A"))

    trusting.report(A="ACSC", at=LATER)

    assert trusting.states()["A"] == "paid"
    assert on_word(trusting) == []
    trusting.notify(trusting.debit("A", day="2026-11-26"))
    assert held() == [("already_paid", "1000.00")]


@pytest.mark.parametrize(("first", "state"), [("RJCT", "rejected_by_bank"), ("CANC", "stopped")])
def test_the_word_beats_no_end_as_a_debit_does(trusting: AtBank, first: str, state: str) -> None:
    trusting.report(A=first, at="2026-11-24T12:00:00")

    trusting.report(A="ACSC", at=LATER)

    assert trusting.states()["A"] == state
    assert red_alarms() == ["bank_contradicts_itself"]
    trusting.notify(trusting.debit("A"))
    assert trusting.states()["A"] == "paid"
    assert "debit_contradicts_state" in red_alarms()


def test_a_reject_after_the_word_is_a_contradiction_and_moves_nothing(trusting: AtBank) -> None:
    trusting.report(A="ACSC", at=LATER)

    trusting.report(A="RJCT", at="2026-11-25T18:00:00")

    assert trusting.states()["A"] == "paid"
    assert red_alarms() == ["bank_contradicts_itself"]


def test_what_was_paid_on_the_word_alone_comes_back_only_after_its_debit(trusting: AtBank) -> None:
    trusting.report(A="ACSC", at=LATER)

    trusting.notify(trusting.comes_back("A"))

    assert (trusting.states()["A"], held()) == ("paid", [("not_paid", "1000.00")])
    assert books() == {}


def test_debited_and_returned_in_one_file_after_the_word_it_is_returned_and_booked_both_ways(trusting: AtBank) -> None:
    trusting.report(A="ACSC", at=LATER)

    trusting.notify(trusting.comes_back("A", amount="950.00", charges="50.00"), trusting.debit("A"))

    assert trusting.states()["A"] == "returned"
    assert books() == {"1920": "-50.00", "7770": "50.00"}


def test_the_word_on_a_whole_file_pays_every_payment_that_no_line_names(trusting: AtBank) -> None:
    trusting.report(whole="ACSC", C="PDNG", at=LATER)

    assert trusting.states() == {"A": "paid", "B": "paid", "C": "pending"}
    assert on_word(trusting) == ["A", "B"]


def test_the_api_says_what_proves_that_a_payment_is_paid(trusting: AtBank) -> None:
    trusting.report(A="ACSC", at=LATER)
    trusting.notify(trusting.debit("B"))

    listed = trusting.sender.erp.get("payments").json()["results"]

    assert {item["end_to_end_id"]: item["paid_evidence"] for item in listed} == {"A": "acsc", "B": "camt054", "C": None}
    one = next(item for item in listed if item["end_to_end_id"] == "A")
    timeline = trusting.sender.erp.get(f"payments/{one['id']}/timeline").json()["results"]
    assert "ACSC" in timeline[-1]["detail_nb"]


def test_on_a_remittance_and_in_the_feed_it_is_said_too(trusting: AtBank) -> None:
    trusting.report(A="ACSC", B="ACSC", at=LATER)
    erp = trusting.sender.erp

    (listed,) = erp.get("remittances").json()["results"]
    assert (listed["counts"], listed["debits_to_come"]) == ({"paid": 2, "received_by_bank": 1}, 2)
    assert erp.get(f"remittances/{listed['id']}").json()["debits_to_come"] == 2
    told = [each["data"] for each in erp.get("messages?after=0").json()["results"] if each["kind"] == "payment_status"]
    assert [each.get("paid_evidence") for each in told if each["status"] == "paid"] == ["acsc"]

    trusting.notify(trusting.debit("A", "B", "C"))
    assert erp.get("remittances").json()["results"][0]["debits_to_come"] == 0
    told = [each["data"] for each in erp.get("messages?after=0").json()["results"] if each["kind"] == "payment_status"]
    assert [each.get("paid_evidence") for each in told if each["status"] == "paid"] == ["acsc", None]


def test_a_debit_that_does_not_come_is_an_alarm_and_changes_nothing(trusting: AtBank, settings: Any) -> None:
    settings.ALARM_GRACE_SECONDS = 0
    trusting.report(whole="ACSC", at="2026-11-25T16:00:00")
    seen: dict[str, tuple[str, int] | None] = {}

    for moment in ("2026-11-26T11:59", "2026-11-26T12:01", "2026-11-30T12:01"):
        with time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=OSLO), tick=False):
            sweep_alarms()
        alarm = Alarm.objects.filter(code="settled_not_debited", cleared_at=None).first()
        seen[moment] = (alarm.severity, alarm.params["count"]) if alarm else None

    assert list(seen.values()) == [None, ("amber", 3), ("red", 3)]
    assert set(trusting.states().values()) == {"paid"}
    trusting.notify(trusting.debit("A", "B", "C"))
    sweep_alarms()
    assert not Alarm.objects.filter(code="settled_not_debited", cleared_at=None).exists()
