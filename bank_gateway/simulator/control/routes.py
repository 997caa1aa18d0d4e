"""Every call of the control API, and its page, in one list."""

from typing import Any

from aiohttp import web

from bank_gateway.simulator.control.bank_calls import BankCalls
from bank_gateway.simulator.control.clock_calls import ClockCalls
from bank_gateway.simulator.control.fault_calls import FaultCalls
from bank_gateway.simulator.control.net_bank_calls import NetBankCalls
from bank_gateway.simulator.control.page import StartPage
from bank_gateway.simulator.engine import Engine
from bank_gateway.simulator.sftp import Logins


def all_routes(engine: Engine, *, logins: Logins, sftp: dict[str, Any]) -> list[web.RouteDef]:
    """Return the routes; `sftp` is where the SFTP server listens, as callers are told."""
    return [
        *ClockCalls(engine).routes(),
        *BankCalls(engine, logins=logins, sftp=sftp).routes(),
        *NetBankCalls(engine).routes(),
        *FaultCalls(engine).routes(),
        *StartPage(engine).routes(),
    ]
