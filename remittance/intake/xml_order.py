"""An order as pain.001, streamed from the body into the staging tables."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import IO, Any, BinaryIO, cast

from autopay_portal.core.errors import ErrorDetail
from bank_gateway.messages.errors import MessageError, MessageRefusedError
from bank_gateway.messages.pain001 import Group as ReadGroup
from bank_gateway.messages.pain001 import OrderReader
from bank_gateway.messages.pain001.schema_errors import find_schema_errors

from ..errors import UnableToReceiveRemittanceError
from . import staging
from .head_start import HeadStart
from .order import CATEGORIES, CHARGES, URGENT_LEVELS, Group, Order
from .reading_ahead import Batch, reading_ahead


def stage(cursor: Any, file: IO[bytes], *, head_start: HeadStart | None = None) -> Order:
    """Read the whole file into the staging tables and return the order's head and groups.

    `head_start` is shown each batch as soon as it is staged.

    Raises UnableToReceiveRemittanceError when the file can't be read: with every breach of its schema, or with the
    one thing that made reading on senseless.
    """
    source = cast("BinaryIO", file)
    try:
        reader = OrderReader(source)
        with reading_ahead(reader) as batches:
            copied = _copy(cursor, reader, batches, head_start)
    except MessageRefusedError as error:
        raise _refusal(source, error.error) from None
    if copied != reader.count:
        raise RuntimeError(f"{reader.count} payments were read and {copied} stored")
    return _order(reader)


def _copy(cursor: Any, reader: OrderReader, batches: Iterator[Batch], head_start: HeadStart | None) -> int:
    """COPY batch by batch while the reader reads on; return how many payments PostgreSQL took."""
    copied, groups = 0, 0
    for batch in batches:
        first_block = staging.block_of_new_rows(cursor)
        copied += staging.copy_payments(cursor, [batch.payments])
        if batch.documents:
            staging.copy_documents(cursor, [batch.documents])
        if head_start is not None:
            new_groups = [_group(read) for read in reader.groups[groups : batch.groups]]
            groups = batch.groups
            message_id = reader.header.message_id
            head_start.take(cursor, batch, message_id=message_id, new_groups=new_groups, first_block=first_block)
    return copied


def _refusal(source: BinaryIO, error: MessageError) -> UnableToReceiveRemittanceError:
    """Return the refusal of an unreadable file; a second pass finds every breach of the schema with its line."""
    found: list[MessageError] = [error]
    count = 1
    if error.code in {"schema_invalid", "not_well_formed"}:
        source.seek(0)
        faults = find_schema_errors(source)
        if faults.errors:
            found, count = list(faults.errors), faults.count
    details = [detail_of(fault) for fault in found]
    return UnableToReceiveRemittanceError(details[0].code, params=details[0].params, errors=details, error_count=count)


def detail_of(fault: MessageError) -> ErrorDetail:
    """Return a reader's fault as the API tells it."""
    return ErrorDetail(
        fault.code, dict(fault.params), line=fault.line, xpath=fault.xpath, end_to_end_id=fault.end_to_end_id
    )


def _order(reader: OrderReader) -> Order:
    header = reader.header
    order = Order(
        format=f"pain.001.001.{reader.version.number}",
        message_id=header.message_id,
        groups=[_group(group) for group in reader.groups],
        payment_count=reader.count,
        count=header.number_of_transactions,
        control_sum=Decimal(header.control_sum) if header.control_sum is not None else None,
    )
    for read, group in zip(reader.groups, order.groups, strict=True):
        _check_group(order, read, group)
    order.errors.extend(detail_of(fault) for fault in reader.unsupported)
    order.error_count += reader.unsupported_count
    for note in reader.warnings:
        order.warn(note.code, params={**note.params, "line": note.line, "xpath": note.xpath})
    return order


def _group(read: ReadGroup) -> Group:
    levels = set((read.service_level or "").split())
    return Group(
        no=read.number,
        line=read.line,
        asked_date=_date(read.requested_date),
        category=CATEGORIES.get(read.category_purpose or "SUPP", "supplier"),
        urgent=bool(levels & URGENT_LEVELS),
        batch_booking=read.batch_booking,
        charges=CHARGES.get(read.charge_bearer or "SLEV"),
        debtor_account=read.debtor_account,
        debtor_currency=read.debtor_account_currency,
        count=read.number_of_transactions,
        control_sum=Decimal(read.control_sum) if read.control_sum is not None else None,
        first_position=read.first_position,
    )


def _check_group(order: Order, read: ReadGroup, group: Group) -> None:
    """Note what a group says that we can't carry out: a cheque, a kind of payment unknown, a day that is none."""
    if read.method != "TRF":
        order.refuse("element_not_supported", params={"element": "PmtMtd"}, **order.group_place(group, "PmtMtd", ""))
    if read.category_purpose not in (None, *CATEGORIES):
        place = order.group_place(group, "PmtTpInf/CtgyPurp/Cd", "")
        order.refuse("element_not_supported", params={"element": f"CtgyPurp {read.category_purpose}"}, **place)
    if group.asked_date is None:
        place = order.group_place(group, "ReqdExctnDt", "")
        order.refuse("date_invalid", params={"value": read.requested_date}, **place)
    if group.debtor_currency not in (None, "NOK"):
        order.refuse("foreign_not_supported", **order.group_place(group, "DbtrAcct/Ccy", ""))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
