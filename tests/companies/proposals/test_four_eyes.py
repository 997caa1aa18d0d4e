"""Four eyes (security.md 8 in the requirements): one proposes, another confirms, and only what was shown is done."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from companies.actors import Actor
from companies.models import AuditEvent, Company, Customer, CustomerAdministrator, Proposal, ProposalState, Role, User
from companies.proposal_queries import count_proposals_for, get_open_proposals
from companies.services.proposals import confirm, decline, withdraw
from tests.companies.builders import make_company, make_customer_admin, make_operator, make_user
from tests.companies.proposals.conftest import Deeds, proposed


def refused(code: str) -> "pytest.RaisesExc[DomainError]":
    return pytest.RaisesExc(DomainError, check=lambda error: error.code == code)


def actions() -> list[str]:
    found = AuditEvent.objects.filter(action__startswith="proposal.").order_by("recorded_at", "sequence")
    return list(found.values_list("action", flat=True))


def test_nothing_is_done_until_another_administrator_confirms(
    customer: Customer, ada: User, bo: User, deeds: Deeds
) -> None:
    proposal = proposed(customer, ada)
    assert (proposal.state, deeds.done) == (ProposalState.OPEN, [])

    confirmed = confirm(proposal_id=proposal.pk, actor=Actor.user(bo))

    assert deeds.done == [({"to": 1}, bo.name)]
    assert (confirmed.state, confirmed.decided_by, confirmed.alone) == (ProposalState.APPLIED, bo, False)
    assert actions() == ["proposal.made", "proposal.confirmed"]


def test_the_proposer_is_not_the_second_pair_of_eyes(customer: Customer, ada: User, bo: User, deeds: Deeds) -> None:
    proposal = proposed(customer, ada)
    for deed in (confirm, decline):
        with refused("proposal_own"):
            deed(proposal_id=proposal.pk, actor=Actor.user(ada))
    assert deeds.done == []


def test_the_database_refuses_a_proposal_confirmed_by_its_proposer(
    customer: Customer, ada: User, bo: User, deeds: Deeds
) -> None:
    proposal = proposed(customer, ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(
            state=ProposalState.APPLIED, decided_by=ada, decided_at=machine_now()
        )


def test_who_does_not_administer_the_customer_does_not_know_of_it(
    customer: Customer, firm: Company, ada: User, bo: User, deeds: Deeds
) -> None:
    proposal = proposed(customer, ada, company_id=firm.pk)
    gone = make_customer_admin(customer=customer)
    gone.is_active = False
    gone.save()
    others = (
        make_operator(),
        make_customer_admin(customer=make_company().customer),
        make_user(company=firm, roles=(Role.AUTOPAY_ADMINISTRATOR, Role.APPROVER)),
        gone,
    )
    for user in others:
        for deed in (confirm, decline, withdraw):
            with pytest.raises(NotFoundError):
                deed(proposal_id=proposal.pk, actor=Actor.user(user))
    with pytest.raises(NotFoundError):
        confirm(proposal_id=uuid4(), actor=Actor.user(bo))
    assert deeds.done == []


def test_what_changed_meanwhile_is_not_done(customer: Customer, ada: User, bo: User, deeds: Deeds) -> None:
    proposal = proposed(customer, ada)
    deeds.basis = {"approvers": 3}

    with refused("proposal_stale"):
        confirm(proposal_id=proposal.pk, actor=Actor.user(bo))

    proposal.refresh_from_db()
    assert (deeds.done, proposal.state, proposal.decided_by) == ([], ProposalState.STALE, None)
    assert confirm(proposal_id=proposed(customer, ada).pk, actor=Actor.user(bo)).state == ProposalState.APPLIED


def test_a_company_that_went_to_another_customer_takes_no_proposal_along(
    customer: Customer, firm: Company, ada: User, bo: User, deeds: Deeds
) -> None:
    proposal = proposed(customer, ada, company_id=firm.pk)
    Company.objects.filter(pk=firm.pk).update(customer=make_company().customer)
    with refused("proposal_stale"):
        confirm(proposal_id=proposal.pk, actor=Actor.user(bo))
    with pytest.raises(NotFoundError):
        proposed(customer, ada, company_id=firm.pk, subject_id="a-2")


def test_what_a_leaver_proposed_falls_with_his_rights(customer: Customer, ada: User, bo: User, deeds: Deeds) -> None:
    proposal = proposed(customer, ada)
    CustomerAdministrator.objects.filter(user=ada).delete()
    with refused("proposal_stale"):
        confirm(proposal_id=proposal.pk, actor=Actor.user(bo))
    assert deeds.done == []


def test_after_fourteen_days_it_is_over(customer: Customer, ada: User, bo: User, deeds: Deeds) -> None:
    with time_machine.travel(machine_now() - timedelta(days=14, seconds=1), tick=False):
        late = proposed(customer, ada)
    with time_machine.travel(machine_now() - timedelta(days=13), tick=False):
        proposed(customer, ada, subject_id="a-2")
    assert count_proposals_for(customer_id=customer.pk, user_id=bo.pk) == 1

    with refused("proposal_expired"):
        confirm(proposal_id=late.pk, actor=Actor.user(bo))

    assert deeds.done == []
    assert Proposal.objects.get(pk=late.pk).state == ProposalState.EXPIRED
    assert proposed(customer, ada).pk != late.pk


def test_one_proposal_of_a_kind_waits_per_subject(customer: Customer, ada: User, bo: User, deeds: Deeds) -> None:
    first = proposed(customer, ada)
    assert proposed(customer, ada) == first
    for user, to in ((ada, 0), (bo, 1)):
        with refused("proposal_open"):
            proposed(customer, user, to=to)
    assert proposed(customer, ada, subject_id="a-2") != first
    assert set(get_open_proposals(customer_id=customer.pk, kind="lower", subject_ids=["a-1", "a-3"])) == {"a-1"}


def test_what_is_decided_stays_decided(customer: Customer, ada: User, bo: User, deeds: Deeds) -> None:
    for deed, who, state in (
        (confirm, bo, ProposalState.APPLIED),
        (decline, bo, ProposalState.DECLINED),
        (withdraw, ada, ProposalState.WITHDRAWN),
    ):
        proposal = proposed(customer, ada)
        assert deed(proposal_id=proposal.pk, actor=Actor.user(who)).state == state
        for again in (confirm, decline):
            with refused("proposal_decided"):
                again(proposal_id=proposal.pk, actor=Actor.user(bo))
        with refused("proposal_decided"):
            withdraw(proposal_id=proposal.pk, actor=Actor.user(ada))
    assert len(deeds.done) == 1


def test_nobody_withdraws_anothers(customer: Customer, ada: User, bo: User, deeds: Deeds) -> None:
    proposal = proposed(customer, ada)
    with pytest.raises(NotFoundError):
        withdraw(proposal_id=proposal.pk, actor=Actor.user(bo))


def test_the_only_administrator_does_it_at_once_and_the_audit_says_that_he_was_alone(
    customer: Customer, firm: Company, ada: User, deeds: Deeds
) -> None:
    done = proposed(customer, ada, company_id=firm.pk)

    assert (done.state, done.alone, done.decided_by) == (ProposalState.APPLIED, True, ada)
    assert len(deeds.done) == 1
    event = AuditEvent.objects.get(action="proposal.applied_alone")
    assert (event.chain_id, event.details["alone"], event.actor_user_id) == (str(firm.pk), True, ada.pk)


def test_an_inactive_second_administrator_is_none(customer: Customer, ada: User, bo: User, deeds: Deeds) -> None:
    bo.is_active = False
    bo.save()
    assert proposed(customer, ada).alone


def test_somebody_else_than_the_only_administrator_is_not_alone(
    customer: Customer, firm: Company, ada: User, deeds: Deeds
) -> None:
    helper = make_user(company=firm, roles=(Role.AUTOPAY_ADMINISTRATOR,))
    proposal = proposed(customer, helper, company_id=firm.pk)
    assert proposal.state == ProposalState.OPEN
    assert confirm(proposal_id=proposal.pk, actor=Actor.user(ada)).state == ProposalState.APPLIED


def test_a_kind_whose_second_pair_of_eyes_is_elsewhere_is_never_done_alone(
    customer: Customer, ada: User, deeds: Deeds
) -> None:
    assert proposed(customer, ada, kind="never_alone").state == ProposalState.OPEN
    assert deeds.done == []


def test_what_cannot_be_done_leaves_the_proposal_open(
    customer: Customer, ada: User, bo: User, deeds: Deeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = proposed(customer, ada)

    class Full(list[object]):
        def append(self, _: object) -> None:
            raise ConflictError("company_exists")

    monkeypatch.setattr(deeds, "done", Full())
    with refused("company_exists"):
        confirm(proposal_id=proposal.pk, actor=Actor.user(bo))
    assert Proposal.objects.get(pk=proposal.pk).state == ProposalState.OPEN
