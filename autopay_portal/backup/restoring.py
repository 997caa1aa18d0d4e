"""Restoring a backup: into a database beside the portal's, which takes its name only when everything has gone right.

Broken off anywhere, the portal's database is as it was; only then has it the name of one that was replaced.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from autopay_portal.backup import disk
from autopay_portal.backup import server as servers
from autopay_portal.backup.beside import keep_newest_journal, put_heads_back, replace_heads
from autopay_portal.backup.checking import check_backup, refuse_newer, refuse_other_keys
from autopay_portal.backup.errors import UnableToRestoreError, UnableToRunToolError
from autopay_portal.backup.manifest import DATABASE, HEADS, MANIFEST, Manifest
from autopay_portal.backup.reconciling import Reconciled, reconcile
from autopay_portal.backup.saving import count_rows
from autopay_portal.backup.server import Server
from autopay_portal.backup.tools import find_tool, run_tool
from autopay_portal.backup.vault_files import bring_back
from autopay_portal.start_checks import unsafe_settings
from companies.verification import verify_audit

FRESH, REPLACED = "restoring", "replaced"
_PARALLEL = 2


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to: the database that was replaced and is kept under another name, and what was done."""

    manifest: Manifest
    kept: str | None
    reconciled: Reconciled
    journal: str
    heads_aside: Path | None


def restore(*, source: Path, replace: bool, say: Callable[[str], None], accept_broken_audit: bool = False) -> Restored:
    """Restore the backup in `source` and return what that came to.

    Everything is checked before anything is touched. A database with tables is replaced only with `replace`, and
    kept under another name. Raises UnableToRestoreError; the portal's database is then as it was.
    """
    say("Checking every byte of the backup")
    manifest = check_backup(source)
    refuse_newer(manifest)
    refuse_other_keys(manifest)
    server = servers.configured_server()
    connection.close()
    with server.admin() as cursor:
        kept = _refuse_or_keep(cursor, server, manifest, replace=replace)
        for left in servers.left_beside(cursor, server.database, FRESH):
            servers.drop_database(cursor, left)
    say("Bringing back the files")
    bring_back(source)
    journal = keep_newest_journal(source)
    fresh = servers.beside(server.database, FRESH)
    say(f"Restoring into the database {fresh}")
    reconciled = _fill(server, fresh, source, manifest, accept_broken_audit=accept_broken_audit)
    say(f"Giving it the name {server.database}")
    aside = _exchange(server, fresh, kept, source)
    return Restored(manifest=manifest, kept=kept, reconciled=reconciled, journal=journal, heads_aside=aside)


def _refuse_or_keep(cursor: Any, server: Server, manifest: Manifest, *, replace: bool) -> str | None:
    """Raise UnableToRestoreError if the server or its database isn't one to restore to; return the name to keep by."""
    major = servers.server_major(cursor)
    if major < manifest.server_version:
        raise UnableToRestoreError(
            f"The server is PostgreSQL {major}, the backup was made from {manifest.server_version}: use a newer server"
        )
    if not servers.exists(cursor, server.database):
        return None
    servers.refuse_if_used(cursor, server.database)
    if not replace and not servers.is_empty(server, server.database):
        raise UnableToRestoreError(
            f"The database {server.database} isn't empty. With --replace it is replaced, and kept under another name"
        )
    return servers.beside(server.database, REPLACED)


def _fill(server: Server, fresh: str, source: Path, manifest: Manifest, *, accept_broken_audit: bool) -> Reconciled:
    """Restore into a new database, bring its tables forward, check it and reconcile it; remove it if that fails."""
    with server.admin() as cursor:
        servers.create_database(cursor, fresh, owner=server.parameters["user"])
    try:
        _load(server, fresh, source)
        with _speaking_to(fresh):
            _require_rows(manifest)
            _require_durability()
            call_command("migrate", interactive=False, verbosity=0)
            _require_audit(source, accept_broken=accept_broken_audit)
            reconciled = reconcile(manifest=manifest, manifest_sha256=disk.sha256_of(source / MANIFEST))
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            return reconciled
    except BaseException:
        with server.admin() as cursor:
            servers.drop_database(cursor, fresh)
        raise


def _exchange(server: Server, fresh: str, kept: str | None, source: Path) -> Path | None:
    """Exchange the databases and the audit's heads with them; return where the installation's own heads went.

    The heads first: those of the backup hold for the newer database too, should the exchange not come about.
    """
    aside = replace_heads(source)
    try:
        servers.exchange(server, fresh=fresh, kept=kept)
    except UnableToRestoreError:
        put_heads_back(aside)
        with server.admin() as cursor:
            servers.drop_database(cursor, fresh)
        raise
    return aside


def _load(server: Server, fresh: str, source: Path) -> None:
    with server.admin() as cursor:
        major = servers.server_major(cursor)
    arguments = ["--exit-on-error", "--no-owner", "--no-privileges", f"--jobs={_PARALLEL}", f"--dbname={fresh}"]
    try:
        run_tool(
            find_tool("pg_restore", major=major), [*arguments, str(source / DATABASE)], parameters=server.on(fresh)
        )
    except UnableToRunToolError as error:
        raise UnableToRestoreError(str(error)) from error


@contextmanager
def _speaking_to(database: str) -> Iterator[None]:
    """Have Django's connection lead to another database of the server for the block."""
    connection.close()
    usual = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


def _require_rows(manifest: Manifest) -> None:
    with connection.cursor() as cursor:
        counted = count_rows(cursor)
    wrong = [f"{table} {counted.get(table, 0)} of {rows}" for table, rows in manifest.rows.items()
             if counted.get(table) != rows]  # fmt: skip
    if wrong:
        raise UnableToRestoreError(f"The restored tables aren't the backup's: rows of {', '.join(wrong)}")


def _require_durability() -> None:
    if not settings.TESTING and (off := unsafe_settings()):
        raise UnableToRestoreError(f"PostgreSQL runs with {', '.join(off)} off: set it on and restart it")


def _require_audit(source: Path, *, accept_broken: bool) -> None:
    report = verify_audit(heads_file=source / HEADS)
    if report.broken and not accept_broken:
        first = report.broken[0]
        raise UnableToRestoreError(
            f"The backup's audit is broken: {first.chain} at {first.sequence}: {first.fault}. Somebody may have "
            "changed the database before the backup: find out, or restore with --accept-broken-audit"
        )
