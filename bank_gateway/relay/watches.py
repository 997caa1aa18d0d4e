"""What the relay looks for: files, deviations and pauses that have stood still too long, and alarms that are over."""

from typing import Any

from bank_gateway.profiles import bank_ids, get_profile
from companies.watches import Ending, Now, Watch, register_ending, register_watch

_ANSWER_MISSING = """
SELECT 'bank_answer_missing:' || file.id, file.company_id, file.agreement_id, 'outgoing_file', file.id::text,
       jsonb_build_object('bank', line.bank, 'name', file.name), file.sent_business_at + profile.answer_time, NULL::text
  FROM bank_gateway_outgoingfile AS file
  JOIN bank_gateway_connection AS line ON line.id = file.connection_id
  JOIN unnest(%(banks)s::text[], %(answer_times)s::interval[]) AS profile (bank, answer_time) USING (bank)
 WHERE file.state = 'sent' AND file.sent_business_at IS NOT NULL
"""
_NOT_APPLIED = """
SELECT 'bank_file_not_applied:' || file.id, line.company_id, NULL::uuid, 'incoming_file', file.id::text,
       jsonb_build_object('bank', line.bank, 'name', file.name), file.stored_at, NULL::text
  FROM bank_gateway_incomingfile AS file JOIN bank_gateway_connection AS line ON line.id = file.connection_id
 WHERE file.state = 'stored'
"""
_QUARANTINED = """
SELECT 'quarantine_unsettled:' || file.id, line.company_id, NULL::uuid, 'incoming_file', file.id::text,
       jsonb_build_object('bank', line.bank, 'name', file.name), NULL::timestamptz, NULL::text
  FROM bank_gateway_incomingfile AS file JOIN bank_gateway_connection AS line ON line.id = file.connection_id
 WHERE file.state = 'quarantined'
"""
_DEVIATIONS = """
SELECT 'deviation_unsettled:' || file.id, line.company_id, NULL::uuid, 'incoming_file', file.id::text,
       jsonb_build_object('bank', line.bank, 'name', file.name, 'count', open.count), NULL::timestamptz, NULL::text
  FROM (SELECT file_id, count(*) AS count FROM bank_gateway_deviation WHERE state = 'open' GROUP BY file_id) AS open
  JOIN bank_gateway_incomingfile AS file ON file.id = open.file_id
  JOIN bank_gateway_connection AS line ON line.id = file.connection_id
"""
_PAUSED = """
SELECT 'pause_holds_files:' || pause.id, pause.company_id, pause.agreement_id, 'pause', pause.id::text,
       jsonb_build_object('count', count(*)), greatest(min(pause.since_at), min(file.queued_business_at)), NULL::text
  FROM bank_gateway_pause AS pause
  JOIN bank_gateway_outgoingfile AS file ON file.state = 'queued'
  JOIN bank_gateway_connection AS line ON line.id = file.connection_id
 WHERE pause.lifted_at IS NULL
   AND (pause.scope = 'whole' OR pause.bank = line.bank OR pause.company_id = file.company_id
        OR pause.agreement_id = file.agreement_id)
 GROUP BY pause.id
"""
_DEVIATION_KINDS = {
    "bank_account_unknown": "unknown_account",
    "bank_entry_possible_repeat": "possible_repeat",
    "bank_file_unclaimed": "unclaimed",
    "answer_to_unknown_file": "unknown_message",
}


def _answer_times(_now: Now) -> dict[str, Any]:
    banks = bank_ids()
    return {"banks": list(banks), "answer_times": [get_profile(bank).answer_time for bank in banks]}


def register() -> None:
    """Register what the relay looks for."""
    register_watch(Watch("bank_answer_missing", _ANSWER_MISSING, _answer_times))
    register_watch(Watch("bank_file_not_applied", _NOT_APPLIED))
    register_watch(Watch("quarantine_unsettled", _QUARANTINED))
    register_watch(Watch("deviation_unsettled", _DEVIATIONS))
    register_watch(Watch("pause_holds_files", _PAUSED))
    for code, kind in _DEVIATION_KINDS.items():
        still = f"SELECT file_id::text FROM bank_gateway_deviation WHERE state = 'open' AND kind = '{kind}'"
        register_ending(Ending(code, still))
    for code, table, stands in (
        ("outgoing_in_doubt", "outgoingfile", "state = 'in_doubt'"),
        ("stored_bytes_changed", "outgoingfile", "state IN ('queued', 'uploading')"),
        ("bank_file_quarantined", "incomingfile", "state = 'quarantined'"),
        ("bank_line_down", "connection", "failures > 0"),
    ):
        register_ending(Ending(code, f"SELECT id::text FROM bank_gateway_{table} WHERE {stands}"))
