"""Every OCR giro sample, as the bank sends it: what is booked to the øre, what is refused whole, what a person gets."""

import pytest
from django.db.models import Sum

from agreements.kid import KidRule
from agreements.models import Kind
from bank_gateway.models import Deviation
from bank_gateway.relay.services import release_deviation
from companies.models import Alarm, Company
from erp_gateway.models import LedgerBatch, LedgerLine
from payments_in.models import IncomingPayment
from tests.agreements.builders import make_active
from tests.companies.builders import SETUP, make_company

from .test_booking import ACCOUNT, SAMPLES, make_incoming, receive, vouchers

OTHER_ACCOUNT = "86011117947"


@pytest.fixture
def company(db: None) -> Company:
    return make_company()


@pytest.mark.parametrize(
    ("name", "count", "total", "deviations"),
    [
        ("own_basic", 4, 184_951, []),
        # 50 and 99 kroner bought with a card and taken back: added in the control sum, nothing in the ledger.
        ("own_card_types_18_21", 4, 0, []),
        ("own_identical_lines", 2, 200, []),
        ("own_mod11_dash_kid", 1, 100, []),
        ("own_negative_credit_note", 3, 149_950, []),
        ("own_no_newlines", 4, 184_951, []),
        ("own_other_service_21", 4, 184_951, ["other_service"]),
        ("own_utf8_bom_lf", 4, 184_951, []),
    ],
)
def test_what_can_be_read_is_booked_to_the_ore_in_balanced_vouchers(
    company: Company, name: str, count: int, total: int, deviations: list[str]
) -> None:
    file = receive(make_incoming(company), f"ocr-giro/{name}.txt")

    assert file.state == "applied", file.errors
    booked = IncomingPayment.objects.aggregate(sum=Sum("amount"))["sum"]
    assert (IncomingPayment.objects.count(), booked) == (count, total)
    bank = LedgerLine.objects.filter(account="1920").aggregate(debit=Sum("debit"), credit=Sum("credit"))
    assert (bank["debit"] or 0) - (bank["credit"] or 0) == total
    assert set(vouchers(LedgerBatch.objects.get()).values()) == {0}
    assert list(Deviation.objects.filter(state="open").values_list("kind", flat=True)) == deviations


@pytest.mark.parametrize(
    "name",
    [
        "own_bad_assignment_sum", "own_item2_missing", "own_line_81_chars", "own_missing_end_record",
        "own_trailing_zeros_stripped",
    ],
)  # fmt: skip
def test_what_does_not_add_up_goes_to_quarantine_whole(company: Company, name: str) -> None:
    file = receive(make_incoming(company), f"ocr-giro/{name}.txt")

    assert file.state == "quarantined"
    assert file.errors
    assert Alarm.objects.get(code="bank_file_quarantined").severity == "red"
    assert not IncomingPayment.objects.exists()
    assert not LedgerBatch.objects.exists()
    assert not Deviation.objects.exists()


def test_a_kid_that_ends_in_a_dash_is_matched_by_a_mod11_definition(company: Company) -> None:
    agreement = make_active(
        company=company, kind=Kind.INCOMING, account=ACCOUNT, notify="ocr",
        kid=[KidRule(length=7, modulus="mod11", customer=(1, 4), invoice=(5, 6))],
    )  # fmt: skip

    receive(agreement, "ocr-giro/own_mod11_dash_kid.txt")

    payment = IncomingPayment.objects.get()
    assert (payment.kid, payment.matched, payment.customer_number) == ("100008-", True, "1000")
    assert list(LedgerLine.objects.filter(account="1500").values_list("credit", "customer")) == [(100, "1000")]


def test_a_file_for_two_accounts_is_split_and_what_has_no_agreement_waits(company: Company) -> None:
    agreement = make_incoming(company)

    receive(agreement, "ocr-giro/own_two_assignments.txt")
    assert set(IncomingPayment.objects.values_list("account", flat=True)) == {ACCOUNT}
    first = IncomingPayment.objects.aggregate(sum=Sum("amount"))["sum"]
    (waiting,) = Deviation.objects.filter(state="open")
    assert (waiting.kind, waiting.account) == ("unknown_account", OTHER_ACCOUNT)

    make_incoming(company, account=OTHER_ACCOUNT)
    release_deviation(deviation_id=waiting.pk, actor=SETUP, note="Avtalen er på plass")

    # The transmission's own sum (NY000089, positions 25 to 41), written by whoever made the file.
    end = (SAMPLES / "ocr-giro/own_two_assignments.txt").read_text(encoding="latin-1").split("NY000089")[1]
    assert IncomingPayment.objects.aggregate(sum=Sum("amount"))["sum"] == int(end[16:33]) > first
    assert not Deviation.objects.filter(state="open").exists()
