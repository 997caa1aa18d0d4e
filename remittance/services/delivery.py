"""What the relay tells of a remittance's file, inside the relay's own transaction."""

from django.db import connection

from autopay_portal.core.clocks import business_now
from bank_gateway.models import OutgoingFile
from companies.actors import Actor

from ..models import Cause
from ..states import PaymentStatus
from .doubted import DoubtListener
from .generations import STILL_CARRIED
from .transitions import Happening, Moves, apply_moves

SUBJECT_KIND = "remittance"


class RemittanceListener(DoubtListener):
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
        apply_moves(
            cursor,
            _payments_of_file(outgoing=outgoing, status=status, only=_FROM[status]),
            happening=Happening(
                kind=kind,
                actor=Actor.system("relay"),
                occurred_at=business_now(),
                file_id=outgoing.pk,
                details={"file": outgoing.name, "bank_message_id": outgoing.bank_message_id},
            ),
        )


def _payments_of_file(*, outgoing: OutgoingFile, status: PaymentStatus, only: tuple[PaymentStatus, ...]) -> Moves:
    """Return the moves to `status` of the payments that a file is still about and that stand in one of `only`."""
    return Moves(
        payments=f"""WHERE p.remittance_id = %(remittance)s AND p.status = ANY (%(only)s)
                       AND p.position <@ {STILL_CARRIED}""",
        params={
            "remittance": outgoing.subject_id, "outgoing": outgoing.pk, "status": status.value,
            "only": [s.value for s in only],
        },
    )  # fmt: skip
