"""An approved remittance becomes one file for the bank, its ids ours, its content what was approved."""

from uuid import UUID

import pytest
from django.db import connection

from autopay_portal.core.vault import open_stored
from bank_gateway.models import OutgoingFile
from companies.models import Alarm, Role
from companies.services import revoke_role
from remittance.models import BankMessage, Payment, Remittance
from remittance.services.advance import advance_remittance
from remittance.services.approve import approve_remittance
from tests.companies.builders import SETUP, make_user

from .builders import Sender, make_sender, order, payment, sample


def send(sender: Sender, *payments: dict[str, object]) -> UUID:
    answer = sender.send_json(order(*payments))
    assert answer.status_code == 201, answer.json()
    return UUID(answer.json()["id"])


def bytes_of(outgoing: OutgoingFile) -> bytes:
    with open_stored(outgoing.path) as file:
        return file.read()


def test_it_is_queued_once_however_often_it_is_asked_for(sender: Sender) -> None:
    remittance_id = send(sender)

    for _ in range(3):
        advance_remittance(remittance_id=remittance_id)

    outgoing = OutgoingFile.objects.get()
    message = BankMessage.objects.get()
    assert outgoing.bank_message_id == message.message_id
    assert Remittance.objects.get().status == "approved"
    assert Remittance.objects.get().next_step_at is None


def test_the_file_carries_our_ids_and_the_erps_end_to_end_ids(sender: Sender) -> None:
    remittance_id = UUID(sender.send_xml(sample("own_pain.001.001.03_supplier_kid_text_creditnote.xml")).json()["id"])

    advance_remittance(remittance_id=remittance_id)

    content = bytes_of(OutgoingFile.objects.get()).decode()
    message_id = BankMessage.objects.get().message_id
    assert f"<MsgId>{message_id}</MsgId>" in content
    assert f"<PmtInfId>{message_id}-2</PmtInfId>" in content
    assert f"<InstrId>{message_id}-4</InstrId>" in content
    assert "<EndToEndId>LEV-2026-000104</EndToEndId>" in content
    assert "FJV-20261120-0001" not in content
    assert "<CtrlSum>10749.60</CtrlSum>" in content


def test_ids_are_the_same_if_computed_again(sender: Sender) -> None:
    from remittance.services.bank_file import bank_message_id, write_bank_file

    remittance_id = send(sender)
    advance_remittance(remittance_id=remittance_id)
    remittance = Remittance.objects.select_related("agreement", "company").get()

    again = write_bank_file(remittance=remittance, generation=1, positions=BankMessage.objects.get().positions)

    assert again.message_id == BankMessage.objects.get().message_id
    assert again.message_id != bank_message_id(
        company_id=remittance.company_id, message_id=remittance.message_id, generation=2
    )


def test_it_waits_for_as_many_distinct_people_as_the_agreement_says(db: None) -> None:
    sender = make_sender(approvers_required=2)
    first, second = (make_user(company=sender.company, roles=(Role.APPROVER,)) for _ in range(2))
    remittance_id = send(sender)
    advance_remittance(remittance_id=remittance_id)
    seen = Remittance.objects.get().content_hash

    approve_remittance(remittance_id=remittance_id, user=first, seen_hash=seen)
    advance_remittance(remittance_id=remittance_id)
    assert not OutgoingFile.objects.exists()

    approve_remittance(remittance_id=remittance_id, user=second, seen_hash=seen)
    advance_remittance(remittance_id=remittance_id)
    assert OutgoingFile.objects.count() == 1


def test_a_right_taken_away_between_approval_and_release_stops_the_file(db: None) -> None:
    sender = make_sender(approvers_required=1)
    approver = make_user(company=sender.company, roles=(Role.APPROVER,))
    remittance_id = send(sender)
    advance_remittance(remittance_id=remittance_id)
    approve_remittance(remittance_id=remittance_id, user=approver, seen_hash=Remittance.objects.get().content_hash)
    revoke_role(user=approver, company=sender.company, role=Role.APPROVER, actor=SETUP)

    advance_remittance(remittance_id=remittance_id)

    assert not OutgoingFile.objects.exists()
    assert Alarm.objects.get(code="release_refused").params["reason"] == "not_approved"


@pytest.mark.parametrize(
    "change",
    [
        "amount = amount + 1",
        "creditor_account = '12345678903'",
        "creditor_name = 'Another'",
        "bank_date = bank_date + 1",
        "kid = '123456782'",
        "charges = 'debtor'",
        "batch_booking = NOT coalesce(batch_booking, false)",
        "creditor_bic = 'DNBANOKK'",
        """creditor_address = '{"town": "Bodø"}'""",
    ],
)
def test_a_payment_changed_behind_the_services_back_never_leaves(sender: Sender, change: str) -> None:
    remittance_id = send(sender, payment(1), payment(2, amount="99.00"))
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE remittance_payment SET {change} WHERE position = 2")

    advance_remittance(remittance_id=remittance_id)

    assert not OutgoingFile.objects.exists()
    assert Alarm.objects.filter(code="release_refused", severity="red").exists()


def test_a_payment_cancelled_before_sending_leaves_a_new_generation_of_the_rest(sender: Sender) -> None:
    remittance_id = send(sender, payment(1), payment(2, amount="99.00"))
    advance_remittance(remittance_id=remittance_id)
    dropped = Payment.objects.get(end_to_end_id="INV-2")

    answer = sender.erp.post(f"payments/{dropped.pk}/cancel")
    advance_remittance(remittance_id=remittance_id)

    assert answer.status_code == 200, answer.json()
    assert answer.json()["status"] == "cancelled"
    first, second = OutgoingFile.objects.order_by("generation")
    assert (first.state, second.state) == ("withdrawn", "queued")
    assert b"INV-2" not in bytes_of(second)
    assert b"INV-1" in bytes_of(second)
    assert first.bank_message_id != second.bank_message_id
