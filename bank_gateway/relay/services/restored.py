"""Holding the relay when the database is older than the channel journal (money.md 2.10): it was restored.

What the journal shows and the database doesn't know was uploaded after the backup was made. Every bank is paused
until an operator lifts it; the files concerned are in doubt, and the forgotten uploads are kept by message id and by
order: a file written anew under the same id, or for the same order, isn't sent either.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.db import connection as database
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now

from autopay_portal.core.clocks import business_now
from bank_gateway.models import Connection, ForgottenUpload, OutgoingFile, OutgoingState, Pause, PauseScope
from bank_gateway.relay import journal
from bank_gateway.relay.services.outgoing import put_in_doubt
from companies.services import raise_alarm

_LOCK = 0x6170_7265_6C61
_PIECE = 1000
_HOLD_KEY = "relay_on_hold_after_restore"


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold that was laid: the banks it covers, and how many of the journal's lines the database had forgotten."""

    banks: tuple[str, ...]
    forgotten_lines: int


def hold_if_restored() -> bool:
    """Compare the journal's newest lines with the database and, if it has forgotten any, lay the hold; return whether.

    Cheap enough to be asked before every claim.
    """
    # A withdrawal proves nothing: its line is written before the commit, which may still fail.
    newest = [line for line in journal.tail(after=_accounted_for()) if line.event != "withdrawn"]
    if not newest or not _forgotten(newest):
        return False
    _lay_hold(after=_accounted_for)
    return True


def hold_after_restore() -> Hold:
    """Lay the hold on every bank of a database that was just restored, and return it.

    The whole journal is compared, whatever an earlier hold accounted for, and the hold is laid even where nothing is
    missing: a journal may have been lost with its disk. What lies in the banks' archives is read again, since the
    database has forgotten what was fetched since the backup.
    """
    Connection.objects.update(archive_unread=True, fetch_lease_until=None, next_fetch_at=None)
    return _lay_hold(after=lambda: 0, always=True)


@transaction.atomic
def _lay_hold(*, after: Callable[[], int], always: bool = False) -> Hold:
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    end = journal.size()
    banks = set(Connection.objects.values_list("bank", flat=True).distinct())
    missed = 0
    lines = journal.lines(after=after())
    while piece := list(islice(lines, _PIECE)):
        forgotten = _forgotten(piece)
        missed += len(forgotten)
        banks |= {line.bank for line in forgotten}
        _withdraw_again([line for line in forgotten if line.event == "withdrawn"])
        _remember([line for line in forgotten if line.event != "withdrawn"])
    for bank in sorted(banks):
        _pause(bank, end)
    if missed or always:
        raise_alarm(
            code=_HOLD_KEY,
            severity="red",
            company_id=None,
            subject_kind="relay",
            params={"lines": missed, "banks": sorted(banks)},
            dedupe_key=_HOLD_KEY,
        )
    return Hold(banks=tuple(sorted(banks)), forgotten_lines=missed)


def _accounted_for() -> int:
    """Return up to which byte an earlier hold accounts for the journal; from its start if the journal is a new one."""
    offset = Pause.objects.aggregate(offset=Max("journal_offset"))["offset"] or 0
    return offset if offset <= journal.size() else 0


def _forgotten(lines: Iterable[journal.JournalLine]) -> list[journal.JournalLine]:
    """Return the lines that the database can't have written: it knows no such file, attempt, rename or withdrawal.

    The withdrawal of a file that it doesn't know either needs no remembering: nothing of it was uploaded.
    """
    listed = list(lines)
    with database.cursor() as cursor:
        cursor.execute(
            """SELECT line.number
               FROM unnest(%s::int[], %s::uuid[], %s::int[], %s::text[]) AS line (number, outgoing, attempt, event)
               LEFT JOIN bank_gateway_outgoingfile AS file ON file.id = line.outgoing
               WHERE CASE WHEN line.event = 'withdrawn'
                          THEN file.state = 'queued' AND file.renames = 0
                          ELSE file.id IS NULL OR file.attempt < line.attempt
                               OR line.event = 'renamed' AND file.renames = 0 AND file.state IN ('queued', 'uploading')
                     END""",
            [
                list(range(len(listed))),
                [line.outgoing for line in listed],
                [line.attempt for line in listed],
                [line.event for line in listed],
            ],
        )
        return [listed[number] for (number,) in cursor.fetchall()]


