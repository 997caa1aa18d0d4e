"""What must hold after each step: the product equals the model, and its own records equal each other."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from bank_gateway.models import OutgoingFile
from companies.models import Alarm
from companies.verification import verify_audit
from erp_gateway.models import LedgerBatch, LedgerLine
from erp_gateway.queries import MessageItem
from remittance.models import Payment, PaymentHistory, Remittance
from tests.erp_gateway.feed import told as told_by_feed

from .model import Line, Model
from .world import Place, check_constraints

# From which state to which a payment may step back, and by which cause alone (docs/money.md 1). In doubt ends by the
# bank's word, by evidence, or by two operators.
_BACK = {
    ("in_doubt", "approved"): {"never_left", "decided_missing"},
    ("rejected_by_bank", "approved"): {"new_generation"},
}
_ENDS_DOUBT = {"sent", "never_left", "status_report", "debit", "decided_at_bank", "decided_missing"}
_RANK = {
    "received": 0, "awaiting_approval": 1, "approved": 2, "sent": 3, "in_doubt": 3, "received_by_bank": 4,
    "accepted": 5, "pending": 5, "rejected_by_autopay": 6, "rejected_by_bank": 6, "cancelled": 6, "stopped": 6,
    "paid": 7, "returned": 8,
}  # fmt: skip
_RED = {
    "debit_contradicts_state", "debit_without_order", "bank_contradicts_itself", "message_collision",
    "answer_to_unknown_file", "outgoing_in_doubt", "bank_entry_possible_repeat", "replaced_file_lives",
    "payment_debited_twice",
}  # fmt: skip
# Raised for what the model says and for nothing else.
_ONLY_THEN = {
    "debit_contradicts_state", "debit_without_order", "message_collision", "bank_status_unknown", "bank_blocks_payment",
    "replaced_file_lives", "payment_debited_twice",
}  # fmt: skip


def check_all(model: Model, places: tuple[Place, ...]) -> None:
    """Compare everything."""
    check_constraints()
    payments = _payments()
    _check_states(model, payments)
    _check_remittances(payments)
    _check_history(payments)
    _check_feeds(places, payments)
    _check_books(model, places)
    _check_alarms(model)


def check_audit() -> None:
    """Verify the audit's chains."""
    assert verify_audit(heads_file=None).broken == ()


def _payments() -> dict[str, list[Payment]]:
    found: dict[str, list[Payment]] = defaultdict(list)
    for payment in Payment.objects.order_by("remittance_id", "position"):
        found[str(payment.remittance_id)].append(payment)
    return found


def _check_states(model: Model, payments: dict[str, list[Payment]]) -> None:
    predicted = {
        remittance.id: [(payment.end_to_end_id, payment.state, payment.settled) for payment in remittance.payments]
        for remittance in model.remittances
    }
    stored = {
        key: [(one.end_to_end_id, str(one.status), one.bank_says_settled) for one in found]
        for key, found in payments.items()
    }
    assert _differing(stored, predicted) == {}
    states = {str(key): status for key, status in Remittance.objects.values_list("id", "status")}
    assert states == {remittance.id: remittance.state for remittance in model.remittances}


