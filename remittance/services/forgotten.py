"""Payments that were sent and that a restored database has forgotten, so that the duplicate radar knows them still.

An order that its ERP sends again under the same message id is known by that (bank_file.py, `order_key`). But an ERP
whose payments have disappeared may send them in a new order; then only payee, amount and reference tell. They stand in
the file that was uploaded, and the vault has it as long as the disk has.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from autopay_portal.core.vault import open_stored, path_of
from bank_gateway.relay.queries import ForgottenFile, forgotten_files
from companies.models import Company
from companies.services import raise_alarm

from ..errors import UnableToReceiveRemittanceError, UnableToReleaseError
from ..intake import checks, staging, storing, xml_order
from ..models import ForgottenPayment, Remittance

# Whether the file that was sent held just the payments that would be written now.
_COMPARE = """
WITH sent AS (SELECT end_to_end_id, creditor_account, amount, currency FROM remittance_forgottenpayment
               WHERE company_id = %(company)s AND bank_message_id = %(message)s),
     now AS (SELECT end_to_end_id, creditor_account, amount, currency FROM remittance_payment
              WHERE remittance_id = %(remittance)s AND status = 'approved')
SELECT EXISTS (SELECT FROM sent), NOT EXISTS (TABLE sent EXCEPT TABLE now) AND NOT EXISTS (TABLE now EXCEPT TABLE sent)
"""


@dataclass(frozen=True, slots=True)
class Remembered:
    """How many payments of forgotten files are known again, and which files couldn't be read."""

    payments: int
    unreadable: tuple[str, ...]


def remember_forgotten_payments() -> Remembered:
    """Read every forgotten file that the vault has, keep its payments for the duplicate radar, and say what that gave.

    Safe to call again: a file that was read isn't read twice. Files that can't be read are a red alarm: payments of
    theirs that are sent in a new order look new.
    """
    payments, unreadable = 0, []
    known = set(ForgottenPayment.objects.values_list("bank_message_id", flat=True).distinct())
    companies = set(Company.objects.values_list("pk", flat=True))
    for file in forgotten_files():
        if file.bank_message_id in known or file.company_id not in companies:
            continue
        try:
            payments += _remember(file, file.company_id)
        except (OSError, UnableToReceiveRemittanceError):
            unreadable.append(file.bank_message_id)
    if unreadable:
        raise_alarm(
            code="forgotten_files_unreadable",
            severity="red",
            company_id=None,
            subject_kind="relay",
            params={"count": len(unreadable), "first": unreadable[0]},
            dedupe_key="forgotten_files_unreadable",
        )
    return Remembered(payments=payments, unreadable=tuple(unreadable))


@transaction.atomic(durable=True)
def _remember(file: ForgottenFile, company_id: UUID) -> int:
    """Keep one file's payments, read as an order is; the staging tables go with the transaction."""
    with open_stored(path_of(file.sha256)) as stored, connection.cursor() as cursor:
        staging.create_staging(cursor)
        order = xml_order.stage(cursor, stored)
        checks.stage_groups(cursor, order)
        return storing.insert_forgotten(
            cursor, company_id=company_id, bank_message_id=file.bank_message_id, order_key=file.order_key
        )


def require_same_as_sent(remittance: Remittance, *, message_id: str, generation: int) -> None:
    """Raise UnableToReleaseError if a file to be written under a forgotten file's message id would say something else.

    The bank's answers are about the file that it has: a payment that wasn't in it would pass for accepted. Most likely
    it was cancelled before, and has to be cancelled again. What the file held is known from its bytes; where they are
    lost, a first file is taken to have held the whole order, and of a later one nobody knows.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE, {"company": remittance.company_id, "message": message_id, "remittance": remittance.pk})
        known, same = cursor.fetchone()
    if known and not same:
        raise UnableToReleaseError("differs_from_sent")
    if not known and generation > 1:
        raise UnableToReleaseError("sent_file_unknown")
