"""A backup is one moment of the database and every file that it names, whole or not there at all."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection

from autopay_portal.backup.checking import check_backup
from autopay_portal.backup.errors import UnableToBackUpError, UnableToRestoreError
from autopay_portal.backup.saving import back_up, count_rows, newest_backup
from autopay_portal.core import vault
from bank_gateway.models import Connection, IncomingFile
from companies.models import Customer
from companies.services import create_customer
from tests.agreements.builders import make_connection
from tests.companies.builders import SETUP, make_company, make_customer


def quiet(_text: str) -> None:
    """Say nothing."""


def keep_file(line: Connection, content: bytes) -> IncomingFile:
    """Keep a file from a bank, as the relay does."""
    stored = vault.store([content])
    return IncomingFile.objects.create(
        connection=line, name="SIM-1.xml", sha256=stored.sha256, size=stored.size, path=stored.path
    )


@pytest.fixture
def line(database: str) -> Connection:
    return make_connection(company=make_company())


def test_it_holds_the_rows_and_the_files_and_says_what_it_holds(line: Connection, tmp_path: Path) -> None:
    file = keep_file(line, b"<Document/>")
    Path(configured.CHANNEL_JOURNAL).write_text('{"event":"begin"}\n')

    backup = back_up(to=tmp_path / "backups" / "1", say=quiet)

    manifest = check_backup(backup.folder)
    with connection.cursor() as cursor:
        assert manifest.rows == count_rows(cursor)
    assert manifest.rows["companies_company"] == 1
    assert (backup.folder / "files" / file.path).read_bytes() == b"<Document/>"
    assert (backup.folder / "channel-journal.log").read_text() == '{"event":"begin"}\n'
    assert {part.name for part in manifest.parts} == {"database.dump", "files.sha256", "channel-journal.log"}
    assert manifest.missing == ()


def test_no_key_is_in_it(line: Connection, tmp_path: Path) -> None:
    keep_file(line, b"<Document/>")
    backup = back_up(to=tmp_path / "1", say=quiet)

    key = configured.KEY_RING.partition(":")[2]
    written = b"".join(path.read_bytes() for path in backup.folder.rglob("*") if path.is_file())
    assert key.encode() not in written
    assert configured.SECRET_KEY.encode() not in written


def test_a_commit_while_it_runs_is_in_it_whole_or_not_at_all(
    line: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot is taken first: what is committed after it is in neither the counts nor the dump."""
    from autopay_portal.backup import saving, tools

    def commit_meanwhile(*arguments: Any, **more: Any) -> str:
        def write() -> None:
            create_customer(number="LATE", name="Sent ute AS", actor=SETUP)
            connection.close()

        writer = threading.Thread(target=write)
        writer.start()
        writer.join(30)
        return real(*arguments, **more)

    real = tools.run_tool
    monkeypatch.setattr(saving, "run_tool", commit_meanwhile)
    before = Customer.objects.count()

    backup = back_up(to=tmp_path / "1", say=quiet)

    assert Customer.objects.count() == before + 1
    assert backup.manifest.rows["companies_customer"] == before


def test_the_next_one_links_what_the_last_one_holds(line: Connection, tmp_path: Path) -> None:
    first = keep_file(line, b"<First/>")
    back_up(to=tmp_path / "backups" / "1", say=quiet)
    second = keep_file(line, b"<Second/>")

    backup = back_up(to=tmp_path / "backups" / "2", say=quiet)

    assert (backup.saved.count, backup.saved.linked) == (2, 1)
    kept = [tmp_path / "backups" / number / "files" / first.path for number in ("1", "2")]
    assert kept[0].stat().st_ino == kept[1].stat().st_ino != (Path(configured.VAULT_DIR) / first.path).stat().st_ino
    assert (backup.folder / "files" / second.path).read_bytes() == b"<Second/>"
    assert newest_backup(tmp_path / "backups") == backup.folder
    check_backup(backup.folder)


def test_a_broken_off_one_is_no_backup_and_is_written_over(
    line: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autopay_portal.backup import saving

    def die(*_arguments: Any, **_more: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(saving, "save_vault", die)
        with pytest.raises(KeyboardInterrupt):
            back_up(to=tmp_path / "1", say=quiet)
    assert not (tmp_path / "1").exists()
    with pytest.raises(UnableToRestoreError, match="is no backup"):
        check_backup(tmp_path / "1.part")

    check_backup(back_up(to=tmp_path / "1", say=quiet).folder)


def test_a_folder_that_is_there_is_never_written_into(line: Connection, tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "2.part").mkdir()
    (tmp_path / "2.part" / "mine").touch()
    for name in ("1", "2"):
        with pytest.raises(UnableToBackUpError):
            back_up(to=tmp_path / name, say=quiet)
    assert (tmp_path / "2.part" / "mine").exists()


@pytest.mark.parametrize("harm", ["lost", "changed"])
def test_a_file_that_the_disk_has_lost_is_named_and_the_rest_is_saved(
    line: Connection, tmp_path: Path, harm: str
) -> None:
    lost, kept = keep_file(line, b"<Lost/>"), keep_file(line, b"<Kept/>")
    path = Path(configured.VAULT_DIR) / lost.path
    path.unlink() if harm == "lost" else path.write_bytes(b"<Lust/>")

    backup = back_up(to=tmp_path / "1", say=quiet)

    assert backup.manifest.missing == (lost.sha256,)
    assert (backup.folder / "files" / kept.path).exists()
    assert not (backup.folder / "files" / lost.path).exists()
    check_backup(backup.folder)


@pytest.mark.parametrize("part", ["database.dump", "files.sha256", "file", "missing file", "manifest.json"])
def test_damage_anywhere_is_found(line: Connection, tmp_path: Path, part: str) -> None:
    file = keep_file(line, b"<Document/>")
    make_customer()
    folder = back_up(to=tmp_path / "1", say=quiet).folder
    path = folder / "files" / file.path if part.endswith("file") else folder / part
    if part == "missing file":
        path.unlink()
    elif part == "manifest.json":
        path.write_text(json.dumps({**json.loads(path.read_text()), "file_count": 5}))
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)

    with pytest.raises(UnableToRestoreError, match="damaged"):
        check_backup(folder)
