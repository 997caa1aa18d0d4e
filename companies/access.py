"""What a user may do in a company: the one place every query and every id from a request goes through."""

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import CharField, Q, QuerySet, Value

from autopay_portal.core.errors import NotFoundError
from companies.errors import UserLacksRoleError
from companies.models import Company, Customer, CustomerAdministrator, Operator, Role, RoleGrant, SalaryAccess, User

__all__ = [
    "PERMISSIONS",
    "Permission",
    "Role",
    "access_company",
    "access_customer",
    "access_with_permissions",
    "administered_customer",
    "administered_customers",
    "as_uuid",
    "companies_visible_to",
    "company_with_customer",
    "is_operator",
    "may_see_salary",
    "permissions_in",
    "roles_in",
    "users_of_company",
]


class Permission(Enum):
    READ = "read"
    SEND = "send"
    CANCEL = "cancel"
    FOLLOW_FEED = "follow_feed"
    LEASE = "lease"
    ADMINISTER_LEDGER = "administer_ledger"
    APPROVE = "approve"
    RELEASE_HELD = "release_held"
    AGREEMENTS = "agreements"
    WEBHOOKS = "webhooks"
    SEE_KEYS = "see_keys"
    TAKE_ALARMS = "take_alarms"
    PAUSE = "pause"
    OPERATE = "operate"


_SENDS = frozenset({Permission.READ, Permission.SEND, Permission.CANCEL, Permission.TAKE_ALARMS})
_TRANSFERS = _SENDS | {Permission.FOLLOW_FEED, Permission.LEASE}
_ADMINISTERS = _TRANSFERS | {
    Permission.ADMINISTER_LEDGER,
    Permission.RELEASE_HELD,
    Permission.AGREEMENTS,
    Permission.WEBHOOKS,
    Permission.SEE_KEYS,
    Permission.PAUSE,
}

PERMISSIONS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Permission.READ}),
        Role.UPLOADER: _SENDS,
        Role.FILE_TRANSFER: _TRANSFERS,
        Role.APPROVER: frozenset(
            {Permission.READ, Permission.APPROVE, Permission.RELEASE_HELD, Permission.TAKE_ALARMS}
        ),
        Role.AUTOPAY_ADMINISTRATOR: _ADMINISTERS,
        Role.CUSTOMER_ADMINISTRATOR: _ADMINISTERS,
        # Operators see everything but salary names and signing keys, and move nobody's money.
        Role.OPERATOR: frozenset({Permission.READ, Permission.OPERATE, Permission.TAKE_ALARMS, Permission.PAUSE}),
    }
)


_Answer = TypeVar("_Answer")


def _once(user: User | AnonymousUser, key: tuple[str, object], ask: Callable[[], _Answer]) -> _Answer:
    """Return what `ask` does, asked once where `core.middleware.ReadingMiddleware` says that a request only reads.

    Nothing changes within such a request, so its first answer is as fresh as its last; one that changes something asks
    each time anew, under its locks.
    """
    known = getattr(user, "known_while_reading", None)
    if known is None:
        return ask()
    if key not in known:
        known[key] = ask()
    answer: _Answer = known[key]
    return answer


def is_operator(*, user: User | AnonymousUser) -> bool:
    """Return whether the user is an active operator (AutoPay Central)."""
    return user.is_active and _once(
        user, ("operator", user.pk), lambda: Operator.objects.filter(user_id=user.pk).exists()
    )


def companies_visible_to(*, user: User | AnonymousUser) -> QuerySet[Company]:
    """Return the companies a user may see at all: every query of a page or a call starts from these."""
    if not user.is_active:
        return Company.objects.none()
    if is_operator(user=user):
        return Company.objects.all()
    granted = RoleGrant.objects.filter(user_id=user.pk).values("company_id")
    administered = CustomerAdministrator.objects.filter(user_id=user.pk).values("customer_id")
    return Company.objects.filter(Q(pk__in=granted) | Q(customer_id__in=administered))


def roles_in(*, user: User | AnonymousUser, company_id: UUID) -> frozenset[Role]:
    """Return the user's roles in one company, the customer's and the operator's among them, in one query."""
    if not user.is_active:
        return frozenset()
    user_id = user.pk
    return _once(user, ("roles", company_id), lambda: _roles_in(user_id, company_id))


