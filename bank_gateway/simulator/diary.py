"""The banks' diary: what falls due is played in order, each event in one transaction, each at its own time."""

import logging
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime

from bank_gateway.simulator import cutoffs, instants, receipts, storage
from bank_gateway.simulator.house import Event, House, event_of

LOG = logging.getLogger(__name__)

Player = Callable[[sqlite3.Connection, House, Event], None]
PLAYERS: Mapping[str, Player] = {
    "read": receipts.read_arrival,
    "technical": receipts.give_technical_receipt,
    "business": receipts.give_business_receipt,
    "unsigned": receipts.report_unsigned,
    "cutoff": cutoffs.play_cutoff,
}


def next_due(connection: sqlite3.Connection, *, until: datetime) -> Event | None:
    """Return the first waiting event that falls due up to and at a point in time."""
    row = connection.execute(
        "SELECT * FROM event WHERE state = 'waiting' AND at <= ? ORDER BY at, id LIMIT 1", (instants.to_text(until),)
    ).fetchone()
    return None if row is None else event_of(row)


def play(connection: sqlite3.Connection, house: House, event: Event, *, moving: bool) -> None:
    """Play one event whole. With `moving` the clock is set to the event's time and kept there in the same transaction.

    An event that fails leaves nothing of itself, is marked with its fault and shown on the start page.
    """
    if moving:
        house.clock.stand_at(instants.from_text(event.at))
    try:
        with storage.transaction(connection):
            PLAYERS[event.kind](connection, house, event)
            _mark(connection, event, state="done")
            if moving:
                house.clock.keep(connection)
    except Exception as error:
        LOG.exception("Event %s (%s of %s) failed", event.id, event.kind, event.bank)
        _mark(connection, event, state="failed", fault=f"{type(error).__name__}: {error}")


def _mark(connection: sqlite3.Connection, event: Event, *, state: str, fault: str = "") -> None:
    """Note how an event ended."""
    connection.execute("UPDATE event SET state = ?, fault = ? WHERE id = ?", (state, fault, event.id))
