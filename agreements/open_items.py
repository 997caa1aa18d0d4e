"""What is still under way on an account, asked of the rooms that move money: nobody converts or closes blindly.

Rooms above register here in `AppConfig.ready`, as money out does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Q, QuerySet

from agreements.models import Agreement


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A payment that isn't final: which, how much (minor units), when it is due, and when its order came."""

    payment_id: UUID
    end_to_end_id: str
    amount: int
    currency: str
    execution_date: date
    creditor_name: str
    status: str
    ordered_at: datetime


@dataclass(frozen=True, slots=True)
class OpenItems:
    """The payments of an account that aren't final: how many, and the first of them by due date."""

    count: int
    items: Sequence[OpenItem]

    def __bool__(self) -> bool:
        return self.count > 0


class Source(Protocol):
    """A room that knows of payments under way."""

    def open_items(
        self, *, agreement_ids: QuerySet[Any], most: int, ordered_before: datetime | None = None
    ) -> OpenItems:
        """Return what isn't final on these agreements; salaries are counted and not listed one by one."""


_sources: list[Source] = []


def register_open_items(source: Source) -> None:
    """Ask this room too."""
    if source not in _sources:
        _sources.append(source)


def open_items_of(
    agreement: Agreement, *, most: int = 100, ordered_before: datetime | None = None, of_shares: bool = True
) -> OpenItems:
    """Return what isn't final on an agreement, and on what it is shared as; `ordered_before` in business time."""
    own = Q(pk=agreement.pk)
    ids = Agreement.objects.filter(own | Q(shared_from=agreement) if of_shares else own).values("pk")
    found = [source.open_items(agreement_ids=ids, most=most, ordered_before=ordered_before) for source in _sources]
    items = sorted((item for each in found for item in each.items), key=lambda item: item.execution_date)
    return OpenItems(count=sum(each.count for each in found), items=items[:most])
