"""What money out looks for: payments that have stood in one state for too long, and alarms that are over.

One alarm per remittance and state, however many payments stand there. Only remittances that haven't ended are looked
at, and of these only the payments of those that have any in the state.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from bank_gateway.norway.calendar import OSLO, is_bank_day, next_bank_day
from bank_gateway.profiles import BankProfile, PaymentKind, bank_ids, get_profile
from bank_gateway.profiles.cut_offs import last_cut_off
from companies.alarm_limits import NET_BANK_WARNING, Deadline, deadline_of
from companies.watches import Ending, Now, Watch, register_ending, register_watch

from .states import P, R

_UNFINISHED = ", ".join(
    f"'{status.value}'"
    for status in (R.RECEIVED, R.AWAITING_APPROVAL, R.APPROVED, R.SENT, R.RECEIVED_BY_BANK, R.IN_DOUBT)
)
_OPEN = f"remittance.status IN ({_UNFINISHED})"
_ONE_DAY = timedelta(days=1)

# By how long payments have stood in a state.
_STANDS = """
SELECT '{code}:' || remittance.id, remittance.company_id, remittance.agreement_id, 'remittance', remittance.id::text,
       jsonb_build_object('message_id', remittance.message_id, 'count', (remittance.counts ->> '{state}')::int),
       {since}, NULL::text
  FROM remittance_remittance AS remittance {joined}
 WHERE {open} AND (remittance.counts ->> '{state}')::int > 0
"""
# The state says "sent" of payments whose file was answered: the answer left them out.
_ANSWERED = """
  JOIN remittance_bankmessage AS message
    ON message.remittance_id = remittance.id AND message.generation = remittance.generation
  JOIN bank_gateway_outgoingfile AS file ON file.id = message.outgoing_file_id AND file.state = 'answered'
"""
# By the day on which payments should have been executed.
_DUE = """
SELECT '{code}:' || remittance.id, remittance.company_id, remittance.agreement_id, 'remittance', remittance.id::text,
       jsonb_build_object('message_id', remittance.message_id, 'count', late.count, 'bank', agreement.bank,
                          'day', late.day), NULL::timestamptz,
       CASE WHEN late.day <= days.red THEN 'red' ELSE 'amber' END
  FROM remittance_remittance AS remittance
  JOIN agreements_agreement AS agreement ON agreement.id = remittance.agreement_id
  JOIN unnest(%(banks)s::text[], %(amber)s::date[], %(red)s::date[], %(states)s::text[])
         AS days (bank, amber, red, states) ON days.bank = agreement.bank
 CROSS JOIN LATERAL string_to_array(days.states, ' ') AS stands (states)
 CROSS JOIN LATERAL (
     SELECT count(*) AS count, min(payment.bank_date) AS day FROM remittance_payment AS payment
      WHERE payment.remittance_id = remittance.id AND payment.status = ANY (stands.states)
        AND payment.bank_date <= days.amber {only}) AS late
 WHERE {open} AND remittance.counts ?| stands.states AND late.count > 0 {agreements}
"""
# Their remittances may have ended; few payments ever stand so, and an index has only them.
_NOT_DEBITED = """
SELECT 'settled_not_debited:' || remittance.id, remittance.company_id, remittance.agreement_id, 'remittance',
       remittance.id::text, jsonb_build_object('message_id', remittance.message_id, 'count', late.count,
                                               'bank', agreement.bank, 'day', late.day), NULL::timestamptz,
       CASE WHEN late.day <= late.red THEN 'red' ELSE 'amber' END
  FROM (SELECT payment.remittance_id, days.red, count(*) AS count, min(payment.bank_date) AS day
          FROM remittance_payment AS payment
          JOIN remittance_remittance AS remittance ON remittance.id = payment.remittance_id
          JOIN agreements_agreement AS agreement ON agreement.id = remittance.agreement_id
          JOIN unnest(%(banks)s::text[], %(amber)s::date[], %(red)s::date[]) AS days (bank, amber, red)
            ON days.bank = agreement.bank AND payment.bank_date <= days.amber
         WHERE payment.awaits_debit GROUP BY 1, 2) AS late (remittance_id, red, count, day)
  JOIN remittance_remittance AS remittance ON remittance.id = late.remittance_id
  JOIN agreements_agreement AS agreement ON agreement.id = remittance.agreement_id
