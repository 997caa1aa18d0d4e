"""Changing and confirming at once, closing and accepting at once: one after the other, never each waiting for both."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connection

from agreements.models import Agreement, Share
from agreements.services import accept_share, change_settings, close_agreement
from agreements.services.sharing import invite_to_share
from autopay_portal.core.errors import DomainError
from companies.actors import Actor
from companies.models import Role
from companies.services.proposals import confirm
from tests.agreements.builders import make_active
from tests.companies.builders import SETUP, make_company, make_customer_admin, make_user

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 6


def at_once(*work: Any) -> list[str]:
    """Run all at the same time and return what each said: its refusal, or nothing."""

    def one(each: Any) -> str:
        try:
            each()
        except DomainError as error:
            return error.code
        except OperationalError as error:
            return str(error)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(one, work))


def test_a_change_and_the_confirmation_of_another_never_wait_for_each_other() -> None:
    company = make_company()
    first, second = (make_customer_admin(customer=company.customer) for _ in range(2))
    for _ in range(TIMES):
        agreement = make_active(company=company, approvers_required=2)
        seen: dict[str, Any] = {}
        lowered = change_settings(agreement_id=agreement.pk, wanted={"approvers_required": 1}, seen=seen, user=first)
        assert lowered.proposal is not None
        proposal_id = lowered.proposal.pk
        said = at_once(
            lambda key=proposal_id: confirm(proposal_id=key, actor=Actor.user(second)),
            lambda key=agreement.pk: change_settings(
                agreement_id=key, wanted={"approvers_required": 1}, seen={}, user=first
            ),
        )
        assert not [each for each in said if "deadlock" in each], said
        assert Agreement.objects.get(pk=agreement.pk).approvers_required == 1


def test_closing_and_accepting_at_once_leave_nothing_that_can_send() -> None:
    owner, other = make_company(), make_company()
    offers = make_user(company=owner, roles=(Role.AUTOPAY_ADMINISTRATOR,))
    accepts = make_user(company=other, roles=(Role.AUTOPAY_ADMINISTRATOR,))
    for _ in range(TIMES):
        agreement = make_active(company=owner)
        share = invite_to_share(agreement_id=agreement.pk, org_number=other.org_number, user=offers)
        said = at_once(
            lambda key=agreement.pk: close_agreement(agreement_id=key, actor=SETUP),
            lambda key=share.pk: accept_share(share_id=key, company=other, user=accepts),
        )
        assert not [each for each in said if "deadlock" in each], said
        assert not Agreement.objects.filter(shared_from=agreement, status="active").exists()
        assert Share.objects.get(pk=share.pk).status in {"ended", "withdrawn"}
