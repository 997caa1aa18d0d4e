"""Own payments that come back: whole, less a fee that the file states, less something that a person must explain."""

from dataclasses import replace

import pytest

from autopay_portal.core.errors import ConflictError, DomainError
from bank_gateway.models import Deviation
from bank_gateway.relay.services import release_deviation
from erp_gateway.models import LedgerLine, Message
from remittance.models import Payment
from tests.companies.builders import SETUP

from .answering import AtBank, books, held, order_at_bank, red_alarms
from .builders import Sender

A, B = "1000.00", "200.00"
VERSIONS = pytest.mark.parametrize("version", ["02", "08"])


@pytest.fixture
def paid(sender: Sender) -> AtBank:
    """Two payments that the bank has debited."""
    at_bank = order_at_bank(sender, A=A, B=B)
    at_bank.notify(at_bank.debit("A", "B"))
    return at_bank


def release(decision: str = "") -> None:
    only = Deviation.objects.get(state="open")
    release_deviation(deviation_id=only.pk, actor=SETUP, note="Banken bekrefter", decision=decision)


@VERSIONS
def test_what_comes_back_whole_is_returned_and_posted_against_the_supplier(paid: AtBank, version: str) -> None:
    paid.notify(paid.comes_back("A"), version=version)

    assert paid.states() == {"A": "returned", "B": "paid"}
    assert books() == {"1920": "-200.00", "2400": "200.00"}
    assert Payment.objects.get(end_to_end_id="A").reason_code == "AC04"


@VERSIONS
@pytest.mark.parametrize(
    "stated",
    [{"charges": "30.00"}, {"instructed": A}, {"charges": "30.00", "instructed": A}],
    ids=["charges", "amount-that-came-back-first", "both"],
)
def test_a_fee_that_the_transaction_states_is_posted_as_the_banks(
    paid: AtBank, version: str, stated: dict[str, str]
) -> None:
    paid.notify(paid.comes_back("A", amount="970.00", **stated), version=version)

    assert paid.states()["A"] == "returned"
    assert held() == []
    assert books() == {"1920": "-230.00", "2400": "200.00", "7770": "30.00"}


@VERSIONS
def test_a_fee_that_stands_beside_the_entry_is_posted_as_the_banks(paid: AtBank, version: str) -> None:
    back = paid.comes_back("A", amount="970.00")

    paid.notify(replace(back, charges="30.00"), version=version)

    assert paid.states()["A"] == "returned"
    assert books() == {"1920": "-230.00", "2400": "200.00", "7770": "30.00"}


@pytest.mark.parametrize(
    "stated", [{}, {"charges": "29.00"}, {"instructed": "999.00"}], ids=["nothing", "another-fee", "another-amount"]
)
def test_less_than_was_paid_without_the_reason_for_it_waits_for_a_person(paid: AtBank, stated: dict[str, str]) -> None:
    paid.notify(paid.comes_back("A", amount="970.00", **stated))

    assert paid.states()["A"] == "paid"
    assert held() == [("less_than_paid", "970.00")]
    assert books() == {"1920": "-1200.00", "2400": "1200.00"}
    assert Deviation.objects.get(state="open").details["decisions"] == ["fee"]


def test_a_person_says_that_it_is_the_banks_fee_and_it_is_booked_once(paid: AtBank) -> None:
    paid.notify(paid.comes_back("A", amount="970.00"))

    release("fee")

    assert paid.states()["A"] == "returned"
    assert books() == {"1920": "-230.00", "2400": "200.00", "7770": "30.00"}
    assert held() == []
    assert Message.objects.filter(kind="payment_status", data__status="returned").count() == 1
    with pytest.raises(ConflictError) as again:
        release_deviation(deviation_id=Deviation.objects.get().pk, actor=SETUP, note="En gang til", decision="fee")
    assert again.value.code == "deviation_not_open"


def test_released_without_saying_that_it_is_a_fee_it_still_fits_nothing(paid: AtBank) -> None:
    paid.notify(paid.comes_back("A", amount="970.00"))

    with pytest.raises(DomainError) as refused:
        release()

    assert refused.value.code == "deviation_still_unclaimed"
    assert paid.states()["A"] == "paid"
    assert held() == [("less_than_paid", "970.00")]


