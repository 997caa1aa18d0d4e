"""What pages and calls read about money in."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.dateparse import parse_date

from agreements.models import Agreement, Kind
from autopay_portal.core.errors import DomainError, ErrorDetail
from autopay_portal.core.paging import PageRequest, newest_first

from .models import IncomingPayment, Placement

_HELD = Q(ledger_batch__isnull=True) & ~Q(amount=0)


def incoming_payments_of(*, company_id: UUID) -> QuerySet[IncomingPayment]:
    """Return a company's incoming payments."""
    return IncomingPayment.objects.filter(company_id=company_id)


def filter_incoming_payments(found: QuerySet[IncomingPayment], parameters: Any) -> QuerySet[IncomingPayment]:
    """Return `found` narrowed by the contract's filters: kid, matched, booked_after, account.

    Raises DomainError `request_invalid` for a value that is none.
    """
    if kid := parameters.get("kid"):
        found = found.filter(kid=kid)
    if account := parameters.get("account"):
        found = found.filter(account=account)
    if matched := parameters.get("matched"):
        if matched not in {"true", "false"}:
            raise _invalid("matched", matched)
        found = found.filter(matched=matched == "true")
    if after := parameters.get("booked_after"):
        day = _day(after)
        if day is None:
            raise _invalid("booked_after", after)
        found = found.filter(booking_date__gt=day)
    return found


@dataclass(frozen=True, slots=True)
class IncomingFilter:
    """What a reader asks the list for; days are booking dates, both included."""

    kid: str = ""
    placement: str = ""
    account: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class HeldIncoming:
    """What came in and waits to be placed: how many payments, and their sum in minor units."""

    count: int
    minor: int


def get_incoming_page(
    page: PageRequest, *, company_id: UUID, wanted: IncomingFilter
) -> tuple[list[IncomingPayment], UUID | None]:
    """Return incoming payments, the newest first, with batch and file, and where the next page begins. One query."""
    found = incoming_payments_of(company_id=company_id).select_related("ledger_batch", "file")
    if wanted.kid:
        found = found.filter(kid=wanted.kid)
    if wanted.account:
        found = found.filter(account=wanted.account)
    if wanted.first:
        found = found.filter(booking_date__gte=wanted.first)
    if wanted.last:
        found = found.filter(booking_date__lte=wanted.last)
    return newest_first(_placed(found, wanted.placement), page)


def _placed(found: QuerySet[IncomingPayment], placement: str) -> QuerySet[IncomingPayment]:
    if placement == Placement.HELD:
        return found.filter(_HELD)
    if placement == Placement.MATCHED:
        return found.exclude(_HELD).filter(matched=True)
    if placement == Placement.UNPLACED:
        return found.exclude(_HELD).filter(matched=False)
    return found


def get_held_incoming(*, company_id: UUID) -> HeldIncoming:
    """Return what is held. One query."""
    held = incoming_payments_of(company_id=company_id).filter(_HELD).aggregate(n=Count("pk"), minor=Sum("amount"))
    return HeldIncoming(count=held["n"], minor=held["minor"] or 0)


def get_incoming_accounts(*, company_id: UUID) -> list[str]:
    """Return the accounts on which money comes in, for the filter."""
    found = Agreement.objects.filter(company_id=company_id, kind=Kind.INCOMING).order_by("account")
    return list(found.values_list("account", flat=True).distinct())


def count_unmatched(*, company_id: UUID, since: date) -> int:
    """Return how many payments booked since a day came without a KID that says whose they are, held ones apart."""
    booked = incoming_payments_of(company_id=company_id).filter(booking_date__gte=since, matched=False)
    return booked.exclude(_HELD).exclude(amount=0).count()


def get_received_by_day(*, company_id: UUID, first: date, last: date) -> dict[date, int]:
    """Return what came in each day in minor units of NOK, reversals taken off. One query."""
    booked = incoming_payments_of(company_id=company_id).filter(booking_date__range=(first, last), currency="NOK")
    summed = booked.values("booking_date").annotate(minor=Sum("amount")).order_by()
    return {row["booking_date"]: row["minor"] for row in summed}


def _day(text: str) -> Any:
    try:
        return parse_date(text[:10])
    except ValueError:
        return None


def _invalid(name: str, value: str) -> DomainError:
    detail = ErrorDetail("request_invalid", {"reason": f"{name}={value[:60]}"}, pointer=f"?{name}")
    return DomainError("request_invalid", params=detail.params, errors=[detail], status=400)
