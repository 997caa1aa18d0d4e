"""Taking files again that a restored database has forgotten: fetched after the backup, and archived at the bank.

The relay itself gave them their names there, with the hash of their content in them; so what the database knows isn't
fetched again.
"""

import re

from django.db import transaction
from django.db.models.functions import Now

from autopay_portal.core.vault import StoredFile, store
from bank_gateway.channels.errors import BankChannelError
from bank_gateway.channels.sftp import Channel, RemoteFile
from bank_gateway.models import Connection, IncomingFile
from bank_gateway.relay.dispatch import apply_soon
from bank_gateway.relay.limits import limits
from companies.services import clear_alarm, raise_alarm

# As `fetching` writes them: the bank's name, the first digits of the SHA-256, and for a repeat what tells it apart.
_ARCHIVED = re.compile(r"(?P<name>.+?)-(?P<digits>[0-9a-f]{16})(?:-[0-9a-f]{12})?")


def recover_archived(connection: Connection, channel: Channel) -> int:
    """Take a piece of what the bank's archive has and the database doesn't, oldest first, and return how many files.

    Call it while holding the line. The connection is marked as read when nothing was left. Raises BankChannelError
    when the line fails; a bank that lets nobody read its archive is an alarm, and asked no more.
    """
    known = set(IncomingFile.objects.filter(connection=connection).values_list("sha256", flat=True))
    # What isn't named as we name it was put there by somebody else.
    had = {None, *(sha256[:16] for sha256 in known)}
    try:
        found = channel.list_archive(lambda name: _digits_of(name) not in had)
    except BankChannelError as error:
        if not error.permanent:
            raise
        # Whether it's the archive that is refused, or the line.
        channel.list_incoming()
        _note_unreadable(connection, error)
        return 0
    piece = sorted(found, key=lambda remote: (remote.modified, remote.name))[: limits().files_per_look]
    taken = sum(_take(connection, channel, remote) for remote in piece)
    if len(piece) == len(found):
        Connection.objects.filter(pk=connection.pk).update(archive_unread=False)
        clear_alarm(dedupe_key=_alarm_key(connection))
    return taken


def _digits_of(name: str) -> str | None:
    found = _ARCHIVED.fullmatch(name)
    return found["digits"] if found else None


def _take(connection: Connection, channel: Channel, remote: RemoteFile) -> bool:
    stored = store(channel.fetch_archived(remote.name))
    if stored.sha256[:16] != _digits_of(remote.name):
        _note_changed(connection, remote)
        return False
    return _keep(connection, remote, stored)


@transaction.atomic
def _keep(connection: Connection, remote: RemoteFile, stored: StoredFile) -> bool:
    """Commit a file that was fetched again; False where a repeat beside it has brought its content already."""
    if IncomingFile.objects.filter(connection=connection, sha256=stored.sha256).exists():
        return False
    found = _ARCHIVED.fullmatch(remote.name)
    file = IncomingFile.objects.create(
        connection=connection,
        name=found["name"] if found else remote.name,
        sha256=stored.sha256,
        size=stored.size,
        path=stored.path,
        archived_at=Now(),
        recovered=True,
    )
    apply_soon(file.pk)
    return True


def _note_unreadable(connection: Connection, error: BankChannelError) -> None:
    raise_alarm(
        code="bank_archive_unreadable",
        severity="red",
        company_id=connection.company_id,
        subject_kind="connection",
        subject_id=connection.pk,
        params={"bank": connection.bank, "reason": str(error)},
        dedupe_key=_alarm_key(connection),
    )
    Connection.objects.filter(pk=connection.pk).update(archive_unread=False)


def _note_changed(connection: Connection, remote: RemoteFile) -> None:
    raise_alarm(
        code="bank_archive_changed",
        severity="red",
        company_id=connection.company_id,
        subject_kind="connection",
        subject_id=connection.pk,
        params={"bank": connection.bank, "name": remote.name},
        dedupe_key=f"bank_archive_changed:{connection.pk}:{remote.name}"[:200],
    )


def _alarm_key(connection: Connection) -> str:
    return f"bank_archive_unreadable:{connection.pk}"
