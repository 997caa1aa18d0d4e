"""Taking files out of `to_bank/`: each exactly once, whatever moment the program is killed at.

A file's bytes are kept, then its row is committed together with the identity of the file on disk (inode, time,
size), and only then is it removed. A start that finds a file with a committed identity removes it and nothing more.
"""

import os
import sqlite3
from pathlib import Path

from bank_gateway.simulator import instants, storage
from bank_gateway.simulator.contents import flush_folder, read_chunks
from bank_gateway.simulator.house import TO_BANK, House


def take_files(connection: sqlite3.Connection, house: House) -> int:
    """Take every complete file of every login and put its reading into the diary; return how many there were."""
    settle_taken(connection, house)
    taken = 0
    for login in connection.execute("SELECT id, bank, username FROM login ORDER BY id").fetchall():
        folder = house.login_folder(login["username"]) / TO_BANK
        for path in _complete_files(folder, house):
            _take(connection, house, login=login, path=path)
            taken += 1
    return taken


def is_complete(name: str) -> bool:
    """Tell whether a name is one of a complete file, which the bank takes."""
    return name.lower().endswith(".xml")


def settle_taken(connection: sqlite3.Connection, house: House) -> None:
    """Finish takings that were committed but whose file may not have been removed yet."""
    rows = connection.execute(
        "SELECT file.id, file.name, file.source, login.username FROM file JOIN login ON login.id = file.login_id "
        "WHERE file.state = 'taking'"
    ).fetchall()
    for row in rows:
        folder = house.login_folder(row["username"]) / TO_BANK
        for path in folder.iterdir():
            if _stored_name(path) == row["name"] and _identity(path) == row["source"]:
                path.unlink()
        _mark_taken(connection, row["id"], folder)


def _complete_files(folder: Path, house: House) -> list[Path]:
    """Return the regular files ending in `.xml` that no client has open, oldest first."""
    found = [
        Path(entry.path)
        for entry in os.scandir(folder)
        if is_complete(entry.name) and entry.is_file(follow_symlinks=False) and entry.path not in house.open_files
    ]
    return sorted(found, key=lambda path: (path.lstat().st_mtime_ns, path.name))


def _take(connection: sqlite3.Connection, house: House, *, login: sqlite3.Row, path: Path) -> None:
    """Keep a file's bytes, commit its row, remove it."""
    source = _identity(path)
    kept = house.contents.keep(read_chunks(path))
    at = instants.to_text(house.clock.now())
    with storage.transaction(connection):
        inserted = connection.execute(
            "INSERT INTO file (bank, login_id, direction, name, kind, sha256, size, at, source, state) "
            "VALUES (?, ?, 'in', ?, 'order', ?, ?, ?, ?, 'taking')",
            (login["bank"], login["id"], _stored_name(path), kept.sha256, kept.size, at, source),
        )
        file_id = int(inserted.lastrowid or 0)
        storage.schedule(connection, bank=login["bank"], kind="read", at=at, subject=file_id)
    path.unlink()
    _mark_taken(connection, file_id, path.parent)


def _mark_taken(connection: sqlite3.Connection, file_id: int, folder: Path) -> None:
    """Note that a file is no longer in `to_bank/`, once that is on disk."""
    flush_folder(folder)
    connection.execute("UPDATE file SET state = 'taken' WHERE id = ?", (file_id,))


def _identity(path: Path) -> str:
    """Return what tells this file from another of the same name."""
    status = path.lstat()
    return f"{status.st_ino}:{status.st_mtime_ns}:{status.st_size}"


def _stored_name(path: Path) -> str:
    """Return a file's name as text, whatever bytes it is made of."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")
