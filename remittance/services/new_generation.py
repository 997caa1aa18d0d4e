"""Payments of a file that go into a new one: a remittance may go to the bank in several files, one after the other.

A file gives payments up after the bank has refused it whole, or two operators have decided that the bank doesn't have
it; a new file with a MsgId of its own then carries them (docs/money.md 2.7). If the old one shows life before the new
one has left, they come back to it. Call these under the remittance's lock.
"""

from typing import Any
from uuid import UUID

from django.db import connection

from autopay_portal.core.clocks import machine_now
from bank_gateway.models import OutgoingState
from bank_gateway.relay.services import note_life, take_back
from companies.services import raise_alarm

from ..errors import UnableToReleaseError
from ..models import Approval, BankMessage, Cause, PaymentHistory, Remittance
from ..states import PaymentStatus
from .content import content_hash
from .generations import STILL_CARRIED
from .hints import nudge_release
from .passed_dates import need_new_date
from .release_rights import require_approvals
from .transitions import Happening, Moves, apply_moves

NOTHING = "{}"
# What a file (m) carries and hasn't given up.
KEPT = "(coalesce(m.positions, '{(,)}') - m.given_up)"
_UNCOVERED = f"""
SELECT (coalesce((SELECT range_agg(int4range(position, position + 1)) FROM remittance_payment
                   WHERE remittance_id = %(remittance)s AND status = 'approved'), '{{}}')
        - coalesce((SELECT range_agg({KEPT})
                      FROM remittance_bankmessage m JOIN bank_gateway_outgoingfile f ON f.id = m.outgoing_file_id
                     WHERE m.remittance_id = %(remittance)s AND f.state <> 'withdrawn'), '{{}}'))::text
"""


def uncovered_positions(*, remittance_id: UUID) -> str:
    """Return the places of the approved payments that no file carries, as PostgreSQL writes them; "{}" for none."""
    with connection.cursor() as cursor:
        cursor.execute(_UNCOVERED, {"remittance": remittance_id})
        return str(cursor.fetchone()[0])


def give_up(
    cursor: Any, *, remittance: Remittance, message: BankMessage, only: PaymentStatus, happening: Happening
) -> PaymentStatus:
    """Give up the payments of a file that are in `only`, so that they go into a new file; return their new state.

    They are approved as long as the approvals hold; otherwise, and with a date that the bank would reject by now, they
    wait for approval again.
    """
    stands = _still_approved(cursor, remittance) and not need_new_date(remittance, only)
    status = PaymentStatus.APPROVED if stands else PaymentStatus.AWAITING_APPROVAL
    moves = Moves(
        payments=f"WHERE p.remittance_id = %(remittance)s AND p.status = %(only)s AND p.position <@ {STILL_CARRIED}",
        params={
            "status": status.value,
            "remittance": remittance.pk,
            "only": only.value,
            "outgoing": message.outgoing_file_id,
        },
    )
    apply_moves(cursor, moves, happening=happening)
    cursor.execute(
        """UPDATE remittance_bankmessage SET given_up = given_up + coalesce((
               SELECT range_agg(int4range(position, position + 1)) FROM remittance_decided), '{}')
            WHERE id = %s""",
        [message.pk],
    )
    if status == PaymentStatus.APPROVED:
        nudge_release(remittance.pk)
    return status


def _still_approved(cursor: Any, remittance: Remittance) -> bool:
    """Return whether the approvals hold for the payments as they are now.

    A date that the bank itself has moved since makes another content: whoever approved the old one didn't see it. A
    content changed by anything else is no matter of approvals: the release refuses it, with a red alarm.
    """
    actual = content_hash(cursor, remittance_id=remittance.pk, debtor_account=remittance.debtor_account)
    if actual != remittance.content_hash:
        if not PaymentHistory.objects.filter(cause__remittance=remittance, bank_status="ACWC").exists():
            return True
        Approval.objects.filter(remittance=remittance, voided_at=None).update(voided_at=machine_now())
        Remittance.objects.filter(pk=remittance.pk).update(content_hash=actual)
        remittance.content_hash = actual
    try:
        require_approvals(remittance)
    except UnableToReleaseError:
        return False
    return True


def recall(cursor: Any, *, remittance: Remittance, message: BankMessage, happening: Happening) -> None:
    """Bring back to a file what it gave up, because the bank has it after all.

    Newer files that haven't begun to leave are taken back first. What they carried, or none yet, is in doubt by the
    old file; what has left in a newer one stays with it: it may be paid twice, and only people can prevent that now.
    """
    newer = _newer_files(message)
    left = [each for each in newer if not take_back(outgoing_id=each.outgoing_file_id, uploading=True)]
    cursor.execute(
        """SELECT (m.given_up - coalesce((SELECT range_agg(coalesce(newer.positions, '{(,)}') - newer.given_up)
                                            FROM remittance_bankmessage newer WHERE newer.id = ANY (%s::uuid[])), '{}'))
                  ::text
             FROM remittance_bankmessage m WHERE m.id = %s""",
        [[str(each.pk) for each in left], message.pk],
    )
    (back,) = cursor.fetchone()
    if back == NOTHING:
        return
    cursor.execute(
        "UPDATE remittance_bankmessage SET given_up = given_up - %s::int4multirange WHERE id = %s", [back, message.pk]
    )
    moves = Moves(
        payments="""WHERE p.remittance_id = %(remittance)s AND p.position <@ %(back)s::int4multirange
                      AND p.status IN ('approved', 'awaiting_approval')""",
        params={"remittance": remittance.pk, "back": back, "status": PaymentStatus.IN_DOUBT.value},
    )
    apply_moves(cursor, moves, happening=happening)
    note_life(outgoing_id=message.outgoing_file_id)
    # What else was in a file that was taken back goes out in another.
    nudge_release(remittance.pk)


def _newer_files(message: BankMessage) -> list[BankMessage]:
    """Return the later files of the remittance that carry any payment given up here and weren't withdrawn."""
    given_up = BankMessage.objects.values_list("given_up", flat=True).get(pk=message.pk)
    return list(
        BankMessage.objects.filter(remittance_id=message.remittance_id, generation__gt=message.generation)
        .exclude(outgoing_file__state=OutgoingState.WITHDRAWN)
        .filter(positions__overlaps=str(given_up))
        .order_by("generation")
    )


def alarm_old_file(remittance: Remittance, message: BankMessage, *, count: int) -> None:
    """Raise the red alarm that a file lives of which `count` payments were given up for a new one."""
    raise_alarm(
        code="replaced_file_lives",
        severity="red",
        company_id=remittance.company_id,
        subject_kind="remittance",
        subject_id=remittance.pk,
        params={
            "message_id": remittance.message_id,
            "bank_message_id": message.message_id,
            "count": count,
        },
        dedupe_key=f"replaced_file_lives:{remittance.pk}",
    )


def because_it_lives(happening: Happening) -> Happening:
    """Return the cause under which payments come back to an old file: what showed that it lives."""
    return Happening(
        kind=Cause.Kind.OLD_GENERATION,
        actor=happening.actor,
        occurred_at=happening.occurred_at,
        file_id=happening.file_id,
        details=happening.details,
    )
