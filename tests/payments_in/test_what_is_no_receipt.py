"""Credits that look like customers' payments and aren't, or that another file tells of: nothing is booked twice."""

from typing import Any

import pytest

from bank_gateway.models import Deviation
from companies.models import Company
from erp_gateway.models import LedgerBatch, LedgerLine
from payments_in.models import IncomingPayment
from tests.companies.builders import make_company

from .test_booking import SAMPLES, make_incoming, receive, vouchers

CREDITS = "camt054/own_camt.054.001.02_credit_kid_text_structured.xml"
RETURN = "camt054/own_camt.054.001.02_return_of_own_payment.xml"
KID = b"""<RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>0010017</Ref></CdtrRefInf></Strd>
</RmtInf>"""


@pytest.fixture
def company(db: None) -> Company:
    return make_company()


def postings(**wanted: Any) -> list[tuple[str, int, int]]:
    lines = LedgerLine.objects.filter(**wanted).order_by("number")
    return list(lines.values_list("account", "debit", "credit"))


def test_a_debit_that_the_bank_reverses_is_no_customers_payment(company: Company) -> None:
    reversed_debit = (b"<CdtDbtInd>CRDT</CdtDbtInd>", b"<CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd>")

    receive(make_incoming(company, notify="camt054"), CREDITS, reversed_debit)

    assert not IncomingPayment.objects.exists()
    assert not LedgerBatch.objects.exists()
    assert Deviation.objects.exists()


def test_the_kid_of_an_own_payment_that_comes_back_names_no_customer(company: Company) -> None:
    returned = (b"<RtrInf><Rsn><Cd>AC04</Cd></Rsn>", KID + b"<RtrInf><Rsn><Cd>AC04</Cd></Rsn>")

    file = receive(make_incoming(company, notify="camt054"), RETURN, returned)

    assert file.state == "applied", file.errors
    payment = IncomingPayment.objects.get()
    assert (payment.matched, payment.customer_number) == (False, None)
    assert postings() == [("1920", 49_950, 0), ("2900", 0, 49_950)]


def test_an_ocr_file_for_an_account_that_reports_in_camt_books_nothing(company: Company) -> None:
    receive(make_incoming(company, notify="camt054"), "ocr-giro/own_basic.txt")

    assert not IncomingPayment.objects.exists()
    assert not LedgerBatch.objects.exists()
    assert Deviation.objects.exists()


def test_a_lump_without_its_payments_waits_for_the_ocr_file_of_the_account(company: Company) -> None:
    """The lump of the KID payments that the OCR giro file lists is on the statement, and so in camt.054, too."""
    content = (SAMPLES / CREDITS).read_bytes()
    begin = content.index(b"<TxDtls>")
    details = content[begin : content.index(b"</NtryDtls>", begin)]

    receive(make_incoming(company, notify="ocr"), CREDITS, (details, b""))

    assert not IncomingPayment.objects.filter(amount=174_950).exists()
    assert IncomingPayment.objects.filter(amount=30_000).exists()
    assert Deviation.objects.exists()


def test_a_lump_of_which_one_payment_has_no_amount_is_left_to_a_person_and_the_rest_is_booked(company: Company) -> None:
    whole = (
        b'<TxAmt>\n                <Amt Ccy="NOK">1250.00</Amt>',
        b'<TxAmt>\n                <Amt Ccy="NOK">1749.50</Amt>',
    )
    content = (SAMPLES / CREDITS).read_bytes()
    end = content.index(b"</AmtDtls>", content.index(b"499.50")) + len(b"</AmtDtls>")
    silent = (content[content.rindex(b"<AmtDtls>", 0, end) : end], b"")

    file = receive(make_incoming(company, notify="camt054"), CREDITS, whole, silent)

    assert file.state == "applied", file.errors
    assert sorted(IncomingPayment.objects.values_list("amount", flat=True)) == [30_000, 80_000]
    assert Deviation.objects.exists()


def test_a_reference_longer_than_a_kid_is_kept_and_matches_nobody(company: Company) -> None:
    long = b"BESTILLING-2026-000000000000000012"

    file = receive(
        make_incoming(company, notify="camt054"), CREDITS, (b"<Ref>0010017</Ref>", b"<Ref>" + long + b"</Ref>")
    )

    assert file.state == "applied", file.errors
    payment = IncomingPayment.objects.get(amount=125_000)
    assert (payment.kid, payment.matched) == (long.decode(), False)


def test_payments_that_cancel_each_other_out_in_one_lump_are_posted_to_their_customers(company: Company) -> None:
    file = receive(make_incoming(company), "ocr-giro/own_card_types_18_21.txt")

    assert file.state == "applied", file.errors
    (batch,) = LedgerBatch.objects.all()
    assert set(vouchers(batch).values()) == {0}
    assert sorted(postings(account="1500")) == [("1500", 0, 5_000), ("1500", 5_000, 0)]
    assert not IncomingPayment.objects.filter(ledger_batch=None).exists()
