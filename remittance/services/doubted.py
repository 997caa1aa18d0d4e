"""What the relay tells of a doubt about a remittance's file, and asks about it: decisions, and how payments stand."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from autopay_portal.core.clocks import business_now
from bank_gateway.models import OutgoingFile
from bank_gateway.takers import Decided, Opinion, Standing, Sum
from companies.actors import Actor
from companies.services import clear_alarm

from ..models import BankMessage, Cause, Remittance
from ..queries.doubt import standing_of_file, sums_in_doubt
from ..states import PaymentStatus
from .generations import STILL_CARRIED
from .new_generation import alarm_old_file, give_up, recall
from .transitions import Happening, Moves, apply_moves


class DoubtListener:
    """The part of a remittance's listener that is about doubts."""

    def opinion(self, *, outgoing: OutgoingFile, opinion: Opinion) -> None:
        """Keep in the payments' course what one operator decided; it moves nothing."""
        happening = _happening(outgoing, Cause.Kind.DOUBT_OPINION, actor=opinion.actor, details=opinion.details)
        _move_doubted(outgoing, PaymentStatus.IN_DOUBT, happening)

    def at_bank(self, *, outgoing: OutgoingFile, decided: Decided) -> None:
        """Move the file's payments in doubt to sent: two operators decided that the bank has them."""
        happening = _happening(outgoing, Cause.Kind.DECIDED_AT_BANK, actor=decided.actor, details=decided.details)
        _move_doubted(outgoing, PaymentStatus.SENT, happening)
        _end_alarm(outgoing)

    def not_at_bank(self, *, outgoing: OutgoingFile, decided: Decided, same_file: bool) -> None:
        """Move the file's payments in doubt back: two operators decided that the bank doesn't have them.

        With `same_file` it goes again as it is; otherwise the payments go into a new file (docs/money.md 2.7).
        """
        happening = _happening(outgoing, Cause.Kind.DECIDED_MISSING, actor=decided.actor, details=decided.details)
        if same_file:
            _move_doubted(outgoing, PaymentStatus.APPROVED, happening)
        else:
            remittance = Remittance.objects.select_for_update().get(pk=outgoing.subject_id)
            message = BankMessage.objects.get(outgoing_file=outgoing)
            with connection.cursor() as cursor:
                give_up(
                    cursor,
                    remittance=remittance,
                    message=message,
                    only=PaymentStatus.IN_DOUBT,
                    happening=happening,
                )
        _end_alarm(outgoing)

    def shows_life(self, *, outgoing: OutgoingFile) -> None:
        """Bring back what the file gave up: it has reached the bank after all. A red alarm."""
        remittance = Remittance.objects.select_for_update().get(pk=outgoing.subject_id)
        message = BankMessage.objects.get(outgoing_file=outgoing)
        alarm_old_file(remittance, message, count=standing_of_file(outgoing).given_up)
        happening = _happening(outgoing, Cause.Kind.OLD_GENERATION, actor=Actor.system("relay"), details={})
        with connection.cursor() as cursor:
            recall(cursor, remittance=remittance, message=message, happening=happening)

    def standing(self, *, outgoing: OutgoingFile) -> Standing:
        """Return how the file's payments stand and what the bank has said about them."""
        return standing_of_file(outgoing)

    def in_doubt_of(self, *, outgoing_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Sum]]:
        """Return how many payments of these files are in doubt, and their sums."""
        return sums_in_doubt(outgoing_ids)


def _happening(outgoing: OutgoingFile, kind: Cause.Kind, *, actor: Actor, details: Mapping[str, Any]) -> Happening:
    return Happening(
        kind=kind,
        actor=actor,
        occurred_at=business_now(),
        file_id=outgoing.pk,
        details={"file": outgoing.name, "bank_message_id": outgoing.bank_message_id, **details},
    )


def _move_doubted(outgoing: OutgoingFile, status: PaymentStatus, happening: Happening) -> None:
    """Move the file's payments in doubt to `status`, or only note what happened where that is where they stand."""
    moves = Moves(
        payments=f"WHERE p.remittance_id = %(remittance)s AND p.status = 'in_doubt' AND p.position <@ {STILL_CARRIED}",
        params={"status": status.value, "remittance": outgoing.subject_id, "outgoing": outgoing.pk},
    )
    with connection.cursor() as cursor:
        apply_moves(cursor, moves, happening=happening)


def _end_alarm(outgoing: OutgoingFile) -> None:
    clear_alarm(dedupe_key=f"message_collision:{outgoing.subject_id}")
