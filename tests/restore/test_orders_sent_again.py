"""Payments that were sent before a restore, and that their ERP sends again in a new order, are known by the radar."""

from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from autopay_portal.core.ids import uuid7
from bank_gateway.models import ForgottenUpload, OutgoingFile
from companies.models import Alarm, Role
from remittance.models import BankMessage, ForgottenPayment, Remittance
from remittance.services.advance import advance_remittance
from remittance.services.bank_file import order_key
from remittance.services.forgotten import remember_forgotten_payments
from tests.agreements.builders import account_number
from tests.remittance.builders import Sender, make_sender, order, payment

pytestmark = pytest.mark.django_db(transaction=True)


def sent_file(*payments: dict[str, Any]) -> OutgoingFile:
    """Return a file of these payments as it went to a bank; another company's database would have forgotten it."""
    other = make_sender(account="86011117947")
    answer = other.send_json(order(*payments, account="86011117947"))
    advance_remittance(remittance_id=UUID(answer.json()["id"]))
    return OutgoingFile.objects.get(company_id=other.company.pk)


def forget(sender: Sender, file: OutgoingFile, *, message_id: str = "SENT-BEFORE", **more: Any) -> ForgottenUpload:
    """Note a file as one of this sender's that was uploaded and then forgotten."""
    known = {
        "order_key": order_key(company_id=sender.company.pk, message_id=message_id),
        "bank_message_id": file.bank_message_id,
        "sha256": file.sha256,
        "generation": 1,
        **more,
    }
    return ForgottenUpload.objects.create(
        bank="dnb", company_id=sender.company.pk, outgoing_id=uuid7(), attempt=1, **known
    )


@pytest.fixture
def sender(transactional_db: None) -> Sender:
    return make_sender()


def send(sender: Sender, *payments: dict[str, Any], message_id: str = "NEW-NAME") -> Any:
    answer = sender.send_json(order(*payments, message_id=message_id))
    assert answer.status_code == 201, answer.content
    advance_remittance(remittance_id=UUID(answer.json()["id"]))
    return answer.json()


def test_a_payment_that_was_sent_in_a_forgotten_file_is_suspected_and_held(sender: Sender) -> None:
    file = sent_file(payment(1), payment(2, amount="99.00"))
    forget(sender, file)
    assert remember_forgotten_payments().payments == 2

    body = send(sender, payment(7), payment(8, amount="77.00"))

    (suspicion,) = body["duplicates_suspected"]
    assert suspicion["earlier_payment"] is suspicion["earlier_remittance"] is None
    assert suspicion["earlier_bank_message"] == file.bank_message_id
    assert suspicion["earlier_end_to_end_id"] == "INV-1"
    assert Remittance.objects.get(message_id="NEW-NAME").status == "awaiting_approval"


def test_it_is_held_though_the_agreement_takes_duplicates(transactional_db: None) -> None:
    sender = make_sender(hold_duplicates=False)
    forget(sender, sent_file(payment(1)))
    remember_forgotten_payments()

    send(sender, payment(7))

    assert Remittance.objects.get(message_id="NEW-NAME").status == "awaiting_approval"


def test_a_dry_run_counts_it(sender: Sender) -> None:
    forget(sender, sent_file(payment(1)))
    remember_forgotten_payments()

    answer = sender.send_json(order(payment(7)), query="?dry_run=true")

    assert answer.json()["duplicates_suspected"] == 1


def test_another_companys_forgotten_payment_is_nobodys_business(sender: Sender) -> None:
    forget(sender, sent_file(payment(1)))
    remember_forgotten_payments()
    stranger = make_sender(account=(account := account_number()))

    answer = stranger.send_json(order(payment(7), account=account))

    assert answer.json()["duplicates_suspected"] == []


def test_a_file_that_is_shown_never_to_have_left_suspects_nobody(sender: Sender) -> None:
    forget(sender, sent_file(payment(1)), settled_at=timezone.now())
    remember_forgotten_payments()

    assert send(sender, payment(7))["duplicates_suspected"] == []


def test_files_are_read_once_and_unreadable_ones_are_a_red_alarm(sender: Sender) -> None:
    forget(sender, sent_file(payment(1)))
    forget(sender, OutgoingFile.objects.get(), bank_message_id="LOST", sha256="0" * 64)

    assert remember_forgotten_payments().unreadable == ("LOST",)
    assert remember_forgotten_payments().payments == 0

    assert ForgottenPayment.objects.count() == 1
    assert Alarm.objects.get(code="forgotten_files_unreadable").severity == "red"


def test_the_pages_show_where_it_was_sent(sender: Sender) -> None:
    from django.test import Client

    from tests.companies.builders import make_user

    file = sent_file(payment(1))
    forget(sender, file)
    remember_forgotten_payments()
    body = send(sender, payment(7))
    client = Client()
    client.force_login(
        make_user(company=sender.company, roles=(Role.APPROVER,)),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )

    company = sender.company.pk
    for address in (reverse("remittance", args=[company, body["id"]]), reverse("approvals", args=[company])):
        page = client.get(address)
        assert page.status_code == 200
        assert file.bank_message_id in page.content.decode()


def test_the_same_order_gets_the_message_id_that_the_bank_has(sender: Sender) -> None:
    first = send(sender, payment(1), message_id="AGAIN")
    file = OutgoingFile.objects.get()

    assert first["status"] == "received"
    key = order_key(company_id=sender.company.pk, message_id="AGAIN")
    assert file.order_key == key
    assert BankMessage.objects.get().message_id == file.bank_message_id


def test_a_later_file_whose_bytes_are_lost_is_not_written_again(sender: Sender) -> None:
    """What the bank has under its id is unknown: the first file was withdrawn, since payments were cancelled."""
    upload = forget(sender, sent_file(payment(1)), generation=2, sha256="0" * 64, bank_message_id="LATER")
    ForgottenUpload.objects.filter(pk=upload.pk).update(
        order_key=order_key(company_id=sender.company.pk, message_id="AGAIN")
    )
    remember_forgotten_payments()

    send(sender, payment(1), message_id="AGAIN")

    assert not OutgoingFile.objects.filter(company_id=sender.company.pk).exists()
    refused = Alarm.objects.get(code="release_refused", cleared_at=None)
    assert refused.params["reason"] == "sent_file_unknown"
