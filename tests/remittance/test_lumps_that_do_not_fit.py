"""A lump without its payments that doesn't equal its group: held, and what a person may decide about it."""

import pytest

from autopay_portal.core.errors import ConflictError, DomainError
from bank_gateway.models import Deviation
from bank_gateway.relay.services import close_deviation, release_deviation
from tests.companies.builders import SETUP

from .answering import AtBank, books, held, order_at_bank, red_alarms
from .builders import Sender

A, B, C = "1000.00", "200.00", "30.00"
LATER = "2026-11-24T12:00:00"


@pytest.fixture
def at_bank(sender: Sender) -> AtBank:
    return order_at_bank(sender, A=A, B=B, C=C)


def decide(decision: str = "") -> None:
    only = Deviation.objects.get(state="open")
    release_deviation(deviation_id=only.pk, actor=SETUP, note="Banken bekrefter", decision=decision)


def offered() -> list[str]:
    return list(Deviation.objects.get(state="open").details["decisions"])


def test_a_lump_below_the_control_sum_pays_the_rest_when_one_was_rejected(at_bank: AtBank) -> None:
    at_bank.report(B="RJCT", at=LATER)

    at_bank.notify(at_bank.lump("A", "C"))

    assert at_bank.states() == {"A": "paid", "B": "rejected_by_bank", "C": "paid"}
    assert books() == {"1920": "-1030.00", "2400": "1030.00"}
    assert held() == []


def test_a_later_lump_for_the_rest_is_normal(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.debit("A"))

    at_bank.notify(at_bank.lump("B", "C", day="2026-11-26"))

    assert set(at_bank.states().values()) == {"paid"}
    assert held() == []


def test_the_right_sum_of_the_wrong_count_pays_nobody(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.lump("A", "B", "C", count=2))

    assert set(at_bank.states().values()) == {"received_by_bank"}
    assert held() == [("lump_differs", "1230.00")]
    assert offered() == []
    with pytest.raises(DomainError) as refused:
        decide()
    assert refused.value.code == "deviation_still_unclaimed"


def test_a_part_of_a_group_pays_nobody_though_only_two_payments_come_to_it(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.lump("A", "B"))

    assert set(at_bank.states().values()) == {"received_by_bank"}
    assert held() == [("lump_differs", "1200.00")]
    assert offered() == []


def test_a_lump_without_those_that_wait_for_funds_is_paid_when_a_person_says_so(at_bank: AtBank) -> None:
    at_bank.report(B="PDNG", at=LATER)
    at_bank.notify(at_bank.lump("A", "C"))
    assert (held(), offered()) == ([("lump_differs", "1030.00")], ["lump_without_pending"])
    assert books() == {}

    decide("lump_without_pending")

    assert at_bank.states() == {"A": "paid", "B": "pending", "C": "paid"}
    assert books() == {"1920": "-1030.00", "2400": "1030.00"}
    at_bank.notify(at_bank.lump("B", day="2026-11-26"))
    assert set(at_bank.states().values()) == {"paid"}
    assert (books(), held(), red_alarms()) == ({"1920": "-1230.00", "2400": "1230.00"}, [], [])


def test_a_lump_over_the_whole_group_pays_also_what_was_rejected_and_stopped_when_a_person_says_so(
    at_bank: AtBank,
) -> None:
    at_bank.report(A="RJCT", B="CANC", at=LATER)
    at_bank.notify(at_bank.lump("A", "B", "C"))
    assert (held(), offered()) == ([("lump_differs", "1230.00")], ["lump_with_ended"])
    assert at_bank.states()["C"] == "received_by_bank"

    decide("lump_with_ended")

    assert set(at_bank.states().values()) == {"paid"}
    assert books() == {"1920": "-1230.00", "2400": "1230.00"}
    assert red_alarms() == ["debit_contradicts_state"]


def test_a_lump_that_fits_again_once_the_banks_word_has_come_is_released_without_a_decision(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.lump("A", "C"))
    with pytest.raises(DomainError):
        decide()

    at_bank.report(B="RJCT", at=LATER)
    decide()

    assert at_bank.states() == {"A": "paid", "B": "rejected_by_bank", "C": "paid"}
    assert held() == []


def test_a_decision_whose_ground_has_gone_books_nothing(at_bank: AtBank) -> None:
    at_bank.report(B="PDNG", at=LATER)
    at_bank.notify(at_bank.lump("A", "C"))
    at_bank.report(B="ACCP", at="2026-11-24T13:00:00")

    with pytest.raises(DomainError) as refused:
        decide("lump_without_pending")

    assert refused.value.code == "deviation_still_unclaimed"
    assert (books(), held()) == ({}, [("lump_differs", "1030.00")])
    assert at_bank.states() == {"A": "received_by_bank", "B": "accepted", "C": "received_by_bank"}


def test_a_lump_that_was_booked_by_hand_is_closed_and_never_booked_here(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.lump("A", "B"))
    only = Deviation.objects.get(state="open")

    close_deviation(deviation_id=only.pk, actor=SETUP, note="Ført manuelt, bilag 4711")

    assert (held(), books()) == ([], {})
    with pytest.raises(ConflictError) as refused:
        release_deviation(deviation_id=only.pk, actor=SETUP, note="Likevel")
    assert refused.value.code == "deviation_not_open"


@pytest.mark.parametrize("note", ["", "   "])
def test_nothing_is_released_or_closed_without_a_note(at_bank: AtBank, note: str) -> None:
    at_bank.notify(at_bank.lump("A", "B"))
    only = Deviation.objects.get(state="open")

    for settle in (release_deviation, close_deviation):
        with pytest.raises(DomainError) as refused:
            settle(deviation_id=only.pk, actor=SETUP, note=note)
        assert refused.value.code == "note_missing"


def test_a_lump_of_a_group_that_nobody_knows_pays_nobody(at_bank: AtBank) -> None:
    at_bank.notify(at_bank.lump("A", "B", "C", batch=(at_bank.message_id, f"{at_bank.message_id}-7")))

    assert held() == [("lump_of_no_group", "1230.00")]
    assert set(at_bank.states().values()) == {"received_by_bank"}
