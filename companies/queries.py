"""What pages and calls read about companies, people, keys and alarms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from autopay_portal.core.clocks import machine_now
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
    now = machine_now()
    ended = Q(ends_at__isnull=False, ends_at__lte=now)
    keys = SigningKey.objects.filter(company_id=company_id, revoked_at=None).exclude(ended).order_by("-created_at")
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


@dataclass(frozen=True, slots=True)
class AlarmNumbers:
    """Open alarms by kind and severity: how many wait for somebody to take them, and how many are taken."""

    waiting: Mapping[tuple[str, str], int]
    taken: Mapping[tuple[str, str], int]

    @property
    def waiting_in_all(self) -> int:
        """Return how many wait."""
        return sum(self.waiting.values())

    @property
    def taken_in_all(self) -> int:
        """Return how many are taken and not over."""
        return sum(self.taken.values())

    @property
    def red(self) -> int:
        """Return how many of those that wait are red."""
        return sum(count for (_, severity), count in self.waiting.items() if severity == Severity.RED)


def get_alarm_numbers(*, company_id: UUID | None) -> AlarmNumbers:
    """Return how many alarms are open, of one company or (None) of all. One query."""
    found = _alarms_of(company_id).filter(cleared_at=None).order_by()
    counted = found.values_list("code", "severity").annotate(
        waiting=Count("pk", filter=Q(acknowledged_at=None)), taken=Count("pk", filter=Q(acknowledged_at__isnull=False))
    )
    rows = list(counted)
    return AlarmNumbers(
        waiting={(code, severity): waiting for code, severity, waiting, _ in rows if waiting},
        taken={(code, severity): taken for code, severity, _, taken in rows if taken},
    )


@dataclass(frozen=True, slots=True)
class AlarmBadge:
    """What the menu shows: how many alarms wait, and how many of them are red, of a company and of all."""

    company: int
    company_red: int
    central: int
    central_red: int


def get_alarm_badge(*, company_id: UUID | None, central: bool) -> AlarmBadge:
    """Return the menu's numbers, those of all only for who looks for AutoPay Central. One query."""
    waiting = (Alarm.objects if central else _alarms_of(company_id)).filter(cleared_at=None, acknowledged_at=None)
    mine, red = Q(company_id=company_id), Q(severity=Severity.RED)
    return AlarmBadge(
        **waiting.order_by().aggregate(
            company=Count("pk", filter=mine),
            company_red=Count("pk", filter=mine & red),
            central=Count("pk"),
            central_red=Count("pk", filter=red),
        )
    )


@dataclass(frozen=True, slots=True)
class AlarmPlace:
    """Where a page of alarms begins: behind this severity (empty in the history), moment and id."""

    severity: str
    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.severity or '-'}_{self.at.timestamp():.6f}_{self.id}"


def alarm_place_of(text: str) -> AlarmPlace | None:
    """Return the place that an address names, or None for none (what isn't one begins at the start)."""
    severity, _, rest = text.partition("_")
    moment, _, key = rest.partition("_")
    try:
        at = datetime.fromtimestamp(0, tz=UTC) + timedelta(microseconds=round(float(moment) * 1_000_000))
        return AlarmPlace(severity if severity in Severity.values else "", at, UUID(key))
    except (ValueError, OverflowError):
        return None


ALARMS_ON_A_PAGE = 20


def get_alarm_page(
    *, company_id: UUID | None, show: str, code: str = "", severity: str = "", after: AlarmPlace | None = None
) -> tuple[list[Alarm], AlarmPlace | None]:
    """Return alarms of a company or (None) of all, and where the next page begins. One query.

    `show` is "waiting" (nobody has taken them) or "taken", the worst and newest first, or "over", the latest first.
    """
    over = show == "over"
    found = _alarms_of(company_id).filter(cleared_at__isnull=not over)
    if not over:
        found = found.filter(acknowledged_at__isnull=show == "waiting")
    if code:
        found = found.filter(code=code)
    if severity:
        found = found.filter(severity=severity)
    if after is not None:
        found = found.filter(_behind(after, over=over))
    order = ("-cleared_at", "-id") if over else ("-severity", "-raised_at", "-id")
    joined = found.select_related("company", "acknowledged_by", "closed_by").order_by(*order)
    alarms = list(joined[: ALARMS_ON_A_PAGE + 1])
    if len(alarms) <= ALARMS_ON_A_PAGE:
        return alarms, None
    last = alarms[ALARMS_ON_A_PAGE - 1]
    at = last.cleared_at if last.cleared_at is not None else last.raised_at
    return alarms[:ALARMS_ON_A_PAGE], AlarmPlace("" if over else last.severity, at, last.pk)


def _behind(place: AlarmPlace, *, over: bool) -> Q:
    if over:
        return Q(cleared_at__lt=place.at) | Q(cleared_at=place.at, id__lt=place.id)
    same = Q(raised_at__lt=place.at) | Q(raised_at=place.at, id__lt=place.id)
    return Q(severity__lt=place.severity) | Q(severity=place.severity) & same


def get_worst_alarms(*, company_id: UUID | None, most: int) -> list[Alarm]:
    """Return the worst and newest open alarms, taken or not, of a company whose reader was let in, or (None) of all."""
    found = _alarms_of(company_id).filter(cleared_at=None).select_related("company", "acknowledged_by")
    return list(found.order_by("-severity", "-raised_at", "-id")[:most])


def count_alarms_since(*, company_id: UUID | None, since: datetime) -> int:
    """Return how many waiting alarms were raised or made worse after a moment (business time)."""
    return _alarms_of(company_id).filter(cleared_at=None, acknowledged_at=None, last_raised_at__gt=since).count()


def _alarms_of(company_id: UUID | None) -> QuerySet[Alarm]:
    return Alarm.objects.all() if company_id is None else Alarm.objects.filter(company_id=company_id)


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
