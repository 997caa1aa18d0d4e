"""One company, its ERP, its simulated bank, and the relay's real work, driven step by step by the test."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connections

from agreements.models import Kind
from autopay_portal.core import clocks
from bank_gateway.models import Connection, Deviation, IncomingFile, OutgoingFile, Pause
from bank_gateway.relay.services import (
    advance_outgoing,
    apply_incoming,
    create_connection,
    fetch_incoming,
    lift_pause,
    take_kept_answers,
)
from companies.actors import Actor
from companies.models import Company
from companies.services import create_company
from erp_gateway.models import LedgerLine
from remittance.models import Payment, Remittance
from remittance.services.advance import advance_remittance
from tests.agreements.builders import SEVEN_DIGITS, make_active
from tests.bank_gateway.simulator.conftest import Customer, open_customer
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT, OUR_ORG
from tests.bank_gateway.simulator.running import Simulator
from tests.companies.builders import SETUP, make_customer, make_operator
from tests.remittance.builders import Sender, make_sender, order, payment

DAY = "2026-11-24"
_MOST_ROUNDS = 20


@dataclass
class Office:
    """Everything around one company. Ids are asked for anew, since a restore changes what there is."""

    simulator: Simulator
    bank: Customer
    sender: Sender
    operator: Actor
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)

    def send(self, name: str, *payments: dict[str, Any]) -> UUID:
        """Have the ERP send an order, or send it again as it was; return the remittance."""
        body = self.sent.setdefault(name, order(*payments, message_id=name, account=OUR_ACCOUNT))
        answer = self.sender.send_json(body, key=f"key-{name}")
        assert answer.status_code == 201, answer.content
        return UUID(answer.json()["id"])

    def work(self) -> None:
        """Do all that the workers would, until nothing moves any more."""
        before: object = None
        for _ in range(_MOST_ROUNDS):
            for remittance_id in Remittance.objects.filter(next_step_at__isnull=False).values_list("pk", flat=True):
                advance_remittance(remittance_id=remittance_id)
            unfinished = OutgoingFile.objects.filter(state__in=("queued", "uploading", "renaming", "in_doubt"))
            for outgoing_id in unfinished.values_list("pk", flat=True):
                advance_outgoing(outgoing_id=outgoing_id)
            self._fetch()
            after = self._standing()
            if after == before:
                return
            before = after
        raise AssertionError("the work never comes to an end")

    def _fetch(self) -> None:
        for line in Connection.objects.values_list("pk", flat=True):
            for _ in range(2):
                fetch_incoming(connection_id=line)
        for file_id in IncomingFile.objects.filter(state="stored").order_by("pk").values_list("pk", flat=True):
            apply_incoming(file_id=file_id)
        kept = Deviation.objects.filter(state="open").order_by("file_id").values_list("file_id", flat=True).distinct()
        for file_id in kept:
            take_kept_answers(file_id=file_id)

    def _standing(self) -> object:
        return (
            sorted(OutgoingFile.objects.values_list("pk", "state")),
            sorted(IncomingFile.objects.values_list("pk", "state")),
            sorted(Payment.objects.values_list("pk", "status")),
            sorted(Deviation.objects.values_list("pk", "state")),
        )

    def execute(self) -> None:
        """Let the bank answer what it has, execute it and report it; then do the work that follows."""
        self.simulator.advance(seconds=60)
        self.work()
        self.simulator.advance(to="next_cutoff")
        self.work()

    def release_banks(self) -> list[str]:
        """Have an operator lift every pause, bank by bank; return the banks."""
        pauses = list(Pause.objects.filter(lifted_at=None))
        for pause in pauses:
            lift_pause(pause_id=pause.pk, actor=self.operator)
        return [pause.bank for pause in pauses]

    def executed(self) -> Counter[str]:
        """Return how often the bank has executed each payment, by its end-to-end id."""
        return Counter(row["end_to_end_id"] for row in self.simulator.executions())

    def files_at_bank(self) -> int:
        """Return how many files the bank has ever got."""
        found = self.simulator.get("banks/dnb/files?limit=500")["results"]
        return sum(1 for row in found if row["direction"] == "in")

    def states(self, name: str) -> list[str]:
        """Return the states of an order's payments, in their order."""
        found = Payment.objects.filter(remittance__message_id=name).order_by("position")
        return list(found.values_list("status", flat=True))

    def booked(self) -> Counter[str]:
        """Return how many ledger lines tell of each payment out."""
        return Counter(
            LedgerLine.objects.exclude(end_to_end_id=None).values_list("end_to_end_id", flat=True)  # type: ignore[arg-type]
        )

    def close(self) -> None:
        """Let nobody be connected to the database, as when the portal is stopped."""
        connections.close_all()


def pay(end_to_end_id: str, amount: str, **more: Any) -> dict[str, Any]:
    """Return a payment of a JSON order, due on the day of the drill."""
    return payment(**{"end_to_end_id": end_to_end_id, "amount": amount, "execution_date": DAY, **more})


def open_office(simulator: Simulator) -> Office:
    """Set the company up at the bank and here, with an agreement that needs no approver."""
    bank = open_customer(simulator, notify="ocr")
    company = _company()
    create_connection(
        company_id=company.pk,
        bank="dnb",
        host=bank.login.host,
        port=bank.login.port,
        username=bank.login.username,
        private_key=bank.login.private_key,
        host_key=bank.login.host_key,
    )
    sender = make_sender(company=company, account=OUR_ACCOUNT)
    make_active(company=company, kind=Kind.INCOMING, account=OUR_ACCOUNT, notify="ocr", kid=[SEVEN_DIGITS])
    return Office(simulator, bank, sender, Actor.user(make_operator()))


def _company() -> Company:
    return create_company(
        customer=make_customer(),
        org_number=OUR_ORG,
        name="Fjordvarme Testbedrift AS",
        address="Kaien 1",
        postcode="5003",
        town="Bergen",
        actor=SETUP,
    )


def forget_time() -> None:
    """Forget the last reading of the banks' clock: another bank's may be behind it."""
    clocks._last = None
