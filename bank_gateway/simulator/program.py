"""The program: starts the engine, the SFTP server and the control API, and stops them cleanly."""

import asyncio
import fcntl
import json
import signal
import sqlite3
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from aiohttp import web

from bank_gateway.simulator import sftp
from bank_gateway.simulator.control.guard import answer_refusals
from bank_gateway.simulator.control.routes import all_routes
from bank_gateway.simulator.engine import Engine
from bank_gateway.simulator.profiles import BankHabits
from bank_gateway.simulator.storage import StorageUnusable

HOST = "127.0.0.1"
ADDRESSES = "addresses.json"
_LARGEST_JSON = 1024 * 1024


@dataclass(frozen=True)
class Options:
    """How the program was asked to run: which banks, where; port 0 takes a free one."""

    folder: Path
    control_port: int
    sftp_port: int
    clock_start: datetime | None
    banks: Mapping[str, BankHabits]


class UnableToStart(Exception):  # noqa: N818 - says what it is
    """A start that can't succeed as asked: the folder or a port is another's."""


async def run(options: Options) -> None:
    """Run the banks until SIGTERM or SIGINT.

    Raises UnableToStart when another process runs on the same folder or a port is taken.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stopped.set)
    async with AsyncExitStack() as stack:
        stack.enter_context(_claim(options.folder))
        engine = _engine(options)
        stack.push_async_callback(engine.stop)
        await engine.ask(lambda connection: _demand_banks(connection, options.banks))
        await engine.recover()
        addresses = await _open_doors(engine, options, stack)
        _publish(options.folder, addresses, stack)
        print(f"Simulated banks ready: {addresses['control']} (simulated, no real money)", flush=True)
        await _work(engine, stopped)


def _engine(options: Options) -> Engine:
    """Return the banks at work on the folder."""
    try:
        return Engine(options.folder, banks=options.banks, start=options.clock_start)
    except StorageUnusable as error:
        raise UnableToStart(str(error)) from error


def _demand_banks(connection: sqlite3.Connection, banks: Mapping[str, BankHabits]) -> None:
    """Refuse to leave out a bank that has customers in the folder."""
    known = {str(row["bank"]) for row in connection.execute("SELECT DISTINCT bank FROM login")}
    if missing := known - banks.keys():
        raise UnableToStart(f"The folder has customers of {', '.join(sorted(missing))}, which must run too")


async def _work(engine: Engine, stopped: asyncio.Event) -> None:
    """Keep time until told to stop; a fault of the timekeeper ends the program."""
    timekeeper = asyncio.create_task(engine.keep_time())
    waiter = asyncio.create_task(stopped.wait())
    await asyncio.wait({timekeeper, waiter}, return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    if timekeeper.done():
        timekeeper.result()
    timekeeper.cancel()
    await asyncio.gather(timekeeper, return_exceptions=True)


async def _open_doors(engine: Engine, options: Options, stack: AsyncExitStack) -> dict[str, Any]:
    """Start both servers and return their addresses."""
    logins = sftp.Logins()
    await logins.load(engine)
    door = await _open_sftp(engine, logins, options, stack)
    control = await _open_control(engine, logins, door, options, stack)
    banks = {bank: f"{control}/banks/{bank}" for bank in engine.house.banks}
    return {"control": control, "clock": f"{control}/clock", "banks": banks, "sftp": door}


async def _open_sftp(engine: Engine, logins: sftp.Logins, options: Options, stack: AsyncExitStack) -> dict[str, Any]:
    """Start the SFTP server and return what a client must know of it."""
    try:
        acceptor = await sftp.listen(engine, logins=logins, port=options.sftp_port)
    except OSError as error:
        raise UnableToStart(f"SFTP port {options.sftp_port}: {error}") from error
    stack.callback(acceptor.close)
    key = sftp.host_key(options.folder).export_public_key().decode().strip()
    return {"host": HOST, "port": acceptor.get_port(), "host_key": key}


async def _open_control(
    engine: Engine, logins: sftp.Logins, door: dict[str, Any], options: Options, stack: AsyncExitStack
) -> str:
    """Start the control API and return its address."""
    app = web.Application(middlewares=[answer_refusals], client_max_size=_LARGEST_JSON)
    app.add_routes(all_routes(engine, logins=logins, sftp=door))
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, HOST, options.control_port).start()
    except OSError as error:
        raise UnableToStart(f"Control port {options.control_port}: {error}") from error
    return f"http://{HOST}:{runner.addresses[0][1]}"


def _claim(folder: Path) -> IO[str]:
    """Take the folder for this process alone; the lock ends with the process, however it ends."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (folder / "lock").open("w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UnableToStart(f"Other simulated banks run on {folder}") from error
    (folder / ADDRESSES).unlink(missing_ok=True)
    return lock


def _publish(folder: Path, addresses: dict[str, Any], stack: AsyncExitStack) -> None:
    """Write the addresses whole or not at all; they go when the program stops."""
    path = folder / ADDRESSES
    part = path.with_suffix(".part")
    part.write_text(json.dumps(addresses, indent=1), encoding="utf-8")
    part.replace(path)
    stack.callback(path.unlink, missing_ok=True)
