"""What changes between an approval and the file: rights, the agreement, single payments; and who waits for whom."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agreements.models import Agreement
from agreements.services import activate_for_erp, close_agreement, deactivate_for_erp
from autopay_portal.core.clocks import machine_now
from bank_gateway.models import OutgoingFile
from companies.models import Alarm, Role, User
from companies.services import revoke_role
from remittance.errors import UnableToApproveError
from remittance.models import Approval, Payment, Remittance
from remittance.services.advance import advance_remittance
from remittance.services.approve import approve_remittance, refuse_remittance, release_held_remittance
from tests.companies.builders import SETUP, make_user

from .builders import Sender, make_sender, order, payment


def send(sender: Sender, *payments: dict[str, object]) -> UUID:
    answer = sender.send_json(order(*payments))
    assert answer.status_code == 201, answer.json()
    remittance_id = UUID(answer.json()["id"])
    advance_remittance(remittance_id=remittance_id)
    return remittance_id


def approve(remittance_id: UUID, user: User) -> None:
    seen = Remittance.objects.get(pk=remittance_id).content_hash
    approve_remittance(remittance_id=remittance_id, user=user, seen_hash=seen)


@pytest.mark.parametrize("end", [close_agreement, deactivate_for_erp])
def test_an_agreement_that_ended_after_the_approval_sends_nothing(db: None, end: Callable[..., object]) -> None:
    sender = make_sender(approvers_required=1)
    remittance_id = send(sender)
    approve(remittance_id, make_user(company=sender.company, roles=(Role.APPROVER,)))
    end(agreement_id=sender.agreement.pk, actor=SETUP)

    advance_remittance(remittance_id=remittance_id)

    assert not OutgoingFile.objects.exists()
    assert Alarm.objects.get(code="release_refused").params["reason"] == "agreement_inactive"


def test_an_approval_counts_no_more_when_its_giver_has_lost_the_right_before_the_last_one(db: None) -> None:
    sender = make_sender(approvers_required=2)
    first, second, third = (make_user(company=sender.company, roles=(Role.APPROVER,)) for _ in range(3))
    remittance_id = send(sender)
    approve(remittance_id, first)
    revoke_role(user=first, company=sender.company, role=Role.APPROVER, actor=SETUP)

    approve(remittance_id, second)

    assert Remittance.objects.get().status == "awaiting_approval"
    assert Approval.objects.get(user=first).voided_at is not None
    with pytest.raises(UnableToApproveError):
        approve(remittance_id, second)
    approve(remittance_id, third)
    advance_remittance(remittance_id=remittance_id)
    assert OutgoingFile.objects.count() == 1


def test_payments_are_cancelled_one_after_the_other_before_a_new_file_is_made(sender: Sender) -> None:
    remittance_id = send(sender, payment(1), payment(2, amount="99.00"), payment(3, amount="98.00"))

    answers = [
        sender.erp.post(f"payments/{each.pk}/cancel")
        for each in Payment.objects.filter(end_to_end_id__in=("INV-2", "INV-3"))
    ]
    advance_remittance(remittance_id=remittance_id)

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [file.state for file in OutgoingFile.objects.order_by("generation")] == ["withdrawn", "queued"]


def test_a_remittance_is_cancelled_whole_after_one_of_its_payments(sender: Sender) -> None:
    remittance_id = send(sender, payment(1), payment(2, amount="99.00"))
    sender.erp.post(f"payments/{Payment.objects.get(end_to_end_id='INV-2').pk}/cancel")

    answer = sender.erp.post(f"remittances/{remittance_id}/cancel")
    advance_remittance(remittance_id=remittance_id)

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert not OutgoingFile.objects.exclude(state="withdrawn").exists()


def test_the_alarm_of_a_refused_release_ends_with_the_release(sender: Sender) -> None:
    answer = sender.send_json(order())
    deactivate_for_erp(agreement_id=sender.agreement.pk, actor=SETUP)
    advance_remittance(remittance_id=answer.json()["id"])
    assert Alarm.objects.filter(code="release_refused", cleared_at=None).exists()
    activate_for_erp(agreement_id=sender.agreement.pk, actor=SETUP)

    advance_remittance(remittance_id=answer.json()["id"])

    assert OutgoingFile.objects.count() == 1
    assert not Alarm.objects.filter(code="release_refused", cleared_at=None).exists()


def test_a_line_of_another_company_sends_nothing_and_raises_an_alarm(sender: Sender) -> None:
    other = make_sender(account="86011117947")
    answer = sender.send_json(order())
    Agreement.objects.filter(pk=sender.agreement.pk).update(connection=other.agreement.connection)

    advance_remittance(remittance_id=answer.json()["id"])

    assert not OutgoingFile.objects.exists()
    assert Alarm.objects.get(code="release_refused").params["reason"] == "connection_of_another_company"
    assert Remittance.objects.filter(next_step_at__gt=machine_now() + timedelta(minutes=1)).exists()


def audit_is_last(captured: CaptureQueriesContext) -> bool:
    """Tell whether the company's counter was never asked for behind the audit chain (the lock order)."""
    places = [query["sql"] for query in captured.captured_queries]
    chain = [n for n, sql in enumerate(places) if "companies_auditchain" in sql]
    counter = [n for n, sql in enumerate(places) if "message_sequence = message_sequence" in sql]
    assert chain
    assert counter
    return max(counter) < min(chain)


def test_the_audit_chain_is_the_last_lock_of_an_approval(db: None) -> None:
    sender = make_sender(approvers_required=1)
    remittance_id = send(sender)
    user = make_user(company=sender.company, roles=(Role.APPROVER,))

    with CaptureQueriesContext(connection) as captured:
        approve(remittance_id, user)

    assert audit_is_last(captured)


def test_the_audit_chain_is_the_last_lock_of_a_refusal_and_of_a_release(sender: Sender) -> None:
    administrator = make_user(company=sender.company, roles=(Role.APPROVER,))
    send(sender)
    held = [send(sender), send(sender)]
    seen = [Remittance.objects.get(pk=each).content_hash for each in held]

    with CaptureQueriesContext(connection) as refusing:
        refuse_remittance(remittance_id=held[0], user=administrator, seen_hash=seen[0], reason="Sendt før")
    with CaptureQueriesContext(connection) as releasing:
        release_held_remittance(remittance_id=held[1], user=administrator, seen_hash=seen[1], reason="To fakturaer")

    assert audit_is_last(refusing)
    assert audit_is_last(releasing)


def test_the_audit_chain_is_the_last_lock_of_a_cancelled_file(sender: Sender) -> None:
    remittance_id = send(sender)

    with CaptureQueriesContext(connection) as captured:
        sender.erp.post(f"remittances/{remittance_id}/cancel")

    assert OutgoingFile.objects.get().state == "withdrawn"
    assert audit_is_last(captured)
