"""Booked debits of our payments, and own payments that came back: paid, returned, and their vouchers."""

from collections.abc import Iterable
from typing import Any

from autopay_portal.core.clocks import business_now
from bank_gateway.relay.services import note_booked
from bank_gateway.takers import StagedNotifications
from companies.actors import Actor
from companies.services import raise_alarm

from ..models import BankMessage, Cause, Remittance
from ..services.new_generation import alarm_old_file, because_it_lives, recall
from ..services.transitions import Happening, Moves, Step, apply_moves
from ..states import CONTRADICTED_BY_DEBIT, PaymentStatus
from .ledger import post_booked
from .matching import Debited, OldFile, match_entries


def apply_entries(cursor: Any, notifications: StagedNotifications) -> None:
    """Take the entries that book our payments, or bring them back."""
    matched = match_entries(cursor, notifications)
    for twice in matched.debited_twice:
        _alarm_debited("payment_debited_twice", twice)
    for unordered in matched.debited_without_order:
        _alarm_debited("debit_without_order", unordered)
    if not (matched.debits or matched.returns):
        return
    for old in matched.old_files:
        _recall(cursor, notifications, old)
    steps: list[Step] = []
    if matched.debits:
        steps = _move(cursor, notifications, PaymentStatus.PAID, "DBIT", Cause.Kind.DEBIT)
    if matched.returns:
        _move(cursor, notifications, PaymentStatus.RETURNED, "CRDT", Cause.Kind.RETURN)
    _alarm_contradictions(steps)
    post_booked(file_id=notifications.file_id, shares=matched.shares)
    for outgoing_id in matched.proven_files:
        note_booked(outgoing_id=outgoing_id)


def _recall(cursor: Any, notifications: StagedNotifications, old: OldFile) -> None:
    """Bring back what a file gave up: the bank executes it (money.md 2.7). A newer file that hasn't left is stopped."""
    message = BankMessage.objects.select_related("remittance").get(pk=old.message_id)
    alarm_old_file(message.remittance, message, count=old.count)
    happening = because_it_lives(_happening(notifications, Cause.Kind.DEBIT))
    recall(cursor, remittance=message.remittance, message=message, happening=happening)


def _move(
    cursor: Any, notifications: StagedNotifications, status: PaymentStatus, direction: str, kind: Cause.Kind
) -> list[Step]:
    moves = Moves(
        payments="""JOIN remittance_named n ON n.payment_id = p.id
                    JOIN remittance_fit f ON f.entry = n.entry AND f.direction = %(direction)s
                   WHERE p.remittance_id = ANY (ARRAY (SELECT remittance_id FROM remittance_file))""",
        params={"status": status.value, "direction": direction},
        remittances="""SELECT remittance_id FROM remittance_file WHERE file IN (SELECT file FROM remittance_named)""",
        reason_code="n.reason_code",
        bank_text="n.bank_text",
        bank_reference="n.bank_reference",
    )
    return apply_moves(cursor, moves, happening=_happening(notifications, kind))


def _happening(notifications: StagedNotifications, kind: Cause.Kind) -> Happening:
    return Happening(
        kind=kind,
        actor=Actor.bank(notifications.bank),
        occurred_at=notifications.created_at or business_now(),
        file_id=notifications.file_id,
        details={"notification": notifications.message_id},
    )


def _alarm_debited(code: str, debited: Debited) -> None:
    """Raise a red alarm: the money has left twice, or though nobody here has sent its order (money.md 1 and 2.7)."""
    raise_alarm(
        code=code,
        severity="red",
        company_id=debited.company_id,
        subject_kind="remittance",
        subject_id=debited.remittance_id,
        params={"count": debited.count, "message_id": debited.message_id},
        dedupe_key=f"{code}:{debited.remittance_id}",
    )


def _alarm_contradictions(steps: Iterable[Step]) -> None:
    """Raise a red alarm for each remittance with payments that weren't to be paid, and are."""
    contradicted: dict[Any, list[Step]] = {}
    for step in steps:
        if step.from_status in CONTRADICTED_BY_DEBIT:
            contradicted.setdefault((step.company_id, step.remittance_id), []).append(step)
    if not contradicted:
        return
    remittances = [remittance_id for _, remittance_id in contradicted]
    message_ids = dict(Remittance.objects.filter(pk__in=remittances).values_list("pk", "message_id"))
    for (company_id, remittance_id), found in contradicted.items():
        raise_alarm(
            code="debit_contradicts_state",
            severity="red",
            company_id=company_id,
            subject_kind="remittance",
            subject_id=remittance_id,
            params={
                "message_id": message_ids[remittance_id],
                "count": sum(step.count for step in found),
                "from_status": ", ".join(sorted({step.from_status for step in found})),
            },
            dedupe_key=f"debit_contradicts_state:{remittance_id}",
        )
