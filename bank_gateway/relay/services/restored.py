"""Holding the relay when the database is older than the channel journal (money.md 2.10): it was restored.

What the journal shows and the database doesn't know was uploaded after the backup was made. Every bank is paused
until an operator lifts it; the files concerned are in doubt, and message ids of files that the database forgot
are kept, so that a file written anew under the same id isn't sent either.
"""

from collections.abc import Iterable
from itertools import islice
from uuid import UUID

from django.db import connection as database
from django.db import transaction
from django.db.models import Max

from bank_gateway.models import Connection, ForgottenUpload, OutgoingFile, OutgoingState, Pause, PauseScope
from bank_gateway.relay import journal
from bank_gateway.relay.services.outgoing import put_in_doubt
from companies.services import raise_alarm

_LOCK = 0x6170_7265_6C61
_PIECE = 1000


def hold_if_restored() -> bool:
    """Compare the journal's newest lines with the database and, if it has forgotten any, lay the hold; return whether.

    Cheap enough to be asked before every claim.
    """
    newest = journal.tail(after=_accounted_for())
    if not newest or not _forgotten(newest):
        return False
    _lay_hold()
    return True


@transaction.atomic
def _lay_hold() -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    after, end = _accounted_for(), journal.size()
    banks = set(Connection.objects.values_list("bank", flat=True).distinct())
    missed = 0
    lines = journal.lines(after=after)
    while piece := list(islice(lines, _PIECE)):
        forgotten = _forgotten(piece)
        missed += len(forgotten)
        banks |= {line.bank for line in forgotten}
        _remember(forgotten)
    for bank in sorted(banks):
        _pause(bank, end)
    if missed:
        raise_alarm(
            code="relay_on_hold_after_restore",
            severity="red",
            company_id=None,
            subject_kind="relay",
            params={"lines": missed, "banks": sorted(banks)},
            dedupe_key="relay_on_hold_after_restore",
        )


def _accounted_for() -> int:
    """Return up to which byte an earlier hold accounts for the journal; from its start if the journal is a new one."""
    offset = Pause.objects.aggregate(offset=Max("journal_offset"))["offset"] or 0
    return offset if offset <= journal.size() else 0


def _forgotten(lines: Iterable[journal.JournalLine]) -> list[journal.JournalLine]:
    """Return the lines that the database can't have written: it knows no such file, attempt or rename."""
    listed = list(lines)
    with database.cursor() as cursor:
        cursor.execute(
            """SELECT line.number
               FROM unnest(%s::int[], %s::uuid[], %s::int[], %s::text[]) AS line (number, outgoing, attempt, event)
               LEFT JOIN bank_gateway_outgoingfile AS file ON file.id = line.outgoing
               WHERE file.id IS NULL OR file.attempt < line.attempt
                  OR (line.event = 'renamed' AND file.renames = 0 AND file.state IN ('queued', 'uploading'))""",
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
                bank_message_id=line.message_id,
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
    waiting = OutgoingFile.objects.select_for_update().filter(
        pk__in=attempts, state__in=(OutgoingState.QUEUED, OutgoingState.UPLOADING, OutgoingState.RENAMING)
    )
    for outgoing in waiting.order_by("pk"):
        _raise_fence(outgoing, attempts[str(outgoing.pk)])


def _raise_fence(outgoing: OutgoingFile, attempt: int) -> None:
    """Put a file in doubt, its fence at what really happened, so that the old attempts' parts can be told apart."""
    outgoing.attempt = max(outgoing.attempt, attempt)
    outgoing.renames = max(outgoing.renames, 1)
    outgoing.save(update_fields=["attempt", "renames"])
    put_in_doubt(outgoing)


def _pause(bank: str, offset: int) -> None:
    pause, created = Pause.objects.get_or_create(
        scope=PauseScope.BANK,
        bank=bank,
        company=None,
        agreement_id=None,
        lifted_at=None,
        defaults={"reason": "restored", "journal_offset": offset},
    )
    if not created:
        pause.journal_offset = max(pause.journal_offset or 0, offset)
        pause.save(update_fields=["journal_offset"])


@transaction.atomic
def doubt_forgotten(*, outgoing_id: UUID) -> bool:
    """Put a waiting file in doubt whose message id was uploaded by a file that a restored database forgot.

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
    uploads = ForgottenUpload.objects.filter(
        bank=outgoing.connection.bank, bank_message_id=outgoing.bank_message_id
    ).aggregate(attempt=Max("attempt"))
    if uploads["attempt"] is None:
        return False
    _raise_fence(outgoing, uploads["attempt"])
    return True
