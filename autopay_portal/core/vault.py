"""Every file that came or went, kept whole under its SHA-256, written once, fsynced before anything names it.

Layout: `VAULT_DIR/ab/cd/<sha256>`. Files are found by content, never by the name that a bank or an ERP gave
(names are data, never paths).
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the vault: `path` relative to it, hex SHA-256 and size in bytes."""

    path: str
    sha256: str
    size: int


class VaultWriter:
    """Writes a file whose hash is known only at its end; nothing has a name before `commit`."""

    def __init__(self) -> None:
        """Open a nameless file under the vault."""
        root = Path(settings.VAULT_DIR)
        incoming = root / "incoming"
        incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=incoming)
        self._temporary = Path(name)
        self._file = os.fdopen(descriptor, "w+b")
        self._digest = hashlib.sha256()
        self._size = 0

    @property
    def sha256(self) -> str:
        """Hex digest of what was written so far."""
        return self._digest.hexdigest()

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    def write(self, chunk: bytes) -> int:
        """Append `chunk`."""
        self._digest.update(chunk)
        self._size += len(chunk)
        return self._file.write(chunk)

    def reader(self) -> BinaryIO:
        """Return the same bytes for reading from the start, before or after commit."""
        self._file.flush()
        return Path(self._temporary).open("rb")

    def commit(self) -> StoredFile:
        """Put the file in its place, bytes and folders fsynced, and return where it is."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        sha256 = self.sha256
        relative = path_of(sha256)
        target = Path(settings.VAULT_DIR) / relative
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._temporary.replace(target)
        for folder in (
            target.parent,
            target.parent.parent,
            target.parent.parent.parent,
        ):
            _fsync_folder(folder)
        return StoredFile(path=relative, sha256=sha256, size=self._size)

    def discard(self) -> None:
        """Leave nothing behind; does nothing after a commit."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)


def path_of(sha256: str) -> str:
    """Return where the vault keeps the bytes with this hex SHA-256, relative to it."""
    return str(Path(sha256[:2]) / sha256[2:4] / sha256)


def store(chunks: Iterable[bytes]) -> StoredFile:
    """Write `chunks` as one file into the vault and return where it is, fsynced."""
    writer = VaultWriter()
    try:
        for chunk in chunks:
            writer.write(chunk)
        return writer.commit()
    finally:
        writer.discard()


def open_stored(path: str) -> BinaryIO:
    """Open a file of the vault for reading. Raises FileNotFoundError; ValueError for a path that leaves it."""
    root = Path(settings.VAULT_DIR).resolve()
    target = (root / path).resolve()
    if not target.is_relative_to(root):
        raise ValueError("a stored file's path stays inside the vault")
    return target.open("rb")


def read_chunks(path: str, *, size: int = 1 << 16) -> Iterable[bytes]:
    """Yield a stored file in pieces of at most `size` bytes."""
    with open_stored(path) as file:
        while chunk := file.read(size):
            yield chunk


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
