"""Who is posting a batch, and how it went: lease, posted, failed, release, reopen (money.md 6).

Leases run by PostgreSQL's clock, so that machines can't disagree about whose lease has ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from autopay_portal.core.errors import NotFoundError
from autopay_portal.core.ids import uuid7
from companies.actors import Actor
from companies.models import Severity
from companies.services import clear_alarm, raise_alarm, record_audit

from ..errors import LedgerRefusedError
from ..models import BatchStatus, LedgerBatch, LedgerBatchEvent
from .events import note_event

LEASE_SECONDS = range(10, 86_401)
DEFAULT_LEASE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to post a batch until `expires`."""

    lease_id: UUID
    expires: datetime


@transaction.atomic
def lease_ledger_batch(*, company_id: UUID, batch_id: UUID, seconds: int, actor: Actor) -> Lease:
    """Give the caller the batch for `seconds`.

    Raises NotFoundError; LedgerRefusedError `batch_leased` while another's lease runs, `batch_posted`,
    `batch_failed` or `batch_superseded`.
    """
    batch = _locked(company_id, batch_id)
    if batch.status == BatchStatus.LEASED:
        if _runs(batch):
            raise _refusal(batch)
    elif batch.status != BatchStatus.READY:
        raise _refusal(batch)
    lease = Lease(lease_id=uuid7(), expires=_clock(seconds))
    _change(batch, status=BatchStatus.LEASED, lease_id=lease.lease_id, lease_expires_at=lease.expires)
    note_event(batch=batch, event="leased", actor=actor, lease_id=lease.lease_id)
    return lease


def report_posted(
    *, company_id: UUID, batch_id: UUID, lease_id: UUID, voucher_numbers: Mapping[str, str] | None, actor: Actor
) -> LedgerBatch:
    """Note that the ERP has posted the batch, under the numbers it gave the vouchers (voucher to number).

    Said again with the same numbers it changes nothing. An ended lease may still report, if nobody leased after it.

    Raises NotFoundError; LedgerRefusedError `posted_differently`, or `lease_lost` (409): then the batch may be posted
    twice, and an alarm stands before the refusal is given.
    """
    with transaction.atomic():
        batch = _locked(company_id, batch_id)
        numbers = dict(voucher_numbers) if voucher_numbers else None
        if batch.lease_id == lease_id and batch.status == BatchStatus.POSTED:
            if batch.voucher_numbers != numbers:
                raise LedgerRefusedError("posted_differently")
            return batch
        if batch.lease_id == lease_id and batch.status in {BatchStatus.LEASED, BatchStatus.READY}:
            return _post(batch, numbers, actor)
        _alarm_if_held_once(batch, lease_id, actor)
    raise LedgerRefusedError("lease_lost")


@transaction.atomic
def report_failed(*, company_id: UUID, batch_id: UUID, lease_id: UUID, reason: str, actor: Actor) -> LedgerBatch:
    """Note that the ERP couldn't post the batch; it waits in the work queue until an administrator releases it.

    Said again under the same lease it changes nothing. Raises NotFoundError; LedgerRefusedError `lease_lost`.
    """
    batch = _locked(company_id, batch_id)
    if batch.lease_id == lease_id and batch.status == BatchStatus.FAILED:
        return batch
    if batch.lease_id != lease_id or batch.status not in {BatchStatus.LEASED, BatchStatus.READY}:
        raise LedgerRefusedError("lease_lost")
    _change(batch, status=BatchStatus.FAILED, failed_reason=reason)
    note_event(batch=batch, event="failed", actor=actor, lease_id=lease_id, reason=reason)
    raise_alarm(
        code="ledger_batch_failed",
        severity=Severity.AMBER,
        company_id=company_id,
        subject_kind="ledger_batch",
        subject_id=batch.pk,
        params={"number": batch.number, "reason": reason},
        dedupe_key=_failed_key(batch),
    )
    return batch


