"""Request bodies: read once, to a spooled file, hashed and counted on the way; nothing is believed before the end.

A body of 500 MB costs the memory of `SPOOLED_BYTES`.
"""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.http import HttpRequest
from django.http.request import UnreadablePostError

from .errors import BodyRefusedError, SignatureRefusedError

# Below this a body stays in memory.
SPOOLED_BYTES = 1 << 20
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class SignedBody:
    """A body that is the one that was signed: `file` stands at its start, `sha256` is hex, `size` in bytes."""

    file: IO[bytes]
    sha256: str
    size: int


def receive_body(*, request: HttpRequest, digest: bytes | None, limit: int) -> SignedBody:
    """Read the whole body of `request` and return it, after comparing it with `digest` (SHA-256).

    Raises BodyRefusedError `body_too_large` (413), `length_required` (411, where a server without the front's
    support hands over a body of unknown length) or `body_incomplete` (400); SignatureRefusedError
    `digest_mismatch`. The caller closes the file.
    """
    announced = _announced_length(request)
    if announced is not None and announced > limit:
        raise BodyRefusedError("body_too_large", params={"limit": limit}, status=413)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES)  # noqa: SIM115 (the caller closes it)
    try:
        return _read(request, announced, limit, digest, file)
    except BaseException:
        file.close()
        raise


def _announced_length(request: HttpRequest) -> int | None:
    """Return Content-Length, 0 where there is no body, None where it comes in chunks."""
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        if not request.META.get("wsgi.input_terminated"):
            raise BodyRefusedError("length_required", status=411)
        return None
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit()):
        raise BodyRefusedError("length_required", status=411)
    return int(text)


def _read(
    request: HttpRequest, announced: int | None, limit: int, expected: bytes | None, file: IO[bytes]
) -> SignedBody:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(request, announced):
        size += len(chunk)
        if size > limit:
            raise BodyRefusedError("body_too_large", params={"limit": limit}, status=413)
        digest.update(chunk)
        file.write(chunk)
    if announced is not None and size != announced:
        raise BodyRefusedError("body_incomplete")
    if expected is not None and digest.digest() != expected:
        raise SignatureRefusedError("digest_mismatch")
    file.seek(0)
    return SignedBody(file=file, sha256=digest.hexdigest(), size=size)


def _chunks(request: HttpRequest, announced: int | None) -> Iterator[bytes]:
    """Yield the body's pieces; Django's own stream would stop at 0 bytes when the length isn't stated."""
    stream: Any = request.META["wsgi.input"] if announced is None else request
    try:
        while chunk := stream.read(_CHUNK):
            yield chunk
    except (UnreadablePostError, OSError):
        # The client is gone, or the front gave up on it.
        raise BodyRefusedError("body_incomplete") from None
