"""The embedded servers by themselves: where they live, who serves them, and what they refuse."""

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest

from autopay_portal.sandbox.embedded import elsewhere, find_quarters
from autopay_portal.sandbox.place import Place
from autopay_portal.sandbox.servers.binaries import postgres_binaries
from autopay_portal.sandbox.servers.owner import Method, Owner, UnableToServeError, choose_owner
from autopay_portal.sandbox.servers.postgres import STOP_SIGNAL, Passwords, Postgres
from autopay_portal.sandbox.servers.process import stop_process
from autopay_portal.sandbox.servers.sockets import make_socket_folder, socket_folder
from tests.sandbox.conftest import as_root

PASSWORDS = Passwords(admin="admin's pässword", portal="p@ss/word")
Make = Callable[..., Postgres]


@pytest.fixture
def folder(open_folder: Path) -> Iterator[Path]:
    """An empty folder that every user may pass through."""
    path = open_folder / "servers"
    path.mkdir()
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


def _postgres(folder: Path, owner: Owner | None = None, binaries: Path | None = None) -> Postgres:
    binaries = binaries or postgres_binaries()
    owner = owner or choose_owner(home=folder / "postgres", binaries=binaries)
    assert owner is not None
    return Postgres(
        home=folder / "postgres",
        sockets=socket_folder(folder / "sockets") / "postgres",
        log=folder / "postgres.log",
        owner=owner,
        binaries=binaries,
        passwords=PASSWORDS,
    )


@pytest.fixture
def serve() -> Iterator[Callable[[Postgres], subprocess.Popen[bytes]]]:
    """Start a PostgreSQL; it is ended with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def _serve(server: Postgres) -> subprocess.Popen[bytes]:
        server.create()
        process = server.launch()
        started.append(process)
        server.wait_until_ready(process, seconds=30)
        server.ensure_database()
        return process

    yield _serve
    for process in started:
        stop_process(process, stop_signal=STOP_SIGNAL, patience=10)


def _ask(server: Postgres, statement: str) -> str:
    connection = psycopg2.connect(server.url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            row = cursor.fetchone()
            assert row is not None
            return str(row[0])
    finally:
        connection.close()


def test_the_portal_is_no_superuser_and_its_database_is_durable(
    folder: Path, serve: Callable[[Postgres], subprocess.Popen[bytes]]
) -> None:
    server = _postgres(folder)
    serve(server)

    assert _ask(server, "SELECT current_setting('is_superuser')") == "off"
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert _ask(server, f"SHOW {setting}") == "on"


def test_no_tcp_and_no_entry_without_the_password(
    folder: Path, serve: Callable[[Postgres], subprocess.Popen[bytes]]
) -> None:
    server = _postgres(folder)
    serve(server)

    assert _ask(server, "SHOW listen_addresses") == ""
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(host=str(server.sockets), user="portal", dbname="portal", password="guess")
    assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700


def test_norwegian_letters_change_case(folder: Path, serve: Callable[[Postgres], subprocess.Popen[bytes]]) -> None:
    server = _postgres(folder)
    serve(server)

    assert _ask(server, "SELECT lower('ÆØÅ')") == "æøå"


def test_a_half_made_database_is_made_again(folder: Path, serve: Callable[[Postgres], subprocess.Popen[bytes]]) -> None:
    server = _postgres(folder)
    half = server.home / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")

    serve(server)

    assert _ask(server, "SELECT 1") == "1"
    assert not half.exists()


def test_a_killed_server_leaves_a_lock_that_the_next_start_sees_through(
    folder: Path, serve: Callable[[Postgres], subprocess.Popen[bytes]]
) -> None:
    server = _postgres(folder)
    process = serve(server)
    process.kill()
    process.wait()
    # The number now belongs to another process of the same user, as after a restart of a container.
    uid, gid = server.owner.user or (None, None)
    other = subprocess.Popen(["sleep", "60"], user=uid, group=gid, extra_groups=[] if uid else None)
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(other.pid), *lines[1:]]))
    try:
        again = serve(server)
    finally:
        other.kill()
        other.wait()

    assert again.poll() is None
    assert _ask(server, "SELECT 1") == "1"


def test_a_long_path_gets_its_sockets_in_the_temporary_folder(folder: Path) -> None:
    long = folder / ("ø" * 30) / ("å" * 30)

    found = socket_folder(long)

    assert len(os.fsencode(found)) < 60
    assert found == socket_folder(long)
    assert found != socket_folder(long / "another")


def test_a_socket_folder_that_somebody_laid_as_a_link_is_refused(folder: Path) -> None:
    (folder / "target").mkdir()
    (folder / "sockets").symlink_to(folder / "target")

    with pytest.raises(UnableToServeError, match="not a folder of ours"):
        make_socket_folder(folder / "sockets")


@as_root
def test_root_serves_as_nobody_where_nobody_can_reach_the_folder(folder: Path) -> None:
    owner = choose_owner(home=folder / "postgres", binaries=postgres_binaries())

    assert owner is not None
    assert owner.method is Method.NOBODY


@as_root
def test_in_a_closed_folder_root_serves_in_a_namespace_and_changes_no_permission(
    folder: Path, serve: Callable[[Postgres], subprocess.Popen[bytes]]
) -> None:
    closed = folder / "hjem lukket"
    closed.mkdir(mode=0o700)
    before = closed.stat()

    server = _postgres(closed)
    serve(server)

    assert server.owner.method is Method.NAMESPACE
    assert _ask(server, "SELECT 1") == "1"
    after = closed.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert server.data.stat().st_uid == 0


@as_root
def test_a_database_keeps_the_way_it_was_made(folder: Path) -> None:
    home = folder / "postgres"
    made = _postgres(folder, Owner(Method.NAMESPACE, 0, 0))
    home.mkdir(mode=0o700)
    made.create()

    owner = choose_owner(home=home, binaries=postgres_binaries())

    assert owner is not None
    assert owner.method is Method.NAMESPACE


@as_root
def test_without_nobody_and_without_namespaces_the_database_lives_elsewhere_and_the_start_says_where(
    folder: Path, serve: Callable[[Postgres], subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "hjem"
    closed.mkdir(mode=0o700)
    place = Place(closed / "var")
    place.make()
    monkeypatch.setattr("autopay_portal.sandbox.servers.owner.shutil.which", lambda _name: None)
    said: list[str] = []
    try:
        quarters = find_quarters(place, say=said.append)
        server = Postgres(
            home=quarters.home,
            sockets=folder / "sockets" / "postgres",
            log=folder / "postgres.log",
            owner=quarters.owner,
            binaries=quarters.binaries,
            passwords=PASSWORDS,
        )
        process = serve(server)

        assert str(elsewhere(place)) in said[0]
        assert quarters.home.is_relative_to(elsewhere(place))
        assert _ask(server, "SELECT 1") == "1"
        assert find_quarters(place, say=said.append) == quarters
        stop_process(process, stop_signal=signal.SIGINT, patience=10)
    finally:
        shutil.rmtree(elsewhere(place), ignore_errors=True)
