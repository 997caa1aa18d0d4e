"""Run the simulated banks as a process, and talk to them as a customer does: SFTP and HTTP, nothing else."""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
import requests

from tests.bank_gateway.simulator.forking import Forked

ROOT = Path(__file__).parents[3]
START = "2026-11-24T08:00:00+01:00"
PATIENCE = 60
PROGRAM = "bank_gateway.simulator.__main__"

Result = TypeVar("Result")


@dataclass(frozen=True)
class Login:
    """A customer's way into its folders at the bank."""

    host: str
    port: int
    username: str
    private_key: str
    host_key: str

    def upload(self, name: str, content: bytes) -> None:
        """Upload a file as a customer should: under another name first, then renamed."""

        async def work(client: Any) -> None:
            await _write(client, f"to_bank/{name}.part", content)
            await client.rename(f"to_bank/{name}.part", f"to_bank/{name}")

        self.use(work)

    def names(self, folder: str = "from_bank") -> list[str]:
        """Return the names of the files in a folder, sorted."""

        async def work(client: Any) -> list[str]:
            found = await client.readdir(folder)
            return sorted(each.filename for each in found if each.attrs.type == asyncssh.FILEXFER_TYPE_REGULAR)

        return self.use(work)

    def download(self, name: str, folder: str = "from_bank") -> bytes:
        """Return a file's bytes."""

        return self.use(lambda client: _read(client, f"{folder}/{name}"))

    def fetch(self, mark: str) -> list[bytes]:
        """Return the bytes of every file from the bank whose name holds a mark, oldest first."""

        async def work(client: Any) -> list[bytes]:
            found = [each.filename for each in await client.readdir("from_bank")]
            return [await _read(client, f"from_bank/{name}") for name in sorted(found) if mark in name]

        return self.use(work)

    def use(self, work: Callable[[Any], Awaitable[Result]]) -> Result:
        """Run work with an SFTP client of this login."""

        async def whole() -> Result:
            async with self.connect() as connection, connection.start_sftp_client() as client:
                return await work(client)

        return asyncio.run(whole())

    def connect(self) -> Any:
        """Return a connection of this login, the bank's host key pinned."""
        return asyncssh.connect(
            self.host,
            self.port,
            username=self.username,
            client_keys=[asyncssh.import_private_key(self.private_key)],
            known_hosts=([asyncssh.import_public_key(self.host_key)], [], []),
            config=[],
            agent_path=None,
        )


async def _read(client: Any, path: str) -> bytes:
    async with client.open(path, "rb") as file:
        content: bytes = await file.read()
        return content


async def _write(client: Any, path: str, content: bytes) -> None:
    async with client.open(path, "wb") as file:
        await file.write(content)


class Simulator:
    """One folder of simulated banks, started and stopped as often as a test likes.

    With `dnb` alone unless told otherwise: then `next_cutoff` is its own. Calls on a bank go to the first one named.
    """

    def __init__(self, folder: Path, *, start: str = START, banks: str = "dnb") -> None:
        self.folder = folder
        self.bank = banks.partition(",")[0]
        self._start = start
        self._banks = banks
        self.process: Forked | None = None

    def start(self, *, program: str = PROGRAM, environment: dict[str, str] | None = None) -> None:
        """Start the process and wait until it says ready."""
        arguments = ["--dir", str(self.folder), "--clock-start", self._start, "--banks", self._banks]
        self.process = Forked(program, arguments, folder=ROOT, environment=environment or {})
        if "ready" not in self.process.stdout.readline():
            raise RuntimeError(f"The simulator did not start: {self.process.wait(PATIENCE)}")

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the process's exit code."""
        if self.process is None:
            raise RuntimeError("Not started")
        self.process.send_signal(sent)
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.process = None
        return code

    @property
    def addresses(self) -> Any:
        return json.loads((self.folder / "addresses.json").read_text(encoding="utf-8"))

    def get(self, path: str) -> Any:
        """Return the JSON of a successful GET; `path` is below the control address, or absolute."""
        url = path if path.startswith("http") else f"{self.addresses['control']}/{path}"
        answer = requests.get(url, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, *, status: int = 201) -> Any:
        """Return the JSON of a POST that must end in a status."""
        answer = requests.post(f"{self.addresses['control']}/{path}", json=body, timeout=PATIENCE)
        assert answer.status_code == status, answer.text
        return answer.json()

    def advance(self, **target: Any) -> Any:
        """Advance the clock."""
        return self.post("clock/advance", target, status=200)

    def login(self, agreement: Any) -> Login:
        """Return the login that came with an agreement, at the present address."""
        return Login(**{**agreement["sftp"], "port": self.addresses["sftp"]["port"]})

    def executions(self, **filters: str) -> list[Any]:
        """Return all executions, over all pages."""
        query = "&".join(f"{name}={value}" for name, value in {"limit": "500", **filters}.items())
        found, following = [], f"banks/{self.bank}/executions?{query}"
        while following:
            page = self.get(following)
            found += page["results"]
            following = page["next"]
        return found

    def balances(self) -> dict[str, str]:
        """Return the balance of every account."""
        return {row["account"]: row["balance"] for row in self.get(f"banks/{self.bank}/accounts")["results"]}

    def open(self, **fields: Any) -> Any:
        """Open an agreement and return the bank's answer."""
        return self.post(f"banks/{self.bank}/agreements", fields)
