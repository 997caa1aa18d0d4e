"""Money on a shared account: the sender gets the statuses, the owner the ledger; the bank sees the owner."""

from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist

from autopay_portal.core.errors import ForbiddenError
from autopay_portal.core.vault import open_stored
from bank_gateway.models import OutgoingFile
from bank_gateway.relay.services import pause_outgoing
from bank_gateway.relay.standing_pauses import get_standing_pauses
from companies.actors import Actor
from companies.blockers import blockers_of
from companies.models import Company
from companies.services import deactivate_company
from erp_gateway.models import LedgerBatch, Message
from remittance.models import BankMessage, Remittance
from remittance.queries.waiting import get_waiting
from remittance.services.advance import advance_remittance
from remittance.services.approve import approve_remittance
from tests.agreements.sharing.conftest import Sharing, approver, share_account
from tests.remittance.answering import order_at_bank
from tests.remittance.builders import order, payment

pytestmark = pytest.mark.django_db


def kinds(company: Company) -> set[str]:
    return set(Message.objects.filter(company=company).values_list("kind", flat=True))


def send(sharing: Sharing, *payments: dict[str, object]) -> Remittance:
    answer = sharing.payroll.send_json(order(*payments, account=sharing.payroll.agreement.account))
    assert answer.status_code == 201, answer.json()
    remittance = Remittance.objects.get(pk=answer.json()["id"])
    advance_remittance(remittance_id=remittance.pk)
    remittance.refresh_from_db()
    return remittance


def test_the_sender_gets_the_statuses_and_the_owner_the_ledger_batch(sharing: Sharing) -> None:
    sent = order_at_bank(sharing.payroll, A="100.00", B="250.50")
    sent.notify(sent.debit("A", "B"))

    assert sent.states() == {"A": "paid", "B": "paid"}
    assert "payment_status" in kinds(sharing.payroll.company)
    assert "payment_status" not in kinds(sharing.owner.company)
    batch = LedgerBatch.objects.get()
    assert (batch.company, batch.agreement_id) == (sharing.owner.company, sharing.owner.agreement.pk)
    assert "ledger_batch_ready" in kinds(sharing.owner.company)
    assert "ledger_batch_ready" not in kinds(sharing.payroll.company)


def test_what_both_sent_and_the_bank_books_together_is_one_batch_of_the_owners(sharing: Sharing) -> None:
    own = order_at_bank(sharing.owner, A="100.00")
    others = order_at_bank(sharing.payroll, P="70.00")

    own.notify(own.debit("A"), others.debit("P"))

    batch = LedgerBatch.objects.get()
    assert (batch.company, batch.total) == (sharing.owner.company, 170_00)
    assert own.states() | others.states() == {"A": "paid", "P": "paid"}


def test_a_return_of_the_senders_payment_is_the_owners_to_book(sharing: Sharing) -> None:
    sent = order_at_bank(sharing.payroll, A="100.00")
    sent.notify(sent.debit("A"))
    sent.notify(sent.comes_back("A"))

    assert sent.states() == {"A": "returned"}
    assert set(LedgerBatch.objects.values_list("company", flat=True)) == {sharing.owner.company.pk}


def test_the_bank_sees_the_accounts_holder_and_its_ids(sharing: Sharing) -> None:
    sent = order_at_bank(sharing.payroll, A="100.00")

    file = OutgoingFile.objects.get(bank_message_id=sent.message_id)
    with open_stored(file.path) as written:
        text = written.read().decode()
    assert text.count("<Nm>Eier Drift AS</Nm>") == 2
    assert "Lønnskontoret" not in text
    assert file.connection_id == sharing.owner.agreement.connection_id
    assert file.company == sharing.payroll.company


def test_the_owners_approvers_sign_and_the_senders_cannot() -> None:
    sharing = share_account(approvers=1)
    remittance = send(sharing, payment(1))
    assert (remittance.status, remittance.approvals_required) == ("awaiting_approval", 1)

    stranger = approver(sharing.payroll.company, "Lønns godkjenner")
    with pytest.raises(ForbiddenError):
        approve_remittance(remittance_id=remittance.pk, user=stranger, seen_hash=remittance.content_hash)
    signer = approver(sharing.owner.company)
    approve_remittance(remittance_id=remittance.pk, user=signer, seen_hash=remittance.content_hash)
    advance_remittance(remittance_id=remittance.pk)

    assert BankMessage.objects.filter(remittance=remittance).exists()