def test_a_decision_that_is_not_offered_is_refused(paid: AtBank) -> None:
    paid.notify(paid.comes_back("A", amount="970.00"))

    for decision in ("lump_with_ended", "unplaced", "gift"):
        with pytest.raises(ConflictError) as refused:
            release(decision)
        assert refused.value.code == "decision_not_possible"
    assert paid.states()["A"] == "paid"


def test_a_return_of_which_the_bank_keeps_all_but_an_ore_is_returned(paid: AtBank) -> None:
    paid.notify(paid.comes_back("B", amount="0.01", charges="199.99"))

    assert paid.states()["B"] == "returned"
    assert books() == {"1920": "-1199.99", "2400": "1000.00", "7770": "199.99"}


def test_more_than_was_paid_is_nobodys_return(paid: AtBank) -> None:
    paid.notify(paid.comes_back("A", amount="1000.01"))

    assert paid.states()["A"] == "paid"
    assert held() == [("more_than_paid", "1000.01")]
    assert Deviation.objects.get(state="open").details["decisions"] == []


def test_what_comes_back_before_its_debit_waits_and_fits_after_it(sender: Sender) -> None:
    at_bank = order_at_bank(sender, A=A, B=B)
    at_bank.notify(at_bank.comes_back("A"))
    assert held() == [("not_paid", "1000.00")]

    at_bank.notify(at_bank.debit("A", "B"))
    release()

    assert at_bank.states() == {"A": "returned", "B": "paid"}
    assert books() == {"1920": "-200.00", "2400": "200.00"}


def test_what_has_come_back_and_comes_back_in_another_file_is_held(paid: AtBank) -> None:
    paid.notify(paid.comes_back("A"))
    paid.notify(paid.comes_back("A", reference="EN-ANNEN"))

    assert held() == [("already_returned", "1000.00")]
    assert books() == {"1920": "-200.00", "2400": "200.00"}


def test_two_payments_that_come_back_in_one_entry_are_both_returned(paid: AtBank) -> None:
    both = paid.comes_back("A")
    txs = [*both.txs, paid.tx("B", returned="AC04")]

    paid.notify(replace(both, amount="1200.00", txs=txs))

    assert paid.states() == {"A": "returned", "B": "returned"}
    assert books() == {}
    assert paid.remittance().status == "completed"


def test_a_return_that_the_bank_takes_back_is_left_to_a_person(paid: AtBank) -> None:
    paid.notify(paid.comes_back("A"))

    paid.notify(paid.debit("A", reversal=True))

    assert paid.states()["A"] == "returned"
    assert held() == [("reversal_of_return", "1000.00")]
    assert books() == {"1920": "-200.00", "2400": "200.00"}


def test_a_returned_payment_stays_returned_whatever_comes_later(paid: AtBank) -> None:
    paid.notify(paid.comes_back("A"))
    paid.report(A="ACSC", at="2026-11-26T10:00:00")
    paid.notify(paid.debit("A", day="2026-11-26"))

    assert paid.states()["A"] == "returned"
    assert held() == [("already_paid", "1000.00")]
    assert red_alarms() == ["payment_debited_twice"]


def test_a_returned_lump_of_salary_is_one_line_without_names(sender: Sender) -> None:
    at_bank = order_at_bank(sender, category="salary", A=A, B=B)
    at_bank.notify(at_bank.lump("A", "B"))

    at_bank.notify(at_bank.lump("A", "B", direction="CRDT", type="PMNT/ICDT/RRTN"))

    assert set(at_bank.states().values()) == {"returned"}
    assert books() == {}
    assert set(LedgerLine.objects.filter(account="2930").values_list("text", "end_to_end_id", "supplier")) == {
        ("Lønn, 2 utbetalinger", None, None)
    }


def test_of_a_salary_lump_the_one_that_comes_back_is_named_to_nobody(sender: Sender) -> None:
    at_bank = order_at_bank(sender, category="salary", A=A, B=B)
    at_bank.notify(at_bank.lump("A", "B"))

    at_bank.notify(at_bank.comes_back("A", amount="970.00"))

    only = Deviation.objects.get(state="open")
    assert (only.reason, only.reference) == ("less_than_paid", "")
    release("fee")
    assert books() == {"1920": "-230.00", "2930": "200.00", "7770": "30.00"}
    assert set(LedgerLine.objects.exclude(account="1920").values_list("end_to_end_id", "supplier")) == {(None, None)}
