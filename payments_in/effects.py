"""What a part of a bank's file did to receipts and their books: counts and sums, for whoever releases it."""

from collections.abc import Callable
from dataclasses import asdict
from uuid import UUID

from django.db.models import Count, Q, Sum

from bank_gateway.takers import Effects, Posted, Received
from bank_gateway.takers import Sum as SumOf
from erp_gateway.ledger.queries import watch_batches

from .models import IncomingPayment

_HELD = Q(ledger_batch__isnull=True) & ~Q(amount=0)
# By company and currency: count and sum of what was stored, and of what of it is held.
_Numbers = dict[tuple[str, str], tuple[int, int, int, int]]


def watch_receipts(*, file_id: UUID) -> Callable[[], Effects]:
    """Return a function that tells what receipts were stored of the file from now on, and what was posted of them."""
    posted = watch_batches(file_id=file_id, kind="incoming")
    before = _numbers(file_id)
    return lambda: Effects(
        received=_more(before, _numbers(file_id)), posted=tuple(Posted(**asdict(each)) for each in posted())
    )


def _numbers(file_id: UUID) -> _Numbers:
    of_file = IncomingPayment.objects.filter(file_id=file_id).values("company__name", "currency")
    counted = of_file.annotate(
        n=Count("pk"),
        minor=Sum("amount"),
        n_held=Count("pk", filter=_HELD),
        minor_held=Sum("amount", filter=_HELD, default=0),
    ).order_by("company__name", "currency")
    return {
        (row["company__name"], row["currency"]): (row["n"], row["minor"], row["n_held"], row["minor_held"])
        for row in counted
    }


def _more(before: _Numbers, after: _Numbers) -> tuple[Received, ...]:
    found = []
    for key, now in after.items():
        count, minor, held, minor_held = (a - b for a, b in zip(now, before.get(key, (0, 0, 0, 0)), strict=True))
        if count:
            found.append(Received(key[0], SumOf(count, minor, key[1]), SumOf(held, minor_held, key[1])))
    return tuple(found)
