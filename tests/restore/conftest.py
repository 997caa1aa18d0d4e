"""A database of its own per test, which may be replaced and renamed, with a vault and a journal beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from django.db import connection, connections

from autopay_portal.backup import server as servers


@pytest.fixture(autouse=True)
def _beside(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"
    settings.CHANNEL_JOURNAL = tmp_path / "channel-journal.log"
    settings.AUDIT_HEADS = tmp_path / "audit-heads.log"
    settings.VAR = tmp_path


@pytest.fixture
def database(transactional_db: None) -> Iterator[str]:
    """An own copy of the empty test database, and all that was made beside it removed at the end."""
    usual = connection.settings_dict["NAME"]
    name = f"portal_{uuid4().hex[:8]}"
    connections.close_all()
    server = servers.configured_server()
    with server.admin() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{usual}"')
    connection.settings_dict["NAME"] = name
    yield name
    connections.close_all()
    connection.settings_dict["NAME"] = usual
    with server.admin() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name])
        for (left,) in cursor.fetchall():
            servers.drop_database(cursor, left)


def databases_like(name: str) -> list[str]:
    """Return the names of the databases that begin with a name."""
    with servers.configured_server().admin() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY datname", [name])
        return [found for (found,) in cursor.fetchall()]


def another_session(name: str) -> Any:
    """Open a connection of somebody else's to a database."""
    return psycopg2.connect(**servers.configured_server().on(name), connect_timeout=5)
