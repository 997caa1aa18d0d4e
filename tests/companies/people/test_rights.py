"""Ticks of the grid: given, taken, proposed, and never another's overwritten."""

from uuid import uuid4

import pytest

from autopay_portal.core.errors import DomainError, NotFoundError
from companies.access import Permission, access_company, may_see_salary
from companies.actors import Actor
from companies.errors import UserLacksRoleError
from companies.models import (
    RIGHTS,
    AuditEvent,
    Company,
    Customer,
    CustomerMember,
    Proposal,
    RightsNotice,
    Role,
    RoleGrant,
    SalaryAccess,
    User,
    WaitingGrant,
)  # fmt: skip
from companies.services import create_user, grant_role
from companies.services.members import accept_membership
from companies.services.proposals import confirm
from companies.services.rights import Change, set_rights
from tests.companies.builders import SETUP, make_company, make_customer_admin
from tests.companies.people.conftest import invited, member_of


def tick(member: CustomerMember, company: Company, actor: User, *, wanted: str = "", seen: str = "") -> list[Change]:
    return set_rights(
        customer_id=member.customer_id,
        member_id=member.pk,
        company_id=company.pk,
        wanted=frozenset(wanted.split()),
        seen=frozenset(seen.split()),
        actor=Actor.user(actor),
    )


def roles_of(user: User, company: Company) -> set[str]:
    return set(RoleGrant.objects.filter(user=user, company=company).values_list("role", flat=True))


def test_a_tick_gives_and_takes_what_was_changed_and_nothing_else(
    customer: Customer, firm: Company, sister: Company, ada: User, kari: User
) -> None:
    member = member_of(kari, customer)
    assert tick(member, firm, ada, wanted="viewer uploader", seen="viewer") == [Change("uploader", "given")]
    assert roles_of(kari, firm) == {"viewer", "uploader"}
    assert tick(member, firm, ada, wanted="uploader", seen="viewer uploader") == [Change("viewer", "taken")]
    assert roles_of(kari, firm) == {"uploader"}
    assert roles_of(kari, sister) == set()
    events = AuditEvent.objects.filter(chain_id=str(firm.pk), actor_user_id=ada.pk).order_by("sequence")
    assert [(each.action, each.details["right"]) for each in events] == [
        ("role.granted", "uploader"),
        ("role.revoked", "viewer"),
    ]


def test_a_role_taken_ends_at_the_next_click(customer: Customer, firm: Company, ada: User, kari: User) -> None:
    grant_role(user=kari, company=firm, role=Role.UPLOADER, actor=SETUP)
    access_company(user=kari, company_id=firm.pk, permission=Permission.SEND)
    tick(member_of(kari, customer), firm, ada, wanted="viewer", seen="viewer uploader")
    with pytest.raises(UserLacksRoleError):
        access_company(user=kari, company_id=firm.pk, permission=Permission.SEND)


def test_what_another_administrator_changed_meanwhile_stands_and_is_said(
    customer: Customer, firm: Company, ada: User, bo: User, kari: User
) -> None:
    member = member_of(kari, customer)
    tick(member, firm, bo, wanted="viewer uploader", seen="viewer")
    # Ada saw neither: her tick of another role stands, and Bo's is untouched.
    assert tick(member, firm, ada, wanted="viewer file_transfer", seen="viewer")[0].outcome == "given"
    assert roles_of(kari, firm) == {"viewer", "uploader", "file_transfer"}
    # The same one: Bo was first.
    [same] = tick(member, firm, ada, wanted="viewer uploader", seen="viewer")
    assert (same.outcome, same.by) == ("changed_by_another", bo.name)
    tick(member, firm, bo, wanted="", seen="viewer")
    [gone] = tick(member, firm, ada, wanted="", seen="viewer")
    assert gone.outcome == "changed_by_another"
    assert roles_of(kari, firm) == {"uploader", "file_transfer"}


def test_an_approver_takes_two_administrators(
    customer: Customer, firm: Company, ada: User, bo: User, kari: User
) -> None:
    member = member_of(kari, customer)
    assert tick(member, firm, ada, wanted="viewer approver", seen="viewer") == [Change("approver", "proposed")]
    assert "approver" not in roles_of(kari, firm)
    [again] = tick(member, firm, bo, wanted="viewer approver", seen="viewer")
    assert (again.outcome, again.by) == ("already_proposed", ada.name)

    confirm(proposal_id=Proposal.objects.get().pk, actor=Actor.user(bo))

    assert "approver" in roles_of(kari, firm)
    assert RoleGrant.objects.get(user=kari, role="approver").granted_by == bo


