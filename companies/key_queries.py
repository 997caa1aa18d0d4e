"""What the pages of signing keys and of a company's administration read: never a secret."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from autopay_portal.core.clocks import machine_now
from companies.access import PERMISSIONS, Permission
from companies.models import Company, CustomerAdministrator, Employee, ErpUser, Role, RoleGrant, SigningKey
from companies.services.keys import still_live

ON_A_PAGE = 50
MOST_SHOWN = 100
HISTORY_SHOWN = 20


@dataclass(frozen=True, slots=True)
class CompanyKeys:
    """A company in the list, with its live keys, the newest first."""

    company: Company
    keys: Sequence[SigningKey]

    @property
    def last_signed(self) -> SigningKey | None:
        """Return the key that signed last."""
        return last_signed(self.keys)


@dataclass(frozen=True, slots=True)
class ErpUserRow:
    """An AutoPay user name that has signed in a company, and what it may now; nothing: then it is refused."""

    use: ErpUser
    roles: Sequence[Role]

    @property
    def refused(self) -> bool:
        """Return whether a request in this name is refused now."""
        return not self.roles

    @property
    def may_send_and_fetch(self) -> bool:
        """Return whether it may do what an ERP does: send, follow the feed, report what is posted."""
        held = frozenset().union(*(PERMISSIONS[role] for role in self.roles)) if self.roles else frozenset()
        return {Permission.SEND, Permission.FOLLOW_FEED, Permission.LEASE} <= held


def last_signed(keys: Sequence[SigningKey]) -> SigningKey | None:
    """Return which of some keys signed last, or None when none ever did."""
    used = [key for key in keys if key.last_used_at is not None]
    return max(used, key=lambda key: key.last_used_at or key.created_at) if used else None


def find_companies(*, customer_id: UUID, text: str, page: int) -> tuple[list[CompanyKeys], bool]:
    """Return a page of a customer's companies by name or number, and whether there are more. Two queries."""
    found = Company.objects.filter(customer_id=customer_id)
    wanted = " ".join(text.replace("\x00", "").split())
    if wanted:
        digits = "".join(sign for sign in wanted if sign.isascii() and sign.isdigit())
        named = Q(name__icontains=wanted)
        found = found.filter(named | Q(org_number__contains=digits) if digits else named)
    begin = (page - 1) * ON_A_PAGE
    companies = list(found.order_by("name", "pk")[begin : begin + ON_A_PAGE + 1])
    shown = companies[:ON_A_PAGE]
    keys = _live_by_company([company.pk for company in shown])
    return [CompanyKeys(company, keys.get(company.pk, ())) for company in shown], len(companies) > ON_A_PAGE


def keys_of(*, company_id: UUID) -> tuple[list[SigningKey], list[SigningKey]]:
    """Return a company's live keys and its ended ones, the newest first. One query."""
    now: datetime = machine_now()
    rows = SigningKey.objects.filter(company_id=company_id).defer("secret_encrypted")
    rows = rows.select_related("created_by", "revoked_by").order_by("-created_at")
    found = list(rows[: HISTORY_SHOWN + 2])
    live = [key for key in found if key.revoked_at is None and (key.ends_at is None or key.ends_at > now)]
    return live, [key for key in found if key not in live][:HISTORY_SHOWN]


def erp_users_of(*, company: Company) -> list[ErpUserRow]:
    """Return who has signed in a company, the last first, with what each may now. Two queries."""
    administers = CustomerAdministrator.objects.filter(customer_id=company.customer_id, user_id=OuterRef("user_id"))
    uses = ErpUser.objects.filter(company=company).select_related("user").annotate(administers=Exists(administers))
    found = list(uses.order_by("-last_used_at", "pk")[:MOST_SHOWN])
    granted: dict[UUID, list[Role]] = defaultdict(list)
    rows = RoleGrant.objects.filter(company=company, user_id__in=[use.user_id for use in found]).order_by("role")
    for user_id, role in rows.values_list("user_id", "role"):
        granted[user_id].append(Role(role))
    return [
        ErpUserRow(use, _roles(use, granted[use.user_id], administers=getattr(use, "administers", False)))
        for use in found
    ]


def employees_of(*, company: Company) -> list[Employee]:
    """Return who is linked to a company as its employee, the longest first."""
    return list(
        Employee.objects.filter(company=company).select_related("user").order_by("linked_at", "id")[:MOST_SHOWN]
    )


def _roles(use: ErpUser, granted: list[Role], *, administers: bool) -> list[Role]:
    if not use.user.is_active:
        return []
    return [*granted, *([Role.CUSTOMER_ADMINISTRATOR] if administers else [])]


def _live_by_company(companies: Sequence[UUID]) -> Mapping[UUID, list[SigningKey]]:
    found: dict[UUID, list[SigningKey]] = defaultdict(list)
    rows = SigningKey.objects.filter(still_live(machine_now()), company_id__in=companies).defer("secret_encrypted")
    for key in rows.order_by("-created_at"):
        found[key.company_id].append(key)
    return found
