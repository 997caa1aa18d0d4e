"""PostgreSQL on a unix socket in a closed folder, by password only: no TCP at all."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from autopay_portal.sandbox.guardian import is_zombie
from autopay_portal.sandbox.servers.owner import Owner, UnableToServeError
from autopay_portal.sandbox.servers.process import start_process, wait_for
from autopay_portal.sandbox.servers.sockets import make_socket_folder

STOP_SIGNAL = signal.SIGINT  # "fast": ends sessions, writes a checkpoint; SIGTERM would wait for clients
ADMIN = "postgres"
ROLE = "portal"
DATABASE = "portal"
_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    # An order of 100,000 payments is staged in temporary tables of about 60 MB; the default spills them to disk.
    "temp_buffers": "64MB",
    "work_mem": "32MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u ",
}
_ACCESS = """\
# The portal and the operator come by password over the socket; nothing comes by TCP.
local all all scram-sha-256
"""


@dataclass(frozen=True)
class Passwords:
    """The passwords of the superuser and of the portal's own role, which owns its database and no more."""

    admin: str
    portal: str


@dataclass(frozen=True)
class Postgres:
    """One PostgreSQL: its data below `home`, served by `owner` (see `choose_owner`), its socket in `sockets`."""

    home: Path
    sockets: Path
    log: Path
    owner: Owner
    binaries: Path
    passwords: Passwords
    settings: Mapping[str, str] = field(default_factory=dict)
    may_create_databases: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def url(self) -> str:
        """Return the portal's address of it, as dj-database-url reads it."""
        return self._url(role=ROLE, password=self.passwords.portal, database=DATABASE)

    @property
    def admin_url(self) -> str:
        """Return the superuser's address of it."""
        return self._url(role=ADMIN, password=self.passwords.admin, database="postgres")

    def _url(self, *, role: str, password: str, database: str) -> str:
        return f"postgres://{role}:{quote(password, safe='')}@{quote(str(self.sockets), safe='')}/{database}"

    def create(self) -> bool:
        """Make the data folder if there is none yet and return whether it was made.

        A half-made one is never taken for a database: it is made beside and renamed when whole.
        """
        if self.data.exists():
            return False
        partial = self.home / "data.new"
        shutil.rmtree(partial, ignore_errors=True)
        self._initdb(partial)
        access = partial / "pg_hba.conf"
        access.write_text(_ACCESS, encoding="utf-8")
        partial.rename(self.data)
        return True

    def _initdb(self, folder: Path) -> None:
        password_file = self.home / "admin-password"
        descriptor = os.open(password_file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(self.passwords.admin + "\n")
        if self.owner.user:
            os.chown(password_file, *self.owner.user)
        command = [
            str(self.binaries / "initdb"),
            f"--pgdata={folder}",
            f"--username={ADMIN}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ]
        try:
            with self.log.open("ab") as log:
                made = self._start(command, log=log)
                code = made.wait(timeout=120)
        finally:
            password_file.unlink()
        if code != 0:
            raise UnableToServeError(f"PostgreSQL's initdb ended with {code}; its own words are in {self.log}")

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the server and return at once."""
        self.data.chmod(0o700)
        make_socket_folder(self.sockets, owner=self.owner.user)
        self._forget_stale_locks()
        settings = {**_SETTINGS, **self.settings, "unix_socket_directories": str(self.sockets)}
        command = [str(self.binaries / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            return self._start(command, log=log)

    def _start(self, command: list[str], *, log: object) -> subprocess.Popen[bytes]:
        return start_process(
            self.owner.command(command),
            log=log,  # type: ignore[arg-type]
            cwd=self.home,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", **self.environment},
            user=self.owner.user,
            death_signal=STOP_SIGNAL,
        )

    def _forget_stale_locks(self) -> None:
        """Remove lock files whose process is gone or has become another program.

        PostgreSQL takes any live process of its own user for a running server, and a zombie too: wait for that one.
        """
        for lock in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            if not lock.exists():
                continue
            first = lock.read_text(encoding="utf-8").split("\n", 1)[0].strip()
            pid = int(first) if first.isdigit() else 0
            wait_for(lambda pid=pid: not is_zombie(pid), seconds=10)  # type: ignore[misc]
            if not _serves(pid, self.data):
                lock.unlink(missing_ok=True)

    def connect(self, *, database: str = "postgres") -> psycopg2.extensions.connection:
        """Open a connection as the superuser."""
        return psycopg2.connect(
            host=str(self.sockets), user=ADMIN, password=self.passwords.admin, dbname=database, connect_timeout=5
        )

    def answers(self) -> bool:
        """Return whether it takes connections (not while it still recovers)."""
        try:
            self.connect().close()
        except psycopg2.OperationalError:
            return False
        return True

    def wait_until_ready(self, process: subprocess.Popen[bytes], *, seconds: float = 120) -> None:
        """Return when it answers; raise UnableToServeError if it ended or took too long."""
        wait_for(lambda: process.poll() is not None or self.answers(), seconds=seconds)
        if process.poll() is not None or not self.answers():
            raise UnableToServeError(f"PostgreSQL did not start; its own words are in {self.log}")

    def ensure_database(self) -> None:
        """Make the portal's role and its database if they are missing; its password follows ours."""
        connection = self.connect()
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                self._ensure_role(cursor)
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if cursor.fetchone() is None:
                    names = (sql.Identifier(DATABASE), sql.Identifier(ROLE))
                    cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
        finally:
            connection.close()

    def _ensure_role(self, cursor: psycopg2.extensions.cursor) -> None:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        verb = "ALTER" if cursor.fetchone() else "CREATE"
        rights = "CREATEDB" if self.may_create_databases else "NOCREATEDB"
        statement = sql.SQL(f"{verb} ROLE {{}} LOGIN NOSUPERUSER {rights} PASSWORD {{}}")
        cursor.execute(statement.format(sql.Identifier(ROLE), sql.Literal(self.passwords.portal)))


def _serves(pid: int, data: Path) -> bool:
    """Return whether that process is a PostgreSQL on our data folder."""
    proc = Path(f"/proc/{pid}")
    if not Path("/proc/self").exists():
        return True
    try:
        return os.fsencode(data) in (proc / "cmdline").read_bytes()
    except OSError:
        return False
