"""What the list of remittances shows, and the list of orders that were refused at the door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from agreements.models import Agreement, Kind
from autopay_portal.core.clocks import OSLO
from autopay_portal.core.paging import PageRequest, newest_first

from ..models import Approval, Refusal, Remittance
from ..standing import Standing, WhoActs, standing_of, who_acts
from . import payments_of, remittances_of


@dataclass(frozen=True, slots=True)
class RemittanceFilter:
    """What a reader asks the list for; days are Norwegian, both included."""

    status: str = ""
    agreement: UUID | None = None
    first: date | None = None
    last: date | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class RemittanceRow:
    """A remittance as a list shows it."""

    remittance: Remittance
    standing: Standing
    turn: WhoActs
    approvals_given: int
    # How many of its payments are paid on the bank's word alone.
    debits_to_come: int

    @property
    def totals(self) -> list[tuple[int, str]]:
        """Return the sums in minor units with their currencies."""
        return sums_of(self.remittance.totals)


def sums_of(totals: Mapping[str, int]) -> list[tuple[int, str]]:
    """Return a remittance's sums by currency in a fixed order."""
    return [(minor, currency) for currency, minor in sorted(totals.items())]


def get_remittance_page(
    page: PageRequest, *, company_id: UUID, sees_salary: bool, wanted: RemittanceFilter
) -> tuple[list[RemittanceRow], UUID | None]:
    """Return remittances, newest first, and where the next page begins. One query."""
    found = _narrowed(
        with_approvals(remittances_of(company_id=company_id)), company_id, wanted, sees_salary=sees_salary
    )
    remittances, following = newest_first(found, page)
    return [row_of(remittance) for remittance in remittances], following


def row_of(remittance: Remittance) -> RemittanceRow:
    """Return a remittance of `with_approvals` as a row; free of queries."""
    given = getattr(remittance, "approvals_given", 0)
    to_come = getattr(remittance, "debits_to_come", 0)
    return RemittanceRow(remittance, standing_of(remittance.counts), who_acts(remittance), given, to_come)


def with_approvals(found: QuerySet[Remittance]) -> QuerySet[Remittance]:
    """Return `found` with `approvals_given`: how many distinct people's approvals stand."""
    standing = Approval.objects.filter(
        remittance=OuterRef("pk"),
        decision=Approval.Decision.APPROVED,
        voided_at__isnull=True,
        content_hash=OuterRef("content_hash"),
    ).order_by()
    counted = standing.values("remittance").annotate(given=Count("user", distinct=True)).values("given")
    return found.annotate(approvals_given=Coalesce(Subquery(counted), 0))


def _narrowed(
    found: QuerySet[Remittance], company_id: UUID, wanted: RemittanceFilter, *, sees_salary: bool
) -> QuerySet[Remittance]:
    if wanted.status:
        found = found.filter(status=wanted.status)
    if wanted.agreement:
        found = found.filter(agreement_id=wanted.agreement)
    if wanted.first:
        found = found.filter(created_at__gte=_midnight(wanted.first))
    if wanted.last:
        found = found.filter(created_at__lt=_midnight(wanted.last + timedelta(days=1)))
    if wanted.text:
        payments = payments_of(company_id=company_id, sees_salary=sees_salary).filter(end_to_end_id=wanted.text)
        found = found.filter(Q(message_id=wanted.text) | Q(pk__in=payments.values("remittance_id")))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), OSLO)


def get_remittance_agreements(*, company_id: UUID) -> list[Agreement]:
    """Return the agreements that a company's remittances may be of, for the filter."""
    return list(Agreement.objects.filter(company_id=company_id, kind=Kind.REMITTANCE).order_by("number"))


def get_refusal_page(page: PageRequest, *, company_id: UUID) -> tuple[list[Refusal], UUID | None]:
    """Return the orders that were refused, newest first, with who sent them, and where the next page begins."""
    return newest_first(Refusal.objects.filter(company_id=company_id).select_related("user"), page)


def count_refusals(*, company_id: UUID, since: datetime) -> int:
    """Return how many orders were refused since a moment (machine time)."""
    return Refusal.objects.filter(company_id=company_id, refused_at__gte=since).count()
