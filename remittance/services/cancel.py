"""Cancelling before it is sent; after that only the bank can stop a payment."""

from typing import Any
from uuid import UUID

from django.db import connection, transaction

from autopay_portal.core.clocks import business_now
from bank_gateway.relay.services import withdraw_outgoing
from companies.actors import Actor
from companies.services import record_audit

from ..errors import UnableToCancelError
from ..models import BankMessage, Cause, Payment, Remittance
from ..states import AT_BANK, UNSENT, PaymentStatus
from .hints import nudge_release
from .new_generation import KEPT
from .transitions import Happening, Moves, apply_moves


@transaction.atomic
def cancel_remittance(*, remittance_id: UUID, actor: Actor) -> Remittance:
    """Cancel every payment of a remittance that the bank doesn't have yet.

    One conditional update decides against the send: the file is withdrawn or it is being uploaded.
    Raises UnableToCancelError `too_late_to_cancel` or `stop_not_available`.
    """
    remittance = _locked(remittance_id)
    if not any(remittance.counts.get(status.value) for status in UNSENT):
        raise _too_late(remittance.status)
    _cancel(remittance, actor, None)
    return Remittance.objects.get(pk=remittance.pk)


@transaction.atomic
def cancel_payment(*, payment_id: UUID, actor: Actor) -> Payment:
    """Cancel one payment that the bank doesn't have yet; the others go on, in a new file if one was made.

    The approvals stand: each payment is hashed for itself and the set only shrinks. Raises as `cancel_remittance`.
    """
    remittance = _locked(Payment.objects.values_list("remittance_id", flat=True).get(pk=payment_id))
    payment = Payment.objects.get(pk=payment_id)
    if payment.status not in UNSENT:
        raise _too_late(payment.status)
    nudge_release(remittance.pk)
    _cancel(remittance, actor, payment_id)
    return Payment.objects.get(pk=payment_id)


def _locked(remittance_id: UUID) -> Remittance:
    return Remittance.objects.select_for_update().get(pk=remittance_id)


def _too_late(status: str) -> UnableToCancelError:
    if status in AT_BANK:
        return UnableToCancelError("stop_not_available", params={"status": status})
    return UnableToCancelError("too_late_to_cancel", params={"status": status})


def _files_of(remittance: Remittance, payment_id: UUID | None) -> list[BankMessage]:
    """Return the files that the payments to be cancelled stand by and that weren't withdrawn."""
    found = BankMessage.objects.raw(
        f"""SELECT m.* FROM remittance_bankmessage m JOIN bank_gateway_outgoingfile f ON f.id = m.outgoing_file_id
             WHERE m.remittance_id = %s AND f.state <> 'withdrawn' AND EXISTS (
                   SELECT 1 FROM remittance_payment p
                    WHERE p.remittance_id = m.remittance_id AND p.position <@ {KEPT} AND p.status = ANY (%s)
                      AND (%s::uuid IS NULL OR p.id = %s::uuid))
             ORDER BY m.generation""",
        [remittance.pk, [s.value for s in UNSENT], payment_id, payment_id],
    )
    return list(found)


def _withdraw_or_refuse(remittance: Remittance, files: list[BankMessage], actor: Actor) -> None:
    """Withdraw the files that wait. A new one is made of what remains."""
    for file in files:
        if not withdraw_outgoing(outgoing_id=file.outgoing_file_id, actor=actor):
            raise UnableToCancelError("stop_not_available", params={"status": remittance.status})


def _cancel(remittance: Remittance, actor: Actor, payment_id: UUID | None) -> None:
    """Move the payments, then take the file back: the withdrawal's audit comes behind the company's counter."""
    happening = Happening(kind=Cause.Kind.CANCELLED, actor=actor, occurred_at=business_now())
    files = _files_of(remittance, payment_id)
    moves = Moves(
        payments="""WHERE p.remittance_id = %(remittance)s AND p.status = ANY (%(only)s)
                      AND (%(payment)s::uuid IS NULL OR p.id = %(payment)s::uuid)""",
        params={
            "status": PaymentStatus.CANCELLED.value, "remittance": remittance.pk, "only": [s.value for s in UNSENT],
            "payment": payment_id,
        },
    )  # fmt: skip
    with connection.cursor() as cursor:
        apply_moves(cursor, moves, happening=happening)
    _withdraw_or_refuse(remittance, files, actor)
    details: dict[str, Any] = {"payment": str(payment_id)} if payment_id else {}
    record_audit(
        company_id=remittance.company_id,
        actor=actor,
        action="remittance.cancelled" if payment_id is None else "payment.cancelled",
        subject_kind="remittance",
        subject_id=remittance.pk,
        details=details,
    )
