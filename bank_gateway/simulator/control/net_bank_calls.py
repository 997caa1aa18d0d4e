"""The calls that stand for people: the customer in the net bank, and the bank's own clerks and systems."""

import sqlite3
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bank_gateway.simulator import amounts, approvals, instants, late_refusals, returns, storage
from bank_gateway.simulator.control.guard import json_body
from bank_gateway.simulator.control.views import bank_of
from bank_gateway.simulator.engine import Engine
from bank_gateway.simulator.reports import outbox

Change = Callable[[sqlite3.Connection, str], dict[str, Any]]
REFUSED, REFUSED_TEXT = "AC07", "Kreditkonto er avsluttet"


class NetBankCalls:
    """`POST approve`, `cancel`, `reject` and `return` under `banks/{id}`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of these calls."""
        return [
            web.post("/banks/{bank}/approve", self.approve),
            web.post("/banks/{bank}/cancel", self.cancel),
            web.post("/banks/{bank}/reject", self.reject),
            web.post("/banks/{bank}/return", self.give_back),
        ]

    async def approve(self, request: web.Request) -> web.Response:
        """Answer `POST approve` once what has all its approvals has its cut-off."""
        habits = bank_of(self._engine.house, request)
        signature = approvals.read_signature(await json_body(request))

        def work(connection: sqlite3.Connection, at: str) -> dict[str, Any]:
            signed = approvals.approve(connection, habits=habits, signature=signature, at=at)
            return {"approved": signed.approved, "waiting": signed.waiting}

        return await self._change(work)

    async def cancel(self, request: web.Request) -> web.Response:
        """Answer `POST cancel` once the payment is out of the register and its report lies in `from_bank/`."""
        habits = bank_of(self._engine.house, request)
        named = late_refusals.read_named(
            await json_body(request), code=late_refusals.CUSTOMER, text=late_refusals.CUSTOMER_TEXT
        )

        def work(connection: sqlite3.Connection, at: str) -> dict[str, Any]:
            late_refusals.cancel(connection, habits=habits, named=named, at=at)
            return {"end_to_end_id": named.end_to_end_id, "reason": named.code}

        return await self._change(work)

    async def reject(self, request: web.Request) -> web.Response:
        """Answer `POST reject`: the payment will be refused when its cut-off comes."""
        habits = bank_of(self._engine.house, request)
        named = late_refusals.read_named(await json_body(request), code=REFUSED, text=REFUSED_TEXT)

        def work(connection: sqlite3.Connection, at: str) -> dict[str, Any]:
            late_refusals.plan(connection, habits=habits, named=named)
            return {"end_to_end_id": named.end_to_end_id, "reason": named.code}

        return await self._change(work)

    async def give_back(self, request: web.Request) -> web.Response:
        """Answer `POST return` once the money is booked and its report lies in `from_bank/`."""
        habits = bank_of(self._engine.house, request)
        wanted = returns.read_return(await json_body(request))

        def work(connection: sqlite3.Connection, at: str) -> dict[str, Any]:
            back = returns.give_back(connection, habits=habits, wanted=wanted, at=at)
            return {
                "end_to_end_id": wanted.named.end_to_end_id,
                "amount": amounts.to_text(back.amount, back.currency),
                "fee": amounts.to_text(back.fee, back.currency),
                "currency": back.currency,
                "reason": wanted.named.code,
            }

        return await self._change(work)

    async def _change(self, change: Change) -> web.Response:
        """Make a change in one transaction, deliver what it reports, and answer with what it returned."""
        house = self._engine.house

        def work(connection: sqlite3.Connection) -> dict[str, Any]:
            with storage.transaction(connection):
                answer = change(connection, instants.to_text(house.clock.now()))
            outbox.finish(connection, house)
            return answer

        return web.json_response(await self._engine.change(work))
