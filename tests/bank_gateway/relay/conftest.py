"""A company with a line to a real SFTP server, a vault and a channel journal of its own per test."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection as database

from autopay_portal.core import vault
from autopay_portal.core.ids import uuid7
from bank_gateway import takers
from bank_gateway.channels.lines import close_lines
from bank_gateway.models import Connection, IncomingFile, OutgoingFile
from bank_gateway.relay.services import apply_incoming, create_connection, fetch_incoming, queue_outgoing
from bank_gateway.takers import Decided, Opinion, Said, Standing, StandingLine, Sum, Taker, register_taker
from companies.actors import Actor
from companies.models import Company
from companies.services import create_company, create_customer
from tests.bank_gateway.relay.bank_messages import ACCOUNT
from tests.bank_gateway.sftp_bank import USERNAME, SftpBank, private_text, public_text

SYSTEM = Actor.system("tests")
KIND = "test_remittance"


@pytest.fixture(autouse=True)
def _own_files(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"
    settings.CHANNEL_JOURNAL = tmp_path / "journal" / "channel-journal.log"
    settings.RELAY_STILL = 0


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[SftpBank]:
    running = SftpBank(tmp_path / "bank")
    yield running
    close_lines()
    running.close()


@dataclass
class Heard:
    """A listener that writes down what it's told, and whose payments are in doubt while it was told so last."""

    told: list[tuple[str, UUID]] = field(default_factory=list)
    opinions: list[Mapping[str, Any]] = field(default_factory=list)
    decided: list[Mapping[str, Any]] = field(default_factory=list)
    # How payments stand, by state; what the bank has said; None: as told.
    states: dict[str, int] | None = None
    said: tuple[Said, ...] = ()

    def _hear(self, word: str, outgoing: OutgoingFile) -> None:
        self.told.append((word, outgoing.pk))

    def sent(self, *, outgoing: OutgoingFile) -> None:
        self._hear("sent", outgoing)

    def in_doubt(self, *, outgoing: OutgoingFile) -> None:
        self._hear("in_doubt", outgoing)

    def never_left(self, *, outgoing: OutgoingFile) -> None:
        self._hear("never_left", outgoing)

    def opinion(self, *, outgoing: OutgoingFile, opinion: Opinion) -> None:
        self.opinions.append({**opinion.details, "actor": opinion.actor.name})

    def at_bank(self, *, outgoing: OutgoingFile, decided: Decided) -> None:
        self.decided.append(decided.details)
        self._hear("at_bank", outgoing)

    def not_at_bank(self, *, outgoing: OutgoingFile, decided: Decided, same_file: bool) -> None:
        self.decided.append(decided.details)
        self._hear("not_at_bank_same" if same_file else "not_at_bank_new", outgoing)

    def shows_life(self, *, outgoing: OutgoingFile) -> None:
        self._hear("shows_life", outgoing)

    def standing(self, *, outgoing: OutgoingFile) -> Standing:
        lines = tuple(
            StandingLine(status, Sum(count, 100_00 * count, "NOK")) for status, count in self._states(outgoing).items()
        )
        return Standing(
            reference="R-1",
            page="/",
            lines=lines,
            in_doubt=tuple(line.sum for line in lines if line.status == "in_doubt"),
            given_up=0,
            proves_receipt=any(line.status in ("accepted", "paid") for line in lines),
            said=self.said,
        )

    def in_doubt_of(self, *, outgoing_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Sum]]:
        files = OutgoingFile.objects.filter(pk__in=outgoing_ids)
        counts = {file.pk: self._states(file).get("in_doubt", 0) for file in files}
        return {key: [Sum(count, 100_00 * count, "NOK")] for key, count in counts.items() if count}

    def _states(self, outgoing: OutgoingFile) -> dict[str, int]:
        if self.states is not None:
            return self.states
        last = [word for word, key in self.told if key == outgoing.pk][-1:]
        return {"in_doubt" if last == ["in_doubt"] else "sent": 3}

    @property
    def words(self) -> list[str]:
        return [word for word, _ in self.told]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    listener = Heard()
    monkeypatch.setattr(takers, "_listeners", {KIND: listener})
    return listener


