"""Debited twice: the first debit pays and is booked, the second is held with a red alarm, in one file as in two."""

import pytest

from autopay_portal.core.errors import DomainError
from bank_gateway.models import Deviation
from bank_gateway.relay.services import close_deviation, release_deviation
from companies.models import Alarm
from tests.companies.builders import SETUP

from .answering import AtBank, books, held, order_at_bank, red_alarms
from .builders import Sender

A, B, C = "1000.00", "200.00", "30.00"
TWICE = ["payment_debited_twice"]


@pytest.fixture
def at_bank(sender: Sender) -> AtBank:
    return order_at_bank(sender, A=A, B=B, C=C)


def counted() -> int:
    return int(Alarm.objects.get(code="payment_debited_twice").params["count"])


def test_of_two_debits_in_one_notification_the_first_pays_and_the_second_waits(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.debit("A"), at_bank.debit("A"))

    assert at_bank.states()["A"] == "paid"
    assert books() == {"1920": "-1000.00", "2400": "1000.00"}
    assert held() == [("already_paid", "1000.00")]
    assert (red_alarms(), counted()) == (TWICE, 1)


def test_in_two_notifications_it_is_the_same(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.debit("A"))
    at_bank.notify(at_bank.debit("A", day="2026-11-26"))

    assert books() == {"1920": "-1000.00", "2400": "1000.00"}
    assert held() == [("already_paid", "1000.00")]
    assert (red_alarms(), counted()) == (TWICE, 1)


def test_a_lump_that_holds_a_payment_debited_before_it_in_the_file_is_held_whole(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.debit("A"), at_bank.debit("A", "B", "C"))

    assert at_bank.states() == {"A": "paid", "B": "received_by_bank", "C": "received_by_bank"}
    assert held() == [("already_paid", "1230.00")]
    assert (red_alarms(), counted()) == (TWICE, 1)


def test_a_lump_before_the_single_debit_pays_and_the_single_one_waits(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.debit("A", "B", "C"), at_bank.debit("B"))

    assert set(at_bank.states().values()) == {"paid"}
    assert held() == [("already_paid", "200.00")]
    assert counted() == 1


def test_the_same_lump_without_details_twice_in_one_file_pays_its_group_once(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.lump("A", "B", "C"), at_bank.lump("A", "B", "C"))

    assert set(at_bank.states().values()) == {"paid"}
    assert books() == {"1920": "-1230.00", "2400": "1230.00"}
    assert held() == [("already_paid", "1230.00")]
    assert counted() == 3


def test_an_entry_behind_one_that_is_held_is_no_second_debit_and_fits_once_a_person_looks(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.debit("A"), at_bank.debit("A", "B"), at_bank.debit("B"))

    assert at_bank.states() == {"A": "paid", "B": "received_by_bank", "C": "received_by_bank"}
    assert held() == [("already_paid", "1200.00"), ("payment_twice", "200.00")]
    assert counted() == 1

    last = Deviation.objects.get(reason="payment_twice")
    release_deviation(deviation_id=last.pk, actor=SETUP, note="B er belastet for seg")
    assert at_bank.states()["B"] == "paid"
    assert books() == {"1920": "-1200.00", "2400": "1200.00"}


def test_a_payment_twice_in_one_lump_is_held_with_a_red_alarm(at_bank: AtBank) -> None:
    twice = at_bank.debit("A", "A", "B")

    at_bank.notify(twice)

    assert set(at_bank.states().values()) == {"received_by_bank"}
    assert books() == {}
    assert held() == [("payment_twice", "2200.00")]
    assert (red_alarms(), counted()) == (TWICE, 1)


def test_a_payment_named_twice_in_a_lump_of_another_sum_is_no_second_debit(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.debit("A", "A", amount="1000.00"))

    assert held() == [("payment_twice", "1000.00")]
    assert red_alarms() == []


def test_a_payment_that_comes_back_twice_in_one_file_comes_back_once(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.debit("A"), at_bank.comes_back("A"), at_bank.comes_back("A"))

    assert at_bank.states()["A"] == "returned"
    assert books() == {}
    assert held() == [("already_returned", "1000.00")]
    assert red_alarms() == []


def test_the_second_debit_cannot_be_released_and_is_closed_when_the_bank_has_paid_it_back(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.debit("A"), at_bank.debit("A"))
    second = Deviation.objects.get(state="open")

    with pytest.raises(DomainError) as refused:
        release_deviation(deviation_id=second.pk, actor=SETUP, note="Begge står på kontoutskriften")
    assert refused.value.code == "deviation_still_unclaimed"
    assert books() == {"1920": "-1000.00", "2400": "1000.00"}

    close_deviation(deviation_id=second.pk, actor=SETUP, note="Banken har tilbakeført den")
    assert held() == []
    # The money is still away: only a person who knows closes the alarm.
    assert red_alarms() == TWICE
