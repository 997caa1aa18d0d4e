"""The bank's answers to one order, file by file: states, history, messages and ledger batches."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from bank_gateway.models import Deviation, IncomingFile, OutgoingFile
from companies.models import Alarm
from erp_gateway.models import LedgerBatch, LedgerLine, Message
from remittance.models import BankMessage, Payment, PaymentHistory, Remittance
from remittance.services.advance import advance_remittance
from tests.bank_gateway.received import receive_file
from tests.erp_gateway.feed import told as told_by_feed

from .builders import Sender, sample

SAMPLES = Path(__file__).parent.parent / "samples"
ORDER = "own_pain.001.001.03_supplier_kid_text_creditnote.xml"


@dataclass
class Ordered:
    """A remittance of four payments whose file waits to go to the bank."""

    sender: Sender
    message_id: str

    def answer(self, name: str, *changes: tuple[str, str]) -> IncomingFile:
        """Apply a bank's sample file with our message id in the place of the ERP's."""
        text = (SAMPLES / name).read_text(encoding="utf-8").replace("FJV-20261120-0001", self.message_id)
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return receive_file(self.sender.agreement, name=Path(name).name, content=text.encode())


@pytest.fixture
def ordered(sender: Sender) -> Ordered:
    remittance_id = UUID(sender.send_xml(sample(ORDER)).json()["id"])
    advance_remittance(remittance_id=remittance_id)
    return Ordered(sender, BankMessage.objects.get().message_id)


def states() -> dict[str, str]:
    return {e[-3:]: s for e, s in Payment.objects.order_by("position").values_list("end_to_end_id", "status")}


def test_the_technical_receipt_covers_every_payment_and_proves_that_the_file_left(ordered: Ordered) -> None:
    file = ordered.answer("pain002/own_pain.002.001.03_1_technical_actc.xml")

    assert file.state == "applied"
    assert set(states().values()) == {"received_by_bank"}
    assert Remittance.objects.get().status == "received_by_bank"
    assert OutgoingFile.objects.get().state == "answered"


def test_a_group_reject_rejects_every_payment_with_its_reason(ordered: Ordered) -> None:
    ordered.answer("pain002/own_pain.002.001.03_1_technical_rjct_ff01.xml")

    assert set(states().values()) == {"rejected_by_bank"}
    assert Remittance.objects.get().status == "rejected"
    assert set(Payment.objects.values_list("reason_code", flat=True)) == {"FF01"}


@pytest.mark.parametrize("version", ["03", "10"])
def test_the_lowest_level_that_names_a_payment_decides(ordered: Ordered, version: str) -> None:
    ordered.answer(f"pain002/own_pain.002.001.{version}_1_technical_actc.xml")

    ordered.answer(f"pain002/own_pain.002.001.{version}_2_business_part.xml")

    assert states()["101"] == "rejected_by_bank"
    assert states()["104"] == "accepted"
    rejected = Payment.objects.get(end_to_end_id="LEV-2026-000101")
    assert rejected.reason_code == {"03": "NARR", "10": "RR09"}[version]
    assert "0010017" in (rejected.bank_text or "")


def test_a_late_technical_receipt_is_history_and_changes_nothing(ordered: Ordered) -> None:
    ordered.answer("pain002/own_pain.002.001.03_2_business_part.xml")
    before = states()

    ordered.answer("pain002/own_pain.002.001.03_1_technical_actc.xml")

    assert states() == before
    late = PaymentHistory.objects.filter(bank_status="ACTC")
    assert {step.status == step.from_status for step in late} == {True}


def test_a_group_of_payments_rejected_without_lines_is_rejected_whole(ordered: Ordered) -> None:
    ordered.answer("pain002/own_pain.002.001.03_2_pmtinf_rjct_no_tx.xml")

    assert "rejected_by_bank" in states().values()


def test_a_debit_pays_and_makes_a_balanced_batch_with_a_line_per_document(ordered: Ordered) -> None:
    ordered.answer("pain002/own_pain.002.001.03_1_technical_actc.xml")

    file = ordered.answer("camt054/own_camt.054.001.02_debit_notification_batch.xml")

    assert file.state == "applied"
    assert (states()["102"], states()["103"]) == ("paid", "paid")
    batch = LedgerBatch.objects.get()
    lines = list(LedgerLine.objects.filter(batch=batch).order_by("number"))
    vouchers: dict[UUID, int] = {}
    for line in lines:
        vouchers[line.voucher_id] = vouchers.get(line.voucher_id, 0) + line.debit - line.credit
    assert set(vouchers.values()) == {0}
    by_document = {line.document: (line.account, line.debit, line.credit) for line in lines if line.document}
    assert by_document["F-5001"] == ("2400", 1_200_000, 0)
    assert by_document["K-5003"] == ("2400", 0, 300_000)
    bank = [line for line in lines if line.account == "1920"]
    assert sum(line.credit for line in bank) == batch.total - 300_000
    assert {str(line.date) for line in lines} == {"2026-11-23"}


@pytest.mark.parametrize("version", ["02", "08"])
def test_the_same_notification_sent_again_books_nothing_twice(ordered: Ordered, version: str) -> None:
    ordered.answer(f"camt054/own_camt.054.001.{version}_debit_notification_batch.xml")
    lines = LedgerLine.objects.count()

    ordered.answer(f"camt054/own_camt.054.001.{version}_debit_notification_batch.xml", ("BANK-D-0001", "BANK-D-0002"))

    assert LedgerBatch.objects.count() == 1
    assert LedgerLine.objects.count() == lines


def test_an_own_payment_that_comes_back_is_returned_and_posted_against_the_supplier(ordered: Ordered) -> None:
    ordered.answer("camt054/own_camt.054.001.02_debit_notification_batch.xml")

    ordered.answer("camt054/own_camt.054.001.02_return_of_own_payment.xml")

    assert states()["102"] == "returned"
    returned = LedgerBatch.objects.order_by("number").last()
    assert returned is not None
    lines = LedgerLine.objects.filter(batch=returned)
    assert {(line.account, line.debit, line.credit) for line in lines} == {("1920", 49_950, 0), ("2400", 0, 49_950)}


def test_a_debit_after_a_reject_pays_all_the_same_with_a_red_alarm(ordered: Ordered) -> None:
    ordered.answer("pain002/own_pain.002.001.03_1_technical_rjct_ff01.xml")

    ordered.answer("camt054/own_camt.054.001.02_debit_notification_batch.xml")

    assert states()["102"] == "paid"
    alarm = Alarm.objects.get(code="debit_contradicts_state")
    assert alarm.severity == "red"
    assert alarm.params == {"message_id": "FJV-20261120-0001", "count": 2, "from_status": "rejected_by_bank"}


@pytest.mark.parametrize(
    ("state", "renames", "raised"),
    [("queued", 0, True), ("uploading", 0, True), ("withdrawn", 0, True), ("uploading", 1, False),
     ("renaming", 1, False), ("sent", 1, False), ("in_doubt", 1, False)],
)  # fmt: skip
def test_a_debit_of_what_was_never_sent_pays_with_a_red_alarm(
    ordered: Ordered, state: str, renames: int, raised: bool
) -> None:
    OutgoingFile.objects.update(state=state, attempt=1, renames=renames)

    ordered.answer("camt054/own_camt.054.001.02_debit_notification_batch.xml")

    assert (states()["102"], states()["103"]) == ("paid", "paid")
    alarms = Alarm.objects.filter(code="debit_without_order", severity="red", subject_kind="remittance")
    assert [alarm.params["count"] for alarm in alarms] == ([2] if raised else [])
    assert LedgerBatch.objects.count() == 1
    # Whatever waited isn't sent any more: the bank has it.
    assert not OutgoingFile.objects.filter(state__in=("queued", "uploading")).exists()


def test_a_file_that_the_bank_has_answered_is_not_taken_for_one_that_nobody_sent(ordered: Ordered) -> None:
    ordered.answer("pain002/own_pain.002.001.03_1_technical_actc.xml")

    ordered.answer("camt054/own_camt.054.001.02_debit_notification_batch.xml")

    assert not Alarm.objects.exists()


def test_a_debit_of_another_amount_pays_nobody_and_is_kept_for_a_person(ordered: Ordered) -> None:
    ordered.answer("camt054/own_camt.054.001.02_debit_notification_batch.xml", ("499.50", "499.51"))

    assert "paid" not in states().values()
    assert not LedgerBatch.objects.exists()
    assert Deviation.objects.exists()


def test_the_feed_tells_every_change_once_and_in_order(ordered: Ordered) -> None:
    ordered.answer("pain002/own_pain.002.001.03_1_technical_actc.xml")
    ordered.answer("pain002/own_pain.002.001.03_2_business_part.xml")
    ordered.answer("camt054/own_camt.054.001.02_debit_notification_batch.xml")

    sequences = list(Message.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, len(sequences) + 1))
    told: dict[str, list[str]] = {}
    for message in told_by_feed(ordered.sender.company.pk, kind="payment_status"):
        for payment in message["data"]["payments"]:
            told.setdefault(payment["end_to_end_id"][-3:], []).append(payment["status"])
    assert told["101"] == ["approved", "sent", "received_by_bank", "rejected_by_bank"]
    assert told["102"][-1] == "paid"
    assert Message.objects.filter(kind="ledger_batch_ready").count() == 1


@pytest.mark.parametrize("version", ["02", "08"])
def test_the_samples_of_a_debit_and_of_its_return_in_both_versions(ordered: Ordered, version: str) -> None:
    ordered.answer(f"camt054/own_camt.054.001.{version}_debit_notification_batch.xml")
    assert (states()["102"], states()["103"]) == ("paid", "paid")

    ordered.answer(f"camt054/own_camt.054.001.{version}_return_of_own_payment.xml")

    assert (states()["102"], states()["103"]) == ("returned", "paid")
    bank = LedgerLine.objects.filter(account="1920").order_by("batch__number").values_list("debit", "credit")
    assert list(bank) == [(0, 949_950), (49_950, 0)]
    assert not Deviation.objects.exists()
