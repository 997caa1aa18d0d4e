"""What the control API shows: rows as JSON, newest first, a page at a time."""

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bank_gateway.simulator import amounts
from bank_gateway.simulator.agreements import ocr_agreement_id
from bank_gateway.simulator.house import House
from bank_gateway.simulator.profiles import BankHabits
from bank_gateway.simulator.refusals import CallRefused

DEFAULT_LIMIT, LARGEST_LIMIT = 100, 500
_RETURNED_AT = """(
  SELECT credit.due_at FROM returned JOIN credit ON credit.id = returned.credit
  WHERE returned.payment = execution.payment) AS returned_at"""


def bank_of(house: House, request: web.Request) -> BankHabits:
    """Return the bank a call names."""
    habits = house.banks.get(request.match_info["bank"])
    if habits is None:
        raise CallRefused(404, "bank_unknown", "There is no such bank")
    return habits


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for: at most `limit` rows older than `before`."""

    limit: int
    before: int

    @classmethod
    def of(cls, request: web.Request, *, filters: Sequence[str] = ()) -> "Page":
        """Return the page a call asks for. What is neither that nor a filter is refused: it may be one misspelt."""
        known = ("limit", "before", *filters)
        if unknown := sorted(request.query.keys() - set(known)):
            raise CallRefused(422, "query_unknown", f"{', '.join(unknown)} is not known; known are {', '.join(known)}")
        try:
            limit = int(request.query.get("limit") or DEFAULT_LIMIT)
            before = int(request.query.get("before") or 2**62)
        except ValueError as error:
            raise CallRefused(422, "page_invalid", "limit and before must be whole numbers") from error
        if limit < 1 or not 0 <= before < 2**63:
            raise CallRefused(422, "page_invalid", "limit must be above zero")
        return cls(min(limit, LARGEST_LIMIT), before)

    def answer(
        self, request: web.Request, rows: Sequence[sqlite3.Row], show: Callable[[sqlite3.Row], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return a page of rows, of which one more than its limit was fetched."""
        shown = rows[: self.limit]
        more = len(rows) > self.limit
        following = str(request.url.update_query({"before": str(shown[-1]["id"])})) if more else None
        return {"results": [show(row) for row in shown], "next": following}


def executions(
    connection: sqlite3.Connection, *, bank: str, filters: Mapping[str, str], page: Page
) -> list[sqlite3.Row]:
    """Return what a bank executed; the names of the filters are the caller's constants."""
    conditions = "".join(f" AND {name} = ?" for name in filters)
    return connection.execute(
        f"SELECT execution.*, {_RETURNED_AT} FROM execution WHERE bank = ?{conditions} AND id < ? "
        "ORDER BY id DESC LIMIT ?",
        (bank, *filters.values(), page.before, page.limit + 1),
    ).fetchall()


def execution(row: sqlite3.Row) -> dict[str, Any]:
    """Show an execution."""
    return {
        "message_id": row["message_id"],
        "end_to_end_id": row["end_to_end_id"],
        "amount": amounts.to_text(row["amount"], row["currency"]),
        "currency": row["currency"],
        "debtor_account": row["debtor_account"],
        "creditor_account": row["creditor_account"],
        "executed": row["executed_at"],
        "returned": row["returned_at"],
    }


def files(connection: sqlite3.Connection, *, bank: str, page: Page) -> list[sqlite3.Row]:
    """Return the files in and out of a bank."""
    return connection.execute(
        "SELECT file.*, login.username, login.org_number FROM file JOIN login ON login.id = file.login_id "
        "WHERE file.bank = ? AND file.id < ? ORDER BY file.id DESC LIMIT ?",
        (bank, page.before, page.limit + 1),
    ).fetchall()


def file(row: sqlite3.Row) -> dict[str, Any]:
    """Show a file."""
    return {
        "id": str(row["id"]),
        "direction": row["direction"],
        "name": row["name"],
        "kind": row["kind"],
        "login": row["username"],
        "org_number": row["org_number"],
        "sha256": row["sha256"],
        "size": row["size"],
        "at": row["at"],
        "state": row["state"],
    }


def accounts(connection: sqlite3.Connection, *, bank: str) -> list[dict[str, Any]]:
    """Return every account of a bank with its balance, `external` among them."""
    rows = connection.execute(
        "SELECT account.*, login.org_number FROM account LEFT JOIN login ON login.id = account.login_id "
        "WHERE account.bank = ? ORDER BY account.currency, account.number",
        (bank,),
    ).fetchall()
    return [
        {
            "account": row["number"],
            "currency": row["currency"],
            "balance": amounts.to_text(row["balance"], row["currency"]),
            "org_number": row["org_number"],
        }
        for row in rows
    ]


def agreement(row: sqlite3.Row, *, org_number: str) -> dict[str, Any]:
    """Show an agreement; `ocr_agreement_id` is what OCR giro files name it by."""
    incoming = row["direction"] == "incoming"
    return {
        "id": str(row["id"]),
        "bank": row["bank"],
        "org_number": org_number,
        "account": row["account"],
        "currency": row["currency"],
        "direction": row["direction"],
        "customer_id": row["customer_id"],
        "division": row["division"],
        "notify": row["notify"] if incoming else None,
        "kid": json.loads(row["kid"]),
        "signers": row["signers"],
        "ocr_agreement_id": str(ocr_agreement_id(row["id"])) if incoming else None,
    }
