"""What the pages of ledger batches show: the list, and one batch voucher by voucher."""

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from autopay_portal.core.paging import PageRequest, newest_first
from bank_gateway.models import IncomingFile
from companies.alarm_kinds import AlarmWords, alarm_words
from companies.models import Alarm

from ..models import LedgerBatch, LedgerBatchEvent, LedgerLine
from .queries import ledger_batches

LINES_ON_A_PAGE = 400


def get_batch_page(
    page: PageRequest, *, company_id: UUID, status: str = "", kind: str = ""
) -> tuple[list[LedgerBatch], UUID | None]:
    """Return batches, newest first, with agreement and today's status, and where the next page begins. One query."""
    found = ledger_batches(company_id=company_id, status=status, kind=kind).select_related("agreement")
    return newest_first(found, page)


@dataclass(slots=True)
class VoucherRows:
    """A voucher as the page shows it: its lines on this page, and its sums over all of its lines in minor units."""

    number: int
    debit: int
    credit: int
    lines: list[LedgerLine] = field(default_factory=list)
    # Some of its lines stand on another page.
    continued: bool = False


def get_voucher_page(batch: LedgerBatch, *, after: int) -> tuple[list[VoucherRows], int | None]:
    """Return the lines behind the line number `after` by voucher, and the number that the next page begins behind.

    Two queries, however many vouchers there are.
    """
    found = list(
        LedgerLine.objects.filter(batch=batch, number__gt=after)
        .select_related("voucher")
        .order_by("number")[: LINES_ON_A_PAGE + 1]
    )
    lines, more = found[:LINES_ON_A_PAGE], len(found) > LINES_ON_A_PAGE
    vouchers = _gathered(lines)
    _add_sums(vouchers)
    return list(vouchers.values()), lines[-1].number if more else None


def _gathered(lines: list[LedgerLine]) -> dict[UUID, VoucherRows]:
    vouchers: dict[UUID, VoucherRows] = {}
    for line in lines:
        rows = vouchers.setdefault(line.voucher_id, VoucherRows(line.voucher.number, 0, 0))
        rows.lines.append(line)
    return vouchers


def _add_sums(vouchers: dict[UUID, VoucherRows]) -> None:
    summed = LedgerLine.objects.filter(voucher__in=vouchers).values("voucher_id").order_by()
    for each in summed.annotate(debit=Sum("debit"), credit=Sum("credit")):
        rows = vouchers[each["voucher_id"]]
        rows.debit, rows.credit = each["debit"], each["credit"]
        rows.continued = sum(line.debit for line in rows.lines) != rows.debit or (
            sum(line.credit for line in rows.lines) != rows.credit
        )


def get_events(batch: LedgerBatch) -> QuerySet[LedgerBatchEvent]:
    """Return what happened to a batch, oldest first."""
    return LedgerBatchEvent.objects.filter(batch=batch).order_by("at", "pk")


def get_batch_alarms(batch: LedgerBatch) -> list[tuple[Alarm, AlarmWords]]:
    """Return the open alarms about a batch with their words, red before amber; a failed batch says that by itself."""
    found = Alarm.objects.filter(cleared_at=None, subject_kind="ledger_batch", subject_id=str(batch.pk))
    found = found.exclude(code="ledger_batch_failed").order_by("-severity", "-raised_at")
    return [(alarm, alarm_words(code=alarm.code, params=alarm.params)) for alarm in found]


def get_source_file(batch: LedgerBatch) -> IncomingFile | None:
    """Return the bank's file that a batch was made from."""
    return IncomingFile.objects.filter(pk=batch.source_file_id).first() if batch.source_file_id else None


@dataclass(frozen=True, slots=True)
class BatchNumbers:
    """How many batches wait for the ERP, and how many it couldn't post."""

    ready: int
    failed: int


def count_unfinished(*, company_id: UUID) -> BatchNumbers:
    """Return how many batches wait, and how many failed. One query over what isn't finished."""
    unfinished = ledger_batches(company_id=company_id).exclude(status__in=["posted", "superseded"])
    counted = unfinished.aggregate(
        ready=Count("pk", filter=Q(status_now__in=["ready", "leased"])),
        failed=Count("pk", filter=Q(status_now="failed")),
    )
    return BatchNumbers(**counted)
