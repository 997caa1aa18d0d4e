"""Customer administrators: made and taken off by two, and never the last one."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from autopay_portal.core.errors import ConflictError, NotFoundError
from companies.actors import Actor
from companies.models import CustomerAdministrator, CustomerMember, Proposal, Role
from companies.services.administering import is_administered_by
from companies.services.audit import record_audit
from companies.services.locking import lock_customer
from companies.services.proposals.proposing import others_administer, propose
from companies.services.rights import note_rights_given
from companies.services.users import make_customer_administrator

MAKE_ADMINISTRATOR = "make_administrator"
REMOVE_ADMINISTRATOR = "remove_administrator"


@transaction.atomic
def propose_administrator(*, customer_id: UUID, member_id: UUID, actor: Actor) -> Proposal:
    """Propose to make a member administrator of the customer; the only administrator does it at once.

    Raises NotFoundError; ConflictError (409) `member_not_accepted` while he hasn't accepted his invitation,
    `administrator_already`, `proposal_open`.
    """
    member = find_member(customer_id=customer_id, member_id=member_id, actor=actor)
    if member.user_id is None:
        raise ConflictError("member_not_accepted")
    if is_administrator(member):
        raise ConflictError("administrator_already", params={"name": member.name})
    return _propose(MAKE_ADMINISTRATOR, member, actor)


@transaction.atomic
def propose_removal(*, customer_id: UUID, member_id: UUID, actor: Actor, leaves: bool = False) -> Proposal | None:
    """Propose that a member no longer administers the customer; who steps down himself does it at once (None).

    Another administrator, the one whose part ends among them, or AutoPay Central confirms: of two administrators
    neither gets rid of the other alone. Raises NotFoundError; ConflictError (409) `last_administrator`,
    `proposal_open`.
    """
    member = find_member(customer_id=customer_id, member_id=member_id, actor=actor)
    if not is_administrator(member):
        raise NotFoundError()
    refuse_last(member)
    if member.user_id == actor.user_id:
        end_administration(member=member, actor=actor)
        return None
    return _propose(REMOVE_ADMINISTRATOR, member, actor, leaves=leaves)


def find_member(*, customer_id: UUID, member_id: UUID, actor: Actor) -> CustomerMember:
    """Return a member for somebody who administers the customer, whose lock is held from here. Raises NotFoundError."""
    lock_customer(customer_id)
    member = CustomerMember.objects.select_related("user").filter(customer_id=customer_id, pk=member_id).first()
    if member is None or not is_administered_by(actor, customer_id=customer_id):
        raise NotFoundError()
    return member


def is_administrator(member: CustomerMember) -> bool:
    """Return whether a member administers his customer."""
    return member.user_id is not None and _held(member).exists()


def _held(member: CustomerMember) -> QuerySet[CustomerAdministrator]:
    return CustomerAdministrator.objects.filter(customer_id=member.customer_id, user=member.user)


def refuse_last(member: CustomerMember) -> None:
    """Refuse to end the part of a customer's last active administrator; the customer's lock is held."""
    if member.user_id is not None and not others_administer(customer_id=member.customer_id, user_id=member.user_id):
        raise ConflictError("last_administrator")


def begin_administration(*, member: CustomerMember, actor: Actor) -> None:
    """Make a member administrator, as confirmed."""
    if member.user is None:
        raise ConflictError("member_not_accepted")
    note_rights_given(customer_id=member.customer_id, user_id=member.user.pk)
    make_customer_administrator(user=member.user, customer=member.customer, actor=actor)


def end_administration(*, member: CustomerMember, actor: Actor) -> None:
    """End a member's part as administrator. Raises ConflictError `last_administrator`."""
    refuse_last(member)
    if _held(member).delete()[0]:
        record_audit(
            company_id=None,
            actor=actor,
            action="role.revoked",
            subject_kind="user",
            subject_id=str(member.user_id),
            details={"right": Role.CUSTOMER_ADMINISTRATOR.value, "customer": str(member.customer_id)},
        )


def _propose(kind: str, member: CustomerMember, actor: Actor, **more: bool) -> Proposal:
    return propose(
        kind=kind,
        actor=actor,
        customer_id=member.customer_id,
        subject_kind="member",
        subject_id=member.pk,
        params={"member": str(member.pk), "name": member.name, "email": member.email, **more},
    )
