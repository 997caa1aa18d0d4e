"""From an id in a request to a ledger batch."""

from uuid import UUID

from autopay_portal.core.errors import NotFoundError
from companies.access import as_uuid

from ..models import LedgerBatch
from .queries import ledger_batches


def access_ledger_batch(*, company_id: UUID, batch_id: UUID | str) -> LedgerBatch:
    """Return the batch of this company that a request names, with today's status; the caller checked the permission.

    Raises NotFoundError, also for another company's.
    """
    batch = ledger_batches(company_id=company_id).filter(pk=as_uuid(batch_id)).first()
    if batch is None:
        raise NotFoundError()
    return batch