def _roles_in(user_id: UUID | None, company_id: UUID) -> frozenset[Role]:
    if user_id is None:
        return frozenset()
    granted = RoleGrant.objects.filter(user_id=user_id, company_id=company_id).values_list("role")
    administrator = CustomerAdministrator.objects.filter(user_id=user_id, customer__companies=company_id).values_list(
        Value(Role.CUSTOMER_ADMINISTRATOR.value, output_field=CharField())
    )
    operator = Operator.objects.filter(user_id=user_id).values_list(
        Value(Role.OPERATOR.value, output_field=CharField())
    )
    return frozenset(Role(role) for (role,) in granted.union(administrator, operator))


def permissions_in(*, user: User | AnonymousUser, company_id: UUID) -> frozenset[Permission]:
    """Return everything the user may do in one company: what any of his roles there allows."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles_in(user=user, company_id=company_id)))


def access_company(*, user: User | AnonymousUser, company_id: UUID | str, permission: Permission) -> Company:
    """Return the company that a request names, if the user may do `permission` in it.

    Raises NotFoundError when he has no role in it or it doesn't exist (worded alike), UserLacksRoleError
    when he has one that doesn't allow this.
    """
    return access_with_permissions(user=user, company_id=company_id, permission=permission)[0]


def access_with_permissions(
    *, user: User | AnonymousUser, company_id: UUID | str, permission: Permission
) -> tuple[Company, frozenset[Permission]]:
    """Return what `access_company` does, and everything that the user may do there, in two queries."""
    asked = as_uuid(company_id)
    roles = roles_in(user=user, company_id=asked)
    # An operator has his role everywhere, so that there is such a company must be asked too.
    company = company_with_customer(user=user, company_id=asked) if roles else None
    if company is None:
        raise NotFoundError()
    permissions = frozenset[Permission]().union(*(PERMISSIONS[role] for role in roles))
    if permission not in permissions:
        raise UserLacksRoleError()
    return company, permissions


def company_with_customer(*, user: User | AnonymousUser, company_id: UUID) -> Company | None:
    """Return a company and its customer, whoever may see it: for who has asked `roles_in` before."""
    found = Company.objects.filter(pk=company_id).select_related("customer")
    return _once(user, ("company", company_id), found.first)


def administered_customer(*, user: User | AnonymousUser, customer_id: UUID) -> Customer | None:
    """Return a customer if the user administers it."""
    return _once(user, ("customer", customer_id), administered_customers(user=user).filter(pk=customer_id).first)


def administered_customers(*, user: User | AnonymousUser) -> QuerySet[Customer]:
    """Return the customers that the user administers; every query of a customer's page starts from one of these."""
    if not user.is_active:
        return Customer.objects.none()
    return Customer.objects.filter(administrators__user_id=user.pk)


def access_customer(*, user: User | AnonymousUser, customer_id: UUID | str) -> Customer:
    """Return the customer that a request names, if the user administers it.

    Raises NotFoundError when he doesn't or it doesn't exist (worded alike); also for an operator, who administers
    nobody's companies and users.
    """
    customer = administered_customer(user=user, customer_id=as_uuid(customer_id))
    if customer is None:
        raise NotFoundError()
    return customer


def may_see_salary(*, user: User | AnonymousUser, company_id: UUID) -> bool:
    """Return whether the user may see salary names and amounts in a company.

    It takes the right itself and a role in the company; an operator never may, even with a row.
    """
    roles = roles_in(user=user, company_id=company_id)
    if user.pk is None or not roles or Role.OPERATOR in roles:
        return False
    held = SalaryAccess.objects.filter(user_id=user.pk, company_id=company_id)
    return _once(user, ("salary", company_id), held.exists)


def users_of_company(*, company: Company) -> QuerySet[User]:
    """Return the active users with a role in a company or in its customer; operators are not among them."""
    granted = RoleGrant.objects.filter(company=company).values("user_id")
    administrators = CustomerAdministrator.objects.filter(customer_id=company.customer_id).values("user_id")
    return User.objects.filter(Q(pk__in=granted) | Q(pk__in=administrators), is_active=True)


def as_uuid(text: UUID | str) -> UUID:
    """Return the id a request names; what isn't the form of an id is NotFoundError, as an unknown one is."""
    if isinstance(text, UUID):
        return text
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError() from None