def test_what_waits_is_listed_to_the_owner_and_not_to_the_sender() -> None:
    sharing = share_account(approvers=1)
    remittance = send(sharing, payment(1))
    now = remittance.created_at

    owners = get_waiting(company_id=sharing.owner.company.pk, sees_salary=False, now=now)
    senders = get_waiting(company_id=sharing.payroll.company.pk, sees_salary=True, now=now)

    assert [row.remittance for group in owners for row in group.rows] == [remittance]
    assert senders == []


def test_a_salary_is_one_sum_to_the_owner_also_to_who_sees_the_owners_own() -> None:
    sharing = share_account(approvers=1)
    send(sharing, payment(1, category="salary", creditor={"name": "Hemmelig Ansatt", "account": "86011117947"}))

    ((group,),) = [get_waiting(company_id=sharing.owner.company.pk, sees_salary=True, now=sharing.share.invited_at)]
    (row,) = group.rows
    assert (row.largest, row.salary_count, row.salary_minor) == ([], 1, 1250_00)


def test_a_right_taken_from_the_signer_before_release_counts_at_the_owner() -> None:
    sharing = share_account(approvers=1)
    remittance = send(sharing, payment(1))
    signer = approver(sharing.owner.company)
    approve_remittance(remittance_id=remittance.pk, user=signer, seen_hash=remittance.content_hash)
    signer.role_grants.all().delete()

    advance_remittance(remittance_id=remittance.pk)

    assert not BankMessage.objects.filter(remittance=remittance).exists()


@pytest.mark.parametrize("scope", ["company", "agreement"])
def test_the_owners_pause_holds_what_the_sender_sends(sharing: Sharing, scope: str) -> None:
    order_at_bank(sharing.payroll, A="100.00")
    OutgoingFile.objects.update(state="queued", sent_at=None)
    named: Any = (
        {"company_id": sharing.owner.company.pk} if scope == "company" else {"agreement_id": sharing.owner.agreement.pk}
    )
    pause_outgoing(scope=scope, actor=Actor.system("test"), reason="Stopp", **named)

    (standing,) = get_standing_pauses()
    assert standing.waiting == 1


def test_the_owner_finds_no_remittance_of_the_senders_by_the_api(sharing: Sharing) -> None:
    sent = order_at_bank(sharing.payroll, A="100.00").remittance()

    assert sharing.owner.erp.get(f"remittances/{sent.pk}").status_code == 404
    assert sharing.owner.erp.get("remittances").json()["results"] == []
    assert sharing.owner.erp.get("payments").json()["results"] == []
    assert sharing.payroll.erp.get(f"remittances/{sent.pk}").status_code == 200


def test_the_sender_finds_no_ledger_batch(sharing: Sharing) -> None:
    sent = order_at_bank(sharing.payroll, A="100.00")
    sent.notify(sent.debit("A"))

    assert sharing.payroll.erp.get("ledger-batches").json()["results"] == []
    (batch,) = sharing.owner.erp.get("ledger-batches").json()["results"]
    assert sharing.payroll.erp.get(f"ledger-batches/{batch['id']}").status_code == 404


def test_an_owner_out_of_use_stops_the_sender_and_is_not_deactivated_over_its_payments(sharing: Sharing) -> None:
    owner = sharing.owner.company
    sent = order_at_bank(sharing.payroll, A="100.00")
    assert any(each.stops for each in blockers_of(company_id=owner.pk))
    sent.notify(sent.debit("A"))
    batch = f"ledger-batches/{LedgerBatch.objects.get().pk}"
    lease = sharing.owner.erp.post(f"{batch}/lease", {"seconds": 60}).json()
    sharing.owner.erp.post(f"{batch}/posted", {"lease_id": lease["lease_id"]})
    assert not any(each.stops for each in blockers_of(company_id=owner.pk))

    deactivate_company(company_id=owner.pk, customer_id=owner.customer_id, actor=Actor.system("test"))
    answer = sharing.payroll.send_json(order(payment(1), account=sharing.payroll.agreement.account))

    assert (answer.status_code, answer.json()["code"]) == (409, "company_deactivated")


def test_nothing_goes_out_once_the_owners_agreement_is_over(sharing: Sharing) -> None:
    from agreements.services import close_agreement

    close_agreement(agreement_id=sharing.owner.agreement.pk, actor=Actor.system("test"))
    answer = sharing.payroll.send_json(order(payment(1), account=sharing.payroll.agreement.account))

    assert (answer.status_code, answer.json()["code"]) in {(409, "agreement_inactive"), (422, "account_unknown")}
    sharing.payroll.agreement.refresh_from_db()
    assert sharing.payroll.agreement.status == "closed"
    with pytest.raises(ObjectDoesNotExist):
        Remittance.objects.get(company=sharing.payroll.company)
