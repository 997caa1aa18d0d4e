"""Applying a bank's file: one transaction, from its bytes to every state, message and ledger line it causes."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection as database
from django.db import transaction
from django.db.models.functions import Now

from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from bank_gateway.messages.bank_files.row_plans import NotPlainError
from bank_gateway.messages.errors import MessageError, UnreadableBankFile
from bank_gateway.models import IncomingFile, IncomingState
from bank_gateway.relay.dispatch import apply_soon
from bank_gateway.relay.limits import backoff, limits
from bank_gateway.relay.services.notifications import apply_notifications
from bank_gateway.relay.services.reports import apply_report
from bank_gateway.relay.services.staging import stage
from companies.actors import Actor
from companies.services import clear_alarm, raise_alarm, record_audit

logger = logging.getLogger(__name__)

_MOST_ERRORS_KEPT = 100


def apply_incoming(*, file_id: UUID) -> IncomingState | None:
    """Apply a stored file and return its state then; None when it isn't stored or another worker has it.

    A file that can't be believed goes to quarantine whole. Any other failure is raised after it was noted: the sweep
    tries again, and after some tries the file goes to quarantine too.
    """
    if not _count_attempt(file_id):
        return None
    try:
        return _apply_or_quarantine(file_id)
    except Exception:
        _note_failure(file_id)
        raise


def _apply_or_quarantine(file_id: UUID) -> IncomingState | None:
    """Apply a file that is written plainly fast. What is wrong with any other is for the careful reader to say.

    Each try is a transaction of its own: nothing of one that failed is left, whatever had been done.
    """
    try:
        return _apply(file_id, skim=True)
    except (NotPlainError, UnreadableBankFile):
        pass
    try:
        return _apply(file_id, skim=False)
    except UnreadableBankFile as error:
        return _quarantine_unread(file_id, error.errors)


@transaction.atomic
def _apply(file_id: UUID, *, skim: bool) -> IncomingState | None:
    file = _lock_stored(file_id)
    if file is None:
        return None
    if file.attempts > limits().apply_attempts:
        _quarantine(file, [MessageError("apply_failed", params={"attempts": file.attempts - 1})])
        return IncomingState.QUARANTINED
    _apply_bytes(file, skim=skim)
    return IncomingState.APPLIED


def _lock_stored(file_id: UUID) -> IncomingFile | None:
    """Return a stored file under its lock; None when it isn't stored or another worker has it."""
    files = IncomingFile.objects.select_for_update(skip_locked=True, of=("self",)).select_related("connection")
    return files.filter(pk=file_id, state=IncomingState.STORED).first()


@transaction.atomic
def _quarantine_unread(file_id: UUID, errors: Sequence[MessageError]) -> IncomingState | None:
    file = _lock_stored(file_id)
    if file is None:
        return None
    _quarantine(file, errors)
    return IncomingState.QUARANTINED


def _apply_bytes(file: IncomingFile, *, skim: bool) -> None:
    staged = stage(file.path, skim=skim)
    was_quarantined = bool(file.errors)
    file.message_type = staged.message_type
    file.message_id = staged.message_id
    file.row_count = staged.rows
    file.transaction_count = staged.transactions
    if staged.is_report:
        apply_report(file, staged)
    else:
        apply_notifications(file, staged)
    file.state = IncomingState.APPLIED
    file.applied_at = Now()
    file.errors = []
    file.save(
        update_fields=[
            "message_type", "message_id", "row_count", "transaction_count", "state", "applied_at", "errors",
        ]
    )  # fmt: skip
    if was_quarantined:
        clear_alarm(dedupe_key=_quarantine_key(file.pk))


