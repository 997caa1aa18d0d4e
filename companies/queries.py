"""What pages and calls read about companies, people, keys and alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from companies.access import PERMISSIONS, Permission, companies_visible_to, is_operator, users_of_company
from companies.models import (
    Alarm,
    AuditEvent,
    Company,
    CustomerAdministrator,
    Licence,
    LicenceKind,
    Role,
    RoleGrant,
    Severity,
    SigningKey,
    TermsAcceptance,
    User,
)
from companies.services.audit import chain_name


@dataclass(frozen=True)
class KeyRow:
    """A signing key as a list shows it: never its secret."""

    id: UUID
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class AlarmCount:
    """Open alarms: how many are red, how many amber, how many nobody has acknowledged."""

    red: int
    amber: int
    unacknowledged: int


def find_user_in_company(*, company: Company, email: str) -> User | None:
    """Return the active user of an AutoPay name with a role in a company or its customer, letter case ignored."""
    return users_of_company(company=company).filter(email=email.strip().lower()).first()


def live_signing_keys(*, company_id: UUID) -> list[KeyRow]:
    """Return a company's live keys, the newest first, with when each last signed."""
    keys = SigningKey.objects.filter(company_id=company_id, revoked_at=None).order_by("-created_at")
    return [
        KeyRow(id=key.pk, created_at=key.created_at, last_used_at=key.last_used_at)
        for key in keys.defer("secret_encrypted")
    ]


def users_who_may(*, company: Company, permission: Permission) -> list[User]:
    """Return the active users whose roles in a company allow `permission`, by name; operators are not among them."""
    roles = [role.value for role, allowed in PERMISSIONS.items() if permission in allowed]
    able = Q(pk__in=RoleGrant.objects.filter(company=company, role__in=roles).values("user_id"))
    if Role.CUSTOMER_ADMINISTRATOR in roles:
        able |= Q(pk__in=CustomerAdministrator.objects.filter(customer_id=company.customer_id).values("user_id"))
    return list(User.objects.filter(able, is_active=True).order_by("name", "pk"))


def open_alarms(*, user: User | AnonymousUser, company_id: UUID | None = None) -> QuerySet[Alarm]:
    """Return the open alarms a user may see, red before amber, then the newest: of one company, or of all his.

    Operators also see those that belong to no company.
    """
    alarms = Alarm.objects.filter(cleared_at=None)
    if company_id is not None:
        alarms = alarms.filter(company_id=company_id)
    if not is_operator(user=user):
        alarms = alarms.filter(company__in=companies_visible_to(user=user))
    worst_first = Case(When(severity=Severity.RED, then=Value(0)), default=Value(1), output_field=IntegerField())
    return alarms.select_related("company", "acknowledged_by").order_by(worst_first, "-raised_at", "-id")


def count_open_alarms(*, user: User | AnonymousUser, company_id: UUID | None = None) -> AlarmCount:
    """Return how many open alarms a user may see."""
    counted = (
        open_alarms(user=user, company_id=company_id)
        .order_by()
        .aggregate(
            red=Count("pk", filter=Q(severity=Severity.RED)),
            amber=Count("pk", filter=Q(severity=Severity.AMBER)),
            unacknowledged=Count("pk", filter=Q(acknowledged_at=None)),
        )
    )
    return AlarmCount(**counted)


def missing_licences(*, company: Company) -> Sequence[LicenceKind]:
    """Return the licences that the company's customer lacks."""
    held = set(Licence.objects.filter(customer_id=company.customer_id).values_list("kind", flat=True))
    return [kind for kind in LicenceKind if kind not in held]


def has_accepted_terms(*, company: Company) -> bool:
    """Return whether the company's customer has accepted a version of the terms of service."""
    return TermsAcceptance.objects.filter(customer_id=company.customer_id).exists()


def uses_service(*, company: Company, service: str) -> bool:
    """Return whether a service is switched on for a company."""
    return company.services.filter(service=service).exists()


def audit_events(*, company_id: UUID | None) -> QuerySet[AuditEvent]:
    """Return a company's audit events (the system's for None), the newest first, with the names not yet erased."""
    events = AuditEvent.objects.filter(chain_id=chain_name(company_id)).select_related("personal")
    return events.order_by("-sequence")
