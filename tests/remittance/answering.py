"""One order at the bank, and the bank's words about it in a line each: reports, debits, lumps, returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bank_gateway.models import Deviation, IncomingFile
from companies.models import Alarm
from erp_gateway.models import LedgerLine
from remittance.models import BankMessage, Payment, Remittance
from remittance.services.advance import advance_remittance
from tests.bank_gateway.bank_notices import Entry, Notice, Tx, camt054
from tests.bank_gateway.received import receive_file
from tests.properties.money.spoken import Named, Report, Said, SaidOfGroup
from tests.properties.money.written import write_report

from .builders import Sender, order, payment

OSLO = ZoneInfo("Europe/Oslo")
_numbers = count(1)


@dataclass
class AtBank:
    """An order of payments A, B, C ..., all in one group, of which the bank has the file."""

    sender: Sender
    message_id: str
    amounts: dict[str, str]

    @property
    def group(self) -> str:
        return f"{self.message_id}-1"

    def tx(self, name: str, **changes: Any) -> Tx:
        """Return a transaction that names a payment with its own amount."""
        return replace(Tx(self.amounts[name], end_to_end_id=name, message_id=self.message_id), **changes)

    def debit(self, *names: str, **changes: Any) -> Entry:
        """Return the debit of some payments, each named."""
        return replace(Entry(self.sum_of(*names), txs=[self.tx(name) for name in names]), **changes)

    def lump(self, *names: str, **changes: Any) -> Entry:
        """Return a lump over some payments that names only their group and how many they are."""
        given = Entry(self.sum_of(*names), batch=(self.message_id, self.group), count=len(names))
        return replace(given, **changes)

    def comes_back(self, name: str, *, amount: str = "", **changes: Any) -> Entry:
        """Return the credit in which a payment comes back, of another amount than its own if given."""
        tx = self.tx(name, **{"amount": amount or self.amounts[name], "returned": "AC04", **changes})
        return Entry(tx.amount, "CRDT", [tx], type="PMNT/ICDT/RRTN")

    def sum_of(self, *names: str) -> str:
        """Return what some payments come to."""
        return str(sum((Decimal(self.amounts[name]) for name in names), Decimal(0)))

    def notify(self, *entries: Entry, version: str = "08") -> IncomingFile:
        """Apply a camt.054 of these entries on the order's account."""
        number = next(_numbers)
        notice = Notice(f"N-{number}", self.sender.agreement.account, entries)
        content = camt054(notice, message_id=f"CAMT-{number}", version=version)
        file = receive_file(self.sender.agreement, name=f"SIM-CAMT-{number}.xml", content=content)
        assert file.state == "applied", file.errors
        return file

    def report(
        self, *, whole: str = "", group: str = "", at: str = "2026-11-24T10:00:00", version: str = "10",
        reasons: Mapping[str, tuple[str, str]] | None = None, **words: str,
    ) -> IncomingFile:  # fmt: skip
        """Apply a pain.002: a word for the whole file, for the group, and for payments by name."""
        number, why = next(_numbers), reasons or {}
        named = tuple(Named(name, "", Said(word, *why.get(name, ("", "")))) for name, word in words.items())
        said = Said(whole or None, *why.get("whole", ("", "")))
        groups = (SaidOfGroup(self.group, Said(group or None), named),) if group or named else ()
        moment = datetime.fromisoformat(at).replace(tzinfo=OSLO)
        report = Report(f"S-{number}", self.message_id, moment, said, groups, version)
        file = receive_file(self.sender.agreement, name=f"SIM-STATUS-{number}.xml", content=write_report(report))
        assert file.state == "applied", file.errors
        return file

    def states(self) -> dict[str, str]:
        """Return how each payment stands."""
        found = Payment.objects.filter(end_to_end_id__in=self.amounts).order_by("position")
        return dict(found.values_list("end_to_end_id", "status"))

    def remittance(self) -> Remittance:
        """Return the order as it stands."""
        return BankMessage.objects.select_related("remittance").get(message_id=self.message_id).remittance


def order_at_bank(sender: Sender, *, category: str = "supplier", **amounts: str) -> AtBank:
    """Send an order of payments by name and amount, one debit to be; the bank says that it has the file."""
    payments = [
        payment(
            number, end_to_end_id=name, amount=amount, kid=None, message=f"Faktura {name}", batch_booking=True,
            category=category,
        )
        for number, (name, amount) in enumerate(amounts.items(), start=1)
    ]  # fmt: skip
    answer = sender.send_json(order(*payments, account=sender.agreement.account))
    assert answer.status_code == 201, answer.json()
    remittance_id = UUID(answer.json()["id"])
    advance_remittance(remittance_id=remittance_id)
    at_bank = AtBank(sender, BankMessage.objects.get(remittance_id=remittance_id).message_id, dict(amounts))
    at_bank.report(whole="ACTC", at="2026-11-24T09:01:00")
    return at_bank


def books() -> dict[str, str]:
    """Return debit less credit by account of the general ledger, accounts that come to nothing left out."""
    sums: dict[str, Decimal] = {}
    for account, debit, credit in LedgerLine.objects.values_list("account", "debit", "credit"):
        sums[account] = sums.get(account, Decimal(0)) + Decimal(debit - credit) / 100
    return {account: f"{amount:.2f}" for account, amount in sorted(sums.items()) if amount}


def held() -> list[tuple[str, str]]:
    """Return why what waits for a person waits, and its amount."""
    found = Deviation.objects.filter(state="open").order_by("entry", "status_row")
    return [(each.reason or each.kind, f"{(each.amount or 0) / 100:.2f}") for each in found]


def red_alarms() -> Sequence[str]:
    """Return the codes of the red alarms that stand."""
    return sorted(Alarm.objects.filter(severity="red", cleared_at=None).values_list("code", flat=True))
