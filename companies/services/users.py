"""Users and the roles they are given."""

from django.db import IntegrityError, transaction

from autopay_portal.core.errors import ConflictError, DomainError
from companies.actors import Actor
from companies.models import (
    COMPANY_ROLES,
    SEE_SALARY,
    Company,
    Customer,
    CustomerAdministrator,
    Language,
    Operator,
    Role,
    RoleGrant,
    SalaryAccess,
    User,
)
from companies.services.audit import record_audit
from companies.services.holdings import audit_right, give, is_valid_email, take
from companies.services.members import ensure_member


@transaction.atomic
def create_user(
    *, email: str, name: str, actor: Actor, password: str | None = None, language: Language = Language.NB
) -> User:
    """Make a user who signs in with an e-mail address; without a password he can't sign in until he sets one.

    Raises DomainError `email_invalid` (422) unless the address is printable ASCII, since it stands in a
    signed header; ConflictError `email_taken` (409), letter case ignored.
    """
    address = email.strip().lower()
    if not is_valid_email(address):
        raise DomainError("email_invalid", params={"email": email[:254]})
    user = User(email=address, name=name, language=language)
    if password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        if not User.objects.filter(email=address).exists():
            raise
        raise ConflictError("email_taken", params={"email": address}) from None
    record_audit(
        company_id=None,
        actor=actor,
        action="user.created",
        subject_kind="user",
        subject_id=user.pk,
        personal={"email": address, "name": name},
    )
    return user


@transaction.atomic
def set_password(*, user: User, password: str, actor: Actor) -> None:
    """Give a user a new password; what he has signed in with before ends, as its sessions are bound to the old one."""
    user.set_password(password)
    user.save(update_fields=["password"])
    record_audit(company_id=None, actor=actor, action="user.password_set", subject_kind="user", subject_id=user.pk)


@transaction.atomic
def grant_role(*, user: User, company: Company, role: Role, actor: Actor) -> RoleGrant:
    """Give a user a role in a company; one he has stays as it is. Raises DomainError `role_unknown` (422)."""
    if role not in COMPANY_ROLES:
        raise DomainError("role_unknown", params={"role": str(role)})
    ensure_member(user=user, customer_id=company.customer_id)
    give(user=user, company=company, right=role, actor=actor)
    return RoleGrant.objects.get(user=user, company=company, role=role)


@transaction.atomic
def revoke_role(*, user: User, company: Company, role: Role, actor: Actor) -> bool:
    """Take a role in a company from a user; return whether he had it."""
    return take(user=user, company=company, right=role, actor=actor)


@transaction.atomic
def make_customer_administrator(*, user: User, customer: Customer, actor: Actor) -> CustomerAdministrator:
    """Make a user administrator of a customer, and so of all its companies."""
    ensure_member(user=user, customer_id=customer.pk)
    row, new = CustomerAdministrator.objects.get_or_create(
        user=user, customer=customer, defaults={"granted_by_id": actor.user_id}
    )
    if new:
        record_audit(
            company_id=None,
            actor=actor,
            action="role.granted",
            subject_kind="user",
            subject_id=user.pk,
            details={"right": Role.CUSTOMER_ADMINISTRATOR.value, "customer": str(customer.pk)},
        )
    return row


@transaction.atomic
def make_operator(*, user: User, actor: Actor) -> Operator:
    """Make a user an operator (AutoPay Central)."""
    row, new = Operator.objects.get_or_create(user=user)
    if new:
        audit_right(company_id=None, user=user, actor=actor, action="role.granted", right=Role.OPERATOR)
    return row


@transaction.atomic
def grant_salary_access(*, user: User, company: Company, actor: Actor) -> SalaryAccess:
    """Give a user the right to see salary names and amounts in a company."""
    ensure_member(user=user, customer_id=company.customer_id)
    give(user=user, company=company, right=SEE_SALARY, actor=actor)
    return SalaryAccess.objects.get(user=user, company=company)


@transaction.atomic
def revoke_salary_access(*, user: User, company: Company, actor: Actor) -> bool:
    """Take the right to see salary in a company from a user; return whether he had it."""
    return take(user=user, company=company, right=SEE_SALARY, actor=actor)
