"""Money that a bank takes back from an account: the receipt's opposite in the ledger, on the same customer, once."""

import pytest

from bank_gateway.models import Deviation, IncomingFile
from bank_gateway.relay.services import release_deviation
from bank_gateway.takers import EntryDecision
from companies.actors import Actor
from companies.models import Company
from erp_gateway.models import LedgerBatch, LedgerLine, Message
from payments_in.models import IncomingPayment
from tests.companies.builders import make_company, make_operator

from .test_booking import make_incoming, receive, vouchers

CREDITS = "camt054/own_camt.054.001.08_credit_kid_text_structured.xml"
# 1250.00 with the KID of a receipt in the other sample, and 499.50 without.
TAKEN = "camt054/own_camt.054.001.08_reversals.xml"
RECEIPT, WITHOUT_KID = 125_000, 49_950


@pytest.fixture
def company(db: None) -> Company:
    return make_company()


def _lines(file: IncomingFile) -> list[tuple[str, int, int, str | None, str | None]]:
    """Return account, debit, credit, customer and document of a file's ledger lines."""
    (batch,) = LedgerBatch.objects.filter(source_file_id=file.pk)
    assert set(vouchers(batch).values()) == {0}
    lines = LedgerLine.objects.filter(batch=batch).order_by("number")
    return list(lines.values_list("account", "debit", "credit", "customer", "document"))


def test_what_is_taken_back_with_a_kid_is_debited_the_customer_that_was_credited(company: Company) -> None:
    agreement = make_incoming(company, notify="camt054")
    receive(agreement, CREDITS)
    credit = LedgerLine.objects.get(kid="0010017", credit=RECEIPT)

    file = receive(agreement, TAKEN)

    assert file.state == "applied", file.errors
    assert _lines(file) == [
        ("1920", 0, RECEIPT, None, None),
        (credit.account, RECEIPT, 0, credit.customer, credit.document),
    ]
    taken = IncomingPayment.objects.get(amount__lt=0)
    assert (taken.amount, taken.kid, taken.matched) == (-RECEIPT, "0010017", True)
    told = Message.objects.filter(kind="incoming_payments").latest("sequence").data
    assert (told["count"], told["total"]) == (1, "-1250.00")


def test_it_is_booked_also_when_the_receipt_comes_later(company: Company) -> None:
    agreement = make_incoming(company, notify="camt054")
    receive(agreement, TAKEN)

    receive(agreement, CREDITS)

    amounts = IncomingPayment.objects.filter(kid="0010017").values_list("amount", flat=True)
    assert sorted(amounts) == [-RECEIPT, RECEIPT]


def test_it_is_booked_once_however_often_the_bank_tells_it(company: Company) -> None:
    agreement = make_incoming(company, notify="camt054")
    receive(agreement, TAKEN)

    receive(agreement, TAKEN, (b"KRED-20261124-1", b"KRED-20261124-1-AGAIN"))

    assert IncomingPayment.objects.count() == 1
    held = Deviation.objects.filter(kind="possible_repeat", amount=RECEIPT)
    assert held.count() == 1


def test_what_is_taken_back_without_a_kid_waits_for_a_person(company: Company) -> None:
    file = receive(make_incoming(company, notify="camt054"), TAKEN)
    held = Deviation.objects.get(amount=WITHOUT_KID)
    assert not IncomingPayment.objects.filter(amount=-WITHOUT_KID).exists()

    release_deviation(
        deviation_id=held.pk, actor=Actor.user(make_operator()), note="Ingen vet hvem", decision=EntryDecision.UNPLACED
    )

    batch = LedgerBatch.objects.filter(source_file_id=file.pk).latest("number")
    lines = LedgerLine.objects.filter(batch=batch).order_by("number").values_list("account", "debit", "credit")
    assert list(lines) == [("1920", 0, WITHOUT_KID), ("2900", WITHOUT_KID, 0)]


def test_an_ocr_account_is_told_of_it_in_ocr_giro_and_books_nothing_of_a_kid_in_camt(company: Company) -> None:
    receive(make_incoming(company, notify="ocr"), TAKEN)

    assert not IncomingPayment.objects.exists()
    assert set(Deviation.objects.values_list("amount", flat=True)) == {WITHOUT_KID, RECEIPT}
    assert Deviation.objects.count() == 2
