"""Open SSH lines, kept per process in a thread with an event loop of its own.

A connect costs more than a file's transfer, so a line is kept and used again. The thread is made on first use,
hence after a worker's fork; a child never touches its parent's lines.
"""

import asyncio
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncssh

from bank_gateway.channels.errors import BankChannelError

_T = TypeVar("_T")

_MOST_KEPT = 32


@dataclass(frozen=True, slots=True)
class BankAddress:
    """Where a bank's SFTP server is, who we are there, and the host key that we trust (security: pinned).

    While a bank changes its key, `next_host_key` is trusted beside it; empty otherwise.
    """

    host: str
    port: int
    username: str
    private_key: str = field(repr=False)
    host_key: str
    to_bank: str = "to_bank"
    from_bank: str = "from_bank"
    archive: str = "from_bank/archive"
    next_host_key: str = ""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that each step may take before the line counts as dead."""

    connect: float = 10.0
    login: float = 10.0
    operation: float = 20.0
    keepalive_interval: float = 3.0
    keepalive_count: int = 3


@dataclass(slots=True)
class _Line:
    connection: Any
    sftp: Any

    def is_open(self) -> bool:
        return not self.connection.is_closed()


class _Lines:
    """The lines of one process. The coroutines run in its loop thread; `run` is called from any other."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        # Every login and channel is a line of INFO there.
        asyncssh.set_log_level(logging.WARNING)
        self._loop = asyncio.new_event_loop()
        self._kept: OrderedDict[BankAddress, _Line] = OrderedDict()
        self._locks: dict[BankAddress, asyncio.Lock] = {}
        threading.Thread(target=self._loop.run_forever, name="bank-lines", daemon=True).start()

    def run(self, work: Coroutine[Any, Any, _T], *, timeout: float) -> _T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        except FutureTimeoutError:
            future.cancel()
            raise BankChannelError("the bank's server didn't answer in time", permanent=False) from None

    async def line_to(self, address: BankAddress, timeouts: Timeouts) -> _Line:
        lock = self._locks.setdefault(address, asyncio.Lock())
        async with lock:
            line = self._kept.get(address)
            if line is None or not line.is_open():
                line = await _connect(address, timeouts)
                self._kept[address] = line
            self._kept.move_to_end(address)
            self._close_oldest()
            return line

    def drop(self, address: BankAddress) -> None:
        line = self._kept.pop(address, None)
        if line is not None:
            line.connection.abort()

    async def close_all(self) -> None:
        for address in list(self._kept):
            self.drop(address)

    def _close_oldest(self) -> None:
        while len(self._kept) > _MOST_KEPT:
            _, line = self._kept.popitem(last=False)
            line.connection.close()


_lines: _Lines | None = None
_guard = threading.Lock()


def _lines_here() -> _Lines:
    global _lines  # noqa: PLW0603  one set of lines per process, made anew after a fork
    with _guard:
        if _lines is None or _lines.pid != os.getpid():
            _lines = _Lines()
        return _lines


def call(address: BankAddress, timeouts: Timeouts, operation: Callable[[Any], Awaitable[_T]]) -> _T:
    """Run one SFTP operation over the kept line, connecting first if need be, and return its result.

    Raises BankChannelError only: whatever the line, the server or the wait throws is mapped. A line that failed
    in another way than by the server's clear refusal is dropped.
    """
    lines = _lines_here()

    async def work() -> _T:
        try:
            line = await lines.line_to(address, timeouts)
            return await asyncio.wait_for(operation(line.sftp), timeouts.operation)
        except _FAILURES as error:
            if not isinstance(error, asyncssh.SFTPError) or isinstance(error, _LINE_IS_GONE):
                lines.drop(address)
            raise channel_error(error) from error

    return lines.run(work(), timeout=timeouts.connect + timeouts.login + 2 * timeouts.operation)


def close_lines() -> None:
    """Close every line of this process."""
    lines = _lines_here()
    lines.run(lines.close_all(), timeout=10)


async def _connect(address: BankAddress, timeouts: Timeouts) -> _Line:
    trusted = [asyncssh.import_public_key(key) for key in (address.host_key, address.next_host_key) if key]
    connection = await asyncssh.connect(
        address.host,
        address.port,
        username=address.username,
        client_keys=[asyncssh.import_private_key(address.private_key)],
        # Pinned: these keys and no other; nothing of the machine's own ssh set-up is read.
        known_hosts=(trusted, [], []),
        config=[],
        agent_path=None,
        preferred_auth=["publickey"],
        connect_timeout=timeouts.connect,
        login_timeout=timeouts.login,
        keepalive_interval=timeouts.keepalive_interval,
        keepalive_count_max=timeouts.keepalive_count,
    )
    try:
        sftp = await asyncio.wait_for(connection.start_sftp_client(path_errors="surrogateescape"), timeouts.operation)
    except BaseException:
        connection.abort()
        raise
    return _Line(connection=connection, sftp=sftp)


_FAILURES = (OSError, TimeoutError, asyncio.TimeoutError, asyncssh.Error)
_LINE_IS_GONE = (asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost)
_PERMANENT = (
    asyncssh.HostKeyNotVerifiable,
    asyncssh.PermissionDenied,
    asyncssh.ProtocolNotSupported,
    asyncssh.KeyImportError,
    asyncssh.SFTPNoSuchFile,
    asyncssh.SFTPNoSuchPath,
    asyncssh.SFTPPermissionDenied,
    asyncssh.SFTPFileAlreadyExists,
    asyncssh.SFTPOpUnsupported,
    asyncssh.SFTPInvalidFilename,
    asyncssh.SFTPWriteProtect,
)


def channel_error(error: BaseException) -> BankChannelError:
    """Return what a failure of the line means: its words, and whether trying again can help."""
    reason = str(getattr(error, "reason", "") or error or type(error).__name__)
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        reason = "the bank's server showed another host key than the one pinned"
    elif isinstance(error, asyncssh.PermissionDenied):
        reason = "the bank's server refused our key"
    return BankChannelError(reason, permanent=isinstance(error, _PERMANENT))
