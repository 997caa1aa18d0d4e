"""Everything between running servers and a running portal, in one process: it starts Django once."""

import hashlib
import importlib.util
import io
import shutil
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, OutputWrapper

from autopay_portal.sandbox.description import describe
from autopay_portal.sandbox.place import ROOT, Place, write_private
from autopay_portal.start_checks import is_loopback
from autopay_portal.translations.compiled import compile_language


class Command(BaseCommand):
    help = "Make the sandbox ready: texts, tables, static files, the sandbox's data, sandbox.json."
    requires_system_checks = []

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Do each step that is due and say so."""
        if not settings.SANDBOX:
            raise CommandError("This is not a sandbox")
        place = Place(settings.VAR)
        if compile_texts(place):
            self._say("Compiled the Norwegian texts")
        # With the database's checks, which `migrate` leaves out when it is called from code.
        call_command("check", databases=["default"], stdout=OutputWrapper(io.StringIO()))
        self._say("Migrating the database")
        call_command("migrate", interactive=False, verbosity=0)
        self._collect_static()
        if importlib.util.find_spec("autopay_portal.sandbox.seed"):
            call_command("seed_sandbox", stdout=self.stdout)
        refuse_real_banks()
        write_private(place.new_description, describe(place))

    def _say(self, text: str) -> None:
        self.stdout.write(f"         {text}")
        self.stdout.flush()

    def _collect_static(self) -> None:
        note = Path(settings.STATIC_ROOT) / ".collected"
        fingerprint = static_fingerprint()
        if note.is_file() and note.read_text(encoding="ascii") == fingerprint:
            return
        self._say("Collecting static files")
        call_command("collectstatic", interactive=False, verbosity=0)
        note.write_text(fingerprint, encoding="ascii")


def compile_texts(place: Place) -> bool:
    """Compile the Norwegian texts, in the checkout or, where it is not ours to write in, below VAR."""
    own = place.var / "locale"
    try:
        written = compile_language("nb")
    except OSError:
        return compile_language("nb", into=own)
    shutil.rmtree(own, ignore_errors=True)
    return written


def static_fingerprint() -> str:
    """Return what changes when a static file of ours or a version of a library's does."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for folder in _static_folders():
        for path in sorted(folder.rglob("*")):
            found = path.stat()
            digest.update(f"{path}|{found.st_size}|{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _static_folders() -> list[Path]:
    installed = [Path(config.path) for config in apps.get_app_configs()]
    ours = [path / "static" for path in installed if ROOT in path.parents and "site-packages" not in path.parts]
    return [folder for folder in [*map(Path, settings.STATICFILES_DIRS), *ours] if folder.is_dir()]


def refuse_real_banks() -> None:
    """Raise CommandError if a connection leads off this machine: a sandbox never talks to a real bank."""
    connection_model = apps.get_model("bank_gateway", "Connection")
    for host in sorted(set(connection_model.objects.values_list("host", flat=True))):
        if not is_loopback(host):
            raise CommandError(
                f"A connection of this sandbox leads to {host}, which is not this machine. No bank is contacted "
                "from a sandbox: delete that connection, or run in production mode"
            )
