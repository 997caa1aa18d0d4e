"""What somebody holds in a company, as rows: given and taken, with the audit, without asking who may."""

import re
from uuid import UUID

from companies.actors import Actor
from companies.models import SEE_SALARY, Company, RoleGrant, SalaryAccess, User
from companies.services.audit import record_audit

_EMAIL = re.compile(r"[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+", re.ASCII)


def is_valid_email(address: str) -> bool:
    """Return whether one can sign in with an address: printable ASCII, since it stands in a signed header."""
    return _EMAIL.fullmatch(address) is not None and len(address) <= 254


def give(*, user: User, company: Company, right: str, actor: Actor, granted_by: UUID | None = None) -> bool:
    """Give a user a role in a company or the right to see salary, and return whether he hadn't it."""
    by = {"granted_by_id": granted_by or actor.user_id}
    if right == SEE_SALARY:
        _, new = SalaryAccess.objects.get_or_create(user=user, company=company, defaults=by)
    else:
        _, new = RoleGrant.objects.get_or_create(user=user, company=company, role=right, defaults=by)
    if new:
        audit_right(company_id=company.pk, user=user, actor=actor, action="role.granted", right=right)
    return new


def take(*, user: User, company: Company, right: str, actor: Actor) -> bool:
    """Take a role or the right to see salary from a user, and return whether he had it."""
    if right == SEE_SALARY:
        ended, _ = SalaryAccess.objects.filter(user=user, company=company).delete()
    else:
        ended, _ = RoleGrant.objects.filter(user=user, company=company, role=right).delete()
    if ended:
        audit_right(company_id=company.pk, user=user, actor=actor, action="role.revoked", right=right)
    return ended > 0


def audit_right(*, company_id: UUID | None, user: User, actor: Actor, action: str, right: str) -> None:
    """Note in the audit that a right was given or taken."""
    record_audit(
        company_id=company_id,
        actor=actor,
        action=action,
        subject_kind="user",
        subject_id=user.pk,
        details={"right": str(right)},
    )
