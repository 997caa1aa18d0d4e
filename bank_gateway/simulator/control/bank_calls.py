"""The calls on one bank."""

import sqlite3
import tempfile
from typing import Any, BinaryIO, cast

from aiohttp import web

from bank_gateway.simulator import agreements, amounts, incoming, instants, storage
from bank_gateway.simulator.contents import CHUNK, Kept
from bank_gateway.simulator.control import views
from bank_gateway.simulator.control.guard import json_body
from bank_gateway.simulator.engine import Engine
from bank_gateway.simulator.house import FROM_BANK
from bank_gateway.simulator.profiles import BankHabits
from bank_gateway.simulator.refusals import CallRefused
from bank_gateway.simulator.reports import outbox
from bank_gateway.simulator.sftp import Logins

_SPOOLED = 8 * CHUNK
_LARGEST_PUT = 256 * CHUNK
_LONGEST_NAME = 200
_FILTERS = ("end_to_end_id", "message_id")
_FILE_OF_REPORT = "SELECT file.name FROM report JOIN file ON file.id = report.file_id WHERE report.id = ?"


class BankCalls:
    """The calls under `banks/{id}`. `sftp` is where its SFTP server listens, as callers are told."""

    def __init__(self, engine: Engine, *, logins: Logins, sftp: dict[str, Any]) -> None:
        self._engine = engine
        self._logins = logins
        self._sftp = sftp

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of these calls."""
        return [
            web.post("/banks/{bank}/agreements", self.open_agreement),
            web.post("/banks/{bank}/incoming", self.receive),
            web.put("/banks/{bank}/from_bank/{name}", self.put_file),
            web.get("/banks/{bank}/accounts", self.list_accounts),
            web.get("/banks/{bank}/executions", self.list_executions),
            web.get("/banks/{bank}/files", self.list_files),
        ]

    async def open_agreement(self, request: web.Request) -> web.Response:
        """Answer `POST agreements`: 201 for a new one, 200 for one that is there with the same content."""
        habits = views.bank_of(self._engine.house, request)
        application = agreements.read_application(await json_body(request))

        def work(connection: sqlite3.Connection) -> tuple[agreements.Opened, list[sqlite3.Row]]:
            at = instants.to_text(self._engine.house.clock.now())
            with storage.transaction(connection):
                opened = agreements.open_agreement(connection, habits=habits, application=application, at=at)
            keys = connection.execute(
                "SELECT public_key FROM login_key WHERE login_id = ?", (opened.login["id"],)
            ).fetchall()
            return opened, keys

        opened, keys = await self._engine.change(work)
        for key in keys:
            self._logins.add(opened.login["username"], key["public_key"])
        self._engine.house.login_folder(opened.login["username"])
        login = {**self._sftp, "username": opened.login["username"], "private_key": opened.login["private_key"]}
        body = {**views.agreement(opened.agreement, org_number=application.org_number), "sftp": login}
        return web.json_response(body, status=201 if opened.new else 200)

    async def receive(self, request: web.Request) -> web.Response:
        """Answer `POST incoming` once the money is booked and its report lies in `from_bank/`."""
        habits = views.bank_of(self._engine.house, request)
        body = await json_body(request)

        def work(connection: sqlite3.Connection) -> dict[str, Any]:
            payment = incoming.read_payment(connection, habits=habits, body=body)
            at = instants.to_text(self._engine.house.clock.now())
            with storage.transaction(connection):
                booked, made = incoming.receive(connection, habits=habits, payment=payment, at=at)
            outbox.finish(connection, self._engine.house)
            return _receipt(connection, payment, booked=booked, made=made)

        return web.json_response(await self._engine.change(work), status=201)

    async def put_file(self, request: web.Request) -> web.Response:
        """Answer `PUT from_bank/{name}`: the body appears, byte for byte, for the company that owns the account."""
        habits = views.bank_of(self._engine.house, request)
        name = _checked_name(request.match_info["name"])
        account = request.query.get("account", "")
        with tempfile.SpooledTemporaryFile(max_size=_SPOOLED) as spool:
            body = cast("BinaryIO", spool)
            await _spool(request, body)
            kept = await self._engine.change(
                lambda connection: self._put(connection, habits=habits, account=account, name=name, body=body)
            )
        return web.json_response({"name": name, "sha256": kept.sha256, "size": kept.size}, status=201)

    def _put(
        self, connection: sqlite3.Connection, *, habits: BankHabits, account: str, name: str, body: BinaryIO
    ) -> Kept:
        """Keep a file's bytes and deliver it."""
        house = self._engine.house
        login = connection.execute(
            "SELECT login.* FROM account JOIN login ON login.id = account.login_id "
            "WHERE account.bank = ? AND account.number = ?",
            (habits.id, account),
        ).fetchone()
        if login is None:
            raise CallRefused(404, "account_unknown", f"No company has account {account} at this bank")
        if (house.login_folder(login["username"]) / FROM_BANK / name).exists():
            raise CallRefused(409, "name_taken", f"{name} lies in from_bank already")
        kept = house.contents.keep(iter(lambda: body.read(CHUNK), b""))
        with storage.transaction(connection):
            outbox.add_file(
                connection,
                bank=habits.id,
                login_id=login["id"],
                name=name,
                kind=outbox.PUT_BY_HAND,
                sha256=kept.sha256,
                size=kept.size,
                at=instants.to_text(house.clock.now()),
            )
        outbox.finish(connection, house)
        return kept

    async def list_accounts(self, request: web.Request) -> web.Response:
        """Answer `GET accounts`."""
        habits = views.bank_of(self._engine.house, request)
        rows = await self._engine.ask(lambda connection: views.accounts(connection, bank=habits.id))
        return web.json_response({"results": rows, "next": None})

    async def list_executions(self, request: web.Request) -> web.Response:
        """Answer `GET executions`."""
        habits = views.bank_of(self._engine.house, request)
        page = views.Page.of(request, filters=_FILTERS)
        filters = {name: request.query[name] for name in _FILTERS if request.query.get(name)}
        rows = await self._engine.ask(
            lambda connection: views.executions(connection, bank=habits.id, filters=filters, page=page)
        )
        return web.json_response(page.answer(request, rows, views.execution))

    async def list_files(self, request: web.Request) -> web.Response:
        """Answer `GET files`."""
        habits = views.bank_of(self._engine.house, request)
        page = views.Page.of(request)
        rows = await self._engine.ask(lambda connection: views.files(connection, bank=habits.id, page=page))
        return web.json_response(page.answer(request, rows, views.file))


