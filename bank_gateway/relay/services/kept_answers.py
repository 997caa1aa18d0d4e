"""Taking of a bank's file what nobody knew when it was applied.

A restored database gets the bank's answers from its archive, and only then the orders again that they are about. Until
then a report is an answer to an unknown file, and a debit is claimed by nobody; both are kept as deviations. When the
order's file is written again, under the same message id, they are taken: answers match by the bank's message id from
the moment of release, whatever was known before (money.md 1).
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from bank_gateway.models import Deviation, DeviationKind, DeviationState, IncomingFile, IncomingState, OutgoingFile
from bank_gateway.relay.services.deviations import clear_deviation_alarms
from bank_gateway.relay.services.notifications import Released, apply_notifications
from bank_gateway.relay.services.reports import apply_report
from bank_gateway.relay.services.staging import StagedFile, stage
from companies.actors import Actor
from companies.services import record_audit

_RELAY = Actor.system("relay")
_NOTE = "Taken when what it is about was known again"


@transaction.atomic
def take_kept_answers(*, file_id: UUID) -> int:
    """Take a kept report whose file is known now, or kept debits that somebody claims now; return how many.

    What is as unknown as before stays as it was.
    """
    file = (
        IncomingFile.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("connection")
        .filter(pk=file_id, state=IncomingState.APPLIED)
        .first()
    )
    if file is None:
        return 0
    kept = Deviation.objects.filter(file=file, state=DeviationState.OPEN)
    report = kept.filter(kind=DeviationKind.UNKNOWN_MESSAGE)
    if report.exists():
        return _take_report(file, report)
    debits = kept.filter(kind=DeviationKind.UNCLAIMED, direction="DBIT", entry__isnull=False)
    return _take_debits(file, debits) if debits.exists() else 0


def _take_report(file: IncomingFile, kept: QuerySet[Deviation]) -> int:
    """Apply a file that is one report, if what it answers is known now."""
    known = OutgoingFile.objects.filter(connection=file.connection_id, bank_message_id__in=kept.values("reference"))
    if not known.exclude(state="withdrawn").exists():
        return 0
    apply_report(file, stage(file.path))
    return _settle(file, list(kept.values_list("pk", flat=True)))


def _take_debits(file: IncomingFile, kept: QuerySet[Deviation]) -> int:
    """Offer debits that nobody claimed to the takers once more, each entry whole."""
    # Of an entry that was taken in part, that part would be taken again.
    before = list(kept.filter(transaction=None).values_list("pk", "entry"))
    entries = {entry for _, entry in before if entry is not None}
    if not entries:
        return 0
    return _settle(file, _offer(file, stage(file.path), entries, before))


def _offer(
    file: IncomingFile, staged: StagedFile, entries: set[int], before: list[tuple[Any, int | None]]
) -> list[Any]:
    """Return the deviations about entries that were taken; what wasn't is kept once, as it was."""
    apply_notifications(file, staged, released=Released(entries=tuple(sorted(entries))))
    known = [key for key, _ in before]
    again = Deviation.objects.filter(file=file, kind=DeviationKind.UNCLAIMED, state=DeviationState.OPEN).exclude(
        pk__in=known
    )
    left = set(again.values_list("entry", flat=True))
    again.delete()
    return [key for key, entry in before if entry in entries - left]


def _settle(file: IncomingFile, keys: list[Any]) -> int:
    if not keys:
        return 0
    settled = Deviation.objects.filter(pk__in=keys)
    settled.update(state=DeviationState.RELEASED, resolved_at=Now(), note=_NOTE)
    for deviation in settled.distinct("kind").order_by("kind"):
        clear_deviation_alarms(deviation)
    record_audit(
        company_id=file.connection.company_id,
        actor=_RELAY,
        action="deviation.released",
        subject_kind="incoming_file",
        subject_id=file.pk,
        details={"name": file.name, "count": len(keys)},
    )
    return len(keys)
