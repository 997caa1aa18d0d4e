"""Which files to the bank may go again in a new one, and why another may not."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from autopay_portal.core.clocks import business_today
from bank_gateway.models import Doubt, OutgoingState
from bank_gateway.profiles import PastDate, get_profile

from ..models import BankMessage, Remittance
from ..services.generations import STILL_CARRIED
from ..states import BANK_STATUS, PaymentStatus

# What the bank says of payments that it may still execute.
_ALIVE_WORDS = ", ".join(
    f"'{word}'"
    for word, status in BANK_STATUS.items()
    if status not in {PaymentStatus.REJECTED_BY_BANK, PaymentStatus.STOPPED}
)
# How many payments of a file were rejected and how many stand otherwise, whether the bank ever said that one is
# settled, and whether it has spoken of one as alive, in a report made after its reject.
_STANDING = f"""
SELECT count(*) FILTER (WHERE p.status = 'rejected_by_bank'), count(*) FILTER (WHERE p.status <> 'rejected_by_bank'),
       coalesce(bool_or(p.bank_says_settled), false),
       coalesce(bool_or(EXISTS (
           SELECT 1 FROM remittance_cause c JOIN remittance_paymenthistory h ON h.cause_id = c.id
            WHERE c.remittance_id = %(remittance)s AND h.positions @> p.position
              AND h.bank_status IN ({_ALIVE_WORDS}) AND c.occurred_at > p.bank_status_at
              AND c.details ->> 'bank_message_id' = %(message)s)), false),
       count(*) FILTER (WHERE p.bank_date < %(today)s), sum(p.amount)::bigint, min(p.currency)
  FROM remittance_payment p WHERE p.remittance_id = %(remittance)s AND p.position <@ {STILL_CARRIED}
"""


@dataclass(frozen=True, slots=True)
class SendableFile:
    """A file that the bank refused whole and whose payments may go again in a new one."""

    message: BankMessage
    count: int
    minor: int
    currency: str
    # Payments whose date has passed, and what this bank does with them.
    past: int
    past_date: PastDate


@dataclass(frozen=True, slots=True)
class NotSendable:
    """Why the payments of a file may not go again, by the code of the refusal."""

    code: str


def sendable_file(remittance: Remittance, message: BankMessage) -> SendableFile | NotSendable:
    """Return whether the payments of a file may go again in a new file, and what that means.

    Only after the bank has refused the file whole, by a reject that isn't about a second copy, and only while nothing
    of it was executed or shows life (docs/money.md 2.7).
    """
    if message.outgoing_file.state != OutgoingState.REJECTED:
        return NotSendable("file_not_refused")
    if Doubt.objects.filter(outgoing_id=message.outgoing_file_id, ended_at=None).exists():
        return NotSendable("file_in_doubt")
    with connection.cursor() as cursor:
        cursor.execute(
            _STANDING,
            {
                "remittance": remittance.pk,
                "outgoing": message.outgoing_file_id,
                "message": message.message_id,
                "today": business_today(),
            },
        )
        rejected, others, settled, alive, past, minor, currency = cursor.fetchone()
    if not rejected:
        return NotSendable("nothing_to_send_again")
    if others or settled or alive:
        return NotSendable("file_shows_life")
    return SendableFile(message, rejected, minor, currency, past, get_profile(remittance.agreement.bank).past_date)


def files_to_send_again(remittance: Remittance, messages: list[BankMessage]) -> dict[UUID, SendableFile]:
    """Return those of a remittance's files whose payments may go again, by the file's id."""
    found = {message.pk: sendable_file(remittance, message) for message in messages if _was_refused(message)}
    return {key: each for key, each in found.items() if isinstance(each, SendableFile)}


def _was_refused(message: BankMessage) -> bool:
    return message.outgoing_file.state == OutgoingState.REJECTED
