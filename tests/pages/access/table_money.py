"""Pages of money: what goes out, what comes in, ledger batches."""

import json
from typing import Any
from uuid import UUID

from agreements.models import Kind
from remittance.models import BankMessage, Payment, Remittance
from remittance.services.advance import advance_remittance
from tests.agreements.builders import make_active
from tests.erp_gateway.builders import API
from tests.erp_gateway.ledger_builders import make_batch
from tests.pages.access.rows import ADMINISTRATORS, Maker, Row, deed, page
from tests.pages.access.world import World
from tests.pages.money.builders import make_company_sender, make_incoming, receive, send, some
from tests.remittance.builders import Sender, order, payment

CANCELLERS = frozenset({"uploader", "file_transfer"}) | ADMINISTRATORS
APPROVERS = frozenset({"approver"})
RELEASERS = APPROVERS | ADMINISTRATORS


def sender(world: World) -> Sender:
    """Return the ERP that sends on the company's agreement, with two approvals."""
    if world.sender is None:
        world.sender = make_company_sender(world.company, approvers=2)
        world.words.append(world.sender.agreement.account)
    return world.sender


def send_at_once(world: World, *, account: str, message_id: str) -> Remittance:
    """Send a remittance that needs no approval, on an agreement of its own."""
    erp = sender(world).erp
    given: dict[str, Any] = {"approvers_required": 0, "customer_id": "974760673", "division": "0001"}
    make_active(company=world.company, kind=Kind.REMITTANCE, account=account, **given)
    # Amounts of its own: nothing of it looks sent before.
    sums = [payment(each, amount=f"{each}0.{account[-2:]}", message="Faktura", kid=None) for each in (81, 82)]
    body = json.dumps(order(*sums, message_id=message_id, account=account)).encode()
    target = f"{API}/remittances"
    headers = {**erp.sign("POST", target, body), "Idempotency-Key": message_id}
    answer = erp.client.generic("POST", target, body, content_type="application/json", headers=headers)
    assert answer.status_code == 201, answer.content
    advance_remittance(remittance_id=UUID(answer.json()["id"]))
    return Remittance.objects.get(pk=answer.json()["id"])


def make_remittance(world: World) -> UUID:
    """Make a remittance that waits for approval."""
    found = send(sender(world), *some(2), message_id="HEMMELIG-2026-1")
    world.words += [found.message_id, "INV-1"]
    return found.pk


def make_payment(world: World) -> UUID:
    """Return a payment of the remittance."""
    return Payment.objects.filter(remittance_id=world.thing("remittance")).earliest("pk").pk


def make_bank_message(world: World) -> UUID:
    """Return the file of a remittance of its own that went to the bank at once."""
    sent = send_at_once(world, account="15032080119", message_id="HEMMELIG-2026-2")
    return BankMessage.objects.get(remittance=sent).pk


def make_ledger_batch(world: World) -> UUID:
    """Make a ledger batch."""
    world.words += ["F-5001", "20044"]
    return make_batch(world.company, agreement=sender(world).agreement).pk


def make_incoming_file(world: World) -> UUID:
    """Make a file from a bank that nobody could read."""
    agreement = make_incoming(world.company, account="15032080127")
    return receive(agreement.connection, "SIM-HEMMELIG.xml", b"<not-a-message>").pk


def make_agreement(world: World) -> UUID:
    """Return the agreement that the company sends on."""
    return sender(world).agreement.pk


THINGS: dict[str, Maker] = {
    "agreement": make_agreement,
    "remittance": make_remittance,
    "payment": make_payment,
    "bank_message": make_bank_message,
    "ledger_batch": make_ledger_batch,
    "incoming_file": make_incoming_file,
}
_C, _R, _P = "/c/{company}/", "/c/{company}/remittances/", "/c/{company}/payments/{payment}/"
_A, _B = "/c/{company}/approvals/", "/c/{company}/ledger-batches/"
ROWS: tuple[Row, ...] = (
    page("remittances", _R),
    page("remittances", _R + "?show=refused"),
    page("remittance", _R + "{remittance}/"),
    deed("cancel_remittance", _R + "{remittance}/cancel/", CANCELLERS),
    deed("send_again", _R + "{remittance}/files/{bank_message}/send-again/", CANCELLERS),
    page("payment", _P),
    deed("cancel_payment", _P + "cancel/", CANCELLERS),
    page("approvals", _A),
    deed("approve_remittance", _A + "{remittance}/approve/", APPROVERS),
    deed("approval_challenge", _A + "{remittance}/challenge/", RELEASERS, status=200, body={"seen_hash": "0" * 64}),
    deed("refuse_remittance", _A + "{remittance}/refuse/", APPROVERS, body={"reason": "fordi"}),
    deed("release_remittance", _A + "{remittance}/release/", RELEASERS, body={"reason": "fordi"}),
    page("incoming_payments", _C + "incoming/"),
    page("ledger_batches", _B),
    page("ledger_batch", _B + "{ledger_batch}/"),
    page("ledger_batch_file", _B + "{ledger_batch}/files/json/", no_page="a file"),
    deed("release_ledger_batch", _B + "{ledger_batch}/release/", ADMINISTRATORS, body={"reason": "fordi"}),
    deed("reopen_ledger_batch", _B + "{ledger_batch}/reopen/", ADMINISTRATORS, body={"reason": "fordi"}),
)
