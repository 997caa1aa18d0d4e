"""The history of a ledger batch."""

from uuid import UUID

from autopay_portal.core.clocks import machine_now
from companies.actors import Actor

from ..models import LedgerBatch, LedgerBatchEvent


def note_event(*, batch: LedgerBatch, event: str, actor: Actor, lease_id: UUID | None = None, reason: str = "") -> None:
    """Write what happened to a batch into its history, in the caller's transaction."""
    LedgerBatchEvent.objects.create(
        company_id=batch.company_id,
        batch=batch,
        at=machine_now(),
        event=event,
        actor_kind=actor.kind,
        actor_user_id=actor.user_id,
        actor_name=actor.name,
        lease_id=lease_id,
        reason=reason,
    )
