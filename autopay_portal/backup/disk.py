"""Files that are on disk when a function returns, whole or not at all."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

_PIECE = 1 << 20


def pieces_of(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes in pieces of a MiB."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def sha256_of(path: Path) -> str:
    """Return the hex SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    for piece in pieces_of(path):
        digest.update(piece)
    return digest.hexdigest()


def copy_file(source: Path, target: Path) -> str:
    """Copy a file's bytes to a new file, fsync it, and return their hex SHA-256."""
    digest = hashlib.sha256()
    descriptor = os.open(target, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in pieces_of(source):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def write_file(target: Path, content: bytes) -> None:
    """Write a new file and fsync it."""
    descriptor = os.open(target, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def fsync_folder(folder: Path) -> None:
    """Return when the names in a folder are on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_tree(folder: Path) -> None:
    """Return when the names in a folder, and in all below it, are on disk."""
    for where, _, _ in os.walk(folder):
        fsync_folder(Path(where))


def remove_tree(folder: Path) -> None:
    """Remove a folder and all below it, if it's there."""
    if folder.exists():
        shutil.rmtree(folder)
