"""The calls on a bank's faults."""

import sqlite3
from typing import Any

from aiohttp import web

from bank_gateway.simulator.control import views
from bank_gateway.simulator.control.guard import json_body
from bank_gateway.simulator.engine import Engine
from bank_gateway.simulator.faults import switches
from bank_gateway.simulator.faults.wanted import read_faults
from bank_gateway.simulator.reports import outbox


class FaultCalls:
    """`GET` and `PUT faults`, `GET faults/hits` under `banks/{id}`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of these calls."""
        return [
            web.get("/banks/{bank}/faults", self.show),
            web.put("/banks/{bank}/faults", self.switch),
            web.get("/banks/{bank}/faults/hits", self.list_hits),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Answer `GET faults`: the list as it was put, with how often each struck."""
        house = self._engine.house
        bank = views.bank_of(house, request).id
        await self._engine.keep_now()
        return web.json_response(
            await self._engine.ask(lambda connection: switches.show(connection, house, bank=bank))
        )  # fmt: skip

    async def switch(self, request: web.Request) -> web.Response:
        """Answer `PUT faults` once what lifted faults withheld lies in `from_bank/`."""
        house = self._engine.house
        bank = views.bank_of(house, request).id
        faults = read_faults(await json_body(request))

        def work(connection: sqlite3.Connection) -> list[dict[str, Any]]:
            switches.switch(connection, house, bank=bank, faults=faults)
            outbox.finish(connection, house)
            return switches.show(connection, house, bank=bank)

        return web.json_response(await self._engine.change(work))

    async def list_hits(self, request: web.Request) -> web.Response:
        """Answer `GET faults/hits`: what faults did, when in bank time, to which file, newest first."""
        bank = views.bank_of(self._engine.house, request).id
        page = views.Page.of(request)
        await self._engine.keep_now()
        rows = await self._engine.ask(
            lambda connection: switches.hits(connection, bank=bank, before=page.before, limit=page.limit + 1)
        )
        return web.json_response(page.answer(request, rows, switches.shown_hit))
