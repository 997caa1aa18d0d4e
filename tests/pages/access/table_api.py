"""The ERP's calls, signed with the company's key in a user's name.

What a stranger's key finds is walked value by value in `tests/erp_gateway/test_strangers.py`; here stands what each
role may. An operator is nobody in a company at the API: 401.
"""

from collections.abc import Mapping
from typing import Any

from tests.pages.access.rows import ADMINISTRATORS, EVERYBODY, ROLES, Row

READERS = EVERYBODY - {"operator"}
SENDERS = frozenset({"uploader", "file_transfer"}) | ADMINISTRATORS
TRANSFERS = frozenset({"file_transfer"}) | ADMINISTRATORS
_LEASE = "019ab000-0000-7000-8000-000000000000"


def call(
    name: str, path: str, roles: frozenset[str] = READERS, *, method: str = "GET", status: int = 200, **more: Any
) -> Row:
    """Return the row of a signed call: `status` to these roles, 403 to the others, 401 to an operator."""
    who = {role: status if role in roles else 403 for role in ROLES} | {"operator": 401}
    stranger = more.pop("stranger", 404 if "{" in path else status)
    return Row(
        f"api:{name}", f"/api/v1/{path}", who, method=method, nobody=401, stranger=stranger, call=True,
        no_page="a call", **more,
    )  # fmt: skip


def anybody(name: str, path: str, status: int = 200, **more: Any) -> Row:
    """Return the row of a call that answers anybody, signed or not, alike."""
    who: Mapping[str, int] = dict.fromkeys(ROLES, status)
    return Row(name, f"/api/v1/{path}", who, nobody=status, stranger=None, call=True, no_page="a call", **more)


_RM, _PM, _LB = "remittances/{remittance}", "payments/{payment}", "ledger-batches/{ledger_batch}"
_KEY = {"Idempotency-Key": "k-1"}
ROWS: tuple[Row, ...] = (
    anybody("api:openapi", "openapi.json"),
    anybody("api:docs", "docs/"),
    anybody("api:companies", "companies", 501, method="POST"),
    anybody("api/v1/", "nothing", 404),
    call("setup-check", "setup-check"),
    call("agreements", "agreements"),
    call("agreements-convert", "agreements/convert", ADMINISTRATORS, method="POST", status=422),
    call("agreement", "agreements/{agreement}"),
    call("agreement-test", "agreements/{agreement}/test", ADMINISTRATORS, method="POST"),
    call("agreement-activate", "agreements/{agreement}/activate", ADMINISTRATORS, method="POST"),
    call("statements", "statements", status=501),
    call("ledger-batches", "ledger-batches"),
    call("ledger-batch", _LB),
    call("ledger-batch-lines", _LB + "/lines"),
    call("ledger-batch-file", _LB + "/files/json"),
    call("ledger-batch-lease", _LB + "/lease", TRANSFERS, method="POST", body={"seconds": 60}),
    call("ledger-batch-posted", _LB + "/posted", TRANSFERS, method="POST", status=409, body={"lease_id": _LEASE}),
    call("ledger-batch-failed", _LB + "/failed", TRANSFERS, method="POST", status=409,
         body={"lease_id": _LEASE, "reason": "fordi"}),
    call("ledger-batch-release", _LB + "/release", ADMINISTRATORS, method="POST", status=409),
    call("ledger-batch-reopen", _LB + "/reopen", ADMINISTRATORS, method="POST", status=409,
         body={"reason": "fordi"}),
    call("messages", "messages?after=0", TRANSFERS),
    call("messages-ack", "messages/ack", TRANSFERS, method="POST", body={"up_to": 0}),
    call("webhook-endpoints", "webhook-endpoints", status=501),
    call("webhook-endpoint", "webhook-endpoints/x", status=501),
    call("remittances", "remittances"),
    call("remittances", "remittances", SENDERS, method="POST", status=422, headers=_KEY, body={"message_id": "x"}),
    call("remittance", _RM),
    call("remittance-payments", _RM + "/payments"),
    call("remittance-cancel", _RM + "/cancel", SENDERS, method="POST"),
    call("payments", "payments"),
    call("payment", _PM),
    call("payment-timeline", _PM + "/timeline"),
    call("payment-cancel", _PM + "/cancel", SENDERS, method="POST"),
    call("incoming-payments", "incoming-payments"),
)  # fmt: skip
