"""A leaver: one action that ends everything a person has at a customer."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError
from companies.actors import Actor
from companies.models import (
    SEE_SALARY,
    Company,
    CustomerMember,
    Employee,
    Operator,
    RightsNotice,
    RoleGrant,
    SalaryAccess,
    User,
)
from companies.services.administrators import (
    end_administration,
    find_member,
    is_administrator,
    propose_removal,
    refuse_last,
)
from companies.services.audit import record_audit
from companies.services.inviting import withdraw_invitation


@transaction.atomic
def end_membership(*, customer_id: UUID, member_id: UUID, actor: Actor) -> bool:
    """End a person at a customer: roles, salary, employee links; what he has at other customers stays.

    Returns whether he is gone. An administrator's roles end at once, but that he administers ends when somebody else
    confirms it, or AutoPay Central; False until then. His sessions end if he is at no other customer. Raises
    NotFoundError; ConflictError `last_administrator` (409).
    """
    member = find_member(customer_id=customer_id, member_id=member_id, actor=actor)
    administers = is_administrator(member)
    if administers:
        refuse_last(member)
    if administers and member.user_id != actor.user_id:
        _end_rights(member, actor)
        _propose_removal(member, actor)
        return False
    end_everything(member=member, actor=actor)
    return True


def _propose_removal(member: CustomerMember, actor: Actor) -> None:
    """Propose that a leaver no longer administers; where that waits already it stands, and his rights still end."""
    try:
        with transaction.atomic():
            propose_removal(customer_id=member.customer_id, member_id=member.pk, actor=actor, leaves=True)
    except ConflictError as error:
        if error.code != "proposal_open":
            raise


def end_everything(*, member: CustomerMember, actor: Actor) -> None:
    """End all that a member has at his customer, and that he is one; the customer's lock is held."""
    if is_administrator(member):
        end_administration(member=member, actor=actor)
    _end_rights(member, actor)
    user, customer_id = member.user, member.customer_id
    if user is None:
        withdraw_invitation(member=member, actor=actor)
    subject = ("user", user.pk) if user else ("member", member.pk)
    member.delete()
    record_audit(
        company_id=None,
        actor=actor,
        action="member.left",
        subject_kind=subject[0],
        subject_id=subject[1],
        details={"customer": str(customer_id)},
    )
    if user is not None and not is_elsewhere(user=user, customer_id=customer_id):
        end_sessions(user=user)


def is_elsewhere(*, user: User, customer_id: UUID) -> bool:
    """Return whether a user has something to do outside a customer: at another, or at AutoPay Central."""
    elsewhere = CustomerMember.objects.filter(user=user).exclude(customer_id=customer_id).values("user_id")
    operates = Operator.objects.filter(user=user).values("user_id")
    return elsewhere.union(operates).exists()


def end_sessions(*, user: User) -> int:
    """Sign a user out everywhere, and return of how many sessions. Sessions don't say whose they are but inside."""
    live = Session.objects.filter(expire_date__gt=machine_now()).iterator(chunk_size=500)
    ended = [each.pk for each in live if each.get_decoded().get("_auth_user_id") == str(user.pk)]
    Session.objects.filter(pk__in=ended).delete()
    return len(ended)


def _end_rights(member: CustomerMember, actor: Actor) -> None:
    """End a member's rights in all companies of the customer, with one event in each company's audit."""
    member.waiting_grants.all().delete()
    user = member.user
    if user is None:
        return
    ended = _rights_by_company(member)
    companies = Company.objects.filter(customer_id=member.customer_id)
    companies.filter(posting_employee__user=user).update(posting_employee=None)
    RoleGrant.objects.filter(company__in=companies, user=user).delete()
    SalaryAccess.objects.filter(company__in=companies, user=user).delete()
    Employee.objects.filter(company__in=companies, user=user).delete()
    RightsNotice.objects.filter(customer_id=member.customer_id, user=user).delete()
    # In the order of their ids, as all who lock several chains.
    for company_id in sorted(ended):
        record_audit(
            company_id=company_id,
            actor=actor,
            action="rights.ended",
            subject_kind="user",
            subject_id=user.pk,
            details={"rights": ended[company_id]},
        )


def _rights_by_company(member: CustomerMember) -> Mapping[UUID, list[str]]:
    found: dict[UUID, list[str]] = defaultdict(list)
    held = {"user_id": member.user_id, "company__customer_id": member.customer_id}
    for company_id, role in RoleGrant.objects.filter(**held).order_by("role").values_list("company_id", "role"):
        found[company_id].append(role)
    for company_id in SalaryAccess.objects.filter(**held).values_list("company_id", flat=True):
        found[company_id].append(SEE_SALARY)
    for company_id in Employee.objects.filter(**held).values_list("company_id", flat=True):
        found[company_id].append("employee")
    return found
