"""Making a backup: the database as one snapshot, then the files that it names, then what lies beside them.

Files of the vault never change and are on disk before the commit that names them. So those copied after the snapshot
was taken hold all that it names. The signed heads of the audit are copied before: what they sign is in the snapshot.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from autopay_portal.backup import disk
from autopay_portal.backup.errors import UnableToBackUpError, UnableToRunToolError
from autopay_portal.backup.manifest import DATABASE, FILE_LIST, HEADS, JOURNAL, MANIFEST, Manifest, Part
from autopay_portal.backup.server import configured_server, server_major
from autopay_portal.backup.tools import find_tool, run_tool
from autopay_portal.backup.vault_files import Saved, save_vault
from autopay_portal.core import secrets
from autopay_portal.core.clocks import business_now, machine_now

KEY_CHECK = b"AutoPay"
KEY_CONTEXT = "autopay_portal.backup:key_check"
_MARKER = ".autopay-backup"
_MOST_MISSING = 1000


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup: where it lies, what it says of itself, and how its files of the vault came there."""

    folder: Path
    manifest: Manifest
    saved: Saved


def back_up(*, to: Path, say: Callable[[str], None]) -> Backup:
    """Write a backup into the new folder `to` and return it; it has that name only when it's whole and on disk.

    The portal may run meanwhile. Files of the vault that another backup beside it holds are linked, not copied.
    Raises UnableToBackUpError; then nothing has the name `to`.
    """
    to = to.absolute()
    if to.exists():
        raise UnableToBackUpError(f"{to} is there already: a backup is written into a folder of its own")
    part = to.with_name(f"{to.name}.part")
    _open_part(part)
    _copy_if_there(Path(settings.AUDIT_HEADS), part / HEADS)
    taken_at, business_at = machine_now(), business_now()
    say("Saving the database")
    snapshot = _save_database(part)
    _copy_if_there(Path(settings.CHANNEL_JOURNAL), part / JOURNAL)
    say("Saving the files that it names")
    saved = save_vault(part, previous=newest_backup(to.parent))
    manifest = Manifest(
        taken_at=taken_at.isoformat(),
        business_at=business_at.isoformat(),
        server_version=snapshot.server_version,
        migrations=snapshot.migrations,
        rows=snapshot.rows,
        parts=tuple(_describe(part / name) for name in (DATABASE, FILE_LIST, JOURNAL, HEADS) if (part / name).exists()),
        file_count=saved.count,
        file_bytes=saved.size,
        key_ids=_key_ids(),
        key_check=base64.b64encode(secrets.encrypt(KEY_CHECK, context=KEY_CONTEXT)).decode(),
        missing=tuple(sorted(snapshot.named - saved.names)[:_MOST_MISSING]),
    )
    manifest.write(part)
    (part / _MARKER).unlink()
    disk.fsync_tree(part)
    part.rename(to)
    disk.fsync_folder(to.parent)
    return Backup(folder=to, manifest=manifest, saved=saved)


def newest_backup(folder: Path) -> Path | None:
    """Return the newest whole backup in a folder of backups, or None."""
    whole = [path for path in folder.iterdir() if (path / MANIFEST).is_file() and path.suffix != ".part"]
    return max(whole, key=lambda path: (path / MANIFEST).stat().st_mtime, default=None)


def _open_part(part: Path) -> None:
    """Make the folder to write in; one that an earlier backup broke off in is emptied, any other is refused."""
    if part.exists():
        if not (part / _MARKER).exists():
            raise UnableToBackUpError(f"{part} holds something else than a broken-off backup: move it away")
        disk.remove_tree(part)
    part.mkdir(mode=0o700, parents=True)
    (part / _MARKER).touch(mode=0o600)


def _copy_if_there(source: Path, target: Path) -> None:
    if source.exists():
        disk.copy_file(source, target)


def _describe(path: Path) -> Part:
    return Part(name=path.name, sha256=disk.sha256_of(path), size=path.stat().st_size)


def _key_ids() -> tuple[str, ...]:
    """Return the names of the ring's keys, which are no secret."""
    return tuple(key.partition(":")[0].strip() for key in settings.KEY_RING.split(",") if key.strip())


@dataclass(frozen=True, slots=True)
class _Snapshot:
    server_version: int
    migrations: tuple[tuple[str, str], ...]
    rows: dict[str, int]
    named: set[str]


def _save_database(part: Path) -> _Snapshot:
    """Dump the database and describe it, both as of one moment."""
    server = configured_server()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # It waits for as long as the dump takes.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        (exported,) = cursor.fetchone()
        major = server_major(cursor)
        arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={exported}"]
        try:
            run_tool(
                find_tool("pg_dump", major=major),
                [*arguments, f"--file={part / DATABASE}"],
                parameters=server.parameters,
            )
        except UnableToRunToolError as error:
            raise UnableToBackUpError(str(error)) from error
        return _Snapshot(major, _migrations(), count_rows(cursor), _named_files())


def _migrations() -> tuple[tuple[str, str], ...]:
    return tuple(sorted(MigrationRecorder(connection).applied_migrations()))


def count_rows(cursor: Any) -> dict[str, int]:
    """Return how many rows each table has, by its name."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    counts = {}
    for (table,) in cursor.fetchall():
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        counts[table] = int(cursor.fetchone()[0])
    return counts


def _named_files() -> set[str]:
    """Return the SHA-256 of every file of the vault that a row names."""
    named: set[str] = set()
    for model in apps.get_models():
        fields = {field.name for field in model._meta.get_fields()}
        if {"path", "sha256", "size"} <= fields:
            named.update(model._default_manager.values_list("sha256", flat=True).iterator(chunk_size=10_000))
    return named


def missing_text(backup: Backup) -> str:
    """Return what to tell of files that are missing."""
    count = len(backup.manifest.missing)
    first = ", ".join(backup.manifest.missing[:3])
    return (
        f"{count} files that the database names are missing in {settings.VAULT_DIR}, or have other bytes: {first}. "
        "The backup has everything else. Look at the disk, and take these files from an older backup"
    )
