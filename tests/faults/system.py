"""The whole system in a sandbox of its own, and the ways to end one of its processes without asking."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg2

from tests.faults.bank import Bank
from tests.faults.erp import Erp, Feed
from tests.faults.orders import Order
from tests.sandbox.running import ROOT, Running, clean_environment, free_port, processes_on, wait_until

_RECOVERY_SECONDS = 60.0
# Who works with money has more turns.
_WORKERS = (*("worker-release", "worker-bank_out", "worker-bank_in") * 2, "worker-deliver")


@dataclass
class System:
    """A running sandbox with its one company that needs no approvers: its ERP, and all that was sent and paid in."""

    running: Running
    description: dict[str, Any]
    orders: list[Order] = field(default_factory=list)
    # How many times customers have paid with each KID.
    paid_in: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.money = self.bank.money()
        self.feed = Feed(self.erp)

    @property
    def bank(self) -> Bank:
        """The first bank of the sandbox."""
        return next(iter(self.banks.values()))

    @property
    def banks(self) -> dict[str, Bank]:
        """Every bank of the sandbox by its id."""
        clock = self.description["clock"]
        return {each["id"]: Bank(each["control"], clock, each["id"]) for each in self.description["banks"]}

    @property
    def company(self) -> dict[str, Any]:
        """The company without approvers, as sandbox.json has it."""
        companies: list[dict[str, Any]] = self.description["companies"]
        return next(one for one in companies if _agreement(one, "remittance").get("approvers_required") == 0)

    def account(self, kind: str) -> str:
        """Return the company's account of the `remittance` or the `incoming` agreement."""
        account: str = _agreement(self.company, kind)["account"]
        return account

    @property
    def erp(self) -> Erp:
        """The company's ERP."""
        return self.erp_of(self.company)

    def erp_of(self, company: dict[str, Any]) -> Erp:
        """Return the ERP of a company of sandbox.json."""
        key = company["signing_key"]
        return Erp(self.description["portal"], key["id"], key["secret"], company["erp_user"])

    @property
    def day(self) -> date:
        """The bank's day."""
        return datetime.fromisoformat(self.bank.next_cutoff()).date()

    @contextmanager
    def database(self) -> Iterator[Any]:
        """Give a cursor that reads what is committed, outside any transaction."""
        addresses = json.loads((self.running.var / "run" / "addresses.json").read_text(encoding="utf-8"))
        connection = psycopg2.connect(addresses["database_url"], connect_timeout=10)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def rows(self, query: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query, asked until the database answers."""
        deadline = time.monotonic() + _RECOVERY_SECONDS
        while True:
            try:
                with self.database() as cursor:
                    cursor.execute(query, parameters or [])
                    found: list[tuple[Any, ...]] = cursor.fetchall()
                    return found
            except psycopg2.OperationalError:
                assert time.monotonic() < deadline, "the database doesn't come back"
                time.sleep(0.1)

    def pay_in(self, *, kid: str, count: int) -> None:
        """Let customers pay `count` times with a KID not used before."""
        assert kid not in self.paid_in
        self.paid_in[kid] = count
        self.bank.pay_in(account=self.account("incoming"), amount="125.50", kid=kid, count=count)

    def kill(self, victim: str, choice: random.Random) -> str:
        """End a process with SIGKILL and return which it was."""
        name, pid = self.find(victim, choice)
        os.kill(pid, signal.SIGKILL)
        return name

    def find(self, victim: str, choice: random.Random) -> tuple[str, int]:
        """Return the name and the number of a process of that kind, one of them drawn if there are several.

        `victim` is a kind (`web server`, `worker`, `broker`, `database`, `bank`) or a program's own name; with
        ` process` behind it, a child of that program.
        """
        program = self._program_of(victim, choice)
        master = self.running.child(program)
        assert master, f"{program} isn't running"
        if not victim.endswith(" process"):
            return program, master
        below = [pid for pid in children_of(master) if b"resource_tracker" not in _command(pid)]
        # It may be starting itself: then there is only the one.
        return (f"{program}, one of its processes", choice.choice(below)) if below else (program, master)

    def start_again(self, *, whole: bool) -> None:
        """Kill the supervisor, or with `whole` every process of the sandbox, and start it again at once."""
        self.running.process.kill()
        if whole:
            for line in processes_on(self.running.var):
                with suppress(ProcessLookupError):
                    os.kill(int(line.split()[0]), signal.SIGKILL)
        self.running = Running(self.running.var, self.running.port, extra=self.running.extra)
        self.running.wait_until_ready()

    @contextmanager
    def another(self, *arguments: str) -> Iterator[None]:
        """Run one more process of the portal's for the block, beside those of the supervisor."""
        environment = {**clean_environment(self.running.var, self.running.port), **self.running.extra}
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "autopay_portal.celery", *arguments],
            cwd=ROOT, env={**environment, "AUTOPAY_MODE": "sandbox"},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            yield
            assert process.poll() is None, f"{arguments} ended by itself"
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def wait_until_whole(self) -> None:
        """Return when the portal answers for its database and broker, and nothing is being started again."""
        wait_until(lambda: self.running.is_ready() and self._all_live(), seconds=_RECOVERY_SECONDS, what="whole again")

    def _all_live(self) -> bool:
        return all(_is_live(pid) for pid in self.running.children().values())

    def _program_of(self, victim: str, choice: random.Random) -> str:
        kind = victim.removesuffix(" process")
        names = {"web server": "web", "broker": "valkey", "database": "postgres", "bank": "banks"}
        return choice.choice(_WORKERS) if kind == "worker" else names.get(kind, kind)


@contextmanager
def running_system(var: Path, *, extra: Mapping[str, str] | None = None) -> Iterator[System]:
    """Run the whole system in `var` for the block, with `extra` in its environment."""
    running = Running(var, free_port(), extra=extra)
    try:
        system = System(running.wait_until_ready(), described(running))
        yield system
        running = system.running
        system.feed.stop()
    finally:
        running.end_for_certain()


def described(running: Running) -> dict[str, Any]:
    """Return what the sandbox says of itself."""
    found: dict[str, Any] = json.loads((running.var / "sandbox.json").read_text(encoding="utf-8"))
    return found


def children_of(pid: int) -> list[int]:
    """Return the live processes whose parent is `pid`."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _parent(path) == pid]


def wait_for(condition: Callable[[], Any], *, seconds: float) -> bool:
    """Return whether `condition` came to hold within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _agreement(company: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in company["agreements"] if one["kind"] == kind)
    return found


def _stat(path: Path) -> list[str]:
    try:
        return (path / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _parent(path: Path) -> int:
    fields = _stat(path)
    return int(fields[1]) if fields and fields[0] != "Z" else 0


def _is_live(pid: int) -> bool:
    fields = _stat(Path(f"/proc/{pid}"))
    return bool(fields) and fields[0] != "Z"


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
