"""The file an ERP sends: read in pieces, hashed once, known as XML or JSON by what is in it."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .signing import digest_header

_CHUNK = 1 << 18
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class UnreadableOrderError(ValueError):
    """The file can't be an order: it is empty, or neither XML nor JSON. `reason` is `empty` or `unknown`."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the order is {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Order:
    """An open file and what is known of its bytes: `sha256` raw, `size` in bytes, its media type."""

    file: IO[bytes]
    sha256: bytes
    size: int
    media_type: str

    @property
    def idempotency_key(self) -> str:
        """The SHA-256 in hex: the same bytes are the same request, whoever sends them and however often."""
        return self.sha256.hex()

    @property
    def digest(self) -> str:
        """The Content-Digest of the bytes."""
        return digest_header(self.sha256)


def open_order(path: str | os.PathLike[str]) -> Order:
    """Open the file at `path` and return it as an order; the caller closes `order.file`.

    Raises OSError, or UnreadableOrderError for a file that is empty or neither XML nor JSON.
    """
    file = Path(path).open("rb")  # noqa: SIM115 (the caller closes it)
    try:
        return order_of(file)
    except BaseException:
        file.close()
        raise


def order_of(file: IO[bytes]) -> Order:
    """Return the order in a seekable `file`, from its start; reads it once, in pieces."""
    file.seek(0)
    media_type = _media_type(file.read(1024))
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return Order(file=file, sha256=digest.digest(), size=size, media_type=media_type)


def _media_type(beginning: bytes) -> str:
    start = beginning.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not start:
        raise UnreadableOrderError("empty")
    if start[:1] == b"<":
        return "application/xml"
    if start[:1] == b"{":
        return "application/json"
    raise UnreadableOrderError("unknown")


class Upload:
    """An order's bytes on their way: a stream of known length that tells how far it has come.

    requests sends Content-Length for what has a length, and reads it piece by piece.
    """

    def __init__(self, order: Order, progress: Callable[[int], None] | None = None) -> None:
        """Take the order from its start; `progress` is told the number of bytes sent so far."""
        order.file.seek(0)
        self._order = order
        self._progress = progress
        self._sent = 0

    def __len__(self) -> int:
        return self._order.size

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.read(_CHUNK):
            yield chunk

    def read(self, size: int = _CHUNK) -> bytes:
        """Return the next piece, never more than was hashed. Raises OSError if the file has become shorter."""
        wanted = min(size, self._order.size - self._sent)
        chunk = self._order.file.read(wanted)
        if wanted and not chunk:
            raise OSError("the file became shorter while it was sent")
        self._sent += len(chunk)
        if self._progress is not None:
            self._progress(self._sent)
        return chunk
