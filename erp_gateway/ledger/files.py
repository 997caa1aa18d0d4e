"""A batch's files: rendered once, kept in the vault, the same bytes for ever (money.md 6)."""

from django.db import transaction

from autopay_portal.core import vault
from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import NotAvailableError

from ..models import LedgerBatch, LedgerBatchFile
from .formats import ExportFormat


def file_of_ledger_batch(*, batch: LedgerBatch, export_format: ExportFormat) -> LedgerBatchFile:
    """Return the batch as a file of a format, rendering it the first time it is asked for.

    Two who ask at once write the same bytes to the same place; one row stands.

    Raises NotAvailableError for a format not built yet, LedgerRefusedError `export_refused`.
    """
    if export_format.render is None:
        raise NotAvailableError()
    kept = _kept(batch, export_format)
    if kept is not None:
        return kept
    stored = vault.store(export_format.render(batch=batch))
    with transaction.atomic():
        LedgerBatchFile.objects.bulk_create(
            [
                LedgerBatchFile(
                    company_id=batch.company_id,
                    batch=batch,
                    format=export_format.name,
                    path=stored.path,
                    sha256=stored.sha256,
                    size=stored.size,
                    rendered_at=machine_now(),
                )
            ],
            ignore_conflicts=True,
        )
    return LedgerBatchFile.objects.get(batch=batch, format=export_format.name)


def _kept(batch: LedgerBatch, export_format: ExportFormat) -> LedgerBatchFile | None:
    return LedgerBatchFile.objects.filter(batch=batch, format=export_format.name).first()