"""


def _stands(code: str, state: P, *, since: str = "NULL::timestamptz", joined: str = "") -> Watch:
    query = _STANDS.format(code=code, state=state.value, since=since, joined=joined, open=_OPEN)
    return Watch(code, query)


def _due(code: str, *states: P, banks: Callable[[BankProfile], bool] = lambda profile: True) -> Watch:
    """Return the watch for payments in any of `states`, at the banks for which `banks` is true."""
    query = _DUE.format(code=code, open=_OPEN, only="", agreements="")
    deadline = deadline_of(code)
    return Watch(code, query, lambda now: _days(deadline, now, dict.fromkeys(_banks(banks), states)))


def _debit_awaited() -> Watch:
    """Return the watch for payments whose debit nobody has told of.

    A bank that never says that a payment is accepted tells nothing between its receipt and the debit.
    """
    code = "too_long_accepted"
    query = _DUE.format(code=code, open=_OPEN, only="", agreements="")
    silent = (P.ACCEPTED, P.RECEIVED_BY_BANK)
    states = {bank: (P.ACCEPTED,) if _tells_accepted(get_profile(bank)) else silent for bank in bank_ids()}
    return Watch(code, query, lambda now: _days(deadline_of(code), now, states))


def _tells_accepted(profile: BankProfile) -> bool:
    return profile.tells_accepted


def _banks(wanted: Callable[[BankProfile], bool]) -> list[str]:
    return [bank for bank in bank_ids() if wanted(get_profile(bank))]


def _days(deadline: Deadline, now: Now, states: Mapping[str, Sequence[P]]) -> dict[str, Any]:
    """Return by bank the states that are watched, and the latest days whose payments are amber, and red, now."""
    profiles = [get_profile(bank) for bank in states]
    return {
        "banks": list(states),
        "states": [" ".join(each) for each in states.values()],
        "amber": [latest_day_past(profile, deadline, deadline.amber_days, now.business) for profile in profiles],
        "red": [latest_day_past(profile, deadline, deadline.red_days, now.business) for profile in profiles],
    }


def latest_day_past(profile: BankProfile, deadline: Deadline, bank_days: int, now: datetime) -> date:
    """Return the latest bank day D for which `now` is past the deadline's hour so many bank days behind D."""
    day = now.astimezone(OSLO).date()
    left = bank_days
    if not is_bank_day(day) or now < _hour(profile, deadline, day):
        day -= _ONE_DAY
    while not is_bank_day(day):
        day -= _ONE_DAY
    while left:
        day -= _ONE_DAY
        left -= is_bank_day(day)
    return day


def _hour(profile: BankProfile, deadline: Deadline, day: date) -> datetime:
    """Return the moment of a day that counts: the deadline's own hour, else the bank's last cut-off of any kind."""
    if deadline.at is not None:
        return datetime.combine(day, deadline.at, OSLO)
    return max(last_cut_off(profile, day=day, kind=cut_off.kind) for cut_off in profile.cut_offs)


def _debits_to_come() -> Watch:
    """Return the watch for payments that are paid on the bank's word alone and whose debit doesn't come."""
    code = "settled_not_debited"
    deadline = deadline_of(code)
    return Watch(code, _NOT_DEBITED, lambda now: _days(deadline, now, dict.fromkeys(bank_ids(), ())))


def _signers_wanted() -> Watch:
    """Return the watch for payments that wait for signers in the net bank shortly before today's last cut-off."""
    code = "net_bank_approval_wanted"
    query = _DUE.format(
        code=code,
        open=_OPEN,
        only="AND payment.bank_date = days.amber",
        agreements="AND agreement.bank_approval = 'in_net_bank'",
    )
    return Watch(code, query, _days_about_to_end)


def _days_about_to_end(now: Now) -> dict[str, Any]:
    banks = _banks(lambda profile: _ends_soon(profile, now.business))
    today = next_bank_day(now.business.astimezone(OSLO).date())
    return {
        "banks": banks,
        "states": [P.PENDING.value for _ in banks],
        "amber": [today for _ in banks],
        "red": [None for _ in banks],
    }


def _ends_soon(profile: BankProfile, now: datetime) -> bool:
    today = now.astimezone(OSLO).date()
    if not is_bank_day(today):
        return False
    return timedelta(0) < last_cut_off(profile, day=today, kind=PaymentKind.NORMAL) - now <= NET_BANK_WARNING


def register() -> None:
    """Register what this room looks for."""
    for watch in (
        _stands("too_long_received", P.RECEIVED, since="remittance.recorded_at"),
        _stands("too_long_approved", P.APPROVED),
        _stands("too_long_sent", P.SENT, joined=_ANSWERED),
        _stands("too_long_stop_requested", P.STOP_REQUESTED),
        _stands("doubt_unsettled", P.IN_DOUBT),
        _due("approval_too_late", P.AWAITING_APPROVAL),
        _due("too_long_received_by_bank", P.RECEIVED_BY_BANK, banks=_tells_accepted),
        _debit_awaited(),
        _due("too_long_pending", P.PENDING),
        _debits_to_come(),
        _signers_wanted(),
    ):
        register_watch(watch)
    for code, stands in (
        ("release_refused", "(remittance.counts ->> 'approved')::int > 0"),
        ("payment_date_passed", "(remittance.counts ->> 'awaiting_approval')::int > 0"),
        ("message_collision", "(remittance.counts ->> 'in_doubt')::int > 0"),
        ("bank_blocks_payment", "(remittance.counts ->> 'pending')::int > 0"),
        ("bank_status_unknown", "true"),
    ):
        still = f"SELECT remittance.id::text FROM remittance_remittance AS remittance WHERE {_OPEN} AND {stands}"
        register_ending(Ending(code, still))
