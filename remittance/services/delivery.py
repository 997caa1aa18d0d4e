"""What the relay tells of a remittance's file, inside the relay's own transaction."""

from typing import Any
from uuid import UUID

from django.db import connection

from autopay_portal.core.clocks import business_now
from bank_gateway.models import OutgoingFile
from companies.actors import Actor

from ..models import Cause
from ..states import PaymentStatus
from .transitions import Happening, apply_moves, begin_moves

SUBJECT_KIND = "remittance"


class RemittanceListener:
    """Moves a remittance's payments with its outgoing file."""

    def sent(self, *, outgoing: OutgoingFile) -> None:
        """Move the file's payments to sent; those that an answer has moved on already stay."""
        _move(outgoing, PaymentStatus.SENT, Cause.Kind.SENT)

    def in_doubt(self, *, outgoing: OutgoingFile) -> None:
        """Move the file's payments to in doubt: nobody knows whether the bank has them."""
        _move(outgoing, PaymentStatus.IN_DOUBT, Cause.Kind.IN_DOUBT)

    def never_left(self, *, outgoing: OutgoingFile) -> None:
        """Move the file's payments back to approved: it's proved that the file never left (money.md 2.4)."""
        _move(outgoing, PaymentStatus.APPROVED, Cause.Kind.NEVER_LEFT)


_FROM = {
    PaymentStatus.SENT: (PaymentStatus.APPROVED, PaymentStatus.IN_DOUBT),
    PaymentStatus.IN_DOUBT: (PaymentStatus.APPROVED, PaymentStatus.SENT),
    PaymentStatus.APPROVED: (PaymentStatus.IN_DOUBT,),
}


def _move(outgoing: OutgoingFile, status: PaymentStatus, kind: Cause.Kind) -> None:
    with connection.cursor() as cursor:
        begin_moves(cursor)
        stage_file_payments(cursor, remittance_id=outgoing.subject_id, status=status, only=_FROM[status])
        apply_moves(
            cursor,
            happening=Happening(
                kind=kind,
                actor=Actor.system("relay"),
                occurred_at=business_now(),
                file_id=outgoing.pk,
                details={"file": outgoing.name, "bank_message_id": outgoing.bank_message_id},
            ),
        )


def stage_file_payments(
    cursor: Any, *, remittance_id: UUID, status: PaymentStatus, only: tuple[PaymentStatus, ...]
) -> None:
    """Put the payments of a remittance's current generation that stand in one of `only` into `remittance_move`."""
    cursor.execute(
        """INSERT INTO remittance_move (payment_id, company_id, remittance_id, status)
           SELECT id, company_id, remittance_id, %s FROM remittance_payment
            WHERE remittance_id = %s AND status = ANY (%s)""",
        [status.value, remittance_id, [s.value for s in only]],
    )
