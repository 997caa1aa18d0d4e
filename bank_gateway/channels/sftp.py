"""A bank's SFTP folders: files in, files out, archived. Names from the bank are data and are checked as such."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import asyncssh

from bank_gateway.channels.errors import BankChannelError
from bank_gateway.channels.lines import BankAddress, Timeouts, call

_LONGEST_NAME = 200
_READ_BYTES = 1 << 20
_NOT_FOUND = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A regular file at the bank: size in bytes, `modified` in Unix seconds as the server says."""

    name: str
    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in the folder from the bank: files to take, names refused with why, and whether there was more."""

    files: tuple[RemoteFile, ...]
    refused: tuple[tuple[str, str], ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that is taken from a bank at a time."""

    names: int = 10_000
    file_bytes: int = 512 * 1024 * 1024


class Channel(Protocol):
    """What the relay needs of a line to a bank. Every method raises BankChannelError when the line fails."""

    def upload_part(self, name: str, chunks: Iterable[bytes]) -> int: ...
    def rename_uploaded(self, part: str, name: str) -> None: ...
    def find_outgoing(self, name: str) -> RemoteFile | None: ...
    def remove_part(self, part: str) -> bool: ...
    def list_incoming(self) -> Listing: ...
    def find_incoming(self, name: str) -> RemoteFile | None: ...
    def fetch(self, name: str) -> Iterator[bytes]: ...
    def archive(self, name: str, archived_name: str) -> None: ...
    def list_archive(self, wanted: Callable[[str], bool]) -> tuple[RemoteFile, ...]: ...
    def fetch_archived(self, name: str) -> Iterator[bytes]: ...


