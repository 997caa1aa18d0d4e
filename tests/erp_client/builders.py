"""The command `autopay` as a person runs it, the orders it sends, and the bank's answers to them."""

import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from autopay_client import Client

from autopay_portal.core import vault
from bank_gateway.models import IncomingFile
from bank_gateway.relay.services import apply_incoming
from remittance.models import BankMessage
from remittance.services.advance import advance_remittance
from tests.remittance.builders import Sender, sample

SAMPLES = Path(__file__).parent.parent / "samples"
CLIENT = Path(__file__).parents[2] / "erp_client"
SUPPLIER_ORDER = "own_pain.001.001.03_supplier_kid_text_creditnote.xml"
FAULTY_ORDER = "own_pain.001.001.03_edge_bad_kid_bad_account_dup_e2e_past_date.xml"


def supplier_order(message_id: str = "") -> bytes:
    """Return a pain.001 of four payments with supplier numbers, due in the coming days."""
    text = sample(SUPPLIER_ORDER).decode()
    text = text.replace("FJV-20261120-0001", message_id or f"R-{secrets.token_hex(6)}")
    for written in ("2026-11-23", "2026-11-30"):
        text = text.replace(f"<ReqdExctnDt>{written}", f"<ReqdExctnDt>{date.today() + timedelta(days=2)}")  # noqa: DTZ011
    before, *creditors = text.split("<Cdtr>")
    return "<Cdtr>".join([before, *(_numbered(each, 20001 + n) for n, each in enumerate(creditors))]).encode()


def _numbered(creditor: str, number: int) -> str:
    scheme = "<SchmeNm><Prtry>SUPPLIER</Prtry></SchmeNm>"
    identity = f"<Id><OrgId><Othr><Id>{number}</Id>{scheme}</Othr></OrgId></Id>"
    return creditor.replace("</PstlAdr>", f"</PstlAdr>{identity}", 1)


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass
class Autopay:
    """The command with a profile of its own in a home of its own."""

    home: Path
    extra: dict[str, str] = field(default_factory=dict)

    def write_profile(self, *, portal: str, name: str = "test", **fields: str) -> None:
        """Write a profile; what isn't given is made up."""
        given = {"user": "kari@fjord.example", "org_number": "310045128", "key_id": "k-1", "secret": "s-1", **fields}
        path = self.home / ".config" / "autopay" / f"{name}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f'{key} = "{value}"\n' for key, value in {"portal": portal, **given}.items()))
        path.chmod(0o600)

    def run(self, *words: str, seconds: float = 60, profile: str = "test") -> Ran:
        """Run the command to its end and return what it said."""
        ended = subprocess.run(
            self.command(*words, profile=profile),
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    def start(self, *words: str) -> "Started":
        """Start the command and return it while it runs."""
        return Started(self.command(*words, profile="test"), self.environment())

    def command(self, *words: str, profile: str) -> list[str]:
        """Return the command line."""
        chosen = ["--profile", profile] if profile else []
        return [sys.executable, "-m", "autopay_client", *chosen, *words]

    def environment(self) -> Mapping[str, str]:
        """Return a shell's environment in English, without the test run's own settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AUTOPAY_", "LC_", "LANG"))}
        own = {"HOME": str(self.home), "PYTHONPATH": str(CLIENT), "LANG": "en_GB.UTF-8", "PYTHONUTF8": "1"}
        return {**kept, **own, **self.extra}


class Started:
    """A command that runs; its lines arrive in `lines`."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self._grown = threading.Condition()
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Started":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)

    def _read(self) -> None:
        for line in self.process.stdout or ():
            with self._grown:
                self.lines.append(line.rstrip("\n"))
                self._grown.notify_all()

    def wait_for(self, holds: Callable[[list[str]], bool], *, seconds: float = 60) -> None:
        """Return when its lines are as wanted; fail the test with them if that takes too long."""
        with self._grown:
            assert self._grown.wait_for(lambda: holds(self.lines), seconds), self.lines

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self, *, seconds: float = 60) -> int:
        """Wait for its end and return the exit code."""
        code = self.process.wait(seconds)
        self._reader.join(10)
        return code


@dataclass(frozen=True)
class Office:
    """An accounting office: an ERP that sends on an agreement of its own, the portal, and the command."""

    sender: Sender
    autopay: Autopay
    client: Client
    folder: Path

    def order_file(self, content: bytes = b"", name: str = "order.xml") -> Path:
        """Write an order as a file."""
        path = self.folder / name
        path.write_bytes(content or supplier_order())
        return path

    def send(self, content: bytes = b"") -> str:
        """Send an order and return the remittance's id."""
        return self.client.send(self.order_file(content)).remittance["id"]

    def release(self, remittance_id: str) -> None:
        """Have the portal write the bank's file."""
        advance_remittance(remittance_id=UUID(remittance_id))

    def bank_says(self, name: str, *changes: tuple[str, str]) -> None:
        """Apply a bank's sample file, said of the one message that was released."""
        text = (SAMPLES / name).read_text(encoding="utf-8")
        for old, new in (("FJV-20261120-0001", BankMessage.objects.get().message_id), *changes):
            assert old in text
            text = text.replace(old, new)
        stored = vault.store([text.encode()])
        connection = self.sender.agreement.connection
        assert connection is not None
        file = IncomingFile.objects.create(
            connection=connection, name=Path(name).name, sha256=stored.sha256, size=stored.size, path=stored.path
        )
        apply_incoming(file_id=file.pk)


def profile_of(sender: Sender, portal: str) -> dict[str, str]:
    """Return the fields of a profile that signs as this sender."""
    return {
        "portal": portal,
        "user": sender.erp.user.email,
        "org_number": sender.company.org_number,
        "key_id": str(sender.erp.key.key_id),
        "secret": sender.erp.key.secret,
    }
