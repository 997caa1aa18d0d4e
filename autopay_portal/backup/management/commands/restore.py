"""`manage.py restore --from DIR`: put a backup's database in place of the portal's, which must be stopped."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from autopay_portal.backup.checking import check_backup
from autopay_portal.backup.embedded import must_be_started, run_with_database
from autopay_portal.backup.errors import UnableToRestoreError
from autopay_portal.backup.restoring import Restored, restore
from autopay_portal.sandbox.place import UnableToStartError
from autopay_portal.sandbox.servers.owner import UnableToServeError

_FLAGS = ("replace", "accept_broken_audit")


class Command(BaseCommand):
    help = "Restore a backup. The portal must be stopped; the database that is replaced is kept under another name."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the backup, and what may be done."""
        parser.add_argument("--from", dest="source", type=Path, required=True, help="the backup's folder")
        parser.add_argument("--check", action="store_true", help="only read every byte of the backup")
        parser.add_argument("--replace", action="store_true", help="also if the database isn't empty")
        parser.add_argument(
            "--accept-broken-audit", action="store_true", help="also if the audit in the backup doesn't hold"
        )

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Restore and say what was done; raise CommandError if nothing was."""
        source: Path = options["source"].absolute()
        try:
            if options["check"]:
                manifest = check_backup(source)
                self._say(f"{source} is whole: taken at {manifest.taken_at}, {manifest.file_count} files")
                return
            if must_be_started():
                flags = [f"--{name.replace('_', '-')}" for name in _FLAGS if options[name]]
                if run_with_database(["restore", "--from", str(source), *flags], say=self._say):
                    raise CommandError("Nothing was restored, see above")
                return
            restored = restore(
                source=source,
                replace=options["replace"],
                accept_broken_audit=options["accept_broken_audit"],
                say=self._say,
            )
        except (UnableToRestoreError, UnableToStartError, UnableToServeError) as error:
            raise CommandError(str(error)) from error
        self._report(restored)

    def _report(self, restored: Restored) -> None:
        done = restored.reconciled
        self._say(f"Restored, as of {restored.manifest.taken_at}. {done.sessions_ended} sessions were ended")
        self._say(f"The channel journal: {restored.journal}")
        self._say(
            f"On hold: {', '.join(done.hold.banks) or 'no bank'}. Release them as docs/backup-and-restore.md says"
        )
        self._say(f"Steps of uploads that the database has forgotten: {done.hold.forgotten_lines}")
        if done.hold.forgotten_lines:
            self._say(
                f"Payments in those files that the duplicate radar knows again: {done.remembered.payments}. "
                f"Files that can't be read: {', '.join(done.remembered.unreadable) or 'none'}"
            )
        if restored.heads_aside:
            self._say(f"The audit's heads that were signed since the backup: {restored.heads_aside}")
        if restored.kept:
            self._say(f"The database that was replaced is kept as {restored.kept}; drop it when you need it no longer")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
