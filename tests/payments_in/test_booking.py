"""What customers paid becomes incoming payments and a balanced batch, once, with the KID that says what it pays."""

from pathlib import Path
from typing import Any

import pytest

from agreements.kid import KidRule
from agreements.models import Agreement, Kind
from bank_gateway.models import Deviation, IncomingFile
from companies.models import Company
from erp_gateway.models import LedgerBatch, LedgerLine, Message
from payments_in.models import IncomingPayment
from tests.agreements.builders import make_active
from tests.bank_gateway.received import receive_file
from tests.companies.builders import make_company
from tests.erp_gateway.builders import make_erp

SAMPLES = Path(__file__).parent.parent / "samples"
ACCOUNT = "12345678903"
SEVEN = KidRule(length=7, modulus="mod10", customer=(1, 4), invoice=(5, 6))


def make_incoming(company: Company, *, account: str = ACCOUNT, notify: str = "ocr", **fields: Any) -> Agreement:
    fields = {"unplaced_ledger_account": "2900", **fields}
    return make_active(company=company, kind=Kind.INCOMING, account=account, notify=notify, kid=[SEVEN], **fields)


def receive(agreement: Agreement, name: str, *changes: tuple[bytes, bytes]) -> IncomingFile:
    content = (SAMPLES / name).read_bytes()
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    return receive_file(agreement, name=Path(name).name, content=content)


@pytest.fixture
def company(db: None) -> Company:
    return make_company()


def vouchers(batch: LedgerBatch) -> dict[Any, int]:
    sums: dict[Any, int] = {}
    for line in LedgerLine.objects.filter(batch=batch):
        sums[line.voucher_id] = sums.get(line.voucher_id, 0) + line.debit - line.credit
    return sums


def test_ocr_payments_are_booked_with_customer_and_invoice_from_the_kid(company: Company) -> None:
    file = receive(make_incoming(company), "ocr-giro/own_basic.txt")

    assert file.state == "applied"
    payments = IncomingPayment.objects.order_by("amount")
    assert [p.amount for p in payments] == [1, 10_000, 49_950, 125_000]
    first = IncomingPayment.objects.get(kid="0010017")
    assert (first.matched, first.customer_number, first.invoice_number) == (True, "0010", "01")
    assert first.source == "ocr"
    batch = LedgerBatch.objects.get()
    assert batch.kind == "incoming"
    told = Message.objects.get(kind="incoming_payments").data
    assert (told["source"], told["count"], told["total"]) == ("ocr", 4, "1849.51")
    assert set(vouchers(batch).values()) == {0}
    assert set(IncomingPayment.objects.values_list("ledger_batch", flat=True)) == {batch.pk}


def test_each_lump_of_the_statement_is_a_voucher_of_its_own(company: Company) -> None:
    receive(make_incoming(company), "ocr-giro/own_basic.txt")

    bank = LedgerLine.objects.filter(account="1920").values_list("debit", flat=True)
    # Running numbers 00001, 00002, 00001, 00001 of one day: two lumps on the statement.
    assert sorted(bank) == [49_950, 135_001]


def test_two_equal_payments_in_one_file_are_two(company: Company) -> None:
    receive(make_incoming(company), "ocr-giro/own_identical_lines.txt")

    assert IncomingPayment.objects.count() == 2


@pytest.mark.parametrize(
    "name", ["own_bad_assignment_sum", "own_missing_end_record", "own_item2_missing", "own_line_81_chars"]
)
def test_an_ocr_file_that_cannot_be_believed_books_nothing(company: Company, name: str) -> None:
    file = receive(make_incoming(company), f"ocr-giro/{name}.txt")

    assert file.state == "quarantined"
    assert not IncomingPayment.objects.exists()
    assert not LedgerBatch.objects.exists()


def test_reversals_add_to_the_control_sum_and_subtract_in_the_ledger(company: Company) -> None:
    file = receive(make_incoming(company), "ocr-giro/own_card_types_18_21.txt")

    assert file.state == "applied", file.errors
    assert IncomingPayment.objects.filter(amount__lt=0).exists()
    for batch in LedgerBatch.objects.all():
        assert set(vouchers(batch).values()) == {0}