def _differing(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what differs, found and wanted beside each other."""
    keys = [key for key in {**found, **wanted} if found.get(key) != wanted.get(key)]
    return {key: {"found": found.get(key), "wanted": wanted.get(key)} for key in keys}


def _check_remittances(payments: dict[str, list[Payment]]) -> None:
    for remittance in Remittance.objects.all():
        counted = Counter(str(one.status) for one in payments[str(remittance.pk)])
        assert {state: count for state, count in remittance.counts.items() if count} == counted


def _check_history(payments: dict[str, list[Payment]]) -> None:
    """Replay every payment's steps: each begins where the last ended, and the last ends where the payment stands."""
    now: dict[tuple[str, int], str] = defaultdict(lambda: "received")
    for step in PaymentHistory.objects.select_related("cause").order_by("id"):
        for position in _positions(step.positions):
            place = (str(step.cause.remittance_id), position)
            assert step.from_status == now[place]
            _check_step(step.from_status, step.status, str(step.cause.kind))
            now[place] = step.status
    assert {(key, one.position): str(one.status) for key, found in payments.items() for one in found} == {
        (key, one.position): now[key, one.position] for key, found in payments.items() for one in found
    }


def _positions(ranges: Any) -> Iterator[int]:
    """Yield the places in what PostgreSQL writes as {[1,4),[6,7)}."""
    for first, end in re.findall(r"\[(\d+),(\d+)\)", ranges):
        yield from range(int(first), int(end))


def _check_step(before: str, after: str, cause: str) -> None:
    if before == after:
        return
    if before == "in_doubt":
        assert cause in _ENDS_DOUBT, (before, after, cause)
    if _RANK[after] < _RANK[before]:
        assert cause in _BACK.get((before, after), ()) or after == "in_doubt", (before, after, cause)
    if before == "paid":
        assert (after, cause) == ("returned", "return")


def _check_feeds(places: tuple[Place, ...], payments: dict[str, list[Payment]]) -> None:
    """Follow each feed from its start: no number is missing, and who does as it says ends where everything stands."""
    for place in places:
        company = place.sender.company.pk
        told, remittances = _follow(told_by_feed(company))
        mine = {
            str(key): status for key, status in Remittance.objects.filter(company=company).values_list("id", "status")
        }
        assert {key: remittances.get(key, "received") for key in mine} == mine
        assert {str(one.pk): told.get(str(one.pk), "received") for key in mine for one in payments[key]} == {
            str(one.pk): str(one.status) for key in mine for one in payments[key]
        }
        assert set(told) <= {str(one.pk) for key in mine for one in payments[key]}


def _follow(messages: list[MessageItem]) -> tuple[dict[str, str], dict[str, str]]:
    assert [message["sequence"] for message in messages] == list(range(1, len(messages) + 1))
    told: dict[str, str] = {}
    remittances: dict[str, str] = {}
    for message in messages:
        if message["kind"] == "payment_status":
            for one in message["data"]["payments"]:
                assert one["status"] == message["data"]["status"] != told.get(one["id"], "received")
                told[one["id"]] = one["status"]
        elif message["kind"] == "remittance_status":
            remittances[message["data"]["remittance"]] = message["data"]["status"]
    return told, remittances


def _check_books(model: Model, places: tuple[Place, ...]) -> None:
    """Compare every voucher line by line: so each booked payment stands in exactly one, and each balances."""
    companies = {place.sender.company.pk: number for number, place in enumerate(places)}
    vouchers: dict[Any, list[Line]] = defaultdict(list)
    for line in LedgerLine.objects.all():
        vouchers[line.company_id, line.voucher_id].append((line.account, line.debit, line.credit, line.end_to_end_id))
    stored = Counter((companies[key[0]], tuple(sorted(lines, key=repr))) for key, lines in vouchers.items())
    assert stored == model.vouchers
    for (_, lines), count in stored.items():
        assert sum(debit - credit for _, debit, credit, _ in lines) == 0, (lines, count)
    for place in places:
        numbers = LedgerBatch.objects.filter(company=place.sender.company).order_by("number")
        assert [batch.number for batch in numbers] == list(range(1, len(numbers) + 1))


def _check_alarms(model: Model) -> None:
    """Compare the alarms that were ever raised with those that the rules call for."""
    messages = {str(key): message for key, message in OutgoingFile.objects.values_list("id", "bank_message_id")}
    raised: dict[str, set[str]] = defaultdict(set)
    for alarm in Alarm.objects.all():
        raised[alarm.code].add(messages.get(alarm.subject_id, alarm.subject_id))
        assert alarm.severity == "red" or alarm.code not in _RED
    for code, subject in model.alarms:
        assert subject in raised[code] if subject else raised[code], (code, subject)
    for code in _ONLY_THEN:
        assert raised.get(code, set()) <= {subject for wanted, subject in model.alarms if wanted == code}, code
