"""Keyset paging over time-ordered ids: newest first, a page costs the same however far back it is."""

from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Model, QuerySet

from .errors import DomainError, ErrorDetail

DEFAULT_LIMIT = 100
MOST = 500

_M = TypeVar("_M", bound=Model)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What a reader asked for: how many, and behind which id."""

    limit: int
    before: UUID | None


def page_request(parameters: Any) -> PageRequest:
    """Return the page that a query string (`limit`, `before`) asks for.

    Raises DomainError `request_invalid` with pointers for values that are no limit or no id.
    """
    limit_text, before_text = parameters.get("limit", ""), parameters.get("before", "")
    limit = int(limit_text) if limit_text.isascii() and limit_text.isdigit() else DEFAULT_LIMIT
    if limit_text and not (limit_text.isascii() and limit_text.isdigit() and limit > 0):
        raise _invalid("limit", limit_text)
    try:
        before = UUID(before_text) if before_text else None
    except ValueError:
        raise _invalid("before", before_text) from None
    return PageRequest(limit=min(limit, MOST), before=before)


def newest_first(queryset: QuerySet[_M], page: PageRequest) -> tuple[list[_M], UUID | None]:
    """Return a page of `queryset`, newest id first, and the id that the next page begins behind."""
    if page.before is not None:
        queryset = queryset.filter(pk__lt=page.before)
    found = list(queryset.order_by("-pk")[: page.limit + 1])
    if len(found) > page.limit:
        return found[: page.limit], found[page.limit - 1].pk
    return found, None


def next_url(base: str, parameters: Any, before: UUID | None) -> str | None:
    """Return the absolute address of the next page with the same filters, or None at the end."""
    if before is None:
        return None
    kept = {name: value for name, value in parameters.items() if name != "before"}
    return f"{base}?{urlencode({**kept, 'before': str(before)})}"


def _invalid(name: str, value: str) -> DomainError:
    detail = ErrorDetail("request_invalid", {"reason": f"{name}={value[:40]}"}, pointer=f"?{name}")
    return DomainError("request_invalid", params=detail.params, errors=[detail], status=400)