class SftpChannel:
    """A bank's folders `to_bank/`, `from_bank/` and `from_bank/archive/` over one kept line."""

    def __init__(self, address: BankAddress, *, timeouts: Timeouts | None = None, caps: Caps | None = None) -> None:
        self._address = address
        self._timeouts = timeouts or Timeouts()
        self._caps = caps or Caps()

    def upload_part(self, name: str, chunks: Iterable[bytes]) -> int:
        """Write `chunks` to `to_bank/name`, check the size that the server then shows, and return it.

        An error of `chunks` itself comes out as it is; the part then lies unfinished and is never renamed.
        """
        path = f"{self._address.to_bank}/{_checked(name)}"
        handle = self._call(lambda sftp: sftp.open(path, "wb"))
        written = 0
        try:
            for chunk in chunks:
                written += self._write(handle, chunk)
        finally:
            self._close(handle)
        shown = self._lstat(path)
        if shown is None or shown.size != written:
            at_bank = "nothing" if shown is None else f"{shown.size} bytes"
            raise BankChannelError(f"{written} bytes were uploaded and the bank shows {at_bank}", permanent=False)
        return written

    def rename_uploaded(self, part: str, name: str) -> None:
        """Give an uploaded part its final name, never over a file that has it."""
        folder = self._address.to_bank
        self._rename(f"{folder}/{_checked(part)}", f"{folder}/{_checked(name)}")

    def find_outgoing(self, name: str) -> RemoteFile | None:
        """Return the file in `to_bank/`, or None where there is none (the bank may have taken it)."""
        return self._lstat(f"{self._address.to_bank}/{_checked(name)}")

    def remove_part(self, part: str) -> bool:
        """Remove an uploaded part, so that no late rename can deliver it; return whether it was there."""
        path = f"{self._address.to_bank}/{_checked(part)}"
        return bool(self._call(lambda sftp: _found(sftp.remove(path))))

    def list_incoming(self) -> Listing:
        """Return the regular files in `from_bank/`; names under way (`.part`) are left out, bad ones are named."""
        listing: Listing = self._call(self._look)
        return listing

    def find_incoming(self, name: str) -> RemoteFile | None:
        """Return the file in `from_bank/` as it is now, or None where there is none."""
        return self._lstat(f"{self._address.from_bank}/{_checked(name)}")

    def fetch(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of `from_bank/name`, never more than the cap. Raises for what isn't a regular file."""
        return self._fetch(f"{self._address.from_bank}/{_checked(name)}")

    def list_archive(self, wanted: Callable[[str], bool]) -> tuple[RemoteFile, ...]:
        """Return the regular files in `from_bank/archive/` whose names are wanted, however many others there are."""
        found: tuple[RemoteFile, ...] = self._call(lambda sftp: self._look_in_archive(sftp, wanted))
        return found

    def fetch_archived(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of `from_bank/archive/name`, as `fetch` does."""
        return self._fetch(f"{self._address.archive}/{_checked(name)}")

    def _fetch(self, path: str) -> Iterator[bytes]:
        if self._lstat(path) is None:
            raise BankChannelError("the file isn't there any more", permanent=False)
        handle = self._call(lambda sftp: sftp.open(path, "rb"))
        fetched = 0
        try:
            while chunk := self._call(lambda _: handle.read(_READ_BYTES)):
                fetched += len(chunk)
                if fetched > self._caps.file_bytes:
                    raise BankChannelError(f"the file is larger than {self._caps.file_bytes} bytes", permanent=True)
                yield bytes(chunk)
        finally:
            self._close(handle)

    def archive(self, name: str, archived_name: str) -> None:
        """Move `from_bank/name` to `from_bank/archive/archived_name`; done before counts as done."""
        source = f"{self._address.from_bank}/{_checked(name)}"
        target = f"{self._address.archive}/{_checked(archived_name)}"
        if self._lstat(source) is None and self._lstat(target) is not None:
            return
        self._rename(source, target)

    def _call(self, operation: Callable[[Any], Any]) -> Any:
        return call(self._address, self._timeouts, operation)

    def _write(self, handle: Any, chunk: bytes) -> int:
        self._call(lambda _: handle.write(chunk))
        return len(chunk)

    def _close(self, handle: Any) -> None:
        self._call(lambda _: handle.close())

    def _rename(self, source: str, target: str) -> None:
        # SFTP 3's rename must not overwrite, yet some servers do: look first.
        if self._lstat(target) is not None:
            raise BankChannelError("a file with that name lies at the bank already", permanent=True)
        self._call(lambda sftp: sftp.rename(source, target))

    def _lstat(self, path: str) -> RemoteFile | None:
        attributes = self._call(lambda sftp: _attributes(sftp, path))
        if attributes is None:
            return None
        if attributes.type != asyncssh.FILEXFER_TYPE_REGULAR:
            raise BankChannelError("it isn't a regular file", permanent=True)
        return RemoteFile(name=path.rsplit("/", 1)[1], size=attributes.size or 0, modified=attributes.mtime or 0)

    async def _look(self, sftp: Any) -> Listing:
        files: list[RemoteFile] = []
        refused: list[tuple[str, str]] = []
        looked = 0
        async for entry in sftp.scandir(self._address.from_bank):
            looked += 1
            if looked > self._caps.names:
                return Listing(tuple(files), tuple(refused), truncated=True)
            name = entry.filename
            if name in (".", "..", _last_part(self._address.archive)) or name.endswith(".part"):
                continue
            reason = self._why_refused(entry)
            if reason:
                refused.append((name[:_LONGEST_NAME], reason))
            else:
                files.append(RemoteFile(name=name, size=entry.attrs.size or 0, modified=entry.attrs.mtime or 0))
        return Listing(tuple(files), tuple(refused), truncated=False)

    async def _look_in_archive(self, sftp: Any, wanted: Callable[[str], bool]) -> tuple[RemoteFile, ...]:
        return tuple(
            [
                RemoteFile(name=entry.filename, size=entry.attrs.size or 0, modified=entry.attrs.mtime or 0)
                async for entry in sftp.scandir(self._address.archive)
                if wanted(entry.filename) and not self._why_refused(entry)
            ]
        )

    def _why_refused(self, entry: Any) -> str:
        if not is_plain_name(entry.filename):
            return "name"
        if entry.attrs.type != asyncssh.FILEXFER_TYPE_REGULAR:
            return "not_regular"
        if (entry.attrs.size or 0) > self._caps.file_bytes:
            return "too_large"
        return ""


def is_plain_name(name: str) -> bool:
    """Return whether a name is one file's name: printable, no separators, not hidden, of reasonable length."""
    return (
        0 < len(name.encode("utf-8", "surrogateescape")) <= _LONGEST_NAME
        and name.isprintable()
        and not name.startswith(".")
        and "/" not in name
        and "\\" not in name
    )


def _checked(name: str) -> str:
    if not is_plain_name(name):
        raise BankChannelError("the name isn't one file's name", permanent=True)
    return name


def _last_part(path: str) -> str:
    return path.rsplit("/", 1)[-1]


async def _attributes(sftp: Any, path: str) -> Any:
    try:
        return await sftp.lstat(path)
    except _NOT_FOUND:
        return None


async def _found(operation: Any) -> bool:
    try:
        await operation
    except _NOT_FOUND:
        return False
    return True
