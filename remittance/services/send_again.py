"""Sending the payments of a file that the bank refused whole again, in a new file with a MsgId of its own."""

from uuid import UUID

from django.db import connection, transaction

from autopay_portal.core.clocks import business_now
from autopay_portal.core.errors import ForbiddenError, NotFoundError
from companies.access import Permission, permissions_in
from companies.actors import Actor
from companies.models import User
from companies.services import record_audit

from ..errors import UnableToSendAgainError
from ..models import BankMessage, Cause, Remittance
from ..queries.generations import NotSendable, sendable_file
from ..states import PaymentStatus
from .new_generation import give_up
from .transitions import Happening


@transaction.atomic
def send_again(*, remittance_id: UUID, message_id: UUID, user: User) -> PaymentStatus:
    """Let the payments of a refused file go again and return where they stand then: approved, or to be approved anew.

    Approvals that still fit the content stay valid. Raises ForbiddenError `user_lacks_role`, NotFoundError, and
    UnableToSendAgainError `file_not_refused`, `file_in_doubt`, `file_shows_life`, `nothing_to_send_again`,
    `agreement_not_active`.
    """
    remittance = Remittance.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=remittance_id)
    if Permission.SEND not in permissions_in(user=user, company_id=remittance.company_id):
        raise ForbiddenError("user_lacks_role")
    message = BankMessage.objects.select_related("outgoing_file").filter(remittance=remittance, pk=message_id).first()
    if message is None:
        raise NotFoundError()
    if not remittance.agreement.is_active:
        raise UnableToSendAgainError("agreement_not_active")
    found = sendable_file(remittance, message)
    if isinstance(found, NotSendable):
        raise UnableToSendAgainError(found.code)
    status = _give_up(remittance, message, user)
    record_audit(
        company_id=remittance.company_id,
        actor=Actor.user(user),
        action="remittance.sent_again",
        subject_kind="remittance",
        subject_id=remittance.pk,
        details={
            "refused_message_id": message.message_id,
            "generation": message.generation,
            "payments": found.count,
            "status": status.value,
        },
    )
    return status


def _give_up(remittance: Remittance, message: BankMessage, user: User) -> PaymentStatus:
    happening = Happening(
        kind=Cause.Kind.NEW_GENERATION,
        actor=Actor.user(user),
        occurred_at=business_now(),
        file_id=message.outgoing_file_id,
        details={"file": message.outgoing_file.name, "bank_message_id": message.message_id},
    )
    with connection.cursor() as cursor:
        return give_up(
            cursor, remittance=remittance, message=message, only=PaymentStatus.REJECTED_BY_BANK, happening=happening
        )
