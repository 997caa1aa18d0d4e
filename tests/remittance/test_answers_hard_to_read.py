"""What the bank says by other ids, twice, or against itself: no payment changes by a guess, none stands still for want
of one."""

import pytest

from agreements.services import close_agreement
from bank_gateway.models import Deviation, OutgoingFile
from companies.models import Alarm
from erp_gateway.models import LedgerBatch, LedgerLine, Message
from remittance.models import Payment
from tests.companies.builders import SETUP

from .test_answers import SAMPLES, Ordered, ordered, states

__all__ = ["ordered"]

ACTC = "pain002/own_pain.002.001.03_1_technical_actc.xml"
BUSINESS = "pain002/own_pain.002.001.03_2_business_part.xml"
DEBITS = "camt054/own_camt.054.001.02_debit_notification_batch.xml"
RETURN = "camt054/own_camt.054.001.02_return_of_own_payment.xml"


def entry_of(name: str) -> str:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    return text[text.index("<Ntry>") : text.rindex("</Ntry>") + len("</Ntry>")]


def ours(text: str, ordered: Ordered) -> str:
    return text.replace("FJV-20261120-0001", ordered.message_id)


def test_a_payment_named_by_our_instruction_id_alone_is_that_payment(ordered: Ordered) -> None:
    named = "<OrgnlInstrId>1</OrgnlInstrId>\n        <OrgnlEndToEndId>LEV-2026-000101</OrgnlEndToEndId>"

    ordered.answer(
        BUSINESS,
        (named, f"<OrgnlInstrId>{ordered.message_id}-1</OrgnlInstrId>"),
        ("<PmtInfSts>PART</PmtInfSts>", "<PmtInfSts>ACCP</PmtInfSts>"),
    )

    assert states() == {"101": "rejected_by_bank", "102": "accepted", "103": "accepted", "104": "accepted"}
    assert not Deviation.objects.exists()


def test_a_group_accepted_below_a_rejected_file_is_a_contradiction(ordered: Ordered) -> None:
    ordered.answer(BUSINESS, ("<GrpSts>PART</GrpSts>", "<GrpSts>RJCT</GrpSts>"))

    assert states() == {"101": "rejected_by_bank", "102": "in_doubt", "103": "in_doubt", "104": "in_doubt"}
    assert Alarm.objects.filter(code="bank_contradicts_itself", severity="red").exists()


@pytest.mark.parametrize("order", [0, 1])
def test_a_payment_debited_and_returned_in_one_file_is_returned(ordered: Ordered, order: int) -> None:
    debit, credit = entry_of(DEBITS), entry_of(RETURN)
    both = (debit + credit, credit + debit)[order]

    file = ordered.answer(DEBITS, (ours(debit, ordered), ours(both, ordered)))

    assert file.state == "applied", file.errors
    assert (states()["102"], states()["103"]) == ("returned", "paid")
    assert not Deviation.objects.exists()
    lines = LedgerLine.objects.filter(account="1920").values_list("debit", "credit")
    assert sorted(lines) == [(0, 949_950), (49_950, 0)]


@pytest.mark.parametrize("message", ["", "<MsgId>NOTPROVIDED</MsgId>"])
def test_a_debit_without_the_message_id_is_known_by_our_other_ids(ordered: Ordered, message: str) -> None:
    ordered.answer(DEBITS, (f"<MsgId>{ordered.message_id}</MsgId>", message))

    assert (states()["102"], states()["103"]) == ("paid", "paid")
    assert LedgerBatch.objects.count() == 1


def test_what_was_sent_before_the_agreement_was_closed_is_booked_after_it(ordered: Ordered) -> None:
    ordered.answer(ACTC)
    close_agreement(agreement_id=ordered.sender.agreement.pk, actor=SETUP)

    ordered.answer(DEBITS)

    assert states()["102"] == "paid"
    assert LedgerBatch.objects.get().agreement_id == ordered.sender.agreement.pk


def test_a_payment_accepted_after_it_was_rejected_raises_an_alarm(ordered: Ordered) -> None:
    ordered.answer("pain002/own_pain.002.001.03_1_technical_rjct_ff01.xml")

    ordered.answer(ACTC, ("<GrpSts>ACTC</GrpSts>", "<GrpSts>ACCP</GrpSts>"), ("2026-11-20T", "2026-11-24T"))

    assert set(states().values()) == {"rejected_by_bank"}
    assert Alarm.objects.filter(code="bank_contradicts_itself", severity="red").exists()


def test_a_state_said_again_is_told_once(ordered: Ordered) -> None:
    ordered.answer(ACTC, ("<GrpSts>ACTC</GrpSts>", "<GrpSts>ACCP</GrpSts>"))

    ordered.answer(ACTC, ("<GrpSts>ACTC</GrpSts>", "<GrpSts>ACSC</GrpSts>"), ("2026-11-20T", "2026-11-24T"))

    assert set(Payment.objects.values_list("status", "bank_says_settled")) == {("accepted", True)}
    told = Message.objects.filter(kind="payment_status").order_by("sequence")
    assert [message.data["status"] for message in told] == ["approved", "sent", "accepted"]


def test_a_lump_of_another_currency_pays_nobody(ordered: Ordered) -> None:
    whole = entry_of(DEBITS)
    begin, end = whole.index("<TxDtls>"), whole.rindex("</TxDtls>") + len("</TxDtls>")
    lump = whole[:begin] + whole[end:]

    ordered.answer(
        DEBITS,
        (ours(whole, ordered), ours(lump, ordered)),
        ('Ccy="NOK">9499.50', 'Ccy="EUR">10749.50'),
        ("<NbOfTxs>2</NbOfTxs>", "<NbOfTxs>3</NbOfTxs>"),
    )

    assert not Payment.objects.filter(status="paid").exists()


def test_a_lump_that_does_not_say_how_many_it_pays_is_left_to_a_person(ordered: Ordered) -> None:
    whole = entry_of(DEBITS)
    begin, end = whole.index("<TxDtls>"), whole.rindex("</TxDtls>") + len("</TxDtls>")

    ordered.answer(
        DEBITS,
        (ours(whole, ordered), ours(whole[:begin] + whole[end:], ordered)),
        ('Ccy="NOK">9499.50', 'Ccy="NOK">10749.50'),
        ("<NbOfTxs>2</NbOfTxs>", ""),
    )

    assert not Payment.objects.filter(status="paid").exists()


def test_a_lump_that_is_all_of_a_group_pays_it(ordered: Ordered) -> None:
    whole = entry_of(DEBITS)
    begin, end = whole.index("<TxDtls>"), whole.rindex("</TxDtls>") + len("</TxDtls>")

    ordered.answer(
        DEBITS,
        (ours(whole, ordered), ours(whole[:begin] + whole[end:], ordered)),
        ('Ccy="NOK">9499.50', 'Ccy="NOK">10749.50'),
        ("<NbOfTxs>2</NbOfTxs>", "<NbOfTxs>3</NbOfTxs>"),
    )

    # What is debited proves that the file left, with everything in it.
    assert states() == {"101": "paid", "102": "paid", "103": "paid", "104": "sent"}
    assert OutgoingFile.objects.get().state == "answered"
