"""What each company's people see of a shared account's payments: the owner's look and sign, the sender's cancel."""

import re
from uuid import UUID

import pytest
from django.test import Client

from companies.models import Role, User
from companies.services import grant_salary_access
from remittance.models import Payment, Remittance
from remittance.services.advance import advance_remittance
from tests.agreements.sharing.conftest import Sharing, approver, share_account
from tests.companies.builders import SETUP, make_user
from tests.remittance.builders import order, payment

pytestmark = pytest.mark.django_db
SALARY = {"category": "salary", "creditor": {"name": "Hemmelig Ansatt", "account": "86011117947"}}


@pytest.fixture
def sharing(db: None) -> Sharing:
    return share_account(approvers=1)


@pytest.fixture
def remittance(sharing: Sharing) -> Remittance:
    sent = sharing.payroll.send_json(
        order(payment(1), payment(2, amount="31000.00", **SALARY), account=sharing.payroll.agreement.account)
    )
    assert sent.status_code == 201, sent.json()
    advance_remittance(remittance_id=UUID(sent.json()["id"]))
    return Remittance.objects.get(pk=sent.json()["id"])


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_owners_approver_looks_through_what_he_signs(sharing: Sharing, remittance: Remittance) -> None:
    client, home = browser(approver(sharing.owner.company)), f"/c/{sharing.owner.company.pk}"
    supplier = Payment.objects.get(remittance=remittance, end_to_end_id="INV-1")

    assert client.get(f"{home}/remittances/{remittance.pk}/").status_code == 200
    assert client.get(f"{home}/payments/{supplier.pk}/").status_code == 200
    assert "Lønnskontoret AS" in client.get(f"{home}/approvals/").content.decode()


def test_a_salary_is_hidden_from_the_owner_also_from_who_sees_the_owners_own(
    sharing: Sharing, remittance: Remittance
) -> None:
    reader = approver(sharing.owner.company)
    grant_salary_access(user=reader, company=sharing.owner.company, actor=SETUP)
    client, home = browser(reader), f"/c/{sharing.owner.company.pk}"
    salary = Payment.objects.get(remittance=remittance, category="salary")

    assert client.get(f"{home}/payments/{salary.pk}/").status_code == 404
    for page in (f"{home}/remittances/{remittance.pk}/", f"{home}/approvals/"):
        said = client.get(page).content.decode()
        assert "Hemmelig Ansatt" not in said
        assert re.search("31.{1,6}000,00", said)


def test_the_owner_cancels_nothing_of_the_senders(sharing: Sharing, remittance: Remittance) -> None:
    client, home = browser(sharing.owners_administrator), f"/c/{sharing.owner.company.pk}"
    one = Payment.objects.get(remittance=remittance, end_to_end_id="INV-1")

    assert "cancel/" not in client.get(f"{home}/remittances/{remittance.pk}/").content.decode()
    assert client.post(f"{home}/remittances/{remittance.pk}/cancel/").status_code == 404
    assert client.post(f"{home}/payments/{one.pk}/cancel/").status_code == 404
    remittance.refresh_from_db()
    assert remittance.status == "awaiting_approval"


def test_the_sender_is_told_that_it_waits_and_not_who_signs(sharing: Sharing, remittance: Remittance) -> None:
    approver(sharing.owner.company, "Hemmelig Signatar")
    own = make_user(company=sharing.payroll.company, roles=(Role.APPROVER, Role.UPLOADER))
    client, home = browser(own), f"/c/{sharing.payroll.company.pk}"

    said = client.get(f"{home}/remittances/{remittance.pk}/").content.decode()
    assert "Hemmelig Signatar" not in said
    assert "/approvals/#r-" not in said
    assert str(remittance.pk) not in client.get(f"{home}/approvals/").content.decode()
    seen = {"seen_hash": remittance.content_hash}
    assert client.post(f"{home}/approvals/{remittance.pk}/approve/", seen).status_code == 403
    assert client.post(f"{home}/remittances/{remittance.pk}/cancel/").status_code == 302
    remittance.refresh_from_db()
    assert remittance.status == "cancelled"


def test_a_third_companys_people_find_nothing_of_either(sharing: Sharing, remittance: Remittance) -> None:
    third = approver(share_account(account="15036123408").owner.company)
    client = browser(third)
    for company in (sharing.owner.company, sharing.payroll.company):
        assert client.get(f"/c/{company.pk}/remittances/{remittance.pk}/").status_code == 404
    (home,) = {f"/c/{grant.company_id}" for grant in third.role_grants.all()}
    assert client.get(f"{home}/remittances/{remittance.pk}/").status_code == 404
    assert client.post(f"{home}/approvals/{remittance.pk}/approve/").status_code == 404
