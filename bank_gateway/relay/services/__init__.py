"""Everything that changes what the relay keeps."""

from bank_gateway.relay.services.connections import create_connection
from bank_gateway.relay.services.doubt import advance_outgoing, examine_doubt, note_lost_renames
from bank_gateway.relay.services.outgoing import queue_outgoing, withdraw_outgoing
from bank_gateway.relay.services.pauses import lift_pause, pause_outgoing
from bank_gateway.relay.services.sending import send_outgoing
from bank_gateway.relay.services.sweeping import Work, find_connections_due, sweep

__all__ = [
    "Work",
    "advance_outgoing",
    "create_connection",
    "examine_doubt",
    "find_connections_due",
    "lift_pause",
    "note_lost_renames",
    "pause_outgoing",
    "queue_outgoing",
    "send_outgoing",
    "sweep",
    "withdraw_outgoing",
]
