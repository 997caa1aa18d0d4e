"""Money that moves, made by the services: remittances, the banks' answers, receipts, ledger batches."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agreements.kid import KidRule
from agreements.models import Agreement, Kind
from autopay_portal.core import vault
from bank_gateway.models import IncomingFile
from bank_gateway.relay.services import apply_incoming
from companies.models import Company
from remittance.models import BankMessage, Remittance
from remittance.services.advance import advance_remittance
from tests.agreements.builders import make_active
from tests.remittance.builders import Sender, make_sender, order, payment

SAMPLES = Path(__file__).parent.parent.parent / "samples"
SEVEN = KidRule(length=7, modulus="mod10", customer=(1, 4), invoice=(5, 6))
INCOMING_ACCOUNT = "15032080119"


def make_company_sender(company: Company, *, approvers: int = 0, **fields: Any) -> Sender:
    """Make the ERP of a company that exists, with an agreement that asks for so many approvals."""
    return make_sender(company=company, approvers_required=approvers, **fields)


def send(sender: Sender, *payments: dict[str, Any], message_id: str = "") -> Remittance:
    """Send an order and let it come to where it waits: for approval, or for the bank."""
    answer = sender.send_json(order(*payments, message_id=message_id))
    assert answer.status_code == 201, answer.json()
    remittance_id = UUID(answer.json()["id"])
    advance_remittance(remittance_id=remittance_id)
    return Remittance.objects.get(pk=remittance_id)


def some(count: int, **changes: Any) -> list[dict[str, Any]]:
    """Return so many payments, each to a payee and of an amount of its own."""
    return [
        payment(number, amount=f"{1000 + number}.00", **changes) | {"kid": None, "message": f"Faktura {number}"}
        for number in range(1, count + 1)
    ]


def salary(number: int) -> dict[str, Any]:
    """Return a payment of salary to somebody with a name that nobody without the right may see."""
    creditor = {"name": f"Hemmelig Lønnsmottaker {number}", "account": "86011117947"}
    return payment(900 + number, amount="32000.00", category="salary", creditor=creditor) | {
        "kid": None,
        "message": "Lønn",
    }


def answer(remittance: Remittance, name: str, *changes: tuple[str, str]) -> IncomingFile:
    """Apply one of the bank's sample files to a remittance."""
    message = BankMessage.objects.select_related("outgoing_file__connection").get(remittance=remittance)
    text = (SAMPLES / name).read_text(encoding="utf-8").replace("FJV-20261120-0001", message.message_id)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return receive(message.outgoing_file.connection, Path(name).name, text.encode())


def receive(line: Any, name: str, content: bytes) -> IncomingFile:
    """Apply a file that a bank's line brought."""
    stored = vault.store([content])
    file = IncomingFile.objects.create(
        connection=line, name=name, sha256=stored.sha256, size=stored.size, path=stored.path
    )
    apply_incoming(file_id=file.pk)
    file.refresh_from_db()
    return file


def make_incoming(company: Company, **fields: Any) -> Agreement:
    """Make an active agreement for money in on the account of the OCR samples."""
    given = {"account": "12345678903", "notify": "ocr", "unplaced_ledger_account": "2900", **fields}
    return make_active(company=company, kind=Kind.INCOMING, kid=[SEVEN], **given)


def receive_sample(agreement: Agreement, name: str) -> IncomingFile:
    """Apply a sample file to an incoming agreement."""
    return receive(agreement.connection, Path(name).name, (SAMPLES / name).read_bytes())


def read(client: Client, address: str, status: int = 200, **headers: str) -> str:
    """Return a page's HTML."""
    page = client.get(address, headers=headers)
    assert page.status_code == status, (address, page.status_code)
    return page.content.decode()


def count_queries(client: Client, address: str) -> int:
    """Return how many queries a page takes once it has been seen."""
    read(client, address)
    with CaptureQueriesContext(connection) as captured:
        read(client, address)
    return len(captured)
