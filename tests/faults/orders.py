"""Orders of 200 payments, each payment unlike any other: half as JSON and booked one by one, half as XML in a lump."""

import json
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.order_files import write_order_file

_CREDITOR = "86011117947"


@dataclass(frozen=True)
class Order:
    """What the ERP sends, as it would lie in its outbox: fixed bytes and a key to send them under."""

    message_id: str
    body: bytes
    media: str
    end_to_end_ids: frozenset[str]


def make_order(message_id: str, *, account: str, day: date, count: int, as_xml: bool) -> Order:
    """Return an order of `count` payments from `account`; `message_id` makes its ids unlike another's."""
    ids = frozenset(f"{message_id}-{number}" for number in range(1, count + 1))
    if as_xml:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "order.xml"
            write_order_file(path, count=count, account=account, run=message_id, day=day)
            return Order(message_id, path.read_bytes(), "application/xml", ids)
    payments = [_payment(message_id, number, day) for number in range(1, count + 1)]
    content = {"message_id": message_id, "debtor_account": account, "payments": payments}
    return Order(message_id, json.dumps(content).encode(), "application/json", ids)


def _payment(message_id: str, number: int, day: date) -> dict[str, Any]:
    return {
        "end_to_end_id": f"{message_id}-{number}",
        "amount": f"{100 + number}.{number % 100:02}",
        "currency": "NOK",
        "execution_date": day.isoformat(),
        "creditor": {"name": f"Leverandør {number} AS", "account": _CREDITOR, "supplier_number": str(20000 + number)},
        "message": f"Faktura {message_id}-{number}",
        "erp_reference": str(number),
        "category": "supplier",
        "batch_booking": False,
    }


def kid_of(body: str) -> str:
    """Return `body` with its MOD10 check digit."""
    digits = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body))]
    return body + str(-sum(sum(divmod(digit, 10)) for digit in digits) % 10)
