"""Orders and the ERPs that send them, for tests."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agreements.models import Agreement, Kind
from companies.models import Company, Role
from tests.agreements.builders import make_active
from tests.erp_gateway.builders import API, Erp, make_erp

SAMPLES = Path(__file__).parent.parent / "samples" / "pain001"
ACCOUNT = "12345678903"
CREDITOR_ACCOUNT = "86011117947"


@dataclass(frozen=True)
class Sender:
    """An ERP and the agreement on which it sends."""

    erp: Erp
    agreement: Agreement

    @property
    def company(self) -> Company:
        return self.erp.company

    def send_xml(self, content: bytes, *, key: str = "", query: str = "") -> Any:
        """Send a pain.001 with a fresh idempotency key unless given."""
        return self._send(content, "application/xml", key, query)

    def send_json(self, order: object, *, key: str = "", query: str = "") -> Any:
        """Send an order as JSON."""
        content = order if isinstance(order, bytes) else json.dumps(order).encode()
        return self._send(content, "application/json", key, query)

    def _send(self, content: bytes, media: str, key: str, query: str) -> Any:
        target = f"{API}/remittances{query}"
        headers = self.erp.sign("POST", target, content)
        headers["Idempotency-Key"] = key or secrets.token_hex(8)
        return self.erp.client.generic("POST", target, content, content_type=media, headers=headers)


def make_sender(*roles: Role, account: str = ACCOUNT, company: Company | None = None, **fields: Any) -> Sender:
    """Make a company whose ERP may send on an active agreement, with no approver unless `fields` say otherwise."""
    erp = make_erp(*(roles or (Role.FILE_TRANSFER,)), company=company)
    given = {"approvers_required": 0, "customer_id": "974760673", "division": "0001", **fields}
    agreement = make_active(company=erp.company, kind=Kind.REMITTANCE, account=account, **given)
    return Sender(erp=erp, agreement=agreement)


def payment(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return one payment of a JSON order."""
    return {
        "end_to_end_id": f"INV-{number}",
        "amount": "1250.00",
        "currency": "NOK",
        "execution_date": "2026-11-25",
        "creditor": {"name": "Strøm & Nett AS", "account": CREDITOR_ACCOUNT, "supplier_number": "5001"},
        "kid": "0010017",
        **changes,
    }


def order(*payments: dict[str, Any], message_id: str = "", account: str = ACCOUNT) -> dict[str, Any]:
    """Return a JSON order of these payments, or of one."""
    return {
        "message_id": message_id or f"R-{secrets.token_hex(6)}",
        "debtor_account": account,
        "payments": list(payments) or [payment()],
    }


def sample(name: str) -> bytes:
    """Return a sample file's bytes."""
    return (SAMPLES / name).read_bytes()


def codes(answer: Any) -> Sequence[str]:
    """Return the codes of a problem's errors in order."""
    return [error["code"] for error in answer.json()["errors"]]
