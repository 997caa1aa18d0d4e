"""The simulated banks' own storage: one SQLite file in WAL mode that survives kill -9 and power loss."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bank_gateway.simulator.tables import SCHEMA, SCHEMA_VERSION

_CACHE_KIB = 32 * 1024


_ADVICE = "Begin anew: `make reset` in the sandbox, otherwise delete {folder}"


class StorageUnusable(Exception):  # noqa: N818 - says what it is
    """A storage made by another version of this program, or by nothing like it."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the storage in WAL mode with synchronous=FULL, so that what is committed stays."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    return connection


def prepare(path: Path) -> None:
    """Create the tables on first use.

    Raises StorageUnusable, with what to do, when the storage isn't one of this version of this program.
    """
    try:
        version = _prepared(path)
    except sqlite3.OperationalError as error:
        # The place, not what lies there: no permission, no room, another that writes.
        raise StorageUnusable(f"{path} can't be opened ({error})") from error
    except sqlite3.DatabaseError as error:
        raise StorageUnusable(f"{path} can't be read ({error}). {_ADVICE.format(folder=path.parent)}") from error
    if version != SCHEMA_VERSION:
        raise StorageUnusable(
            f"{path} was made by another version of the simulated banks (tables {version}, this program knows "
            f"{SCHEMA_VERSION}). {_ADVICE.format(folder=path.parent)}"
        )


def _prepared(path: Path) -> int:
    """Create the tables in an empty storage, and return the version of those that are there then."""
    with closing(connect(path)) as connection:
        path.chmod(0o600)
        with transaction(connection):
            is_empty = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None
            if is_empty:
                for statement in SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run a block in one write transaction: all of it is kept, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def next_number(connection: sqlite3.Connection, name: str) -> int:
    """Return the next number of a counter that starts at 1 and has no holes, inside the caller's transaction."""
    row = connection.execute(
        "INSERT INTO counter (name, value) VALUES (?, 1) "
        "ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
        (name,),
    ).fetchone()
    return int(row[0])


def schedule(connection: sqlite3.Connection, *, bank: str, kind: str, at: str, subject: int = 0) -> None:
    """Put an event into the bank's diary, once per bank, kind, time and subject."""
    connection.execute(
        "INSERT INTO event (bank, kind, at, subject) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (bank, kind, at, subject),
    )
