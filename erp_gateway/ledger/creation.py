"""Making ledger batches, set-based: the lines come from a query and never pass through Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import NotFoundError
from autopay_portal.core.ids import uuid7
from autopay_portal.core.money import to_text
from companies.actors import Actor
from companies.services import choose_posting_employee, next_ledger_batch_number, record_audit

from ..errors import LedgerRefusedError, UnableToCreateLedgerBatchError
from ..models import BatchKind, BatchStatus, LedgerBatch, MessageKind
from ..services import NewMessage, emit_messages
from .events import note_event

# As psycopg2 takes them: by place or by name.
Params = Sequence[Any] | Mapping[str, Any]

_COLUMNS = (
    "voucher_key, account, debit, credit, customer, supplier, kid, document, end_to_end_id, erp_reference, text, date,"
    " value_date, currency, currency_amount, rate"
)


@dataclass(frozen=True, slots=True)
class _Contents:
    total: int
    line_count: int


@transaction.atomic
def create_ledger_batch(
    *,
    company_id: UUID,
    agreement_id: UUID,
    kind: BatchKind | str,
    currency: str,
    source_file_id: UUID | None,
    auto_post: bool,
    lines_query: str,
    lines_params: Params = (),
    supersedes_id: UUID | None = None,
) -> LedgerBatch:
    """Make a batch of the lines that `lines_query` yields, number it and tell the company's feed of it.

    `lines_query` is SQL from our own code that yields, in the order of the bank's file: voucher_key text (lines with
    one key are one voucher), account text, debit and credit bigint in minor units of `currency`, customer,
    supplier, kid, document, end_to_end_id, erp_reference text or null, text, date, value_date, currency,
    currency_amount bigint or null, rate numeric or null.

    Joins the caller's transaction, whose commit fails (IntegrityError `voucher_balances`) if a voucher doesn't
    balance. Takes the company's row as its last lock (ledger counter, then message counter).

    Raises UnableToCreateLedgerBatchError for no lines, or a line without a voucher_key.
    """
    batch_id = uuid7()
    with connection.cursor() as cursor:
        contents = _stage(cursor, lines_query, lines_params)
        _insert_vouchers(cursor, company_id=company_id, batch_id=batch_id)
        if _insert_lines(cursor, company_id=company_id, batch_id=batch_id) != contents.line_count:
            raise UnableToCreateLedgerBatchError("every line belongs to a voucher")
        cursor.execute("DROP TABLE pg_temp.erp_gateway_ledger_stage")
    employee = choose_posting_employee(company_id=company_id)
    batch = LedgerBatch.objects.create(
        id=batch_id,
        company_id=company_id,
        number=next_ledger_batch_number(company_id=company_id),
        kind=BatchKind(kind),
        agreement_id=agreement_id,
        currency=currency,
        total=contents.total,
        line_count=contents.line_count,
        source_file_id=source_file_id,
        auto_post=auto_post,
        posting_employee_id=employee.id if employee else None,
        posting_employee_name=employee.name if employee else "",
        posting_employee_chosen_by=employee.chosen_by if employee else "",
        supersedes_id=supersedes_id,
        created_at=machine_now(),
    )
    _tell(batch)
    return batch


@transaction.atomic
def supersede_ledger_batch(
    *,
    company_id: UUID,
    batch_id: UUID,
    actor: Actor,
    reason: str,
    lines_query: str,
    lines_params: Params = (),
) -> LedgerBatch:
    """Replace a batch by one with other lines (an account or a supplier corrected); the old is never posted then.

    Raises NotFoundError; LedgerRefusedError `batch_leased`, `batch_posted` or `batch_superseded`.
    """
    old = LedgerBatch.objects.select_for_update().filter(company_id=company_id, pk=batch_id).first()
    if old is None:
        raise NotFoundError()
    if old.status not in {BatchStatus.READY, BatchStatus.FAILED}:
        raise LedgerRefusedError(f"batch_{old.status}", params={"expires": old.lease_expires_at})
    LedgerBatch.objects.filter(pk=old.pk).update(status=BatchStatus.SUPERSEDED)
    note_event(batch=old, event="superseded", actor=actor, reason=reason)
    new = create_ledger_batch(
        company_id=company_id,
        agreement_id=old.agreement_id,
        kind=old.kind,
        currency=old.currency,
        source_file_id=old.source_file_id,
        auto_post=old.auto_post,
        lines_query=lines_query,
        lines_params=lines_params,
        supersedes_id=old.pk,
    )
    record_audit(
        company_id=company_id,
        actor=actor,
        action="ledger_batch.superseded",
        subject_kind="ledger_batch",
        subject_id=old.pk,
        details={"by": str(new.pk), "reason": reason},
    )
    return new


def _stage(cursor: Any, query: str, params: Params) -> _Contents:
    """Put the query's rows, numbered, into a temporary table and sum them."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.erp_gateway_ledger_stage")
    numbered = f"SELECT (row_number() OVER ())::int AS number, given.* FROM ({query}) AS given ({_COLUMNS})"
    cursor.execute(f"CREATE TEMPORARY TABLE erp_gateway_ledger_stage ON COMMIT DROP AS {numbered}", params)
    cursor.execute("SELECT coalesce(sum(debit), 0)::bigint, count(*)::int FROM erp_gateway_ledger_stage")
    total, line_count = cursor.fetchone()
    if not line_count:
        raise UnableToCreateLedgerBatchError("a ledger batch has lines")
    return _Contents(total=total, line_count=line_count)