def test_nobody_raises_himself_without_a_second_pair_of_eyes(
    customer: Customer, firm: Company, ada: User, bo: User
) -> None:
    own = member_of(ada, customer)
    outcomes = {change.right: change.outcome for change in tick(own, firm, ada, wanted=" ".join(RIGHTS))}
    assert {outcomes["approver"], outcomes["salary"]} == {"proposed"}
    assert not may_see_salary(user=ada, company_id=firm.pk)
    with pytest.raises(UserLacksRoleError):
        access_company(user=ada, company_id=firm.pk, permission=Permission.APPROVE)


def test_another_is_given_the_right_to_see_salary_at_once(
    customer: Customer, firm: Company, ada: User, bo: User, kari: User
) -> None:
    assert tick(member_of(kari, customer), firm, ada, wanted="viewer salary", seen="viewer")[0].outcome == "given"
    assert may_see_salary(user=kari, company_id=firm.pk)


def test_the_only_administrator_makes_an_approver_at_once(
    customer: Customer, firm: Company, ada: User, kari: User
) -> None:
    assert tick(member_of(kari, customer), firm, ada, wanted="viewer approver", seen="viewer")[0].outcome == "given"
    assert AuditEvent.objects.filter(action="proposal.applied_alone", chain_id=str(firm.pk)).count() == 1


def test_an_approver_who_was_changed_meanwhile_is_not_made(
    customer: Customer, firm: Company, ada: User, bo: User, kari: User
) -> None:
    tick(member_of(kari, customer), firm, ada, wanted="viewer approver", seen="viewer")
    kari.email = "en.annen@fjord.example"
    kari.save()
    with pytest.raises(DomainError) as refusal:
        confirm(proposal_id=Proposal.objects.get().pk, actor=Actor.user(bo))
    assert refusal.value.code == "proposal_stale"
    assert "approver" not in roles_of(kari, firm)


def test_what_is_not_the_customers_is_not_found(customer: Customer, firm: Company, ada: User, kari: User) -> None:
    member, foreign = member_of(kari, customer), make_company(name="Hemmelig Fangst AS")
    stranger = make_customer_admin(customer=foreign.customer)
    cases = [
        (member, foreign, ada),
        (member_of(stranger, foreign.customer), firm, ada),
        (member, firm, stranger),
        (member, firm, kari),
    ]
    for whose, company, actor in cases:
        with pytest.raises(NotFoundError):
            tick(whose, company, actor, wanted="uploader")
    with pytest.raises(NotFoundError):
        set_rights(
            customer_id=customer.pk, member_id=uuid4(), company_id=firm.pk, wanted=frozenset(), seen=frozenset(),
            actor=Actor.user(ada),
        )  # fmt: skip
    with pytest.raises(DomainError) as refusal:
        tick(member, firm, ada, wanted="operator")
    assert refusal.value.code == "role_unknown"


def test_who_is_invited_may_nothing_until_he_accepts_and_then_what_was_ticked(
    customer: Customer, firm: Company, ada: User, bo: User
) -> None:
    member = invited(customer, ada)
    tick(member, firm, ada, wanted="uploader salary approver")
    confirm(proposal_id=Proposal.objects.get().pk, actor=Actor.user(bo))
    assert not RoleGrant.objects.filter(company=firm).exists()
    assert WaitingGrant.objects.filter(member=member).count() == 3
    assert tick(member, firm, ada, wanted="approver salary", seen="uploader salary approver")[0].outcome == "taken"

    user = create_user(email="ny@fjord.example", name="Ny Bruker", actor=SETUP)
    accept_membership(customer_id=customer.pk, user=user)

    assert roles_of(user, firm) == {"approver"}
    assert SalaryAccess.objects.filter(user=user, company=firm).exists()
    assert not WaitingGrant.objects.exists()
    assert accept_membership(customer_id=customer.pk, user=user) == member_of(user, customer)


def test_a_right_waits_for_nobody_in_a_company_that_went_elsewhere(
    customer: Customer, firm: Company, ada: User
) -> None:
    tick(invited(customer, ada), firm, ada, wanted="uploader")
    Company.objects.filter(pk=firm.pk).update(customer=make_company().customer)
    user = create_user(email="ny@fjord.example", name="Ny Bruker", actor=SETUP)
    accept_membership(customer_id=customer.pk, user=user)
    assert roles_of(user, firm) == set()


def test_ten_ticks_are_one_notice(customer: Customer, firm: Company, sister: Company, ada: User, kari: User) -> None:
    member = member_of(kari, customer)
    for company in (firm, sister):
        for right in ("uploader", "file_transfer", "autopay_administrator", "salary"):
            tick(member, company, ada, wanted=right)
    assert RightsNotice.objects.get().user == kari
