"""The broker and cache: Valkey on a unix socket, every write in its append-only file."""

import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import redis

from autopay_portal.sandbox.servers.binaries import valkey_binary
from autopay_portal.sandbox.servers.owner import UnableToServeError
from autopay_portal.sandbox.servers.process import start_process, wait_for
from autopay_portal.sandbox.servers.sockets import make_socket_folder

STOP_SIGNAL = signal.SIGTERM


@dataclass(frozen=True)
class Valkey:
    """One Valkey: its data in `home`, its socket in `sockets`."""

    home: Path
    sockets: Path
    log: Path
    append_only: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def url(self, *, database: int = 0) -> str:
        """Return its address as redis-py spells it."""
        return f"unix://{quote(str(self.socket))}?db={database}"

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it and return at once."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_socket_folder(self.sockets)
        self.socket.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", **self.environment}
            return start_process(self._command(), log=log, cwd=self.home, env=env, death_signal=STOP_SIGNAL)

    def _command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "600",
            "dir": str(self.home),
            "daemonize": "no",
            "save": "",
            "appendonly": "yes" if self.append_only else "no",
            "databases": "64",
        }
        return [str(valkey_binary()), *(part for name, value in options.items() for part in (f"--{name}", value))]

    def answers(self) -> bool:
        """Return whether it takes commands (not while it still loads its file)."""
        with redis.Redis.from_url(self.url(), socket_connect_timeout=2, socket_timeout=2) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def wait_until_ready(self, process: subprocess.Popen[bytes], *, seconds: float = 60) -> None:
        """Return when it answers; raise UnableToServeError if it ended or took too long."""
        wait_for(lambda: process.poll() is not None or self.answers(), seconds=seconds)
        if process.poll() is not None or not self.answers():
            raise UnableToServeError(f"Valkey did not start; its own words are in {self.log}")
