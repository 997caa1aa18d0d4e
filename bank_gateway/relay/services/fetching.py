"""Fetching from banks (money.md 3.1): stood still, stored, committed, and only then archived at the bank."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.db import connection as database
from django.db import transaction
from django.db.models.functions import Now

from autopay_portal.core.vault import StoredFile, store
from bank_gateway.channels.errors import BankChannelError
from bank_gateway.channels.sftp import Channel, Listing, RemoteFile
from bank_gateway.models import Connection, IncomingFile, IncomingState, Sighting
from bank_gateway.relay.dispatch import apply_soon
from bank_gateway.relay.limits import backoff, limits
from bank_gateway.relay.lines import OpenChannel, open_channel
from bank_gateway.relay.services.health import note_failure, note_heard
from bank_gateway.relay.services.recovering import recover_archived
from companies.services import clear_alarm, raise_alarm

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a look at a bank's folder gave: files stored for the first time, repeats, and whether a new one is there."""

    stored: tuple[UUID, ...]
    repeats: tuple[UUID, ...]
    look_again: bool


_NOTHING = Fetched((), (), look_again=False)


def fetch_incoming(*, connection_id: UUID, channel_of: OpenChannel = open_channel) -> Fetched:
    """Look at a bank's folder once, store what stood still since the last look, archive it there, and say what came.

    Two at once harm nothing: one holds the line, the other does nothing. A failure of the line is noted, not raised;
    what was committed before it stays.
    """
    connection = _hold_line(connection_id)
    if connection is None:
        return _NOTHING
    try:
        channel = channel_of(connection)
        if connection.archive_unread:
            recover_archived(connection, channel)
            _extend_hold(connection)
        fetched = _fetch_all(connection, channel, channel.list_incoming())
        note_heard(connection)
    except BankChannelError as error:
        failures = note_failure(connection, error)
        _let_go(connection, wait=backoff(failures, permanent=error.permanent))
        return _NOTHING
    _let_go(connection, wait=0)
    return fetched


def _fetch_all(connection: Connection, channel: Channel, listing: Listing) -> Fetched:
    still, fresh = _standing_still(connection, listing)
    empty = [(remote.name, "empty") for remote in still if remote.size == 0]
    _note_refused(connection, [*listing.refused, *empty], truncated=listing.truncated)
    stored: list[UUID] = []
    repeats: list[UUID] = []
    for remote in [remote for remote in still if remote.size][: limits().files_per_look]:
        file = _take(connection, channel, remote)
        if file is not None:
            (repeats if file.state == IncomingState.REPEAT else stored).append(file.pk)
        _extend_hold(connection)
    return Fetched(tuple(stored), tuple(repeats), look_again=fresh)


def _standing_still(connection: Connection, listing: Listing) -> tuple[list[RemoteFile], bool]:
    """Note how every file looks now and return those that have looked the same for long enough, oldest first.

    Beside them, whether one was seen for the first time.
    """
    files = {file.name: file for file in listing.files}
    names = list(files)
    with transaction.atomic(), database.cursor() as cursor:
        if not listing.truncated:
            cursor.execute(
                "DELETE FROM bank_gateway_sighting WHERE connection_id = %s AND name <> ALL(%s)", [connection.pk, names]
            )
        if not names:
            return [], False
        cursor.execute(
            """INSERT INTO bank_gateway_sighting AS seen (id, connection_id, name, size, modified, since_at)
               SELECT gen_random_uuid(), %s, name, size, modified, clock_timestamp()
               FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS now (name, size, modified)
               ON CONFLICT (connection_id, name) DO UPDATE
               SET size = excluded.size, modified = excluded.modified, since_at = excluded.since_at
               WHERE (seen.size, seen.modified) <> (excluded.size, excluded.modified)
               RETURNING name, xmax = 0""",
            [connection.pk, names, [files[name].size for name in names], [files[name].modified for name in names]],
        )
        changed: dict[str, bool] = dict(cursor.fetchall())
        cursor.execute(
            """SELECT name FROM bank_gateway_sighting
               WHERE connection_id = %s AND name = ANY(%s)
                 AND since_at <= clock_timestamp() - make_interval(secs => %s)
               ORDER BY modified, name""",
            [connection.pk, names, limits().still],
        )
        still = [files[row[0]] for row in cursor.fetchall() if row[0] not in changed]
        return still, any(changed.values())


