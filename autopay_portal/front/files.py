"""Answers that are files: handed from the thread to the event loop, so that a slow reader holds no thread."""

from typing import Protocol

BLOCK = 1 << 18


class _File(Protocol):
    """What is read here: an open file, whose close also ends Django's response."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes."""

    def close(self) -> None:
        """Close the file."""


class FileBlocks:
    """`wsgi.file_wrapper`: marks an answer that the event loop may read and send by itself."""

    def __init__(self, file: _File, block_size: int = BLOCK) -> None:
        """Take the open file; the block size is ours."""
        self._file = file

    def read(self) -> bytes:
        """Return the next block, empty at the end."""
        return self._file.read(BLOCK)

    def close(self) -> None:
        """Close the file and, with it, the response it came from."""
        self._file.close()
