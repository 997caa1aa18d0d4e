"""One order's way to the ledger with a death on it, and the rest of the way for all of them."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from tests.faults.orders import Order
from tests.faults.system import System, wait_for

_MOMENT_SECONDS = 60.0
_FILE = """SELECT 1 FROM remittance_remittance r JOIN bank_gateway_outgoingfile f ON f.subject_id = r.id
            WHERE r.message_id = %s"""
# What says in the database that a moment has come; `executing` and `reported` are the bank's.
HAPPENED = {
    "received": "SELECT 1 FROM remittance_remittance WHERE message_id = %s",
    "released": _FILE,
    "uploading": f"{_FILE} AND f.state <> 'queued'",
    "renaming": f"{_FILE} AND f.state NOT IN ('queued', 'uploading')",
    "sent": f"{_FILE} AND (f.sent_at IS NOT NULL OR f.state = 'answered')",
    "answered": f"{_FILE} AND f.state = 'answered'",
    "accepted": "SELECT 1 FROM remittance_remittance WHERE message_id = %s AND counts ? 'accepted'",
}
_OPEN = "SELECT message_id, status FROM remittance_remittance WHERE message_id = ANY(%s) AND status <> 'completed'"
_ON_ITS_WAY = """SELECT 1 FROM remittance_remittance
                  WHERE message_id = ANY(%s) AND status <> 'completed' AND NOT counts ? 'accepted'"""
_UNAPPLIED = "SELECT 1 FROM bank_gateway_incomingfile WHERE state = 'stored'"


class Walk:
    """The way of one order, up to the moment somebody waits for."""

    def __init__(self, system: System, order: Order) -> None:
        system.orders.append(order)
        self._system = system
        self._order = order
        self._pool = ThreadPoolExecutor(2)
        self._sending = self._pool.submit(
            lambda: system.erp.send(order.body, media=order.media, key=f"key-{order.message_id}")
        )
        self._executing: Future[None] | None = None

    def wait_for(self, moment: str) -> None:
        """Return when the moment has come."""
        if moment == "sending":
            return
        if moment in ("executing", "reported"):
            self._wait_for_row(HAPPENED["accepted"], [self._order.message_id])
            files = self._system.rows("SELECT count(*) FROM bank_gateway_incomingfile")[0][0]
            self._executing = self._pool.submit(self._system.bank.advance_to_next_cutoff)
            if moment == "reported":
                self._wait_for_row("SELECT 1 FROM bank_gateway_incomingfile HAVING count(*) > %s", [files])
            return
        self._wait_for_row(HAPPENED[moment], [self._order.message_id])

    def finish_calls(self) -> None:
        """Return when the calls made for it have their answers; fails if one was refused."""
        self._sending.result(timeout=120)
        if self._executing is not None:
            self._executing.result(timeout=120)
        self._pool.shutdown()

    def _wait_for_row(self, query: str, parameters: list[Any]) -> None:
        """Return when the query gives a row; looks every few milliseconds over one line to the database."""

        def is_there() -> bool:
            cursor.execute(query, parameters)
            return cursor.fetchone() is not None

        with self._system.database() as cursor:
            assert wait_for(is_there, seconds=_MOMENT_SECONDS), f"never came for {self._order.message_id}: {query}"


def finish(system: System, *, seconds: float) -> None:
    """Let cut-off after cut-off pass until every order is through, its messages told; fails after `seconds`."""
    names = [order.message_id for order in system.orders]
    deadline = time.monotonic() + seconds
    while left := system.rows(_OPEN, [names]):
        assert time.monotonic() < deadline, f"not through: {left} {_files(system)}"
        wait_for(lambda: not system.rows(_ON_ITS_WAY, [names]), seconds=20)
        system.bank.advance_to_next_cutoff()
        wait_for(lambda: not system.rows(_OPEN, [names]), seconds=15)
    assert wait_for(lambda: not system.rows(_UNAPPLIED), seconds=30), "a bank's file isn't applied"
    wait_for(lambda: len(system.feed.messages) >= _message_count(system), seconds=30)


def wait_for_all_received(system: System) -> None:
    """Return when all that customers have paid is received, or a while has passed."""
    count = sum(system.paid_in.values())
    received = "SELECT count(*) FROM payments_in_incomingpayment"
    wait_for(lambda: system.rows(received)[0][0] >= count and not system.rows(_UNAPPLIED), seconds=90)


def _message_count(system: System) -> int:
    query = "SELECT count(*) FROM erp_gateway_message WHERE company_id = %s"
    count: int = system.rows(query, [system.company["id"]])[0][0]
    return count


def _files(system: System) -> list[tuple[Any, ...]]:
    return system.rows("SELECT name, state, attempt, lease_until, last_error FROM bank_gateway_outgoingfile")