@transaction.atomic
def replay_quarantined(*, file_id: UUID, actor: Actor) -> None:
    """Take a file out of quarantine to be applied again, because its reader or an agreement was mended.

    One that was set aside comes back too. Raises NotFoundError, ConflictError `not_in_quarantine`.
    """
    file = _lock_in_quarantine(file_id, IncomingState.QUARANTINED, IncomingState.SET_ASIDE)
    file.state = IncomingState.STORED
    file.attempts = 0
    file.next_attempt_at = None
    file.set_aside_at = file.set_aside_by = None
    file.save(update_fields=["state", "attempts", "next_attempt_at", "set_aside_at", "set_aside_by"])
    _audit(file, actor, "incoming_file.replayed")
    apply_soon(file.pk)


@transaction.atomic
def set_aside_quarantined(*, file_id: UUID, actor: Actor, note: str) -> None:
    """Set a file in quarantine aside, because the bank sent another in its place: nothing of it is applied.

    It is kept whole. Raises NotFoundError, ConflictError `not_in_quarantine`, DomainError `note_missing`.
    """
    if not note.strip():
        raise DomainError("note_missing")
    file = _lock_in_quarantine(file_id, IncomingState.QUARANTINED)
    file.state = IncomingState.SET_ASIDE
    file.set_aside_at = Now()
    file.set_aside_by_id = actor.user_id
    file.note = note.strip()
    file.save(update_fields=["state", "set_aside_at", "set_aside_by", "note"])
    clear_alarm(dedupe_key=_quarantine_key(file.pk))
    _audit(file, actor, "incoming_file.set_aside")


def _lock_in_quarantine(file_id: UUID, *states: IncomingState) -> IncomingFile:
    file = IncomingFile.objects.select_for_update().filter(pk=file_id).first()
    if file is None:
        raise NotFoundError
    if file.state not in states:
        raise ConflictError("not_in_quarantine")
    return file


def _audit(file: IncomingFile, actor: Actor, action: str) -> None:
    record_audit(
        company_id=None,
        actor=actor,
        action=action,
        subject_kind="incoming_file",
        subject_id=file.pk,
        details={"name": file.name, "sha256": file.sha256},
    )


def _quarantine(file: IncomingFile, errors: Sequence[MessageError]) -> None:
    """Keep a file whole, with why, until an operator replays it."""
    file.state = IncomingState.QUARANTINED
    file.errors = [_as_json(error) for error in errors[:_MOST_ERRORS_KEPT]]
    file.save(update_fields=["state", "errors"])
    raise_alarm(
        code="bank_file_quarantined",
        severity="red",
        company_id=file.connection.company_id,
        subject_kind="incoming_file",
        subject_id=file.pk,
        params={
            "bank": file.connection.bank,
            "name": file.name,
            "codes": sorted({error.code for error in errors}),
            "count": len(errors),
        },
        dedupe_key=_quarantine_key(file.pk),
    )


def _as_json(error: MessageError) -> dict[str, Any]:
    return {
        "code": error.code,
        "params": dict(error.params),
        "line": error.line,
        "xpath": error.xpath,
        "end_to_end_id": error.end_to_end_id,
    }


def _quarantine_key(file_id: UUID) -> str:
    return f"bank_file_quarantined:{file_id}"


def _count_attempt(file_id: UUID) -> bool:
    """Count a try before it's made, since one that kills its process can't count itself; False if it isn't due."""
    with database.cursor() as cursor:
        cursor.execute(
            """UPDATE bank_gateway_incomingfile SET attempts = attempts + 1
               WHERE id = (SELECT id FROM bank_gateway_incomingfile
                           WHERE id = %s AND state = 'stored'
                             AND coalesce(next_attempt_at, '-infinity') <= clock_timestamp()
                           FOR UPDATE SKIP LOCKED)""",
            [file_id],
        )
        return bool(cursor.rowcount)


def _note_failure(file_id: UUID) -> None:
    attempts = IncomingFile.objects.filter(pk=file_id).values_list("attempts", flat=True).first() or 0
    logger.error("%s couldn't be applied, try %s", file_id, attempts)
    wait = timedelta(seconds=backoff(attempts, permanent=False))
    IncomingFile.objects.filter(pk=file_id, state=IncomingState.STORED).update(next_attempt_at=Now() + wait)
