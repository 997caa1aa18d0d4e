"""PostgreSQL's own `pg_dump` and `pg_restore`: from the wheel of the embedded server, else from PATH."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from autopay_portal.backup.errors import UnableToRunToolError
from autopay_portal.sandbox.servers.binaries import postgres_binaries
from autopay_portal.sandbox.servers.owner import UnableToServeError

# libpq's names: a password is never an argument, which every user of the machine could read.
_ENVIRONMENT = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS", "connect_timeout": "PGCONNECT_TIMEOUT", "application_name": "PGAPPNAME",
    "client_encoding": "PGCLIENTENCODING", "channel_binding": "PGCHANNELBINDING",
}  # fmt: skip
# How a broken connection is noticed; libpq has no variable for it, and who runs a tool sees it end.
_ONLY_OF_CONNECTIONS = {"keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"}
_MOST_WORDS = 2000


def find_tool(name: str, *, major: int) -> Path:
    """Return the program of that name and of the server's major version. Raises UnableToRunToolError."""
    found: list[str] = []
    for path in _candidates(name):
        version = _major_of(path)
        if version == major:
            return path
        found.append(f"{path} is of version {version}")
    raise UnableToRunToolError(
        f"{name} of PostgreSQL {major} is needed, as the server is; {', '.join(found) or 'there is none'}. "
        f"Install PostgreSQL {major}'s client programs and put them on PATH"
    )


def _candidates(name: str) -> list[Path]:
    paths = []
    try:
        paths.append(postgres_binaries() / name)
    except UnableToServeError:
        # There is no wheel for this kind of machine: PATH has to do.
        paths.clear()
    if on_path := shutil.which(name):
        paths.append(Path(on_path))
    return [path for path in paths if path.is_file()]


def _major_of(path: Path) -> int:
    done = subprocess.run([str(path), "--version"], capture_output=True, text=True, timeout=30, check=False)
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    return int(found.group(1)) if found else 0


def run_tool(path: Path, arguments: Sequence[str], *, parameters: Mapping[str, str]) -> str:
    """Run one of the programs against a database (`parameters` as psycopg2 takes them) and return what it printed.

    Raises UnableToRunToolError with its words.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    for name, value in parameters.items():
        if name in _ONLY_OF_CONNECTIONS:
            continue
        if name not in _ENVIRONMENT:
            raise UnableToRunToolError(f"The database's option {name} isn't one that {path.name} is told of")
        environment[_ENVIRONMENT[name]] = str(value)
    done = subprocess.run(
        [str(path), *arguments], env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise UnableToRunToolError(f"{path.name} ended with {done.returncode}: {done.stderr.strip()[-_MOST_WORDS:]}")
    return done.stdout
