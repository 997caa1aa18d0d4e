"""What pages and calls read about money in."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.dateparse import parse_date

from autopay_portal.core.errors import DomainError, ErrorDetail

from .models import IncomingPayment


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


def _day(text: str) -> Any:
    try:
        return parse_date(text[:10])
    except ValueError:
        return None


def _invalid(name: str, value: str) -> DomainError:
    detail = ErrorDetail("request_invalid", {"reason": f"{name}={value[:60]}"}, pointer=f"?{name}")
    return DomainError("request_invalid", params=detail.params, errors=[detail], status=400)
