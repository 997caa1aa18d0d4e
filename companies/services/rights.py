"""What a customer's users may do in its companies: the ticks of the grid, and those that take two administrators."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import connection, transaction

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import DomainError, NotFoundError
from autopay_portal.core.ids import uuid7
from companies.actors import Actor
from companies.models import (
    RIGHTS,
    SEE_SALARY,
    Company,
    CustomerMember,
    Proposal,
    ProposalState,
    Role,
    RoleGrant,
    SalaryAccess,
    WaitingGrant,
)
from companies.services.administering import is_administered_by
from companies.services.audit import record_audit
from companies.services.holdings import give, take
from companies.services.locking import lock_customer
from companies.services.proposals.proposing import propose

GRANT_RIGHT = "grant_right"
# Ten ticks within this time are one mail.
GATHER_MAIL = timedelta(minutes=5)
Outcome = Literal["given", "taken", "proposed", "already_proposed", "changed_by_another"]


@dataclass(frozen=True, slots=True)
class Change:
    """What came of one tick; `by` names who proposed or changed it before."""

    right: str
    outcome: Outcome
    by: str = ""


@transaction.atomic
def set_rights(
    *, customer_id: UUID, member_id: UUID, company_id: UUID, wanted: frozenset[str], seen: frozenset[str], actor: Actor
) -> list[Change]:
    """Give and take what differs between the ticks that an administrator saw and those he wants, in one company.

    Only those are touched: another's change of another tick stands. One that another administrator has changed since
    it was seen is left as it is, and said (`changed_by_another`). Making somebody an approver, or oneself one who sees
    salary, takes another administrator (`proposed`). Raises NotFoundError for what isn't the customer's, also when the
    actor no longer administers it; DomainError `role_unknown` (422).
    """
    lock_customer(customer_id)
    member = CustomerMember.objects.select_related("user").filter(customer_id=customer_id, pk=member_id).first()
    company = Company.objects.filter(customer_id=customer_id, pk=company_id).first()
    if member is None or company is None or not is_administered_by(actor, customer_id=customer_id):
        raise NotFoundError()
    if unknown := (wanted | seen) - set(RIGHTS):
        raise DomainError("role_unknown", params={"role": min(unknown)[:40]})
    cell = _Cell(member, company, actor)
    return [cell.change(right, to=right in wanted) for right in RIGHTS if right in wanted ^ seen]


@dataclass(frozen=True, slots=True)
class _Cell:
    member: CustomerMember
    company: Company
    actor: Actor

    def change(self, right: str, *, to: bool) -> Change:
        if holds(member=self.member, company=self.company, right=right) == to:
            return Change(right, "changed_by_another", by=_granted_by(self.member, self.company, right) if to else "")
        if not to:
            withhold(member=self.member, company=self.company, right=right, actor=self.actor)
            return Change(right, "taken")
        return self._propose(right) if self._takes_two(right) else self._give(right)

    def _give(self, right: str) -> Change:
        hold(member=self.member, company=self.company, right=right, actor=self.actor)
        return Change(right, "given")

    def _takes_two(self, right: str) -> bool:
        own = self.member.user_id is not None and self.member.user_id == self.actor.user_id
        return right == Role.APPROVER or (own and right == SEE_SALARY)

    def _propose(self, right: str) -> Change:
        subject = right_subject(member_id=self.member.pk, company_id=self.company.pk, right=right)
        waiting = Proposal.objects.filter(
            kind=GRANT_RIGHT, subject_id=subject, state=ProposalState.OPEN, expires_at__gt=machine_now()
        ).select_related("proposed_by")
        if (standing := waiting.first()) is not None:
            return Change(right, "already_proposed", by=standing.proposed_by.name)
        params = {
            "member": str(self.member.pk),
            "name": self.member.name,
            "email": self.member.email,
            "company": self.company.name,
            "right": right,
        }
        proposal = propose(
            kind=GRANT_RIGHT,
            actor=self.actor,
            customer_id=self.company.customer_id,
            company_id=self.company.pk,
            subject_kind="right",
            subject_id=subject,
            params=params,
        )
        return Change(right, "given" if proposal.state == ProposalState.APPLIED else "proposed")


def right_subject(*, member_id: UUID, company_id: UUID, right: str) -> str:
    """Return the name under which a proposal keeps whose right in which company it is about."""
    return f"{member_id}:{company_id}:{right}"


def holds(*, member: CustomerMember, company: Company, right: str) -> bool:
    """Return whether a member has a right in a company, or will have it when he accepts his invitation."""
    if member.user_id is None:
        return WaitingGrant.objects.filter(member=member, company=company, right=right).exists()
    if right == SEE_SALARY:
        return SalaryAccess.objects.filter(user_id=member.user_id, company=company).exists()
    return RoleGrant.objects.filter(user_id=member.user_id, company=company, role=right).exists()


def hold(*, member: CustomerMember, company: Company, right: str, actor: Actor) -> None:
    """Give a member a right, from when he accepts his invitation if he hasn't; he is told by mail in a few minutes."""
    if member.user is not None:
        note_rights_given(customer_id=member.customer_id, user_id=member.user.pk)
        give(user=member.user, company=company, right=right, actor=actor)
        return
    WaitingGrant.objects.get_or_create(
        member=member, company=company, right=right, defaults={"granted_by_id": actor.user_id}
    )
    _audit_waiting(member, company, right, actor, "role.granted_on_acceptance")


