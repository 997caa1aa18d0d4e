"""Reads of ledger batches and their lines, for the API, the pages and the export formats."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypedDict
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Now

from autopay_portal.core.money import to_text

from ..models import BatchStatus, LedgerBatch, LedgerLine

# PostgreSQL's clock at this very moment; Django's Now() is the statement's start, which is the same for one query.
_ENDED = Q(status=BatchStatus.LEASED, lease_expires_at__lte=Now())


class PostingEmployeeItem(TypedDict):
    """Whose name stands on an automatic batch, and how he was chosen."""

    id: str
    name: str
    chosen_by: str


class BatchItem(TypedDict):
    """A ledger batch as the API gives it."""

    id: str
    number: int
    kind: str
    status: str
    agreement: str
    currency: str
    total: str
    line_count: int
    auto_post: bool
    posting_employee: PostingEmployeeItem | None
    supersedes: str | None
    created: str


class LineItem(TypedDict):
    """A posting line as the API and the JSON file give it."""

    voucher: str
    account: str
    debit: str
    credit: str
    customer: str | None
    supplier: str | None
    kid: str | None
    document: str | None
    end_to_end_id: str | None
    erp_reference: str | None
    text: str
    date: str
    value_date: str | None
    currency: str
    currency_amount: str | None
    rate: str | None


def ledger_batches(*, company_id: UUID, status: str = "", kind: str = "") -> QuerySet[LedgerBatch]:
    """Return a company's batches with today's status as `status_now`: one whose lease has ended is ready again."""
    batches = LedgerBatch.objects.filter(company_id=company_id).annotate(
        status_now=Case(When(_ENDED, then=Value(BatchStatus.READY.value)), default=F("status"))
    )
    if status:
        batches = batches.filter(status_now=status)
    return batches.filter(kind=kind) if kind else batches


def batch_item(batch: LedgerBatch) -> BatchItem:
    """Return a batch of `ledger_batches` as the API gives it."""
    return {
        "id": str(batch.pk),
        "number": batch.number,
        "kind": batch.kind,
        "status": getattr(batch, "status_now", batch.status),
        "agreement": str(batch.agreement_id),
        "currency": batch.currency,
        "total": to_text(batch.total, batch.currency),
        "line_count": batch.line_count,
        "auto_post": batch.auto_post,
        "posting_employee": _employee(batch),
        "supersedes": str(batch.supersedes_id) if batch.supersedes_id else None,
        "created": utc_text(batch.created_at),
    }


def lines_page(*, batch: LedgerBatch, after: int, limit: int) -> tuple[list[LineItem], int | None]:
    """Return at most `limit` lines behind the line number `after`, and the number the next page begins behind."""
    found = list(
        LedgerLine.objects.filter(batch=batch, number__gt=after)
        .order_by("number")
        .values_list(*_LINE_COLUMNS)[: limit + 1]
    )
    items = [line_item(row, batch.currency) for row in found[:limit]]
    return items, (after + limit if len(found) > limit else None)


_LINE_COLUMNS = (
    "voucher__number", "account", "debit", "credit", "customer", "supplier", "kid", "document", "end_to_end_id",
    "erp_reference", "text", "date", "value_date", "currency", "currency_amount", "rate",
)  # fmt: skip
_ROWS_AT_ONCE = 2000


def line_item(row: tuple[Any, ...], batch_currency: str) -> LineItem:
    """Return one row of `_LINE_COLUMNS` as the API gives it."""
    (voucher, account, debit, credit, customer, supplier, kid, document, end_to_end_id, erp_reference, text, date,
     value_date, currency, currency_amount, rate) = row  # fmt: skip
    return {
        "voucher": str(voucher),
        "account": account,
        "debit": to_text(debit, batch_currency),
        "credit": to_text(credit, batch_currency),
        "customer": customer,
        "supplier": supplier,
        "kid": kid,
        "document": document,
        "end_to_end_id": end_to_end_id,
        "erp_reference": erp_reference,
        "text": text,
        "date": date.isoformat(),
        "value_date": value_date.isoformat() if value_date else None,
        "currency": currency,
        "currency_amount": None if currency_amount is None else to_text(currency_amount, currency),
        "rate": None if rate is None else format(Decimal(rate).normalize(), "f"),
    }


def stream_lines(*, batch: LedgerBatch) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a batch's lines (as `line_item` takes them) in order, from a server-side cursor.

    Memory is flat in the number of lines. Needs no transaction of the caller's, but lives in one of its own.
    """
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(
            """SELECT voucher.number, account, debit, credit, customer, supplier, kid, document, end_to_end_id,
                      erp_reference, text, date, value_date, currency, currency_amount, rate
                 FROM erp_gateway_ledgerline AS line JOIN erp_gateway_voucher AS voucher ON voucher.id = line.voucher_id
                WHERE line.batch_id = %s ORDER BY line.number""",
            [batch.pk],
        )
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            yield from rows


@dataclass(frozen=True, slots=True)
class AccountSum:
    """What some batches of a company come to on one account, in minor units."""

    company: str
    account: str
    debit: int
    credit: int
    currency: str


def watch_batches(*, file_id: UUID, kind: str) -> Callable[[], tuple[AccountSum, ...]]:
    """Return a function that tells what new batches of a bank's file, made from now on, come to by account."""
    of_file = LedgerBatch.objects.filter(source_file_id=file_id, kind=kind)
    before = list(of_file.values_list("pk", flat=True))
    return lambda: _account_sums(list(of_file.exclude(pk__in=before).values_list("pk", flat=True)))


def _account_sums(batch_ids: Sequence[UUID]) -> tuple[AccountSum, ...]:
    lines = LedgerLine.objects.filter(batch__in=batch_ids)
    keys = ("batch__company__name", "account", "currency")
    summed = lines.values_list(*keys).annotate(Sum("debit"), Sum("credit"))
    ordered = summed.order_by("batch__company__name", "currency", "account")
    return tuple(AccountSum(name, account, debit, credit, cur) for name, account, cur, debit, credit in ordered)


def utc_text(moment: datetime) -> str:
    """Return a time as the API writes it: UTC with Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _employee(batch: LedgerBatch) -> PostingEmployeeItem | None:
    if batch.posting_employee_id is None:
        return None
    return {
        "id": str(batch.posting_employee_id),
        "name": batch.posting_employee_name,
        "chosen_by": batch.posting_employee_chosen_by,
    }
