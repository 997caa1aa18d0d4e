"""Sharing is agreed by both: offered by the owner, accepted by the company that it names, ended by either."""

import pytest

from agreements.models import Agreement, Share
from agreements.page_queries import get_invitations
from agreements.services import accept_share, decline_share, end_share, offer_share
from agreements.services.sharing import invite_to_share
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from companies.actors import Actor
from companies.models import AuditEvent, Letter, Role
from companies.services.proposals import confirm
from tests.agreements.builders import draft, make_active
from tests.agreements.sharing.conftest import Sharing
from tests.companies.builders import make_company, make_customer_admin, make_user
from tests.remittance.answering import order_at_bank

pytestmark = pytest.mark.django_db


def test_an_offer_is_the_named_companys_alone_to_answer(sharing: Sharing) -> None:
    third = make_company(name="Tredje AS")
    user = make_user(company=third, roles=(Role.AUTOPAY_ADMINISTRATOR,))
    fourth = make_company(name="Fjerde AS")
    offer = invite_to_share(
        agreement_id=sharing.owner.agreement.pk, org_number=fourth.org_number, user=sharing.owners_administrator
    )

    for answer in (accept_share, decline_share):
        with pytest.raises(NotFoundError):
            answer(share_id=offer.pk, company=third, user=user)
    assert get_invitations(company=third) == []
    assert get_invitations(company=fourth) == [offer]


def test_accepting_twice_is_one_agreement(sharing: Sharing) -> None:
    again = accept_share(
        share_id=sharing.share.pk, company=sharing.payroll.company, user=sharing.payrolls_administrator
    )

    assert again.pk == sharing.payroll.agreement.pk
    assert Agreement.objects.filter(shared_from=sharing.owner.agreement).count() == 1


def test_the_same_company_is_offered_an_account_once(sharing: Sharing) -> None:
    with pytest.raises(ConflictError) as refusal:
        invite_to_share(
            agreement_id=sharing.owner.agreement.pk,
            org_number=sharing.payroll.company.org_number,
            user=sharing.owners_administrator,
        )
    assert refusal.value.code == "share_exists"


def test_an_offer_to_nobody_here_reads_as_one_to_somebody(sharing: Sharing) -> None:
    share = invite_to_share(
        agreement_id=sharing.owner.agreement.pk, org_number="974 760 673", user=sharing.owners_administrator
    )

    assert (share.status, share.org_number) == ("invited", "974760673")


@pytest.mark.parametrize("number", ["123456789", "", "97476067", "abc"])
def test_what_is_no_organisation_number_is_refused(sharing: Sharing, number: str) -> None:
    with pytest.raises(DomainError) as refusal:
        invite_to_share(agreement_id=sharing.owner.agreement.pk, org_number=number, user=sharing.owners_administrator)
    assert refusal.value.code == "org_number_invalid"


def test_a_draft_a_shared_one_and_ones_own_company_cannot_be_shared(sharing: Sharing) -> None:
    user = sharing.owners_administrator
    for agreement in (draft(company=sharing.owner.company), sharing.payroll.agreement):
        with pytest.raises(ConflictError) as refusal:
            invite_to_share(agreement_id=agreement.pk, org_number="974760673", user=user)
        assert refusal.value.code == "share_impossible"
    own = sharing.owner.company.org_number
    with pytest.raises(ConflictError) as refusal:
        invite_to_share(agreement_id=sharing.owner.agreement.pk, org_number=own, user=user)
    assert refusal.value.code == "share_with_itself"


def test_either_may_end_it_but_not_while_payments_are_under_way(sharing: Sharing) -> None:
    sent = order_at_bank(sharing.payroll, A="100.00")
    with pytest.raises(ConflictError) as refusal:
        end_share(share_id=sharing.share.pk, company=sharing.owner.company, user=sharing.owners_administrator)
    assert (refusal.value.code, refusal.value.params) == ("share_in_use", {"count": 1})

    sent.notify(sent.debit("A"))
    end_share(share_id=sharing.share.pk, company=sharing.payroll.company, user=sharing.payrolls_administrator)

    sharing.payroll.agreement.refresh_from_db()
    assert (sharing.payroll.agreement.status, sharing.payroll.agreement.erp_active) == ("closed", False)
    assert Share.objects.get().status == "ended"


def test_a_third_company_cannot_end_it(sharing: Sharing) -> None:
    third = make_company()
    with pytest.raises(NotFoundError):
        end_share(share_id=sharing.share.pk, company=third, user=make_user(company=third, roles=(Role.VIEWER,)))


def test_with_two_administrators_the_other_must_agree_to_the_offer() -> None:
    company = make_company()
    agreement = make_active(company=company)
    first, second = (make_customer_admin(customer=company.customer) for _ in range(2))

    changed = offer_share(agreement_id=agreement.pk, org_number="974760673", user=first)
    assert changed.proposal is not None
    assert changed.waits
    assert not Share.objects.exists()
    confirm(proposal_id=changed.proposal.pk, actor=Actor.user(second))

    share = Share.objects.get()
    assert (share.org_number, share.invited_by) == ("974760673", first)


def test_both_sides_are_told_and_both_audits_say_it(sharing: Sharing) -> None:
    told = set(Letter.objects.values_list("kind", "recipient"))

    assert ("share_offered", sharing.payrolls_administrator.email) in told
    assert ("share_accepted", sharing.owners_administrator.email) in told
    said = set(AuditEvent.objects.filter(action="share.accepted").values_list("chain__company_id", flat=True))
    assert said == {sharing.owner.company.pk, sharing.payroll.company.pk}
