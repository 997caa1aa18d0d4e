"""After a new file carries the same payments, what the bank says of the old one moves none of them (money.md 2.7)."""

from uuid import UUID

import pytest

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.vault import StoredFile
from bank_gateway.models import Deviation, OutgoingFile
from bank_gateway.relay.services import queue_outgoing
from companies.models import Alarm
from erp_gateway.models import LedgerBatch
from remittance.models import BankMessage, Payment, PaymentHistory, Remittance
from remittance.services.advance import advance_remittance
from remittance.services.delivery import SUBJECT_KIND, RemittanceListener

from .builders import Sender, order, payment
from .test_answers import Ordered, ordered, states

__all__ = ["ordered"]

ACTC = "pain002/own_pain.002.001.03_1_technical_actc.xml"
REJECTED = "pain002/own_pain.002.001.03_1_technical_rjct_ff01.xml"
BUSINESS = "pain002/own_pain.002.001.03_2_business_part.xml"
DEBITS = "camt054/own_camt.054.001.02_debit_notification_batch.xml"
SECOND = "APSECONDGENERATION0002"


def replace_file(*, positions: str) -> BankMessage:
    """Queue a second file of the order, as if it had been decided that these payments go anew."""
    first = BankMessage.objects.select_related("outgoing_file", "remittance").get(generation=1)
    old = first.outgoing_file
    Payment.objects.filter(remittance=first.remittance).extra(
        where=["position <@ %s::int4multirange"], params=[positions]
    ).update(status="approved")
    outgoing = queue_outgoing(
        company_id=old.company_id,
        connection_id=old.connection_id,
        subject_kind=SUBJECT_KIND,
        subject_id=old.subject_id,
        generation=2,
        bank_message_id=SECOND,
        name=f"{SECOND}.xml",
        stored=StoredFile(path=old.path, sha256=old.sha256, size=old.size),
    )
    Remittance.objects.update(generation=2)
    return BankMessage.objects.create(
        company_id=first.company_id,
        remittance=first.remittance,
        generation=2,
        message_id=SECOND,
        outgoing_file=outgoing,
        payment_count=4,
        positions=positions,
        created_at=machine_now(),
    )


def test_a_file_keeps_which_payments_it_carries(sender: Sender) -> None:
    answer = sender.send_json(order(payment(1), payment(2, amount="99.00"), payment(3, amount="98.00")))
    remittance_id = UUID(answer.json()["id"])
    advance_remittance(remittance_id=remittance_id)
    sender.erp.post(f"payments/{Payment.objects.get(end_to_end_id='INV-2').pk}/cancel")

    advance_remittance(remittance_id=remittance_id)

    kept = BankMessage.objects.order_by("generation").values_list("positions", flat=True)
    assert list(map(str, kept)) == ["{[1,4)}", "{[1,2),[3,4)}"]


@pytest.mark.parametrize("report", [ACTC, BUSINESS])
def test_a_sign_of_life_of_the_old_file_is_a_red_alarm_and_moves_nothing(ordered: Ordered, report: str) -> None:
    ordered.answer(REJECTED)
    replace_file(positions="{[1,5)}")

    ordered.answer(report, ("2026-11-20T", "2026-11-24T"))

    assert set(states().values()) == {"approved"}
    alarm = Alarm.objects.get(code="replaced_file_lives")
    assert (alarm.severity, alarm.params["bank_message_id"]) == ("red", ordered.message_id)
    said = PaymentHistory.objects.filter(bank_status__in=("ACTC", "ACCP"))
    assert said.exists()
    assert all(step.status == step.from_status for step in said)
    assert OutgoingFile.objects.get(generation=2).state == "queued"


