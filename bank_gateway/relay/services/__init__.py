"""Everything that changes what the relay keeps."""

from bank_gateway.relay.services.applying import apply_incoming, replay_quarantined, set_aside_quarantined
from bank_gateway.relay.services.connections import create_connection
from bank_gateway.relay.services.deciding import BankWords, Decision, decide_doubt
from bank_gateway.relay.services.deviations import (
    RELEASABLE,
    Release,
    Trial,
    close_deviation,
    is_releasable,
    release_deviation,
    try_release,
)
from bank_gateway.relay.services.doubt import advance_outgoing, examine_doubt, note_lost_renames
from bank_gateway.relay.services.doubting import note_life
from bank_gateway.relay.services.fetching import Fetched, fetch_incoming
from bank_gateway.relay.services.kept_answers import take_kept_answers
from bank_gateway.relay.services.outgoing import queue_outgoing, take_back, withdraw_outgoing
from bank_gateway.relay.services.pauses import lift_pause, pause_outgoing
from bank_gateway.relay.services.reports import note_booked
from bank_gateway.relay.services.sending import send_outgoing
from bank_gateway.relay.services.sweeping import Work, find_connections_due, sweep

__all__ = [
    "RELEASABLE",
    "BankWords",
    "Decision",
    "Fetched",
    "Release",
    "Trial",
    "Work",
    "advance_outgoing",
    "apply_incoming",
    "close_deviation",
    "create_connection",
    "decide_doubt",
    "examine_doubt",
    "fetch_incoming",
    "find_connections_due",
    "is_releasable",
    "lift_pause",
    "note_booked",
    "note_life",
    "note_lost_renames",
    "pause_outgoing",
    "queue_outgoing",
    "release_deviation",
    "replay_quarantined",
    "send_outgoing",
    "set_aside_quarantined",
    "sweep",
    "take_back",
    "take_kept_answers",
    "try_release",
    "withdraw_outgoing",
]