@transaction.atomic
def release_ledger_batch(*, company_id: UUID, batch_id: UUID, actor: Actor, reason: str = "") -> LedgerBatch:
    """Make a failed or leased batch ready again. The lease that held it may still report posted, as any ended one.

    Raises NotFoundError; LedgerRefusedError `batch_not_held`.
    """
    batch = _locked(company_id, batch_id)
    if batch.status not in {BatchStatus.FAILED, BatchStatus.LEASED}:
        raise LedgerRefusedError("batch_not_held")
    was = str(batch.status)
    _change(batch, status=BatchStatus.READY, failed_reason="")
    clear_alarm(dedupe_key=_failed_key(batch))
    note_event(batch=batch, event="released", actor=actor, reason=reason)
    _audit(batch, actor, "ledger_batch.released", {"was": was, "reason": reason})
    return batch


@transaction.atomic
def reopen_ledger_batch(*, company_id: UUID, batch_id: UUID, reason: str, actor: Actor) -> LedgerBatch:
    """Make a posted batch ready again, for an ERP that lost it; no earlier lease can report on it any more.

    Raises NotFoundError; LedgerRefusedError `batch_not_posted`.
    """
    batch = _locked(company_id, batch_id)
    if batch.status != BatchStatus.POSTED:
        raise LedgerRefusedError("batch_not_posted")
    _change(batch, status=BatchStatus.READY, lease_id=None, lease_expires_at=None, posted_at=None, voucher_numbers=None)
    note_event(batch=batch, event="reopened", actor=actor, reason=reason)
    _audit(batch, actor, "ledger_batch.reopened", {"reason": reason})
    return batch


def _locked(company_id: UUID, batch_id: UUID) -> LedgerBatch:
    batch = LedgerBatch.objects.select_for_update().filter(company_id=company_id, pk=batch_id).first()
    if batch is None:
        raise NotFoundError()
    return batch


def _clock(seconds: int = 0) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() + make_interval(secs => %s)", [seconds])
        (moment,) = cursor.fetchone()
    return moment  # type: ignore[no-any-return]


def _runs(batch: LedgerBatch) -> bool:
    return batch.lease_expires_at is not None and batch.lease_expires_at > _clock()


def _refusal(batch: LedgerBatch) -> LedgerRefusedError:
    expires = batch.lease_expires_at.isoformat() if batch.lease_expires_at else ""
    return LedgerRefusedError(f"batch_{batch.status}", params={"expires": expires})


def _change(batch: LedgerBatch, **fields: object) -> None:
    for name, value in fields.items():
        setattr(batch, name, value)
    batch.save(update_fields=list(fields))


def _post(batch: LedgerBatch, numbers: dict[str, str] | None, actor: Actor) -> LedgerBatch:
    _change(batch, status=BatchStatus.POSTED, posted_at=_clock(), voucher_numbers=numbers)
    note_event(batch=batch, event="posted", actor=actor, lease_id=batch.lease_id)
    return batch


def _alarm_if_held_once(batch: LedgerBatch, lease_id: UUID, actor: Actor) -> None:
    """Raise the alarm "maybe posted twice" for a lease that this batch really had; a made-up one is only refused."""
    if not LedgerBatchEvent.objects.filter(batch=batch, event="leased", lease_id=lease_id).exists():
        return
    note_event(batch=batch, event="lease_lost", actor=actor, lease_id=lease_id)
    raise_alarm(
        code="ledger_maybe_posted_twice",
        severity=Severity.RED,
        company_id=batch.company_id,
        subject_kind="ledger_batch",
        subject_id=batch.pk,
        params={"number": batch.number},
        dedupe_key=f"ledger_maybe_posted_twice:{batch.pk}",
    )


def _failed_key(batch: LedgerBatch) -> str:
    return f"ledger_batch_failed:{batch.pk}"


def _audit(batch: LedgerBatch, actor: Actor, action: str, details: dict[str, str]) -> None:
    record_audit(
        company_id=batch.company_id,
        actor=actor,
        action=action,
        subject_kind="ledger_batch",
        subject_id=batch.pk,
        details=details,
    )
