"""What a part of a bank's file did to our payments and their books: counts and sums, for whoever releases it."""

from collections.abc import Callable
from dataclasses import asdict
from uuid import UUID

from django.db import connection

from bank_gateway.takers import Effects, Moved, Posted, Sum
from erp_gateway.ledger.queries import watch_batches

_MOVED = """
SELECT company.name, remittance.message_id, step.from_status, step.status, payment.currency, count(*),
       sum(payment.amount)::bigint
  FROM remittance_cause cause
  JOIN remittance_paymenthistory step ON step.cause_id = cause.id AND step.status <> step.from_status
  JOIN remittance_remittance remittance ON remittance.id = cause.remittance_id
  JOIN companies_company company ON company.id = cause.company_id
  JOIN remittance_payment payment ON payment.remittance_id = remittance.id AND payment.position <@ step.positions
 WHERE cause.id > %s AND cause.file_id = %s
 GROUP BY company.name, remittance.message_id, step.from_status, step.status, payment.currency
 ORDER BY company.name, remittance.message_id, step.status, step.from_status, payment.currency
"""


def watch_payments(*, file_id: UUID) -> Callable[[], Effects]:
    """Return a function that tells how payments moved by the file from now on, and what was posted of them."""
    posted = watch_batches(file_id=file_id, kind="outgoing")
    with connection.cursor() as cursor:
        # Causes get their ids from PostgreSQL, in order.
        cursor.execute("SELECT uuidv7()")
        (mark,) = cursor.fetchone()
    return lambda: Effects(moved=_moved_since(mark, file_id), posted=tuple(Posted(**asdict(each)) for each in posted()))


def _moved_since(mark: UUID, file_id: UUID) -> tuple[Moved, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, [mark, file_id])
        return tuple(
            Moved(company, reference, before, status, Sum(count, minor, currency))
            for company, reference, before, status, currency, count, minor in cursor.fetchall()
        )
