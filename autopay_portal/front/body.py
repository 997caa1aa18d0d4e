"""A request's body between the event loop, where it arrives, and the thread that reads it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from io import RawIOBase
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]

# What one step between thread and event loop carries at least, unless the body ends.
PIECE = 1 << 18
STALL_SECONDS = 30.0


class ClientGoneError(OSError):
    """The client went away, or sent nothing for too long, before its body was whole."""


class Body:
    """The body as the event loop sees it. Nothing is asked of the client before somebody reads."""

    def __init__(self, receive: Receive, *, stall_seconds: float = STALL_SECONDS) -> None:
        """Take ASGI's receive, and how long a client may be silent in the middle of a body."""
        self._receive = receive
        self._stall_seconds = stall_seconds
        self.started = False
        self.ended = False
        self.gone = False

    async def piece(self, least: int = PIECE) -> bytes:
        """Return the next bytes, at least `least` unless the body ends; empty at its end.

        Raises ClientGoneError.
        """
        parts: list[bytes] = []
        size = 0
        while size < least and not self.ended:
            part = await self._message()
            parts.append(part)
            size += len(part)
        return b"".join(parts)

    async def whole(self, most: int) -> bytes | None:
        """Return the whole body, or None if it is larger than `most` bytes. Raises ClientGoneError."""
        parts: list[bytes] = []
        size = 0
        while not self.ended:
            part = await self.piece()
            size += len(part)
            if size > most:
                return None
            parts.append(part)
        return b"".join(parts)

    async def drain(self, *, most: int, seconds: float) -> None:
        """Throw away what the client is still sending, so that it gets to read the answer it has already been given."""
        end = time.monotonic() + seconds
        try:
            while most > 0 and not self.ended and time.monotonic() < end:
                most -= len(await self.piece())
        except ClientGoneError:
            return

    async def until_gone(self) -> None:
        """Return when the client goes away; what it still sends is passed over."""
        while not self.gone:
            message = await self._receive()
            self.ended = self.ended or not message.get("more_body", False)
            self.gone = message["type"] != "http.request"

    async def _message(self) -> bytes:
        if self.gone:
            raise ClientGoneError("the client went away before")
        self.started = True
        try:
            message = await asyncio.wait_for(self._receive(), self._stall_seconds)
        except TimeoutError:
            message = {"type": "http.disconnect"}
        if message["type"] != "http.request":
            self.gone = True
            raise ClientGoneError("the client went away in the middle of the body")
        self.ended = not message.get("more_body", False)
        part: bytes = message.get("body", b"")
        return part


class BodyStream(RawIOBase):
    """`wsgi.input`: reads in a thread what arrives in the event loop, one piece in memory at a time."""

    def __init__(self, body: Body, loop: asyncio.AbstractEventLoop) -> None:
        """Take the body and the loop it arrives in."""
        self._body = body
        self._loop = loop
        self._rest = b""

    def readable(self) -> bool:
        """Return True: reading is all it does."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes, everything left for a negative size, empty at the end.

        Raises ClientGoneError: never a part of a body as if it were the whole.
        """
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(PIECE), b""))
        if not self._rest and not self._body.ended:
            self._rest = asyncio.run_coroutine_threadsafe(self._body.piece(), self._loop).result()
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return one line with its end, or what is left of at most `size` bytes."""
        limit = -1 if size is None else size
        line = bytearray()
        while limit < 0 or len(line) < limit:
            byte = self.read(1)
            line += byte
            if byte in {b"", b"\n"}:
                break
        return bytes(line)
