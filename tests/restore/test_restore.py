"""A restore replaces the database whole or leaves it as it was, and nothing of it is usable before it is safe."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, connections

from autopay_portal.backup.errors import UnableToRestoreError
from autopay_portal.backup.restoring import restore
from autopay_portal.backup.saving import back_up
from autopay_portal.core import secrets
from bank_gateway.models import Connection, IncomingFile, Pause
from bank_gateway.relay.services.connections import private_key_context
from companies.models import Alarm, AuditEvent, Customer
from companies.services import write_audit_heads
from companies.verification import verify_audit
from tests.agreements.builders import make_connection
from tests.companies.builders import make_company, make_customer
from tests.restore.conftest import another_session, databases_like
from tests.restore.test_backup import keep_file, quiet

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def line(database: str) -> Connection:
    return make_connection(company=make_company())


@pytest.fixture
def backup(line: Connection, tmp_path: Path) -> Path:
    keep_file(line, b"<Document/>")
    write_audit_heads()
    return back_up(to=tmp_path / "backup", say=quiet).folder


def bring_back(backup: Path, **more: Any) -> Any:
    """Restore with the flag that a database with tables needs."""
    return restore(source=backup, say=quiet, **{"replace": True, **more})


def test_the_database_is_as_it_was_and_the_newer_one_is_kept(backup: Path, database: str, line: Connection) -> None:
    make_customer()
    customers = Customer.objects.count()

    restored = bring_back(backup)

    assert Customer.objects.count() == customers - 1
    assert databases_like(database) == [database, restored.kept]
    with another_session(restored.kept) as session, session.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM companies_customer")
        assert cursor.fetchone() == (customers,)
    token = bytes(Connection.objects.get().private_key)
    assert secrets.decrypt(token, context=private_key_context(line.pk)).startswith(b"-----BEGIN")


def test_every_bank_is_on_hold_and_the_restore_stands_in_the_audit(backup: Path, line: Connection) -> None:
    bring_back(backup)

    assert Pause.objects.get(lifted_at=None).bank == "dnb"
    assert Alarm.objects.filter(code="relay_on_hold_after_restore", cleared_at=None).exists()
    event = AuditEvent.objects.get(action="database.restored")
    assert event.details["banks_on_hold"] == ["dnb"]


def test_the_audit_holds_afterwards_and_the_heads_signed_since_are_kept(backup: Path, line: Connection) -> None:
    make_customer()
    write_audit_heads()
    signed = Path(configured.AUDIT_HEADS).read_bytes()

    restored = bring_back(backup)

    assert verify_audit(heads_file=Path(configured.AUDIT_HEADS)).broken == ()
    assert restored.heads_aside.read_bytes() == signed
    write_audit_heads()
    assert verify_audit(heads_file=Path(configured.AUDIT_HEADS)).broken == ()


def test_a_backup_whose_audit_is_broken_is_refused_unless_that_is_accepted(
    line: Connection, database: str, tmp_path: Path
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE companies_auditevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE companies_auditevent SET action = 'nothing.happened'")
        cursor.execute("ALTER TABLE companies_auditevent ENABLE TRIGGER USER")
    backup = back_up(to=tmp_path / "backup", say=quiet).folder

    with pytest.raises(UnableToRestoreError, match="audit is broken"):
        bring_back(backup)
    assert databases_like(database) == [database]
    bring_back(backup, accept_broken_audit=True)


def test_every_session_is_ended(line: Connection, tmp_path: Path) -> None:
    session = SessionStore()
    session["user"] = "kari"
    session.save()
    backup = back_up(to=tmp_path / "backup", say=quiet).folder

    assert bring_back(backup).reconciled.sessions_ended == 1
    assert not Session.objects.exists()


def test_lost_and_damaged_files_come_back_and_newer_ones_stay(backup: Path, line: Connection) -> None:
    root = Path(configured.VAULT_DIR)
    old = IncomingFile.objects.get()
    new = keep_file(line, b"<Newer/>")
    (root / old.path).write_bytes(b"<Dokument/>")

    bring_back(backup)

    assert (root / old.path).read_bytes() == b"<Document/>"
    assert (root / new.path).read_bytes() == b"<Newer/>"
    assert IncomingFile.objects.count() == 1


def test_a_database_with_tables_is_not_replaced_unasked(backup: Path, database: str) -> None:
    with pytest.raises(UnableToRestoreError, match="--replace"):
        bring_back(backup, replace=False)
    assert databases_like(database) == [database]


def test_it_makes_the_database_where_there_is_none(backup: Path, database: str) -> None:
    connections.close_all()
    from autopay_portal.backup import server as servers

    with servers.configured_server().admin() as cursor:
        servers.drop_database(cursor, database)

    assert bring_back(backup, replace=False).kept is None
    assert Customer.objects.exists()


def test_it_refuses_while_anybody_is_connected_and_names_him(backup: Path, database: str) -> None:
    customers = Customer.objects.count()
    connections.close_all()
    worker = another_session(database)
    try:
        with pytest.raises(UnableToRestoreError, match="autopay from this machine"):
            bring_back(backup)
    finally:
        worker.close()
    assert Customer.objects.count() == customers


def test_who_connects_while_it_works_stops_the_exchange(
    backup: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autopay_portal.backup import beside, restoring

    sessions = []
    real = beside.replace_heads

    def start_the_portal(source: Path) -> Path | None:
        sessions.append(another_session(database))
        return real(source)

    monkeypatch.setattr(restoring, "replace_heads", start_the_portal)
    make_customer()
    write_audit_heads()
    customers = Customer.objects.count()
    with pytest.raises(UnableToRestoreError, match="stop the portal and restore again"):
        bring_back(backup)
    sessions[0].close()
    assert Customer.objects.count() == customers
    report = verify_audit(heads_file=Path(configured.AUDIT_HEADS))
    assert (report.signed_heads, report.broken) == (2, ())
    assert databases_like(database) == [database]


def test_a_backup_of_a_newer_version_is_refused(backup: Path, database: str) -> None:
    _alter(backup, lambda content: content["migrations"].append(["remittance", "0999_of_the_future"]))
    with pytest.raises(UnableToRestoreError, match="0999_of_the_future"):
        bring_back(backup)


def test_a_backup_of_a_newer_postgresql_is_refused(backup: Path, database: str) -> None:
    _alter(backup, lambda content: content.update(server_version=99))
    with pytest.raises(UnableToRestoreError, match="99"):
        bring_back(backup)


def test_a_backup_whose_secrets_the_key_ring_does_not_open_is_refused(
    backup: Path, database: str, settings: Any
) -> None:
    ring = settings.KEY_RING
    name, _, key = ring.partition(":")
    settings.KEY_RING = f"other:{key}"
    with pytest.raises(UnableToRestoreError, match=f"it lacks {name}"):
        bring_back(backup)
    settings.KEY_RING = f"{name}:{'A' * 43}="
    with pytest.raises(UnableToRestoreError, match="AUTOPAY_KEY_RING"):
        bring_back(backup)
    settings.KEY_RING = f"newer:{'A' * 43}=,{ring}"
    bring_back(backup)


def test_a_dump_that_lacks_rows_is_refused(backup: Path, database: str) -> None:
    _alter(backup, lambda content: content["rows"].update(companies_customer=7))
    with pytest.raises(UnableToRestoreError, match="companies_customer 1 of 7"):
        bring_back(backup)
    assert databases_like(database) == [database]


@pytest.mark.parametrize("moment", ["bring_back", "reconcile", "replace_heads"])
def test_killed_anywhere_it_leaves_the_database_and_can_be_run_again(
    backup: Path, database: str, line: Connection, moment: str
) -> None:
    make_customer()
    customers = Customer.objects.count()
    connections.close_all()
    script = (
        "import os, signal, django; django.setup()\n"
        "from autopay_portal.backup import restoring\n"
        f"restoring.{moment} = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from pathlib import Path\n"
        f"restoring.restore(source=Path({str(backup)!r}), replace=True, say=print)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=_environment(database), timeout=60, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert Customer.objects.count() == customers

    bring_back(backup)

    assert Customer.objects.count() == customers - 1
    assert len(databases_like(database)) == 2


def _environment(database: str) -> dict[str, str]:
    url = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    return {
        **os.environ,
        "DATABASE_URL": f"{url}/{database}",
        "DJANGO_SETTINGS_MODULE": "autopay_portal.settings",
        "AUTOPAY_VAR": str(configured.VAR),
    }


def _alter(backup: Path, change: Any) -> None:
    path = backup / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
