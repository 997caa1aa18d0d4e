"""The PostgreSQL that holds the portal's database: its databases, who is connected, and putting one in another's place.

The portal's role owns its database. Making one and renaming two needs more: `DATABASE_ADMIN_URL`, or a role of the
portal's that may create databases.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dj_database_url
import psycopg2
from django.db import connections
from psycopg2 import sql

from autopay_portal.backup.errors import UnableToRestoreError

ADMIN_URL = "DATABASE_ADMIN_URL"
# PostgreSQL cuts longer names, and two would then be one.
_LONGEST_NAME = 63
_SHOWN_SESSIONS = 10


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach the server: as the portal's role, and as one that may create databases. Parameters are libpq's."""

    parameters: Mapping[str, str]
    admin_parameters: Mapping[str, str]

    @property
    def database(self) -> str:
        """Return the name of the portal's database."""
        return self.parameters["dbname"]

    @contextmanager
    def admin(self, *, database: str = "postgres") -> Iterator[Any]:
        """Yield a cursor that may create and rename databases; each statement commits by itself."""
        session = psycopg2.connect(**{**self.admin_parameters, "dbname": database})
        try:
            session.autocommit = True
            with session.cursor() as cursor:
                yield cursor
        finally:
            session.close()

    def on(self, database: str) -> dict[str, str]:
        """Return how the portal's role reaches another of the server's databases."""
        return {**self.parameters, "dbname": database}

    @contextmanager
    def session(self, database: str) -> Iterator[Any]:
        """Yield a cursor of the portal's role in another of the server's databases."""
        session = psycopg2.connect(**self.on(database))
        try:
            session.autocommit = True
            with session.cursor() as cursor:
                yield cursor
        finally:
            session.close()


def configured_server() -> Server:
    """Return the server of the settings' database."""
    settled = connections["default"].get_connection_params()
    parameters = {name: str(value) for name, value in settled.items() if isinstance(value, str | int) and value != ""}
    admin_url = os.environ.get(ADMIN_URL)
    if not admin_url:
        return Server(parameters, parameters)
    parsed: dict[str, Any] = dict(dj_database_url.parse(admin_url))
    named = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {name: str(parsed[key]) for name, key in named.items() if parsed.get(key)}
    return Server(parameters, {**parameters, **given})


def server_major(cursor: Any) -> int:
    """Return the server's major version."""
    cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
    return int(cursor.fetchone()[0])


def exists(cursor: Any, database: str) -> bool:
    """Return whether the server has a database of that name."""
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
    return cursor.fetchone() is not None


def is_empty(server: Server, database: str) -> bool:
    """Return whether a database has no table of anybody's."""
    with server.session(database) as cursor:
        cursor.execute(
            """SELECT NOT EXISTS (SELECT 1 FROM pg_class JOIN pg_namespace AS place ON place.oid = relnamespace
                                   WHERE relkind IN ('r', 'p') AND place.nspname NOT LIKE 'pg\\_%'
                                     AND place.nspname <> 'information_schema')"""
        )
        return bool(cursor.fetchone()[0])


def refuse_if_used(cursor: Any, database: str) -> None:
    """Raise UnableToRestoreError naming who is connected to a database, if anybody is."""
    cursor.execute(
        """SELECT pid, coalesce(nullif(application_name, ''), 'unnamed'), coalesce(client_addr::text, 'this machine')
             FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() ORDER BY pid""",
        [database],
    )
    sessions = [f"{name} from {where} (PostgreSQL's process {pid})" for pid, name, where in cursor.fetchall()]
    if sessions:
        raise UnableToRestoreError(
            f"The database {database} is in use: {', '.join(sessions[:_SHOWN_SESSIONS])}. Stop the portal (web server, "
            "workers, scheduler) and every other program on it, then restore again"
        )


def create_database(cursor: Any, database: str, *, owner: str) -> None:
    """Make an empty database. Raises UnableToRestoreError if the role may not."""
    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
    try:
        cursor.execute(statement.format(sql.Identifier(database), sql.Identifier(owner)))
    except psycopg2.errors.InsufficientPrivilege as error:
        raise UnableToRestoreError(
            f"The database's role may not create databases ({str(error).strip()}). Give {ADMIN_URL} the address of a "
            "role that may, such as the server's superuser"
        ) from None


def drop_database(cursor: Any, database: str) -> None:
    """Remove a database that nobody needs, whoever is still connected."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database))
    try:
        cursor.execute(drop + sql.SQL(" WITH (FORCE)"))
    except psycopg2.errors.InsufficientPrivilege:
        # The server cleans up in it, and only a superuser may force that out; a plain drop sends it away.
        cursor.execute(drop)


def beside(database: str, mark: str) -> str:
    """Return a name beside a database's, told apart by what it is and by the second."""
    ending = f"_{mark}_{datetime.now(tz=UTC):%Y%m%d%H%M%S}"
    return database[: _LONGEST_NAME - len(ending)] + ending


def left_beside(cursor: Any, database: str, mark: str) -> list[str]:
    """Return the databases that bear a mark beside a database's name, oldest first."""
    stem = database[: _LONGEST_NAME - len(f"_{mark}_") - 14]
    cursor.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY datname", [f"{stem}_{mark}_"]
    )
    return [name for (name,) in cursor.fetchall()]


def exchange(server: Server, *, fresh: str, kept: str | None) -> None:
    """Give the fresh database the portal's name, and the one that has it the name `kept`, both or neither.

    Raises UnableToRestoreError if somebody is connected to either.
    """
    session = psycopg2.connect(**{**server.admin_parameters, "dbname": "postgres"})
    try:
        with session, session.cursor() as cursor:
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            if kept is not None:
                cursor.execute(rename.format(sql.Identifier(server.database), sql.Identifier(kept)))
            cursor.execute(rename.format(sql.Identifier(fresh), sql.Identifier(server.database)))
    except psycopg2.errors.ObjectInUse as error:
        raise UnableToRestoreError(
            f"{str(error).strip()}. Somebody connected while the backup was restored: stop the portal and restore again"
        ) from None
    finally:
        session.close()
