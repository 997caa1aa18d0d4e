"""`manage.py backup --to DIR`: save the database and the files that it names, while the portal runs or not."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from autopay_portal.backup.embedded import must_be_started, run_with_database
from autopay_portal.backup.errors import UnableToBackUpError
from autopay_portal.backup.saving import back_up, missing_text
from autopay_portal.sandbox.place import UnableToStartError
from autopay_portal.sandbox.servers.owner import UnableToServeError


class Command(BaseCommand):
    help = "Save the database, the vault's files, the channel journal and the audit's heads. No key is saved."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the new folder."""
        parser.add_argument("--to", type=Path, required=True, help="a folder that isn't there yet")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Save, and say what was saved; raise CommandError if nothing was, or if files are missing."""
        to: Path = options["to"].absolute()
        try:
            if must_be_started():
                if run_with_database(["backup", "--to", str(to)], say=self._say):
                    raise CommandError("The backup failed, see above")
                return
            backup = back_up(to=to, say=self._say)
        except (UnableToBackUpError, UnableToStartError, UnableToServeError) as error:
            raise CommandError(str(error)) from error
        manifest, saved = backup.manifest, backup.saved
        self._say(
            f"{backup.folder}: {sum(manifest.rows.values())} rows, {saved.count} files of {saved.size} bytes "
            f"({saved.linked} of them linked to the backup before), taken at {manifest.taken_at}"
        )
        self._say("The key ring is not in it: keep AUTOPAY_KEY_RING somewhere else, or nobody can read the secrets")
        if manifest.missing:
            raise CommandError(missing_text(backup))

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
