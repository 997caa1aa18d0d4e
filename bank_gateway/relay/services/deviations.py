"""Settling deviations: a person releases what was held, or closes what needs nothing more."""

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from bank_gateway.models import Deviation, DeviationKind, DeviationState, IncomingFile
from bank_gateway.relay.services.notifications import Released, apply_notifications
from bank_gateway.relay.services.staging import stage
from companies.actors import Actor
from companies.services import clear_alarm, record_audit

RELEASABLE = (DeviationKind.UNKNOWN_ACCOUNT, DeviationKind.POSSIBLE_REPEAT, DeviationKind.REPEATED_NOTIFICATION)


@transaction.atomic
def release_deviation(*, deviation_id: UUID, actor: Actor, note: str) -> Deviation:
    """Apply what was held of a bank's file, because a person says that it's no repeat or the account is known now.

    The file is read again and only that part is given to the takers. Raises NotFoundError, ConflictError
    `deviation_not_open` or `deviation_not_releasable`, DomainError `account_still_unknown`, `note_missing`.
    """
    # The file first: two releases of one file come one after the other.
    deviation = _lock_open(deviation_id, note)
    if deviation.kind not in RELEASABLE or deviation.notification is None:
        raise ConflictError("deviation_not_releasable")
    file = IncomingFile.objects.select_related("connection").get(pk=deviation.file_id)
    entry = deviation.entry if deviation.kind == DeviationKind.POSSIBLE_REPEAT else None
    released = Released(notification=deviation.notification, entry=entry)
    withheld = apply_notifications(file, stage(file.path), released=released)
    if withheld.unknown_accounts:
        raise DomainError("account_still_unknown", params={"account": ", ".join(withheld.unknown_accounts)})
    return _settle(deviation, DeviationState.RELEASED, actor, note)


@transaction.atomic
def close_deviation(*, deviation_id: UUID, actor: Actor, note: str) -> Deviation:
    """Close a deviation without applying anything, with a note that says how it was settled.

    Raises NotFoundError, ConflictError `deviation_not_open`, DomainError `note_missing`.
    """
    return _settle(_lock_open(deviation_id, note), DeviationState.CLOSED, actor, note)


def _lock_open(deviation_id: UUID, note: str) -> Deviation:
    if not note.strip():
        raise DomainError("note_missing")
    file_id = Deviation.objects.filter(pk=deviation_id).values_list("file_id", flat=True).first()
    if file_id is None:
        raise NotFoundError
    IncomingFile.objects.select_for_update().get(pk=file_id)
    deviation = Deviation.objects.select_for_update().get(pk=deviation_id)
    if deviation.state != DeviationState.OPEN:
        raise ConflictError("deviation_not_open")
    return deviation


def _settle(deviation: Deviation, state: DeviationState, actor: Actor, note: str) -> Deviation:
    deviation.state = state
    deviation.resolved_at = Now()
    deviation.resolved_by_id = actor.user_id
    deviation.note = note.strip()
    deviation.save(update_fields=["state", "resolved_at", "resolved_by", "note"])
    clear_deviation_alarms(deviation)
    record_audit(
        company_id=deviation.company_id,
        actor=actor,
        action=f"deviation.{state}",
        subject_kind="deviation",
        subject_id=deviation.pk,
        details={"kind": deviation.kind, "account": deviation.account, "file": str(deviation.file_id)},
    )
    deviation.refresh_from_db()
    return deviation


_ALARMS = {
    DeviationKind.UNKNOWN_ACCOUNT: "bank_account_unknown",
    DeviationKind.POSSIBLE_REPEAT: "bank_entry_possible_repeat",
    DeviationKind.UNCLAIMED: "bank_file_unclaimed",
    DeviationKind.UNKNOWN_MESSAGE: "answer_to_unknown_file",
}


def clear_deviation_alarms(deviation: Deviation) -> None:
    """Clear a file's alarm of a kind when its last open deviation of that kind is settled."""
    kind = DeviationKind(deviation.kind)
    if (
        kind in _ALARMS
        and not Deviation.objects.filter(file_id=deviation.file_id, kind=kind, state=DeviationState.OPEN).exists()
    ):
        clear_alarm(dedupe_key=f"{_ALARMS[kind]}:{deviation.file_id}")
