"""The bytes of every file in and out, kept whole under their SHA-256, on disk before any row names them."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """What is known of kept bytes."""

    sha256: str
    size: int


class Contents:
    """A folder of bytes by hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left_over in folder.glob("*.part"):
            left_over.unlink()

    def path(self, sha256: str) -> Path:
        """Return where the bytes of a hash lie."""
        return self._folder / sha256

    def keep(self, chunks: Iterable[bytes]) -> Kept:
        """Write bytes, file and folder flushed to disk, and return their hash and size."""
        digest, size = hashlib.sha256(), 0
        descriptor, part = tempfile.mkstemp(suffix=".part", dir=self._folder)
        with os.fdopen(descriptor, "wb") as target:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        Path(part).replace(self.path(digest.hexdigest()))
        flush_folder(self._folder)
        return Kept(sha256=digest.hexdigest(), size=size)


def read_chunks(path: Path) -> Iterable[bytes]:
    """Yield a file's bytes in pieces."""
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk


def hash_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def flush_folder(folder: Path) -> None:
    """Flush a folder's entries to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
