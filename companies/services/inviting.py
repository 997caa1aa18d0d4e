"""Inviting somebody among a customer's users, again, and taking it back before he accepts."""

from uuid import UUID

from django.db import transaction

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError
from companies.actors import Actor
from companies.models import Customer, CustomerMember, Invitation, Language
from companies.services import invitations
from companies.services.administrators import find_member
from companies.services.audit import record_audit
from companies.services.holdings import is_valid_email
from companies.services.locking import lock_customer


@transaction.atomic
def invite_member(*, customer: Customer, email: str, name: str, language: Language, actor: Actor) -> CustomerMember:
    """Put somebody among a customer's users and write him an invitation; he is one when he has accepted it.

    Whether there is a user of this address at another customer changes nothing that can be seen. Raises DomainError
    (422) `email_invalid`, `field_missing`; ConflictError `member_exists` (409) for who is among the users already.
    """
    address, called = email.strip().lower(), " ".join(name.split())
    if not is_valid_email(address):
        raise DomainError("email_invalid", params={"email": email[:254]})
    if not called:
        raise DomainError("field_missing", params={"field": "name"})
    lock_customer(customer.pk)
    if CustomerMember.objects.filter(customer=customer, email=address).exists():
        raise ConflictError("member_exists", params={"email": address})
    member = CustomerMember.objects.create(
        customer=customer, email=address, name=called[:150], language=language, invited_by_id=actor.user_id,
        invited_at=machine_now(),
    )  # fmt: skip
    invitations.invite(customer_id=customer.pk, email=address, name=member.name, language=language, actor=actor)
    record_audit(
        company_id=None,
        actor=actor,
        action="member.invited",
        subject_kind="member",
        subject_id=member.pk,
        details={"customer": str(customer.pk)},
        personal={"email": address, "name": called},
    )
    return member


@transaction.atomic
def invite_again(*, customer_id: UUID, member_id: UUID, actor: Actor) -> CustomerMember:
    """Write somebody who hasn't accepted yet a new invitation; the link before ends. What is ticked for him stays.

    Raises NotFoundError; ConflictError `member_accepted` (409).
    """
    member = find_member(customer_id=customer_id, member_id=member_id, actor=actor)
    if member.user_id is not None:
        raise ConflictError("member_accepted", params={"name": member.name})
    invitations.invite(
        customer_id=customer_id, email=member.email, name=member.name, language=member.language, actor=actor
    )
    member.invited_at = machine_now()
    member.save(update_fields=["invited_at"])
    return member


def withdraw_invitation(*, member: CustomerMember, actor: Actor) -> None:
    """End the link of somebody who hasn't accepted; the customer's lock is held."""
    sent = Invitation.objects.filter(
        customer_id=member.customer_id, email=member.email, accepted_at=None, withdrawn_at=None
    )
    for each in sent:
        invitations.withdraw(invitation_id=each.pk, customer_id=member.customer_id, actor=actor)