def _insert_vouchers(cursor: Any, *, company_id: UUID, batch_id: UUID) -> None:
    cursor.execute(
        """INSERT INTO erp_gateway_voucher (id, company_id, batch_id, number, written_in)
            SELECT uuidv7(), %s, %s, row_number() OVER (ORDER BY min(number)), 0
              FROM erp_gateway_ledger_stage GROUP BY voucher_key
             ORDER BY min(number)""",
        [company_id, batch_id],
    )


def _insert_lines(cursor: Any, *, company_id: UUID, batch_id: UUID) -> int:
    """Insert the lines voucher by voucher (`number` follows the vouchers, also where the query mixed them).

    Return how many there were: fewer than staged if a line named no voucher.
    """
    cursor.execute(
        """WITH keyed AS (
              SELECT voucher_key, row_number() OVER (ORDER BY min(number)) AS voucher_number
                FROM erp_gateway_ledger_stage GROUP BY voucher_key)
            INSERT INTO erp_gateway_ledgerline (id, company_id, batch_id, voucher_id, number, account, debit, credit,
                customer, supplier, kid, document, end_to_end_id, erp_reference, text, date, value_date, currency,
                currency_amount, rate)
            SELECT uuidv7(), %s, %s, voucher.id,
                   row_number() OVER (ORDER BY voucher.number, stage.number), account, debit, credit,
                   customer, supplier, kid, document, end_to_end_id, erp_reference, coalesce(text, ''), date,
                   value_date, currency, currency_amount, rate
              FROM erp_gateway_ledger_stage AS stage JOIN keyed USING (voucher_key)
              JOIN erp_gateway_voucher AS voucher ON voucher.batch_id = %s AND voucher.number = keyed.voucher_number
             ORDER BY voucher.number, stage.number""",
        [company_id, batch_id, batch_id],
    )
    return int(cursor.rowcount)


def _tell(batch: LedgerBatch) -> None:
    message = {
        "ledger_batch": str(batch.pk),
        "number": batch.number,
        "kind": str(batch.kind),
        "line_count": batch.line_count,
        "total": to_text(batch.total, batch.currency),
        "currency": batch.currency,
    }
    emit_messages(
        company_id=batch.company_id,
        kind=MessageKind.LEDGER_BATCH_READY,
        messages=[NewMessage(id=batch.pk, data=message)],
    )
