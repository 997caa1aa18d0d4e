"""The banks' SFTP server: one login per company and bank, each shut in its own folder.

A client uploads into `to_bank/`, under a name ending in `.part` that it then renames without overwriting; it fetches
from `from_bank/` and moves what it has stored to `from_bank/archive/`. Nothing else is allowed.
"""

import posixpath
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NoReturn

import asyncssh

from bank_gateway.simulator import intake
from bank_gateway.simulator.engine import Engine
from bank_gateway.simulator.faults.line import FaultyLine
from bank_gateway.simulator.house import ARCHIVE, FROM_BANK, TO_BANK

LARGEST_FILE = 512 * 1024 * 1024
_WRITING = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


class Logins:
    """The public keys that may sign in, by user name."""

    def __init__(self) -> None:
        self._keys: dict[str, set[bytes]] = {}

    def add(self, username: str, public_key: str) -> None:
        """Let a public key sign in under a user name."""
        self._keys.setdefault(username, set()).add(asyncssh.import_public_key(public_key).public_data)

    def knows(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Tell whether a key is one of the login's."""
        return key.public_data in self._keys.get(username, set())

    async def load(self, engine: Engine) -> None:
        """Load the keys of all logins."""
        query = "SELECT login.username, login_key.public_key FROM login JOIN login_key ON login_id = login.id"
        for row in await engine.ask(lambda connection: connection.execute(query).fetchall()):
            self.add(row["username"], row["public_key"])


class _Door(asyncssh.SSHServer):
    """One connection: public keys only."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins

    def begin_auth(self, username: str) -> bool:
        """Ask everyone to prove who he is."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Offer public key authentication, the only kind there is."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Tell whether a key belongs to a login."""
        return self._logins.knows(username, key)


class _Box(asyncssh.SFTPServer):
    """What one login sees and may do."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], *, engine: Engine) -> None:
        self._engine = engine
        self._open: dict[object, str] = {}
        self._to_be_cut: set[object] = set()
        username = channel.get_extra_info("username")
        self._line = FaultyLine(engine, bank=bank_of(username))
        super().__init__(channel, chroot=str(engine.house.login_folder(username)).encode())

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Open a file: for writing in `to_bank/` only."""
        await self._line.slow_down()
        if not pflags & _WRITING:
            return super().open(path, pflags, attrs)
        self._demand(path, TO_BANK)
        is_cut = await self._line.cuts_upload(_shown_name(path))
        opened = super().open(path, pflags, attrs)
        self._open[opened] = self._local(path)
        self._engine.house.open_files.add(self._local(path))
        if is_cut:
            self._to_be_cut.add(opened)
        return opened

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Refuse the way of opening that only protocol versions 5 and 6 have; this server speaks 3."""
        raise asyncssh.SFTPOpUnsupported("Not supported")

    async def read(self, file_obj: object, offset: int, size: int) -> Any:
        """Read from an open file."""
        await self._line.slow_down(file_obj)
        return super().read(file_obj, offset, size)

    async def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        """Write into an open file, up to the largest size the bank takes."""
        if offset + len(data) > LARGEST_FILE:
            raise asyncssh.SFTPFailure("The file is too large")
        await self._line.slow_down(file_obj)
        if file_obj in self._to_be_cut:
            super().write(file_obj, offset, data[: len(data) // 2])
            self._cut_upload(file_obj)
        return super().write(file_obj, offset, data)

    async def close(self, file_obj: object) -> None:
        """Close a file; one that was written to may now be complete."""
        await self._line.slow_down()
        super().close(file_obj)
        self._line.forget(file_obj)
        if (path := self._open.pop(file_obj, None)) is not None:
            self._forget(path)

    def exit(self) -> None:
        """Forget the files a client left open when it went."""
        for path in self._open.values():
            self._forget(path)
        self._open.clear()

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename within `to_bank/`, or move to the archive; never onto an existing name."""
        await self._line.slow_down()
        moved_to = self._place(newpath)
        if (self._place(oldpath), moved_to) not in ((TO_BANK, TO_BANK), (FROM_BANK, ARCHIVE), (ARCHIVE, ARCHIVE)):
            raise asyncssh.SFTPPermissionDenied("Files stay in to_bank, or move from from_bank to its archive")
        if self._local(oldpath) in self._engine.house.open_files:
            raise asyncssh.SFTPFailure("The file is still open")
        if not Path(self._local(oldpath)).is_file():
            raise asyncssh.SFTPNoSuchFile("Only files can be renamed")
        super().rename(oldpath, newpath)
        if moved_to != TO_BANK:
            return
        self._engine.note_arrival()
        if intake.is_complete(newpath.decode("latin-1")) and await self._line.cuts_after_rename(_shown_name(newpath)):
            self._cut()

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename as the plain rename does: without overwriting."""
        await self.rename(oldpath, newpath)

    async def remove(self, path: bytes) -> None:
        """Remove a file."""
        await self._line.slow_down()
        super().remove(path)

    async def stat(self, path: bytes) -> Any:
        """Tell a file's attributes."""
        await self._line.slow_down()
        return super().stat(path)

    async def lstat(self, path: bytes) -> Any:
        """Tell a file's attributes, of a link its own."""
        await self._line.slow_down()
        return super().lstat(path)

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """Yield the entries of a folder."""
        await self._line.slow_down()
        async for name in super().scandir(path):
            yield name

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        """Take a client's wish about times and modes for what it is: nothing the bank keeps."""

    def lsetstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        """Take a client's wish about times and modes for what it is: nothing the bank keeps."""

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        """Refuse: the folders are the bank's."""
        raise asyncssh.SFTPPermissionDenied("The folders are the bank's")

    def rmdir(self, path: bytes) -> Any:
        """Refuse: the folders are the bank's."""
        raise asyncssh.SFTPPermissionDenied("The folders are the bank's")

    def symlink(self, oldpath: bytes, newpath: bytes) -> Any:
        """Refuse: regular files only."""
        raise asyncssh.SFTPPermissionDenied("Regular files only")

    def link(self, oldpath: bytes, newpath: bytes) -> Any:
        """Refuse: regular files only."""
        raise asyncssh.SFTPPermissionDenied("Regular files only")

    def _place(self, path: bytes) -> str:
        """Return the folder a path lies in, as the client sees it."""
        return posixpath.dirname(posixpath.normpath(posixpath.join(b"/", path))).decode("utf-8", "replace").lstrip("/")

    def _demand(self, path: bytes, place: str) -> None:
        """Refuse a path that doesn't lie in a folder."""
        if self._place(path) != place:
            raise asyncssh.SFTPPermissionDenied(f"Only {place} may be written to")

    def _local(self, path: bytes) -> str:
        """Return where a client's path lies on this machine."""
        return self.map_path(path).decode("utf-8", "surrogateescape")

    def _cut_upload(self, file_obj: object) -> NoReturn:
        """Break the line in the middle of an upload: what arrived lies there as a `.part`, which is never taken."""
        path = Path(self._open[file_obj])
        super().fsync(file_obj)
        if intake.is_complete(path.name):
            path.rename(path.with_name(f"{path.name}.part"))
        self._cut()

    def _cut(self) -> NoReturn:
        """Break the line at once, so that the client gets no answer."""
        self.connection.abort()
        raise asyncssh.SFTPConnectionLost("The line is cut")

    def _forget(self, path: str) -> None:
        """Note that no client has a file open any more."""
        self._engine.house.open_files.discard(path)
        self._engine.note_arrival()


def bank_of(username: str) -> str:
    """Return the bank of a login, with which its name begins."""
    return username.partition("-")[0]


def _shown_name(path: bytes) -> str:
    """Return a file's name as text, whatever bytes it is made of."""
    return posixpath.basename(path).decode("utf-8", "backslashreplace")


def host_key(folder: Path) -> asyncssh.SSHKey:
    """Return the server's own key, made once and kept."""
    path = folder / "host_key"
    if not path.is_file():
        part = path.with_suffix(".part")
        asyncssh.generate_private_key("ssh-ed25519", comment="simulated bank").write_private_key(str(part))
        part.chmod(0o600)
        part.replace(path)
    return asyncssh.read_private_key(str(path))


async def listen(engine: Engine, *, logins: Logins, port: int) -> asyncssh.SSHAcceptor:
    """Start the server on loopback."""
    return await asyncssh.listen(
        "127.0.0.1",
        port,
        server_factory=lambda: _Door(logins),
        server_host_keys=[host_key(engine.house.folder)],
        sftp_factory=lambda channel: _Box(channel, engine=engine),
        allow_scp=False,
        agent_forwarding=False,
        x11_forwarding=False,
        login_timeout=20,
        keepalive_interval=30,
    )
