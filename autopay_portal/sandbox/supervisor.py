"""The supervisor behind `make run`: sets everything up, starts it, watches it, ends it."""

import http.client
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from autopay_portal.core.ids import uuid7
from autopay_portal.sandbox import programs
from autopay_portal.sandbox.addresses import broker_url
from autopay_portal.sandbox.children import Child, Children, Program, describe_end
from autopay_portal.sandbox.embedded import find_quarters, postgres_of, postgres_program, valkey_of, valkey_program
from autopay_portal.sandbox.installation import (
    BankPorts,
    Secrets,
    ensure_bank_ports,
    ensure_secrets,
)
from autopay_portal.sandbox.place import ROOT, Place, UnableToStartError, write_private
from autopay_portal.sandbox.servers.process import start_process
from autopay_portal.sandbox.stop import Stopping

_SLOWEST_START = 120.0


@dataclass(frozen=True)
class Options:
    """What the environment says about this start."""

    place: Place
    port: int
    public_url: str
    database_url: str = ""
    redis_url: str = ""


@dataclass
class Supervisor:
    """One run of the sandbox, from the first step to the last process gone."""

    options: Options
    stopping: Stopping
    say: Callable[[str], None]
    instance: str = field(default_factory=lambda: uuid7().hex)

    def __post_init__(self) -> None:
        self.place = self.options.place
        self.children = Children(self.place, self.instance, self.say)
        self.environment = programs.environment(self.place, instance=self.instance, port=self.options.port)

    def run(self) -> None:
        """Start everything, watch it until a signal asks to stop, and end everything, also after an error."""
        try:
            self._start()
            self._watch()
        except StoppingEarly:
            self.say(f"Stopping during the start ({self.stopping.reason})")
        finally:
            self._stop()

    def _start(self) -> None:
        began = time.monotonic()
        secrets = ensure_secrets(self.place)
        ports = ensure_bank_ports(self.place, portal_port=self.options.port)
        database_url, redis_url = self._start_servers(secrets)
        self._note_addresses(secrets, ports, database_url=database_url, redis_url=redis_url)
        self._start_bank(ports)
        self._prepare()
        self._start_portal()
        self.place.new_description.replace(self.place.description)
        self._greet(time.monotonic() - began)

    # -- the servers ------------------------------------------------------------------------------------------

    def _start_servers(self, secrets: Secrets) -> tuple[str, str]:
        mark = {"AUTOPAY_INSTANCE": self.instance}
        redis_url = self.options.redis_url or self._start_valkey(mark)
        database_url = self.options.database_url or self._start_postgres(secrets, mark)
        return database_url, redis_url

    def _start_valkey(self, mark: dict[str, str]) -> str:
        self.say("Starting Valkey")
        server = valkey_of(self.place, mark=mark)
        child = self.children.start(valkey_program(server))
        self._wait_for(child, server.answers)
        return server.url()

    def _start_postgres(self, secrets: Secrets, mark: dict[str, str]) -> str:
        quarters = find_quarters(self.place, say=self.say)
        server = postgres_of(self.place, quarters, passwords=secrets.passwords, mark=mark)
        if server.create():
            self.say("Made a new database")
        self.say(f"Starting PostgreSQL {quarters.owner.method.value}")
        child = self.children.start(postgres_program(server))
        self._wait_for(child, server.answers)
        server.ensure_database()
        return server.url

    def _note_addresses(self, secrets: Secrets, ports: BankPorts, *, database_url: str, redis_url: str) -> None:
        addresses = {
            "database_url": database_url,
            "redis_url": redis_url,
            "broker_url": broker_url(redis_url),
            "banks_url": os.environ.get("AUTOPAY_BANKS_URL") or ports.control_url,
            "sftp_port": str(ports.sftp),
            "secret_key": secrets.secret_key,
            "key_ring": secrets.key_ring,
            "instance": self.instance,
            "port": str(self.options.port),
        }
        write_private(self.place.addresses, addresses)

    # -- the programs -----------------------------------------------------------------------------------------

    def _start_bank(self, ports: BankPorts) -> None:
        if os.environ.get("AUTOPAY_BANKS_URL"):
            return
        self.say("Starting the simulated bank")
        child = self.children.start(programs.bank_program(self.place, self.environment, ports=ports))
        self._wait_for(child, lambda: _ask(ports.control, "/clock")[0] == 200)

    def _prepare(self) -> None:
        """Migrate, collect static files, check, seed and describe, in one process that says what it does."""
        command = programs.python("manage.py", "prepare_sandbox")
        # Its lines are ours: they go where we say things.
        launch = lambda: start_process(command, log=sys.stdout.fileno(), cwd=ROOT, env=self.environment)  # noqa: E731
        program = Program("prepare", "The preparation", programs.STAGE_WEB, launch, self.place.log_of("prepare"))
        child = self.children.start(program)
        while child.process.poll() is None:
            self._pause()
        self.children.forget("prepare")
        if child.process.returncode != 0:
            raise UnableToStartError(f"The preparation ended with {describe_end(child.process.returncode)}, see above")

    def _start_portal(self) -> None:
        self.say("Starting the web server, the workers and the scheduler")
        web = self.children.start(programs.web_program(self.place, self.environment, port=self.options.port))
        for program in programs.worker_programs(self.place, self.environment):
            self.children.start(program)
        self.children.start(programs.beat_program(self.place, self.environment))
        self._wait_for(web, lambda: _is_ready(self.options.port, instance=self.instance))

    # -- waiting and watching ---------------------------------------------------------------------------------

    def _pause(self) -> None:
        self.stopping.wait(0.05)
        if self.stopping.reason:
            raise StoppingEarly

    def _wait_for(self, child: Child, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _SLOWEST_START
        while not ready():
            if child.process.poll() is not None:
                _fail(child, f"ended ({describe_end(child.process.returncode)})")
            if time.monotonic() > deadline:
                _fail(child, f"did not answer within {_SLOWEST_START:.0f} s")
            self._pause()

    def _watch(self) -> None:
        while not self.stopping.reason:
            self.children.watch()
            self.stopping.wait(0.5)
        self.say(f"Stopping ({self.stopping.reason})")

    def _stop(self) -> None:
        self.children.stop_all()
        self.place.addresses.unlink(missing_ok=True)
        self.say("Everything is stopped")

    def _greet(self, seconds: float) -> None:
        described = json.loads(self.place.description.read_text(encoding="utf-8"))
        self.say(f"Ready after {seconds:.1f} s: {self.options.public_url}")
        for user in described["users"]:
            roles = sorted({role for held in user["roles"].values() for role in held})
            self.say(f"  {user['email']}  {user['password']}  ({', '.join(roles)})")
        self.say(f"Everything about this sandbox is in {self.place.description}. Ctrl-C stops it.")


class StoppingEarly(Exception):  # noqa: N818 - no error
    """A signal came before the start was over."""


def _fail(child: Child, what: str) -> NoReturn:
    log = child.program.log
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:] if log.exists() else []
    tail = "\n".join(f"    {line}" for line in lines)
    raise UnableToStartError(f"{child.program.title} {what}. The end of {log}:\n{tail}")


def _ask(port: int, path: str) -> tuple[int, bytes]:
    """Return status and body of a GET on loopback, status 0 for no answer; never by a proxy of the environment."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()


def _is_ready(port: int, *, instance: str) -> bool:
    """Return whether the portal that answers there is ready and is the one that we started."""
    status, body = _ask(port, "/readyz")
    if status != 200:
        return False
    try:
        return bool(json.loads(body)["instance"] == instance)
    except (ValueError, KeyError, TypeError):
        # Something else answers on that port.
        return False
