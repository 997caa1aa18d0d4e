"""The count at the end: what the ERP sent, the bank executed, the ledger holds and the feed told must be the same."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tests.faults.system import System

# What may not be left when everything is over, and the query that finds it.
_LEFT_OVER = {
    "files in doubt or on their way": """SELECT name, state, attempt FROM bank_gateway_outgoingfile
                                         WHERE state NOT IN ('answered', 'rejected')""",
    "files from the bank not applied": """SELECT name, state, attempts, errors::text FROM bank_gateway_incomingfile
                                          WHERE state NOT IN ('applied', 'repeat')""",
    "deviations": "SELECT kind, account, amount FROM bank_gateway_deviation WHERE state = 'open'",
    "pauses": "SELECT scope, reason FROM bank_gateway_pause WHERE lifted_at IS NULL",
    "alarms": "SELECT severity, code, params::text FROM companies_alarm WHERE cleared_at IS NULL",
    "remittances with a next step": """SELECT message_id, status FROM remittance_remittance
                                       WHERE next_step_at IS NOT NULL""",
}


def find_faults(system: System) -> list[str]:
    """Return everything that isn't as it must be with all the orders that the system's ERP has sent."""
    wanted = frozenset().union(*(order.end_to_end_ids for order in system.orders))
    executed = Counter(row["end_to_end_id"] for row in system.bank.executions())
    stored = system.rows("SELECT end_to_end_id, status FROM remittance_payment")
    batches = system.erp.all("ledger-batches?limit=500")
    lines = {batch["number"]: system.erp.all(f"ledger-batches/{batch['id']}/lines?limit=500") for batch in batches}
    booked = Counter(line["end_to_end_id"] for of in lines.values() for line in of if line["end_to_end_id"])
    return [
        *_not_once("executed by the bank", wanted, executed),
        *_not_once("stored", wanted, Counter(name for name, _ in stored)),
        *(f"{name} stands {status}" for name, status in stored if status != "paid"),
        *_not_once("booked", wanted, booked),
        *_not_once("told as paid", wanted, Counter(system.feed.told("paid"))),
        *_wrong_batches(lines),
        *_wrong_feed(system),
        *find_left_over(system),
        *([] if system.bank.money() == system.money else ["the bank has made or lost money"]),
    ]


def find_incoming_faults(system: System) -> list[str]:
    """Return what isn't as it must be with all that customers have paid in."""
    paid_in = system.paid_in
    received = Counter(row["kid"] for row in system.erp.all("incoming-payments?limit=500"))
    batches = system.erp.all("ledger-batches?kind=incoming&limit=500")
    lines = [line for batch in batches for line in system.erp.all(f"ledger-batches/{batch['id']}/lines?limit=500")]
    booked = Counter(line["kid"] for line in lines if line["kid"])
    return [
        f"KID {kid}: {paid_in.get(kid, 0)} paid, {received[kid]} received, {booked[kid]} booked"
        for kid in {*paid_in, *received, *booked}
        if not paid_in.get(kid, 0) == received[kid] == booked[kid]
    ]


def _not_once(what: str, wanted: Iterable[str], found: Counter[str]) -> list[str]:
    names = {*wanted, *found}
    expected = set(wanted)
    return [f"{name} {what} {found[name]} times" for name in sorted(names) if found[name] != (name in expected)]


def _wrong_batches(lines: dict[int, list[dict[str, Any]]]) -> list[str]:
    """Return holes in the numbers, and vouchers whose debits aren't their credits."""
    faults = [] if sorted(lines) == list(range(1, len(lines) + 1)) else [f"batch numbers {sorted(lines)}"]
    for number, of in lines.items():
        sums: dict[Any, Decimal] = {}
        for line in of:
            sums[line["voucher"]] = sums.get(line["voucher"], Decimal(0)) + _signed(line)
        faults += [f"voucher {voucher} of batch {number} is off by {by}" for voucher, by in sums.items() if by]
    return faults


def _signed(line: dict[str, Any]) -> Decimal:
    return Decimal(line["debit"] or 0) - Decimal(line["credit"] or 0)


def _wrong_feed(system: System) -> list[str]:
    """Return holes that the follower saw, and messages of the company's that it didn't get."""
    got = [message["sequence"] for message in system.feed.messages]
    made = system.rows(
        "SELECT sequence FROM erp_gateway_message WHERE company_id = %s ORDER BY sequence", [system.company["id"]]
    )
    faults = list(system.feed.faults)
    if got != list(range(1, len(made) + 1)) or got != [sequence for (sequence,) in made]:
        faults.append(f"of {len(made)} messages {len(got)} were delivered: {got[-3:]} of {made[-3:]}")
    return faults


def find_left_over(system: System) -> list[str]:
    """Return what isn't over though everything should be, alarms among it."""
    return [f"{what} left: {row}" for what, query in _LEFT_OVER.items() for row in system.rows(query)]