def _remember(lines: list[journal.JournalLine]) -> None:
    ForgottenUpload.objects.bulk_create(
        [
            ForgottenUpload(
                bank=line.bank,
                company_id=line.company or None,
                bank_message_id=line.message_id,
                order_key=line.order,
                generation=line.generation,
                outgoing_id=line.outgoing,
                attempt=line.attempt,
                sha256=line.sha256,
            )
            for line in lines
        ],
        ignore_conflicts=True,
    )
    attempts: dict[str, int] = {}
    for line in lines:
        attempts[line.outgoing] = max(line.attempt, attempts.get(line.outgoing, 0))
    unfinished = (OutgoingState.QUEUED, OutgoingState.UPLOADING, OutgoingState.RENAMING, OutgoingState.IN_DOUBT)
    known = OutgoingFile.objects.select_for_update().filter(pk__in=attempts, state__in=unfinished)
    for outgoing in known.order_by("pk"):
        _raise_fence(outgoing, attempts[str(outgoing.pk)])


def _withdraw_again(lines: list[journal.JournalLine]) -> None:
    """Withdraw files whose withdrawal the database forgot: somebody was told that they would never be sent.

    Which payments were cancelled is forgotten too, so no new file is made by itself: a person is asked.
    """
    waiting = OutgoingFile.objects.select_for_update().filter(
        pk__in=[line.outgoing for line in lines], state=OutgoingState.QUEUED, renames=0
    )
    for outgoing in waiting.order_by("pk"):
        outgoing.state = OutgoingState.WITHDRAWN
        outgoing.save(update_fields=["state"])
        OutgoingFile.objects.filter(pk=outgoing.pk).update(closed_at=Now())
        raise_alarm(
            code="outgoing_withdrawn_before_restore",
            severity="red",
            company_id=outgoing.company_id,
            subject_kind=outgoing.subject_kind,
            subject_id=outgoing.subject_id,
            params={"name": outgoing.name},
            dedupe_key=f"outgoing_withdrawn_before_restore:{outgoing.pk}",
        )


def _raise_fence(outgoing: OutgoingFile, attempt: int) -> None:
    """Put a file in doubt, its fence at what really happened, so that the old attempts' parts can be told apart."""
    outgoing.attempt = max(outgoing.attempt, attempt)
    outgoing.renames = max(outgoing.renames, 1)
    outgoing.save(update_fields=["attempt", "renames"])
    if outgoing.state != OutgoingState.IN_DOUBT:
        put_in_doubt(outgoing)


def _pause(bank: str, offset: int) -> None:
    pause, created = Pause.objects.get_or_create(
        scope=PauseScope.BANK,
        bank=bank,
        company=None,
        agreement_id=None,
        lifted_at=None,
        defaults={"reason": "restored", "journal_offset": offset, "since_at": business_now()},
    )
    if not created:
        # The journal may be another than the one that an earlier hold accounted for.
        pause.journal_offset = offset
        pause.save(update_fields=["journal_offset"])


@transaction.atomic
def doubt_forgotten(*, outgoing_id: UUID) -> bool:
    """Put a waiting file in doubt if its message id or its order was uploaded by a file that the database forgot.

    Returns whether it was.
    """
    outgoing = (
        OutgoingFile.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("connection")
        .filter(pk=outgoing_id, state=OutgoingState.QUEUED)
        .first()
    )
    if outgoing is None:
        return False
    uploads = forgotten_uploads_of(outgoing).aggregate(attempt=Max("attempt"))
    if uploads["attempt"] is None:
        return False
    _raise_fence(outgoing, uploads["attempt"])
    return True


def settle_forgotten(outgoing: OutgoingFile, *, whole_order: bool = False) -> None:
    """Let the forgotten uploads that a file stands for hold it back no longer, in the caller's transaction.

    Only where the bank has answered the file, or where it was proved that it never left; with `whole_order`, where
    operators have decided that the bank has none of the order's files, later generations also.
    """
    uploads = forgotten_uploads_of(outgoing)
    if not whole_order:
        uploads = uploads.filter(Q(bank_message_id=outgoing.bank_message_id) | Q(generation__lte=outgoing.generation))
    uploads.update(settled_at=Now())


def forgotten_uploads_of(outgoing: OutgoingFile) -> QuerySet[ForgottenUpload]:
    """Return the uploads of a file's message id, or of its order, that a restored database forgot and that count."""
    same = Q(bank_message_id=outgoing.bank_message_id)
    if outgoing.order_key:
        same |= Q(order_key=outgoing.order_key)
    return ForgottenUpload.objects.filter(same, bank=outgoing.connection.bank, settled_at=None)
