"""Customer administrators: made and removed by two, and never the last one, also in a race."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from autopay_portal.core.errors import ConflictError, NotFoundError
from companies.actors import Actor
from companies.models import (
    Company,
    Customer,
    CustomerAdministrator,
    CustomerMember,
    Proposal,
    ProposalState,
    RoleGrant,
    User,
)
from companies.services import make_customer_administrator
from companies.services.administrators import propose_administrator, propose_removal
from companies.services.departures import end_membership
from companies.services.proposals import confirm, decline
from tests.companies.builders import SETUP, make_company, make_customer, make_customer_admin, make_operator
from tests.companies.people.conftest import invited, member_of


def administrators(customer: Customer) -> set[User]:
    return {row.user for row in CustomerAdministrator.objects.filter(customer=customer).select_related("user")}


def given(customer: Customer, user: User, actor: User) -> dict[str, Any]:
    return {"customer_id": customer.pk, "member_id": member_of(user, customer).pk, "actor": Actor.user(actor)}


def test_an_administrator_is_made_by_two(customer: Customer, ada: User, bo: User, kari: User) -> None:
    proposal = propose_administrator(**given(customer, kari, ada))
    assert administrators(customer) == {ada, bo}
    confirm(proposal_id=proposal.pk, actor=Actor.user(bo))
    assert administrators(customer) == {ada, bo, kari}
    with pytest.raises(ConflictError) as refusal:
        propose_administrator(**given(customer, kari, ada))
    assert refusal.value.code == "administrator_already"


def test_somebody_invited_becomes_none_before_he_accepts(customer: Customer, ada: User) -> None:
    member = invited(customer, ada)
    with pytest.raises(ConflictError) as refusal:
        propose_administrator(customer_id=customer.pk, member_id=member.pk, actor=Actor.user(ada))
    assert refusal.value.code == "member_not_accepted"


def test_neither_of_two_gets_rid_of_the_other_alone(customer: Customer, ada: User, bo: User) -> None:
    proposal = propose_removal(**given(customer, bo, ada))
    assert proposal is not None
    assert administrators(customer) == {ada, bo}
    with pytest.raises(ConflictError):
        confirm(proposal_id=proposal.pk, actor=Actor.user(ada))
    confirm(proposal_id=proposal.pk, actor=Actor.user(make_operator()))
    assert administrators(customer) == {ada}


def test_who_is_removed_may_agree_to_it_himself(customer: Customer, ada: User, bo: User) -> None:
    proposal = propose_removal(**given(customer, bo, ada))
    assert proposal is not None
    confirm(proposal_id=proposal.pk, actor=Actor.user(bo))
    assert administrators(customer) == {ada}


def test_who_is_to_go_cannot_stay_by_declining(customer: Customer, ada: User, bo: User) -> None:
    proposal = propose_removal(**given(customer, bo, ada))
    assert proposal is not None
    with pytest.raises(ConflictError) as refusal:
        decline(proposal_id=proposal.pk, actor=Actor.user(bo))
    assert refusal.value.code == "proposal_about_you"
    third = make_customer_admin(customer=customer)
    assert decline(proposal_id=proposal.pk, actor=Actor.user(third)).state == ProposalState.DECLINED


def test_one_steps_down_at_once_but_the_last_one_never(customer: Customer, ada: User, bo: User) -> None:
    assert propose_removal(**given(customer, ada, ada)) is None
    assert administrators(customer) == {bo}
    for end in (propose_removal, end_membership):
        with pytest.raises(ConflictError) as refusal:
            end(**given(customer, bo, bo))
        assert refusal.value.code == "last_administrator"
    with pytest.raises(NotFoundError):
        propose_removal(**given(customer, bo, ada))


def test_the_last_one_stays_though_his_removal_was_proposed_when_there_were_two(
    customer: Customer, ada: User, bo: User
) -> None:
    proposal = propose_removal(**given(customer, bo, ada))
    assert proposal is not None
    # He who proposed it is no administrator any more, so what he wanted falls.
    CustomerAdministrator.objects.filter(user=ada).delete()
    with pytest.raises(ConflictError):
        confirm(proposal_id=proposal.pk, actor=Actor.user(bo))
    assert administrators(customer) == {bo}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [propose_removal, end_membership])
def test_two_who_step_down_at_once_in_two_tabs_leave_one(end: Callable[..., object]) -> None:
    customer = make_customer()
    people = [make_customer_admin(customer=customer) for _ in range(2)]
    together, refused = threading.Barrier(2), []

    def step_down(user: User) -> None:
        try:
            together.wait(timeout=10)
            end(**given(customer, user, user))
        except ConflictError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=step_down, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert refused == ["last_administrator"]
    assert len(administrators(customer)) == 1


def test_an_administrator_who_leaves_loses_his_roles_at_once_and_the_rest_when_confirmed(
    customer: Customer, firm: Company, ada: User, bo: User
) -> None:
    RoleGrant.objects.create(user=bo, company=firm, role="approver")
    assert end_membership(**given(customer, bo, ada)) is False
    assert not RoleGrant.objects.filter(user=bo).exists()
    assert administrators(customer) == {ada, bo}

    confirm(proposal_id=Proposal.objects.get(state=ProposalState.OPEN).pk, actor=Actor.user(make_operator()))

    assert administrators(customer) == {ada}
    assert not CustomerMember.objects.filter(user=bo).exists()


def test_his_rights_end_although_his_removal_waits_already(
    customer: Customer, firm: Company, ada: User, bo: User
) -> None:
    RoleGrant.objects.create(user=bo, company=firm, role="approver")
    propose_removal(**given(customer, bo, ada))
    assert end_membership(**given(customer, bo, ada)) is False
    assert not RoleGrant.objects.filter(user=bo).exists()
    assert Proposal.objects.filter(state=ProposalState.OPEN).count() == 1


def test_another_customers_administrator_is_nobody_here(customer: Customer, ada: User, bo: User, kari: User) -> None:
    stranger = make_customer_admin(customer=make_company().customer)
    make_customer_administrator(user=kari, customer=make_customer(), actor=SETUP)
    for actor in (stranger, kari, make_operator()):
        for deed in (propose_administrator, propose_removal, end_membership):
            with pytest.raises(NotFoundError):
                deed(**given(customer, bo, actor))
