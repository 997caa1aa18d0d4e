"""Who is among a customer's users: invited, accepted, and what he gets the moment he accepts."""

from uuid import UUID

from django.db import transaction

from autopay_portal.core.clocks import machine_now
from companies.actors import Actor
from companies.models import Company, CustomerMember, User, WaitingGrant
from companies.services.audit import record_audit
from companies.services.holdings import give
from companies.services.locking import lock_customer


def ensure_member(*, user: User, customer_id: UUID) -> None:
    """Note that a user is among a customer's users; one who is already stays as he is. Call it in a transaction."""
    known = CustomerMember.objects.filter(customer_id=customer_id, user=user)
    if known.exists():
        return
    now = machine_now()
    invited = CustomerMember(
        customer_id=customer_id, user=user, email=user.email, name=user.name, language=user.language,
        invited_at=now, accepted_at=now,
    )  # fmt: skip
    CustomerMember.objects.bulk_create([invited], ignore_conflicts=True)


@transaction.atomic
def accept_membership(*, customer_id: UUID, user: User) -> CustomerMember | None:
    """Make a user who accepted an invitation a member, and give him the rights that waited for it.

    Returns None where nobody has invited his address, or he was taken off the users again.
    """
    lock_customer(customer_id)
    invited = CustomerMember.objects.filter(customer_id=customer_id, email=user.email, user=None).first()
    if invited is None:
        return CustomerMember.objects.filter(customer_id=customer_id, user=user).first()
    waiting = list(WaitingGrant.objects.filter(member=invited).select_related("company"))
    WaitingGrant.objects.filter(member=invited).delete()
    member = _become_user(invited, user)
    record_audit(
        company_id=None,
        actor=Actor.user(user),
        action="member.accepted",
        subject_kind="user",
        subject_id=user.pk,
        details={"customer": str(customer_id)},
    )
    for grant in waiting:
        # A company that went to another customer meanwhile takes no right along.
        if grant.company.customer_id == customer_id:
            give(user=user, company=grant.company, right=grant.right, granted_by=grant.granted_by_id,
                 actor=Actor.user(user))  # fmt: skip
    return member


def _become_user(invited: CustomerMember, user: User) -> CustomerMember:
    known = CustomerMember.objects.filter(customer_id=invited.customer_id, user=user).first()
    if known is not None:
        invited.delete()
        return known
    invited.user, invited.accepted_at = user, machine_now()
    invited.email, invited.name, invited.language = user.email, user.name, user.language
    invited.save(update_fields=["user", "accepted_at", "email", "name", "language"])
    return invited


def keep_members(*, company: Company) -> None:
    """Put everybody with a right in a company among its customer's users: for a company that changed customers."""
    rights = (company.role_grants, company.salary_accesses, company.employees)
    people = {user_id for held in rights for user_id in held.values_list("user_id", flat=True)}
    for user in User.objects.filter(pk__in=people):
        ensure_member(user=user, customer_id=company.customer_id)