def _take(connection: Connection, channel: Channel, remote: RemoteFile) -> IncomingFile | None:
    """Fetch, store, commit, archive one file; None when it moved meanwhile, then the next look sees to it."""
    stored = store(channel.fetch(remote.name))
    if stored.size != remote.size or channel.find_incoming(remote.name) != remote:
        Sighting.objects.filter(connection=connection, name=remote.name).update(since_at=Now())
        return None
    file = _keep(connection, remote, stored)
    channel.archive(remote.name, _archived_name(file))
    IncomingFile.objects.filter(pk=file.pk).update(archived_at=Now())
    Sighting.objects.filter(connection=connection, name=remote.name).delete()
    return file


@transaction.atomic
def _keep(connection: Connection, remote: RemoteFile, stored: StoredFile) -> IncomingFile:
    """Commit what was fetched. The same bytes as before are a repeat, unless only the archiving was left to do."""
    first = IncomingFile.objects.filter(connection=connection, sha256=stored.sha256, repeat_of=None).first()
    if first is not None and first.archived_at is None and first.name == remote.name:
        return first
    file = IncomingFile.objects.create(
        connection=connection,
        name=remote.name,
        sha256=stored.sha256,
        size=stored.size,
        path=stored.path,
        state=IncomingState.STORED if first is None else IncomingState.REPEAT,
        repeat_of=first,
    )
    if first is None:
        apply_soon(file.pk)
    return file


def _archived_name(file: IncomingFile) -> str:
    """Return the name under which the bank keeps it: its own, its hash, and for a repeat what tells it apart."""
    mark = f"-{file.pk.hex[-12:]}" if file.repeat_of_id else ""
    return f"{_UNSAFE.sub('_', file.name)[:120]}-{file.sha256[:16]}{mark}"


def _note_refused(connection: Connection, refused: list[tuple[str, str]], *, truncated: bool) -> None:
    """Raise an alarm while the folder holds what is never taken, or more names than are looked at."""
    key = f"bank_file_refused:{connection.pk}"
    if not refused and not truncated:
        clear_alarm(dedupe_key=key)
        return
    shown = [{"name": _shown(name), "reason": reason} for name, reason in refused[:20]]
    raise_alarm(
        code="bank_file_refused",
        severity="amber",
        company_id=connection.company_id,
        subject_kind="connection",
        subject_id=connection.pk,
        params={"bank": connection.bank, "files": shown, "count": len(refused), "truncated": truncated},
        dedupe_key=key,
    )


def _shown(name: str) -> str:
    return "".join(character if character.isprintable() else "�" for character in name)


def _hold_line(connection_id: UUID) -> Connection | None:
    """Hold a line for fetching by PostgreSQL's clock; None when another does."""
    with database.cursor() as cursor:
        cursor.execute(
            """UPDATE bank_gateway_connection
               SET fetch_lease_until = clock_timestamp() + make_interval(secs => %s)
               WHERE id = (SELECT id FROM bank_gateway_connection
                           WHERE id = %s AND coalesce(fetch_lease_until, '-infinity') < clock_timestamp()
                           FOR UPDATE SKIP LOCKED)""",
            [_hold_seconds(), connection_id],
        )
        if not cursor.rowcount:
            return None
    return Connection.objects.get(pk=connection_id)


def _extend_hold(connection: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            """UPDATE bank_gateway_connection
               SET fetch_lease_until = clock_timestamp() + make_interval(secs => %s) WHERE id = %s""",
            [_hold_seconds(), connection.pk],
        )


def _let_go(connection: Connection, *, wait: float) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            """UPDATE bank_gateway_connection
               SET fetch_lease_until = NULL,
                   next_fetch_at = greatest(next_fetch_at, clock_timestamp() + make_interval(secs => %s))
               WHERE id = %s""",
            [wait, connection.pk],
        )


def _hold_seconds() -> float:
    return limits().lease