@pytest.fixture
def company(db: None) -> Company:
    customer = create_customer(number="1", name="Byrå AS", actor=SYSTEM)
    return create_company(
        customer=customer,
        org_number="974760673",
        name="Fjord AS",
        address="Kaien 1",
        postcode="5003",
        town="Bergen",
        actor=SYSTEM,
    )


@pytest.fixture
def line(company: Company, bank: SftpBank) -> Connection:
    return create_connection(
        company_id=company.pk,
        bank="dnb",
        host="127.0.0.1",
        port=bank.port,
        username=USERNAME,
        private_key=private_text("portal"),
        host_key=public_text("bank"),
    )


def queue_file(line: Connection, *, number: int = 1, content: bytes = b"<Document/>", **more: Any) -> OutgoingFile:
    """Queue one file for the bank, as a room above does at release."""
    return queue_outgoing(
        company_id=line.company_id,
        connection_id=line.pk,
        subject_kind=KIND,
        subject_id=uuid7(),
        generation=1,
        bank_message_id=f"MSG-{number}",
        name=f"AP-MSG-{number}.xml",
        stored=vault.store([content]),
        **more,
    )


class NotingTaker(Taker):
    """A taker that knows some accounts, takes what its condition allows, and notes what it saw."""

    def __init__(self, name: str, *accounts: str, condition: str = "true") -> None:
        self.name = name
        self.accounts = set(accounts)
        self.condition = condition
        self.entries: list[tuple[str, int, str]] = []
        self.transactions: list[tuple[int, int]] = []
        self.reports: list[takers.StagedReport] = []
        self.files: list[takers.StagedNotifications] = []
        self.fail: Exception | None = None

    def known_accounts(self, *, bank: str, accounts: Sequence[str]) -> set[str]:
        return self.accounts & set(accounts)

    def take_report(self, *, report: takers.StagedReport) -> bool:
        self.reports.append(report)
        if self.fail:
            raise self.fail
        with database.cursor() as cursor:
            cursor.execute(f"UPDATE staged_status SET unplaced = NOT ({self.condition})")
        return True

    def take_entries(self, *, notifications: takers.StagedNotifications) -> None:
        self.files.append(notifications)
        if self.fail:
            raise self.fail
        with database.cursor() as cursor:
            cursor.execute("SELECT account, amount, status FROM staged_entry WHERE taken_by IS NULL ORDER BY entry")
            self.entries += cursor.fetchall()
            cursor.execute("SELECT entry, transaction FROM staged_transaction ORDER BY entry, transaction")
            self.transactions += cursor.fetchall()
            cursor.execute(
                f"UPDATE staged_entry SET taken_by = %s WHERE taken_by IS NULL AND {self.condition}", [self.name]
            )


@pytest.fixture
def taker(monkeypatch: pytest.MonkeyPatch) -> NotingTaker:
    taker = NotingTaker("books", ACCOUNT)
    monkeypatch.setattr(takers, "_takers", {})
    register_taker([takers.PAIN002, takers.CAMT054, takers.OCR_GIRO], taker)
    return taker


def receive(bank: SftpBank, line: Connection, content: bytes, *, name: str = "SIM-answer.xml") -> IncomingFile:
    """Let a file stand still at the bank, fetch it and apply it; return it as it is then."""
    bank.put(name, content)
    fetch_incoming(connection_id=line.pk)
    fetched = fetch_incoming(connection_id=line.pk)
    (file_id,) = (*fetched.stored, *fetched.repeats)
    apply_incoming(file_id=file_id)
    return IncomingFile.objects.get(pk=file_id)
