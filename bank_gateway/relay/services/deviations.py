"""Settling deviations: a person releases what was held, perhaps with a decision, or closes what needs nothing more."""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models.functions import Now

from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from bank_gateway.models import Deviation, DeviationKind, DeviationState, IncomingFile
from bank_gateway.relay.deviation_words import why
from bank_gateway.relay.services.notifications import Released, apply_notifications
from bank_gateway.relay.services.reports import apply_report
from bank_gateway.relay.services.staging import stage
from bank_gateway.takers import Effects, EntryDecision, every_taker
from companies.actors import Actor
from companies.services import clear_alarm, record_audit

# Of these a person may ask that they are applied again. What stands in a file for another service nobody applies.
RELEASABLE = (
    DeviationKind.UNKNOWN_ACCOUNT,
    DeviationKind.POSSIBLE_REPEAT,
    DeviationKind.REPEATED_NOTIFICATION,
    DeviationKind.UNCLAIMED,
    DeviationKind.UNKNOWN_MESSAGE,
)


@dataclass(frozen=True, slots=True)
class Release:
    """A deviation that was released, and how many parts of it fitted nothing and stand as deviations of their own."""

    deviation: Deviation
    left: int


def is_releasable(deviation: Deviation) -> bool:
    """Return whether a person may ask that a deviation is applied again; else he can only close it.

    Of an entry that was taken in part, taking it again would take that part twice.
    """
    return deviation.kind in RELEASABLE and deviation.transaction is None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a release would do now; `seen` is another as soon as it would do anything else."""

    effects: Effects
    left: int
    seen: str


def try_release(*, deviation_id: UUID, decision: str = "") -> Trial:
    """Do everything that a release would do, see what that comes to, and undo it all.

    Raises what `release_deviation` does, but asks for no note.
    """
    with transaction.atomic():
        trial = _release(_lock_open(deviation_id), decision)
        with connection.cursor() as cursor:
            # What is only checked at the commit (vouchers that balance) is checked here.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
    return trial


@transaction.atomic
def release_deviation(
    *, deviation_id: UUID, actor: Actor, note: str, decision: str = "", seen: str | None = None
) -> Release:
    """Apply what was held of a bank's file, because its cause is gone or a person decides what it is.

    The file is read again and only that part is given to the takers. `seen`: the mark of the trial that the person
    saw. Raises NotFoundError, ConflictError `deviation_not_open`, `deviation_not_releasable`, `deviation_changed` or
    `decision_not_possible`, DomainError `note_missing`, `account_still_unknown`, `message_still_unknown`, or
    `deviation_still_unclaimed` with why: then nothing is changed.
    """
    _require_note(note)
    deviation = _lock_open(deviation_id)
    trial = _release(deviation, decision)
    if seen is not None and seen != trial.seen:
        raise ConflictError("deviation_changed")
    details: dict[str, Any] = {"decision": decision} if decision else {}
    return Release(_settle(deviation, DeviationState.RELEASED, actor, note, details), trial.left)


def _release(deviation: Deviation, decision: str) -> Trial:
    if decision and decision not in deviation.details.get("decisions", ()):
        raise ConflictError("decision_not_possible")
    file = IncomingFile.objects.select_related("connection").get(pk=deviation.file_id)
    watching = [taker.watch(file_id=file.pk) for taker in every_taker()]
    left = _apply_again(file, deviation, EntryDecision(decision))
    effects = sum((done() for done in watching), Effects())
    mark = repr((decision, left, effects)).encode()
    return Trial(effects, left, hashlib.sha256(mark).hexdigest())


@transaction.atomic
def close_deviation(*, deviation_id: UUID, actor: Actor, note: str) -> Deviation:
    """Close a deviation without applying anything, with a note that says how it was settled.

    Raises NotFoundError, ConflictError `deviation_not_open`, DomainError `note_missing`.
    """
    _require_note(note)
    return _settle(_lock_open(deviation_id), DeviationState.CLOSED, actor, note, {})


def _apply_again(file: IncomingFile, deviation: Deviation, decision: EntryDecision) -> int:
    """Give the deviation's part of the file to the takers; return how many parts of it they left."""
    if not is_releasable(deviation):
        raise ConflictError("deviation_not_releasable")
    if deviation.kind == DeviationKind.UNKNOWN_MESSAGE:
        if not apply_report(file, stage(file.path)):
            raise DomainError("message_still_unknown", params={"message_id": deviation.reference})
        return 0
    if deviation.kind == DeviationKind.UNCLAIMED and deviation.status_row is not None:
        apply_report(file, stage(file.path), only_row=deviation.status_row)
        _require_claimed(deviation)
        return 0
    return _apply_notification_again(file, deviation, decision)


def _apply_notification_again(file: IncomingFile, deviation: Deviation, decision: EntryDecision) -> int:
    if deviation.notification is None:
        raise ConflictError("deviation_not_releasable")
    by_entry = deviation.kind in {DeviationKind.POSSIBLE_REPEAT, DeviationKind.UNCLAIMED}
    released = Released(
        notification=deviation.notification,
        entries=(deviation.entry,) if by_entry and deviation.entry is not None else (),
        decision=decision,
        fee=deviation.details.get("fee") if decision == EntryDecision.FEE else None,
    )
    outcome = apply_notifications(file, stage(file.path), released=released)
    if outcome.unknown_accounts:
        raise DomainError("account_still_unknown", params={"account": ", ".join(outcome.unknown_accounts)})
    if deviation.kind == DeviationKind.UNCLAIMED:
        _require_claimed(deviation)
    return len(outcome.unclaimed)


def _require_claimed(deviation: Deviation) -> None:
    """Raise `deviation_still_unclaimed` if the part was left again: as a newer deviation about the same."""
    same = Deviation.objects.filter(
        file_id=deviation.file_id, kind=deviation.kind, state=DeviationState.OPEN,
        notification=deviation.notification, entry=deviation.entry, status_row=deviation.status_row,
    )  # fmt: skip
    again = same.exclude(pk=deviation.pk).first()
    if again is not None:
        raise DomainError("deviation_still_unclaimed", params={"why": why(again)})


def _require_note(note: str) -> None:
    if not note.strip():
        raise DomainError("note_missing")


def _lock_open(deviation_id: UUID) -> Deviation:
    """Lock an open deviation, its file first: two releases of one file come one after the other."""
    file_id = Deviation.objects.filter(pk=deviation_id).values_list("file_id", flat=True).first()
    if file_id is None:
        raise NotFoundError
    IncomingFile.objects.select_for_update().get(pk=file_id)
    deviation = Deviation.objects.select_for_update().get(pk=deviation_id)
    if deviation.state != DeviationState.OPEN:
        raise ConflictError("deviation_not_open")
    return deviation


def _settle(deviation: Deviation, state: DeviationState, actor: Actor, note: str, details: dict[str, Any]) -> Deviation:
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
        details={
            "kind": deviation.kind, "account": deviation.account, "file": str(deviation.file_id), **details,
        },
    )  # fmt: skip
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
