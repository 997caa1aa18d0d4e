"""A real SFTP server that plays a bank's folders, in a thread of the test, with places to break things."""

import asyncio
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

USERNAME = "fjord"
_KEYS: dict[str, Any] = {}


def key_named(name: str) -> Any:
    """Return a key pair of this test run, the same for the same name."""
    if name not in _KEYS:
        _KEYS[name] = asyncssh.generate_private_key("ssh-ed25519")
    return _KEYS[name]


def private_text(name: str) -> str:
    return str(key_named(name).export_private_key().decode())


def public_text(name: str) -> str:
    return str(key_named(name).export_public_key().decode())


@dataclass
class SftpBank:
    """The bank's folders under `root`; `before` and `after` are called with (operation, path) and may raise."""

    root: Path
    host_key_name: str = "bank"
    before: Callable[[str, str], None] = lambda operation, path: None
    after: Callable[[str, str], None] = lambda operation, path: None
    logins: int = 0
    # Public keys that are let in beside the portal's first; read at each start.
    also_let_in: list[str] = field(default_factory=list)
    port: int = 0
    _connections: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        for folder in ("to_bank", "from_bank/archive"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.start()

    def start(self) -> None:
        self._listener = self._run(self._listen())
        self.port = self._listener.get_port()

    async def _listen(self) -> Any:
        bank = self

        class Login(asyncssh.SSHServer):
            def connection_made(self, connection: Any) -> None:
                bank.logins += 1
                bank._connections.append(connection)

        class Folders(_Folders):
            pass

        Folders.bank = self
        let_in = [public_text("portal"), *self.also_let_in]
        return await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=Login,
            server_host_keys=[key_named(self.host_key_name)],
            authorized_client_keys=asyncssh.import_authorized_keys("\n".join(let_in)),
            sftp_factory=lambda channel: Folders(channel, chroot=os.fsencode(self.root)),
            allow_scp=False,
        )

    def drop_connections(self) -> None:
        """Cut every line, as a bank that is killed does."""
        self._run(self._drop())

    async def _drop(self) -> None:
        for connection in self._connections:
            connection.abort()
        self._connections.clear()

    def stop(self) -> None:
        async def close() -> None:
            self._listener.close()
            await self._drop()
            await self._listener.wait_closed()

        self._run(close())

    def close(self) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    @property
    def to_bank(self) -> Path:
        return self.root / "to_bank"

    @property
    def from_bank(self) -> Path:
        return self.root / "from_bank"

    @property
    def archive(self) -> Path:
        return self.root / "from_bank" / "archive"

    def arrived(self) -> dict[str, bytes]:
        """Return what lies in `to_bank/` under final names."""
        return {path.name: path.read_bytes() for path in self.to_bank.iterdir() if not path.name.endswith(".part")}

    def put(self, name: str, content: bytes, *, age: int = 60) -> Path:
        """Lay a file into `from_bank/`, last written `age` seconds ago."""
        path = self.from_bank / name
        path.write_bytes(content)
        modified = path.stat().st_mtime - age
        os.utime(path, (modified, modified))
        return path


class _Folders(asyncssh.SFTPServer):
    bank: SftpBank

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        name = path.decode("utf-8", "surrogateescape")
        self.bank.before("open", name)
        return super().open(path, pflags, attrs)

    def write(self, file_obj: Any, offset: int, data: bytes) -> Any:
        self.bank.before("write", "")
        return super().write(file_obj, offset, data)

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        self.bank.before("rename", newpath.decode())
        result = super().rename(oldpath, newpath)
        self.bank.after("rename", newpath.decode())
        return result

    def remove(self, path: bytes) -> Any:
        self.bank.before("remove", path.decode())
        return super().remove(path)
