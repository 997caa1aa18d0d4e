"""The commands on an installation of `make run` that isn't running: its PostgreSQL is started for them alone."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from django.conf import settings

from autopay_portal.backup.server import ADMIN_URL
from autopay_portal.sandbox.children import end_left_overs
from autopay_portal.sandbox.embedded import find_quarters, postgres_of
from autopay_portal.sandbox.installation import ensure_secrets
from autopay_portal.sandbox.lock import take_lock
from autopay_portal.sandbox.place import ROOT, Place
from autopay_portal.sandbox.servers.postgres import STOP_SIGNAL
from autopay_portal.sandbox.servers.process import stop_process

_PATIENCE_SECONDS = 30.0


def must_be_started() -> bool:
    """Return whether this installation's database is the embedded one and doesn't run."""
    return settings.SANDBOX and not settings.DATABASE_URL


def run_with_database(arguments: Sequence[str], *, say: Callable[[str], None]) -> int:
    """Start the embedded PostgreSQL, run `manage.py` with `arguments` on it, stop it, and return the exit code.

    Holds the installation's lock, so that `make run` can't start meanwhile. Raises UnableToStartError,
    UnableToServeError.
    """
    place = Place(settings.VAR)
    place.make()
    with take_lock(place):
        end_left_overs(place)
        kept = ensure_secrets(place)
        mark = {"AUTOPAY_INSTANCE": "backup"}
        server = postgres_of(place, find_quarters(place, say=say), passwords=kept.passwords, mark=mark)
        server.create()
        process = server.launch()
        try:
            server.wait_until_ready(process)
            server.ensure_database()
            environment = {
                **os.environ,
                "DATABASE_URL": server.url,
                ADMIN_URL: server.admin_url,
                "AUTOPAY_SECRET_KEY": kept.secret_key,
                "AUTOPAY_KEY_RING": kept.key_ring,
            }
            command = [sys.executable, "manage.py", *arguments]
            return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        finally:
            stop_process(process, stop_signal=STOP_SIGNAL, patience=_PATIENCE_SECONDS)
