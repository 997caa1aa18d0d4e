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
from autopay_portal.core.planning import over_new_rows
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


# Part of the file's transaction, in which nothing is gone back on: no savepoint of its own.
@transaction.atomic(savepoint=False)
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
    one key follow each other and are one voucher), account text, debit and credit bigint in minor units of
    `currency`, customer, supplier, kid, document, end_to_end_id, erp_reference text or null, text, date, value_date,
    currency, currency_amount bigint or null, rate numeric or null.

    The query is planned without nested loops: it must say of which rows of a large table it speaks (`over_new_rows`).

    Joins the caller's transaction, whose commit fails (IntegrityError `voucher_balances`) if a voucher doesn't
    balance. Takes the company's row as its last lock (ledger counter, then message counter).

    Raises UnableToCreateLedgerBatchError for no lines, a line without a voucher_key, or one apart from its voucher's.
    """
    batch_id = uuid7()
    with connection.cursor() as cursor:
        contents = _stage(cursor, lines_query, lines_params)
        _insert(cursor, company_id=company_id, batch_id=batch_id)
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


# Numbered as they come; beside them the vouchers that they make, each with its first line and how many it has.
_NUMBER = f"""
DROP TABLE IF EXISTS pg_temp.erp_gateway_ledger_stage, pg_temp.erp_gateway_ledger_voucher;
CREATE TEMPORARY TABLE erp_gateway_ledger_stage ON COMMIT DROP AS
SELECT (row_number() OVER ())::int AS number, given.* FROM ({{query}}) AS given ({_COLUMNS});
"""
_VOUCHERS = """
CREATE TEMPORARY TABLE erp_gateway_ledger_voucher ON COMMIT DROP AS
SELECT uuidv7() AS id, voucher_key, row_number() OVER (ORDER BY first_line) AS number, first_line, last_line, lines,
       debit
  FROM (SELECT voucher_key, min(number) AS first_line, max(number) AS last_line, count(*) AS lines, sum(debit) AS debit
          FROM erp_gateway_ledger_stage GROUP BY voucher_key) AS found;
SELECT coalesce(sum(debit), 0)::bigint, coalesce(sum(lines), 0)::int,
       coalesce(bool_and(voucher_key IS NOT NULL AND last_line - first_line + 1 = lines), true)
  FROM erp_gateway_ledger_voucher;
"""
_INSERT = """
INSERT INTO erp_gateway_voucher (id, company_id, batch_id, number, written_in)
SELECT id, %(company)s, %(batch)s, number, 0 FROM erp_gateway_ledger_voucher ORDER BY number;
INSERT INTO erp_gateway_ledgerline (company_id, batch_id, voucher_id, number, account, debit, credit, customer,
    supplier, kid, document, end_to_end_id, erp_reference, text, date, value_date, currency, currency_amount, rate)
SELECT %(company)s, %(batch)s, voucher.id, stage.number, account, stage.debit, credit, customer, supplier, kid,
       document, end_to_end_id, erp_reference, coalesce(text, ''), date, value_date, currency, currency_amount, rate
  FROM erp_gateway_ledger_stage AS stage JOIN erp_gateway_ledger_voucher AS voucher USING (voucher_key);
DROP TABLE pg_temp.erp_gateway_ledger_stage, pg_temp.erp_gateway_ledger_voucher;
"""


def _stage(cursor: Any, query: str, params: Params) -> _Contents:
    """Put the query's rows, numbered, and the vouchers they make into temporary tables, and sum them."""
    cursor.execute(over_new_rows(_NUMBER.format(query=query)) + _VOUCHERS, params)
    total, line_count, in_order = cursor.fetchone()
    if not line_count:
        raise UnableToCreateLedgerBatchError("a ledger batch has lines")
    if not in_order:
        raise UnableToCreateLedgerBatchError("every line belongs to a voucher, whose lines follow each other")
    return _Contents(total=total, line_count=line_count)


def _insert(cursor: Any, *, company_id: UUID, batch_id: UUID) -> None:
    cursor.execute(_INSERT, {"company": company_id, "batch": batch_id})


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
