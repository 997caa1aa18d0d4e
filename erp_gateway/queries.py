"""Reads of the message feed."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any, TypedDict
from uuid import UUID

from companies.models import Company

from .contents import filled
from .models import Message


class MessageItem(TypedDict):
    """A message as the API gives it."""

    sequence: int
    kind: str
    id: str
    created: str
    data: Any


class FeedPage(TypedDict):
    """A piece of the feed, oldest first; `last` is what to ask behind next time."""

    results: list[MessageItem]
    last: int


def feed_page(*, company_id: UUID, after: int, limit: int, sees_salary: bool = False) -> FeedPage:
    """Return the company's next at most `limit` messages behind the number `after`.

    Of salary (a message whose data has `salary`, its count and sum) who may not see it gets no payments.
    """
    found = list(Message.objects.filter(company_id=company_id, sequence__gt=after).order_by("sequence")[:limit])
    data = filled(company_id, [message.kind for message in found], [message.data for message in found])
    results = [_item(message, told, sees_salary=sees_salary) for message, told in zip(found, data, strict=True)]
    return {"results": results, "last": results[-1]["sequence"] if results else after}


def acknowledged_sequence(*, company_id: UUID) -> int:
    """Return the number of the last message that the company's ERP acknowledged."""
    return Company.objects.values_list("acknowledged_sequence", flat=True).get(pk=company_id)


def last_sequences(*, company_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return the number of the last committed message of each company, in one query."""
    return dict(Company.objects.filter(pk__in=list(company_ids)).values_list("pk", "message_sequence"))


def _item(message: Message, data: dict[str, Any], *, sees_salary: bool) -> MessageItem:
    hidden = "salary" in data and not sees_salary
    created = message.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "sequence": message.sequence,
        "kind": message.kind,
        "id": str(message.pk),
        "created": created,
        "data": {**data, "payments": []} if hidden else data,
    }