async def _spool(request: web.Request, spool: BinaryIO) -> None:
    """Read a body to its end, whatever its size up to the largest."""
    size = 0
    async for chunk in request.content.iter_chunked(CHUNK):
        size += len(chunk)
        if size > _LARGEST_PUT:
            raise CallRefused(413, "too_large", f"The body is larger than {_LARGEST_PUT} bytes")
        spool.write(chunk)
    spool.seek(0)


def _checked_name(name: str) -> str:
    """Return a file's name unless it could be anything but one visible file."""
    plain = name.isprintable() and "/" not in name and not name.startswith(".")
    if not plain or len(name.encode()) > _LONGEST_NAME or not name.lower().endswith((".xml", ".txt")):
        raise CallRefused(422, "name_invalid", "The name must be a plain file name ending in .xml or .txt")
    return name


def _receipt(
    connection: sqlite3.Connection, payment: incoming.Payment, *, booked: str, made: list[int]
) -> dict[str, Any]:
    """Return what became of a payment that arrived."""
    names = [connection.execute(_FILE_OF_REPORT, (report_id,)).fetchone()["name"] for report_id in made]
    return {
        "account": payment.account,
        "count": payment.count,
        "amount": amounts.to_text(payment.amount, payment.currency),
        "total": amounts.to_text(payment.amount * payment.count, payment.currency),
        "currency": payment.currency,
        "at": booked,
        "booked": not payment.at_cutoff,
        "files": names,
    }