def test_the_old_files_reject_said_again_is_history_without_an_alarm(ordered: Ordered) -> None:
    ordered.answer(REJECTED)
    replace_file(positions="{[1,5)}")

    ordered.answer(REJECTED, ("FF01", "FF02"), ("2026-11-20T", "2026-11-24T"))

    assert set(states().values()) == {"approved"}
    assert not Alarm.objects.filter(code__in=("replaced_file_lives", "bank_contradicts_itself")).exists()


def test_payments_that_the_new_file_does_not_carry_still_follow_the_old_one(ordered: Ordered) -> None:
    ordered.answer(ACTC)
    replace_file(positions="{[1,2)}")

    ordered.answer(ACTC, ("<GrpSts>ACTC</GrpSts>", "<GrpSts>ACCP</GrpSts>"), ("2026-11-20T", "2026-11-24T"))

    assert states() == {"101": "approved", "102": "accepted", "103": "accepted", "104": "accepted"}


def test_the_new_files_answers_move_its_payments(ordered: Ordered) -> None:
    ordered.answer(REJECTED)
    replace_file(positions="{[1,5)}")

    ordered.answer(BUSINESS, (ordered.message_id, SECOND), ("2026-11-20T", "2026-11-24T"))

    assert states()["101"] == "rejected_by_bank"
    assert states()["104"] == "accepted"
    assert not Alarm.objects.filter(code="replaced_file_lives").exists()


def test_an_old_file_that_proves_to_have_left_does_not_make_the_new_ones_payments_sent(ordered: Ordered) -> None:
    old = OutgoingFile.objects.get()
    replace_file(positions="{[1,5)}")

    for tell in (RemittanceListener().sent, RemittanceListener().in_doubt):
        tell(outgoing=old)
        assert set(states().values()) == {"approved"}
    RemittanceListener().sent(outgoing=OutgoingFile.objects.get(generation=2))

    assert set(states().values()) == {"sent"}


def test_a_withdrawn_file_replaces_nothing(ordered: Ordered) -> None:
    replace_file(positions="{[1,5)}")
    OutgoingFile.objects.filter(generation=2).update(state="withdrawn")

    ordered.answer(ACTC)

    assert set(states().values()) == {"received_by_bank"}


def test_a_collision_about_the_old_file_leaves_the_new_ones_payments_alone(ordered: Ordered) -> None:
    ordered.answer(REJECTED)
    replace_file(positions="{[1,5)}")

    ordered.answer(
        "pain002/own_pain.002.001.03_1_duplicate_rjct.xml",
    )

    assert set(states().values()) == {"approved"}


def test_a_debit_by_the_old_files_ids_is_booked_with_a_red_alarm(ordered: Ordered) -> None:
    ordered.answer(REJECTED)
    replace_file(positions="{[1,5)}")

    ordered.answer(DEBITS)

    assert (states()["102"], states()["103"]) == ("paid", "paid")
    assert LedgerBatch.objects.count() == 1
    assert Alarm.objects.filter(code="replaced_file_lives", severity="red").exists()


def test_the_same_payment_debited_for_both_files_is_booked_once_and_the_other_waits_for_a_person(
    ordered: Ordered,
) -> None:
    replace_file(positions="{[1,5)}")
    ordered.answer(DEBITS)

    ordered.answer(
        DEBITS,
        (ordered.message_id, SECOND),
        ("BANK-D-0001", "BANK-D-0002"),
        ("DEB-20261123-1", "DEB-20261123-2"),
        ("<NtryRef>1</NtryRef>", "<NtryRef>2</NtryRef>"),
    )

    assert LedgerBatch.objects.count() == 1
    assert Deviation.objects.filter(state="open").exists()


def test_a_report_on_a_withdrawn_file_answers_nothing(ordered: Ordered) -> None:
    OutgoingFile.objects.update(state="withdrawn")

    ordered.answer(ACTC)

    assert set(states().values()) == {"approved"}
    assert Deviation.objects.get().kind == "unknown_message"
    assert Alarm.objects.filter(code="answer_to_unknown_file", severity="red").exists()