def test_a_file_for_two_companies_is_split_and_neither_sees_the_other(db: None) -> None:
    first, second = make_company(), make_company(name="Fjell og Fonn AS")
    agreement = make_incoming(first)
    make_incoming(second, account="86011117947")

    receive(agreement, "ocr-giro/own_two_assignments.txt")

    by_company = {c.pk: IncomingPayment.objects.filter(company=c).count() for c in (first, second)}
    assert all(by_company.values())
    assert {b.company_id: b.number for b in LedgerBatch.objects.all()} == {first.pk: 1, second.pk: 1}
    for message in Message.objects.filter(kind="incoming_payments"):
        assert message.data["account"] == (ACCOUNT if message.company_id == first.pk else "86011117947")


def test_an_account_without_an_agreement_is_kept_for_a_person(company: Company) -> None:
    receive(make_incoming(company), "ocr-giro/own_two_assignments.txt")

    assert set(IncomingPayment.objects.values_list("account", flat=True)) == {ACCOUNT}
    assert Deviation.objects.exists()


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_credit_notification_is_booked_with_and_without_kid(company: Company, version: str) -> None:
    agreement = make_incoming(company, notify="camt054")

    file = receive(agreement, f"camt054/own_camt.054.001.{version}_credit_kid_text_structured.xml")

    assert file.state == "applied", file.errors
    assert IncomingPayment.objects.filter(matched=True, kid="0010017").exists()
    text = IncomingPayment.objects.get(amount=30_000)
    assert (text.matched, text.kid) == (False, None)
    (batch,) = LedgerBatch.objects.all()
    assert set(vouchers(batch).values()) == {0}
    assert LedgerLine.objects.get(account="2900").credit == 30_000


def test_a_receipt_less_a_credit_note_is_a_line_each(company: Company) -> None:
    receive(make_incoming(company, notify="camt054"), "camt054/own_camt.054.001.08_credit_kid_text_structured.xml")

    receipt = IncomingPayment.objects.get(amount=80_000)
    assert (receipt.matched, receipt.customer_number) == (True, "0010")
    voucher = LedgerLine.objects.get(kid="0010033").voucher_id
    lines = (
        LedgerLine.objects.filter(voucher=voucher)
        .order_by("number")
        .values_list("account", "debit", "credit", "customer", "document")
    )
    assert list(lines) == [
        ("1920", 80_000, 0, None, None),
        ("1500", 0, 100_000, "0010", "03"),
        ("1500", 20_000, 0, "0010", "K-77"),
    ]


def test_what_nobody_can_place_is_held_when_no_account_is_named_for_it(company: Company) -> None:
    agreement = make_incoming(company, notify="camt054", unplaced_ledger_account=None)

    receive(agreement, "camt054/own_camt.054.001.02_credit_kid_text_structured.xml")

    held = IncomingPayment.objects.get(amount=30_000)
    assert held.ledger_batch is None
    assert IncomingPayment.objects.get(kid="0010017").ledger_batch is not None


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_copy_ordered_again_is_not_booked_again(company: Company, version: str) -> None:
    agreement = make_incoming(company, notify="camt054")
    receive(agreement, f"camt054/own_camt.054.001.{version}_credit_kid_text_structured.xml")
    before = (IncomingPayment.objects.count(), LedgerLine.objects.count())

    receive(agreement, f"camt054/own_camt.054.001.{version}_copy_reorder.xml")

    assert (IncomingPayment.objects.count(), LedgerLine.objects.count()) == before


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_pending_entry_is_not_booked(company: Company, version: str) -> None:
    agreement = make_incoming(company, notify="camt054")

    receive(agreement, f"camt054/own_camt.054.001.{version}_pending_entry.xml")

    assert not IncomingPayment.objects.exists()


def test_kid_payments_of_an_ocr_account_are_not_booked_from_camt_as_well(company: Company) -> None:
    agreement = make_incoming(company, notify="ocr")

    receive(agreement, "camt054/own_camt.054.001.02_credit_kid_text_structured.xml")

    assert not IncomingPayment.objects.filter(kid__isnull=False).exists()
    assert IncomingPayment.objects.filter(amount=30_000).exists()
    assert Deviation.objects.exists()


def test_the_api_lists_what_came_in_with_its_filters(company: Company) -> None:
    erp = make_erp(company=company)
    receive(make_incoming(company), "ocr-giro/own_basic.txt")

    by_kid = erp.get("incoming-payments?kid=0010017").json()["results"]
    assert [item["amount"] for item in by_kid] == ["1250.00"]
    assert erp.get("incoming-payments?matched=false").json()["results"] == []
    assert erp.get("incoming-payments?matched=maybe").status_code == 400
    assert make_erp().get("incoming-payments").json()["results"] == []