def withhold(*, member: CustomerMember, company: Company, right: str, actor: Actor) -> None:
    """Take a right from a member at once: his next click no longer has it."""
    if member.user is not None:
        take(user=member.user, company=company, right=right, actor=actor)
        return
    WaitingGrant.objects.filter(member=member, company=company, right=right).delete()
    _audit_waiting(member, company, right, actor, "role.revoked")


def note_rights_given(*, customer_id: UUID, user_id: UUID) -> None:
    """Note that a user is to be told of rights: what he is given until the mail goes stands in the same mail."""
    now = machine_now()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO companies_rightsnotice (id, customer_id, user_id, since, due_at)
               VALUES (%s, %s, %s, %s, %s) ON CONFLICT (customer_id, user_id) DO NOTHING""",
            [uuid7(), customer_id, user_id, now, now + GATHER_MAIL],
        )


def right_of(proposal: Proposal) -> tuple[CustomerMember, Company, str] | None:
    """Return whose right in which company a proposal is about, or None when either is gone."""
    params: dict[str, Any] = proposal.params
    members = CustomerMember.objects.select_related("user").filter(customer_id=proposal.customer_id)
    member, company = members.filter(pk=params["member"]).first(), proposal.company
    if member is None or company is None or company.customer_id != proposal.customer_id:
        return None
    return member, company, params["right"]


def _granted_by(member: CustomerMember, company: Company, right: str) -> str:
    """Return the name of who gave a right, empty where nobody's stands with it."""
    return next((name for name in _givers(member, company, right) if name), "")


def _givers(member: CustomerMember, company: Company, right: str) -> Iterator[str | None]:
    if member.user_id is None:
        yield from WaitingGrant.objects.filter(member=member, company=company, right=right).values_list(
            "granted_by__name", flat=True
        )
    elif right == SEE_SALARY:
        yield from company.salary_accesses.filter(user_id=member.user_id).values_list("granted_by__name", flat=True)
    else:
        grants = company.role_grants.filter(user_id=member.user_id, role=right)
        yield from grants.values_list("granted_by__name", flat=True)


def _audit_waiting(member: CustomerMember, company: Company, right: str, actor: Actor, action: str) -> None:
    record_audit(
        company_id=company.pk,
        actor=actor,
        action=action,
        subject_kind="member",
        subject_id=member.pk,
        details={"right": right},
    )
