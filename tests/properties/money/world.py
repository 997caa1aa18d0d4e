"""The product as the machine drives it: three companies with their ERPs, approvers and agreements, and their banks."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import time_machine
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from autopay_portal.core import vault
from autopay_portal.core.clocks import business_now, machine_now
from autopay_portal.core.errors import DomainError
from autopay_portal.core.vault import open_stored
from bank_gateway.models import Doubt, IncomingFile, OutgoingFile
from bank_gateway.relay.evidence import gather_facts
from bank_gateway.relay.services import (
    apply_incoming,
    examine_doubt,
    note_lost_renames,
    send_outgoing,
    sweep,
)
from bank_gateway.relay.services.deciding import BankWords, decide_doubt
from bank_gateway.relay.services.sweeping import note_unanswered
from companies.actors import Actor
from companies.models import Role, User
from companies.services import sweep_alarms
from remittance.models import BankMessage, Payment, Remittance
from remittance.queries import get_remittances_to_move
from remittance.services.advance import advance_remittance
from remittance.services.approve import approve_remittance, refuse_remittance, release_held_remittance
from remittance.services.send_again import send_again
from tests.companies.builders import make_operator, make_user
from tests.properties.rehearsal import rehearsal
from tests.remittance.builders import Sender, make_sender

from .bank import Fate, Folder, WorkerDied

OSLO = ZoneInfo("Europe/Oslo")
START = datetime(2026, 11, 24, 9, 0, tzinfo=OSLO)
# One company that needs no approval, one that needs one, one that needs two and has another bank.
ACCOUNTS = ("12345678903", "86011117947", "15030000002")
BANKS = ("dnb", "dnb", "sparebank1")


@dataclass(frozen=True)
class Place:
    """A company with its ERP, and its people who may approve."""

    sender: Sender
    approvers: tuple[User, ...]

    @property
    def account(self) -> str:
        """Return the account that it pays from."""
        return self.sender.agreement.account


def make_places() -> tuple[Place, ...]:
    """Make the companies, once for all examples."""
    return tuple(
        _make_place(account, approvers, bank)
        for approvers, (account, bank) in enumerate(zip(ACCOUNTS, BANKS, strict=True))
    )


def make_operators() -> tuple[User, ...]:
    """Make the two operators who decide where nobody knows."""
    return make_operator(), make_operator()


def _make_place(account: str, approvers_required: int, bank: str) -> Place:
    sender = make_sender(account=account, approvers_required=approvers_required, bank=bank)
    people = (make_user(company=sender.company, roles=(Role.APPROVER,), name=f"Godkjenner {n}") for n in range(3))
    return Place(sender, tuple(people))


@dataclass
class World:
    """One example's product. Everything that it does goes through the calls that the real callers make."""

    places: tuple[Place, ...]
    operators: tuple[User, ...]
    folder: Path
    banks: Folder = field(default_factory=Folder)

    def __post_init__(self) -> None:
        self._time = time_machine.travel(START, tick=True)
        self.clock = self._time.start()
        self._rehearsal = rehearsal()
        self._rehearsal.__enter__()
        # The journal stands outside the database: one that remembers another example's files means a restore.
        settings.CHANNEL_JOURNAL = self.folder / f"journal-{self.folder.stat().st_mtime_ns}"
        Path(settings.CHANNEL_JOURNAL).unlink(missing_ok=True)

    def close(self) -> None:
        """Undo it all."""
        self._rehearsal.__exit__(None, None, None)
        self._time.stop()

    # --- orders ---

    def send(self, company: int, order: dict[str, Any]) -> Any:
        """Send an order as the ERP does."""
        return self.places[company].sender.send_json(order)

    def work(self) -> None:
        """Do what the workers do for remittances that wait for us."""
        Remittance.objects.filter(next_step_at__isnull=False).update(next_step_at=machine_now() - timedelta(seconds=1))
        for remittance_id in get_remittances_to_move(now=machine_now()):
            advance_remittance(remittance_id=remittance_id)

    def files_of(self, remittance_id: str) -> list[bytes]:
        """Return the files that were made of a remittance for the bank, oldest first."""
        made = OutgoingFile.objects.filter(subject_id=remittance_id).order_by("generation")
        return [_bytes(outgoing.path) for outgoing in made]

    def decide(self, how: str, company: int, person: int, remittance_id: str) -> str:
        """Decide as a person does (`stale`: approve on a page that is old); return the refusal's code, "" for none."""
        content = Remittance.objects.values_list("content_hash", flat=True).get(pk=remittance_id)
        seen: dict[str, Any] = {
            "remittance_id": UUID(remittance_id),
            "user": self.places[company].approvers[person],
            "seen_hash": "0" * 64 if how == "stale" else content,
        }
        try:
            if how == "refuse":
                refuse_remittance(**seen, reason="Feil beløp")
            elif how == "release":
                release_held_remittance(**seen, reason="To fakturaer")
            else:
                approve_remittance(**seen)
        except DomainError as error:
            return error.code
        return ""

    def payment_id(self, remittance_id: str, end_to_end_id: str) -> UUID:
        """Return a payment's id; of salary the ERP keeps it from the feed."""
        return Payment.objects.values_list("pk", flat=True).get(
            remittance_id=remittance_id, end_to_end_id=end_to_end_id
        )

    def cancel(self, company: int, path: str) -> int:
        """Cancel as the ERP does; return the HTTP status."""
        return int(self.places[company].sender.erp.post(f"{path}/cancel").status_code)

    # --- the relay ---

    def relay(self, message_id: str, fate: Fate) -> None:
        """Let a worker try to send a file, and the next one find what it left."""
        outgoing = self._outgoing(message_id)
        OutgoingFile.objects.filter(pk=outgoing.pk).update(next_attempt_at=None)
        try:
            send_outgoing(outgoing_id=outgoing.pk, channel_of=self.banks.line(fate))
        except WorkerDied:
            OutgoingFile.objects.filter(pk=outgoing.pk).update(lease_until=Now() - timedelta(seconds=1))
            note_lost_renames(outgoing_id=outgoing.pk)

    def look(self, message_id: str, *, waited: bool) -> None:
        """Look at the bank for a file in doubt; `waited`: long enough to conclude that it isn't there."""
        outgoing = self._outgoing(message_id)
        if waited:
            self.wait_for(message_id)
        examine_doubt(outgoing_id=outgoing.pk, channel_of=self.banks.line(Fate.ARRIVES))

    def wait_for(self, message_id: str) -> None:
        """Let enough time pass to conclude that a file isn't at the bank."""
        long_ago = {name: F(name) - timedelta(days=1) for name in _DOUBTED_AT}
        OutgoingFile.objects.filter(bank_message_id=message_id).update(**long_ago)

    def settle(self, message_id: str, verdict: str) -> bool:
        """Let two operators decide about a file, the bank's words attached, and a worker carry it out.

        Returns whether there was anything to decide once the bank's folder had been looked at.
        """
        outgoing = self._outgoing(message_id)
        # What the bank's folder shows is among the facts that they decide on.
        self.look(message_id, waited=False)
        if not Doubt.objects.filter(outgoing=outgoing, ended_at=None).exists():
            return False
        self.wait_for(message_id)
        for operator in self.operators:
            doubt = Doubt.objects.get(outgoing=outgoing, ended_at=None)
            words = BankWords(text="Vi har sett etter", person="Bankens vakt", spoken_at=business_now())
            decide_doubt(
                outgoing_id=outgoing.pk,
                actor=Actor.user(operator),
                verdict=verdict,
                bank_words=words,
                seen=gather_facts(doubt).seen,
            )
        examine_doubt(outgoing_id=outgoing.pk, channel_of=self.banks.line(Fate.ARRIVES))
        return True

    def send_again(self, company: int, message_id: str) -> str:
        """Let the payments of a refused file go again; return the refusal's code, "" for none."""
        message = BankMessage.objects.get(message_id=message_id)
        user = self.places[company].sender.erp.user
        try:
            send_again(remittance_id=message.remittance_id, message_id=message.pk, user=user)
        except DomainError as error:
            return error.code
        return ""

    def _outgoing(self, message_id: str) -> OutgoingFile:
        return OutgoingFile.objects.get(bank_message_id=message_id)

    # --- the bank ---

    def receive(self, company: int, content: bytes) -> IncomingFile:
        """Apply a file that came over a company's line."""
        stored = vault.store([content])
        line = self.places[company].sender.agreement.connection
        file, _ = IncomingFile.objects.get_or_create(
            connection=line,
            sha256=stored.sha256,
            defaults={"name": f"SIM-{stored.sha256[:12]}.xml", "size": stored.size, "path": stored.path},
        )
        apply_incoming(file_id=file.pk)
        file.refresh_from_db()
        return file

    # --- time ---

    def pass_time(self, by: timedelta) -> None:
        """Let time pass, and everything that looks at the clock look at it."""
        self.clock.shift(by)
        sweep()
        note_unanswered()
        sweep_alarms()


_DOUBTED_AT = ("renaming_at", "in_doubt_at", "in_doubt_business_at")


def check_constraints() -> None:
    """Have PostgreSQL check now what it would check at the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _bytes(path: str) -> bytes:
    with open_stored(path) as file:
        return file.read()
