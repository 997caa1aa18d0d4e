"""The company's counters: numbers without holes, taken as the last lock before commit but the audit's."""

from uuid import UUID

from django.db import connection, transaction

from autopay_portal.core.errors import DomainError, NotFoundError
from companies.models import Company

_TAKE_MESSAGES = """UPDATE companies_company SET message_sequence = message_sequence + %s WHERE id = %s
    RETURNING message_sequence"""
_TAKE_LEDGER_BATCH = """UPDATE companies_company SET ledger_batch_number = ledger_batch_number + %s WHERE id = %s
    RETURNING ledger_batch_number"""


def next_message_sequence(*, company_id: UUID, count: int) -> int:
    """Take `count` message numbers of a company's feed and return the first of them.

    The caller's transaction holds the company's row from here to its commit, so that numbers become
    visible in order and an abort leaves no hole.
    """
    last = _advance(company_id=company_id, statement=_TAKE_MESSAGES, count=count)
    return last - count + 1


def next_ledger_batch_number(*, company_id: UUID) -> int:
    """Take and return the next number of a company's ledger batches, under the same rule."""
    return _advance(company_id=company_id, statement=_TAKE_LEDGER_BATCH, count=1)


@transaction.atomic
def acknowledge_messages(*, company_id: UUID, up_to: int) -> int:
    """Note that the company's ERP has taken the messages up to a number, and return what is acknowledged now.

    An acknowledgement never goes back: a smaller number changes nothing. Raises DomainError
    `acknowledged_beyond_last` (422) beyond the last message there is.
    """
    company = Company.objects.select_for_update(no_key=True).get(pk=company_id)
    if up_to > company.message_sequence:
        raise DomainError("acknowledged_beyond_last", params={"last": company.message_sequence, "up_to": up_to})
    if up_to > company.acknowledged_sequence:
        company.acknowledged_sequence = up_to
        company.save(update_fields=["acknowledged_sequence"])
    return company.acknowledged_sequence


def _advance(*, company_id: UUID, statement: str, count: int) -> int:
    if count < 1:
        raise ValueError(f"{count} numbers can't be taken")
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a counter is taken inside the transaction of the work it numbers")
    with connection.cursor() as cursor:
        cursor.execute(statement, [count, company_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFoundError()
    return int(row[0])
