"""Money that the bank takes back from a customer, and debits that it reverses: booked by a KID or by a person."""

from typing import Any

import pytest

from autopay_portal.core.errors import DomainError
from bank_gateway.models import Deviation
from bank_gateway.relay.services import close_deviation, release_deviation
from companies.models import Company
from erp_gateway.models import LedgerLine
from payments_in.models import IncomingPayment
from tests.bank_gateway.bank_notices import Entry, Notice, Tx, camt054
from tests.bank_gateway.received import receive_file
from tests.companies.builders import SETUP, make_company

from .test_booking import ACCOUNT, make_incoming, receive

VERSIONS = pytest.mark.parametrize("version", ["02", "08"])
KID = "0010017"


@pytest.fixture
def company(db: None) -> Company:
    return make_company()


def notify(agreement: Any, *entries: Entry, version: str = "08") -> None:
    number = Deviation.objects.count() + LedgerLine.objects.count()
    content = camt054(Notice(f"N-{number}", ACCOUNT, entries), message_id=f"CAMT-{number}", version=version)
    file = receive_file(agreement, name=f"SIM-{number}.xml", content=content)
    assert file.state == "applied", file.errors


def receipt(amount: str, **named: Any) -> Entry:
    return Entry(amount, "CRDT", [Tx(amount, **named)], type="PMNT/RCDT/VCOM", reference=f"R-{amount}")


def taken_back(amount: str, *, reversal: bool = True, **named: Any) -> Entry:
    kind = "PMNT/RCDT/VCOM" if reversal else "PMNT/RCDT/RRTN"
    return Entry(amount, "DBIT", [Tx(amount, **named)], type=kind, reversal=reversal, reference=f"T-{amount}")


def lines() -> list[tuple[str, int, int, str | None]]:
    found = LedgerLine.objects.order_by("batch__number", "number")
    return list(found.values_list("account", "debit", "credit", "customer"))


def held() -> list[tuple[str, list[str]]]:
    found = Deviation.objects.filter(state="open").order_by("entry")
    return [(each.reason, each.details.get("decisions", [])) for each in found]


def release(decision: str = "") -> None:
    only = Deviation.objects.get(state="open")
    release_deviation(deviation_id=only.pk, actor=SETUP, note="Banken bekrefter", decision=decision)


@VERSIONS
@pytest.mark.parametrize("reversal", [True, False], ids=["RvslInd", "RRTN"])
def test_a_receipt_taken_back_is_a_negative_receipt_of_the_customer_its_kid_names(
    company: Company, version: str, reversal: bool
) -> None:
    agreement = make_incoming(company, notify="camt054")
    notify(agreement, receipt("1250.00", kid=KID), version=version)

    notify(agreement, taken_back("1250.00", kid=KID, reversal=reversal), version=version)

    assert sorted(IncomingPayment.objects.values_list("amount", flat=True)) == [-125_000, 125_000]
    assert lines()[2:] == [("1920", 0, 125_000, None), ("1500", 125_000, 0, "0010")]
    assert held() == []


@VERSIONS
def test_the_sample_of_reversals_is_booked_or_held_whole(company: Company, version: str) -> None:
    agreement = make_incoming(company, notify="camt054")

    file = receive(agreement, f"camt054/own_camt.054.001.{version}_reversals.xml")

    assert file.state == "applied", file.errors
    booked = sum(IncomingPayment.objects.values_list("amount", flat=True))
    waiting = [each.amount for each in Deviation.objects.filter(state="open")]
    assert (booked, waiting) == (-125_000, [49_950])
    assert held() == [("reversal_of_nobody", ["unplaced"])]


def test_money_taken_back_of_which_no_kid_says_whose_it_was_waits_for_a_person(company: Company) -> None:
    agreement = make_incoming(company, notify="camt054")

    notify(agreement, taken_back("300.00", text="Feil innbetaling"))

    assert held() == [("reversal_of_nobody", ["unplaced"])]
    assert not LedgerLine.objects.exists()
    with pytest.raises(DomainError) as refused:
        release()
    assert refused.value.code == "deviation_still_unclaimed"


def test_a_person_lets_it_be_posted_without_a_customer(company: Company) -> None:
    agreement = make_incoming(company, notify="camt054", unplaced_ledger_account="2990")
    notify(agreement, taken_back("300.00", text="Feil innbetaling"))

    release("unplaced")

    assert lines() == [("1920", 0, 30_000, None), ("2990", 30_000, 0, None)]
    payment = IncomingPayment.objects.get()
    assert (payment.amount, payment.matched) == (-30_000, False)
    assert held() == []


def test_where_no_account_is_named_for_it_what_a_person_releases_is_stored_and_held(company: Company) -> None:
    agreement = make_incoming(company, notify="camt054", unplaced_ledger_account=None)
    notify(agreement, taken_back("300.00", text="Feil innbetaling"))

    release("unplaced")

    assert not LedgerLine.objects.exists()
    payment = IncomingPayment.objects.get()
    assert (payment.amount, payment.ledger_batch, str(payment.placement)) == (-30_000, None, "held")


def test_a_debit_that_the_bank_reverses_is_posted_without_a_customer_when_a_person_says_so(company: Company) -> None:
    agreement = make_incoming(company, notify="camt054")
    notify(agreement, Entry("75.00", "CRDT", [Tx("75.00", text="Gebyr tilbakeført")], reversal=True))
    assert held() == [("debit_reversed", ["unplaced"])]

    release("unplaced")

    assert lines() == [("1920", 7_500, 0, None), ("2900", 0, 7_500, None)]


def test_it_is_closed_when_it_was_booked_by_hand(company: Company) -> None:
    agreement = make_incoming(company, notify="camt054")
    notify(agreement, taken_back("300.00", text="Feil innbetaling"))

    close_deviation(deviation_id=Deviation.objects.get().pk, actor=SETUP, note="Ført som bilag 12")

    assert held() == []
    assert not LedgerLine.objects.exists()


def test_a_debit_of_nobody_is_no_money_in_and_offers_no_decision(company: Company) -> None:
    agreement = make_incoming(company, notify="camt054")

    notify(agreement, Entry("99.00", "DBIT", [Tx("99.00", text="Kortkjøp")]))

    assert held() == [("debit_of_nobody", [])]
    with pytest.raises(DomainError):
        release()


def test_a_pending_entry_and_then_its_booking_is_one_booking(company: Company) -> None:
    agreement = make_incoming(company, notify="camt054")
    pending = receipt("1250.00", kid=KID)

    notify(agreement, Entry(**{**vars(pending), "status": "PDNG"}))
    assert not IncomingPayment.objects.exists()
    content = camt054(Notice("N-BOOK", ACCOUNT, [pending]), message_id="CAMT-BOOK")
    receive_file(agreement, name="SIM-BOOK.xml", content=content)

    assert list(IncomingPayment.objects.values_list("amount", flat=True)) == [125_000]
    assert held() == []
