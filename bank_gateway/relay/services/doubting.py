"""Opening and ending a doubt about a file, in the caller's transaction and under the file's lock."""

from uuid import UUID

from django.db import connection as database
from django.db.models.functions import Now

from autopay_portal.core.clocks import business_now
from bank_gateway.models import Doubt, DoubtKind, EndedBy, FolderShows, OutgoingFile, OutgoingState
from bank_gateway.takers import Sum, listener_of
from companies.services import clear_alarm, raise_alarm


def open_doubt(outgoing: OutgoingFile, kind: DoubtKind) -> Doubt:
    """Open a doubt about a locked file, or make the open one this kind of doubt; return it.

    What was only a doubt about delivery may turn out to be worse; a worse kind stays what it is.
    """
    doubt = Doubt.objects.filter(outgoing=outgoing, ended_at=None).first()
    if doubt is not None and doubt.kind in (kind, DoubtKind.COLLISION, DoubtKind.REVIVED):
        return doubt
    _note_when(outgoing)
    if doubt is None:
        return Doubt.objects.create(outgoing=outgoing, kind=kind, opened_at=business_now())
    # That it reached the bank is known by now.
    clear_alarm(dedupe_key=doubt_key(outgoing.pk))
    doubt.kind = kind
    doubt.agreed_at = None
    doubt.save(update_fields=["kind", "agreed_at"])
    return doubt


def _note_when(outgoing: OutgoingFile) -> None:
    """Note on the file since when it's in doubt, by both clocks: the waits are counted from there."""
    with database.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (outgoing.in_doubt_at,) = cursor.fetchone()
    outgoing.in_doubt_business_at = business_now()
    outgoing.save(update_fields=["in_doubt_at", "in_doubt_business_at"])


def end_doubt(outgoing_id: UUID, *, by: EndedBy) -> bool:
    """End the open doubt about a file and its alarm; return whether there was one."""
    ended = Doubt.objects.filter(outgoing_id=outgoing_id, ended_at=None).update(ended_at=business_now(), ended_by=by)
    clear_alarm(dedupe_key=doubt_key(outgoing_id))
    return ended > 0


def alarm_doubt(outgoing: OutgoingFile) -> None:
    """Raise the alarm that nobody knows whether a file reached the bank."""
    raise_alarm(
        code="outgoing_in_doubt",
        severity="red",
        company_id=outgoing.company_id,
        subject_kind="outgoing_file",
        subject_id=outgoing.pk,
        params={"name": outgoing.name, "bank_message_id": outgoing.bank_message_id},
        dedupe_key=doubt_key(outgoing.pk),
    )


def doubt_key(outgoing_id: UUID) -> str:
    """Return the alarm key of a file in doubt."""
    return f"outgoing_in_doubt:{outgoing_id}"


def in_collision(outgoing: OutgoingFile) -> bool:
    """Return whether a file is in doubt because the bank took it for a duplicate: not every answer ends that."""
    if outgoing.state != OutgoingState.IN_DOUBT:
        return False
    return Doubt.objects.filter(outgoing=outgoing, ended_at=None, kind=DoubtKind.COLLISION).exists()


def weigh_answer(outgoing: OutgoingFile, *, collision: bool) -> None:
    """Open, keep or end a locked file's doubt after an answer to it was applied: by how its payments stand then."""
    if not payments_in_doubt(outgoing):
        end_doubt(outgoing.pk, by=EndedBy.EVIDENCE)
        return
    doubt = open_doubt(outgoing, DoubtKind.COLLISION if collision else DoubtKind.CONTRADICTION)
    if doubt.kind == DoubtKind.COLLISION and outgoing.state != OutgoingState.IN_DOUBT:
        outgoing.state = OutgoingState.IN_DOUBT
        outgoing.save(update_fields=["state"])


def note_life(*, outgoing_id: UUID) -> None:
    """Open a doubt about a file that was given up, if payments have come back to it in doubt.

    For the room that has seen the bank debit a file's payments; call it in that transaction.
    """
    outgoing = OutgoingFile.objects.select_for_update().get(pk=outgoing_id)
    if payments_in_doubt(outgoing):
        open_doubt(outgoing, DoubtKind.REVIVED)


def payments_in_doubt(outgoing: OutgoingFile) -> list[Sum]:
    """Return how many of a file's payments are in doubt, and their sums."""
    listener = listener_of(outgoing.subject_kind)
    return list(listener.in_doubt_of(outgoing_ids=[outgoing.pk]).get(outgoing.pk, ()))


def note_look(doubt: Doubt, shows: FolderShows) -> None:
    """Note what the bank's folder shows now."""
    Doubt.objects.filter(pk=doubt.pk, ended_at=None).update(folder_shows=shows, looked_at=business_now())
    OutgoingFile.objects.filter(pk=doubt.outgoing_id).update(examined_at=Now())
