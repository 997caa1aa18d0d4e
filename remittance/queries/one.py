"""What the page of one remittance shows: its head, what is moving, and its payments, the rejected ones first."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from bank_gateway.models import IncomingFile, OutgoingFile
from bank_gateway.relay.standing_pauses import StandingPause, get_standing_pauses
from companies.alarm_kinds import AlarmWords, alarm_words
from companies.models import Alarm

from ..models import Approval, BankMessage, DuplicateSuspicion, Payment, Remittance
from ..standing import Standing, can_be_cancelled, is_final, standing_of
from ..states import REJECTED, UNSENT, PaymentStatus
from . import TimelineEvent, count_debits_to_come, payments_of, timeline_of
from .generations import SendableFile, files_to_send_again

PAYMENTS_ON_A_PAGE = 300
MOST_SUSPICIONS = 20
# What wants a person comes first.
_TROUBLED = (*sorted(REJECTED), PaymentStatus.IN_DOUBT, PaymentStatus.RETURNED)


@dataclass(frozen=True, slots=True)
class Moving:
    """What changes on the page of a remittance while one looks; `seen` is another as soon as any of it is."""

    remittance: Remittance
    standing: Standing
    approvals: list[Approval]
    bank_messages: list[BankMessage]
    alarms: list[Alarm]
    pauses: list[StandingPause]
    final: bool
    # How many are paid on the bank's word alone.
    debits_to_come: int
    cancellable: int
    # The files whose payments may go again in a new one, by the file's id.
    again: dict[UUID, SendableFile]

    @property
    def in_doubt(self) -> int:
        """Return of how many payments nobody knows whether the bank executes them."""
        return int(self.remittance.counts.get(PaymentStatus.IN_DOUBT.value, 0))

    @property
    def files(self) -> list[tuple[BankMessage, SendableFile | None]]:
        """Return the files to the bank, each with what sending its payments again means where that may be done."""
        return [(message, self.again.get(message.pk)) for message in self.bank_messages]

    @property
    def seen(self) -> str:
        """Return a mark of how things stand, to ask with whether they stand otherwise."""
        files = "".join(f"{message.outgoing_file.state[:2]}" for message in self.bank_messages)
        alarms = "".join("a" if alarm.acknowledged_at else "o" for alarm in self.alarms)
        pauses = "".join(f"-{pause.id.hex[-6:]}" for pause in self.pauses)
        return f"{self.remittance.updated_at.timestamp():.6f}-{len(self.approvals)}-{files}-{alarms}{pauses}"

    @property
    def told(self) -> list[tuple[Alarm, AlarmWords]]:
        """Return the open alarms about it with their words."""
        return [(alarm, alarm_words(code=alarm.code, params=alarm.params)) for alarm in self.alarms]

    @property
    def given(self) -> list[Approval]:
        """Return the approvals that count."""
        return [approval for approval in self.approvals if approval.decision == Approval.Decision.APPROVED]

    @property
    def missing(self) -> int:
        """Return how many approvals are missing."""
        return max(self.remittance.approvals_required - len(self.given), 0)

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Return how many payments stand where, what wants a person first."""
        order = [*_TROUBLED, *(status for status in PaymentStatus if status not in _TROUBLED)]
        found = ((status.value, self.remittance.counts.get(status.value, 0)) for status in map(PaymentStatus, order))
        return [(code, count) for code, count in found if count]


def get_moving(remittance: Remittance) -> Moving:
    """Return how a remittance stands now, in four queries, and one more once it is paid.

    Two more for each file that the bank refused, and a few while a pause holds it.
    """
    approvals = Approval.objects.filter(remittance=remittance, voided_at__isnull=True).select_related("user")
    messages = BankMessage.objects.filter(remittance=remittance).select_related("outgoing_file")
    alarms = Alarm.objects.filter(cleared_at=None, subject_kind="remittance", subject_id=str(remittance.pk))
    bank_messages = list(messages.order_by("generation"))
    return Moving(
        remittance=remittance,
        standing=standing_of(remittance.counts),
        approvals=list(approvals.order_by("recorded_at")),
        bank_messages=bank_messages,
        alarms=list(alarms.order_by("-severity", "-raised_at")),
        pauses=_pauses(remittance),
        final=is_final(remittance.counts),
        debits_to_come=count_debits_to_come(remittance),
        cancellable=can_be_cancelled(remittance.counts),
        again=files_to_send_again(remittance, bank_messages),
    )


def _pauses(remittance: Remittance) -> list[StandingPause]:
    """Return the pauses that hold what of a remittance hasn't left yet."""
    if not any(remittance.counts.get(status.value) for status in UNSENT):
        return []
    agreement = remittance.agreement
    return [
        pause
        for pause in get_standing_pauses(company_id=remittance.signing_company_id)
        if pause.concerns(bank=agreement.bank, agreement_id=agreement.booked_on_id)
    ]


@dataclass(frozen=True, slots=True)
class PaymentPlace:
    """Where a page of payments begins: behind this rank and position."""

    rank: int
    position: int

    def __str__(self) -> str:
        return f"{self.rank}-{self.position}"


def place_of(text: str) -> PaymentPlace | None:
    """Return the place that an address names, or None for none (what isn't one begins at the start)."""
    rank, _, position = text.partition("-")
    if not (rank.isascii() and rank.isdigit() and position.isascii() and position.isdigit() and len(text) < 20):
        return None
    return PaymentPlace(int(rank), int(position))


def get_payment_page(
    remittance: Remittance, *, sees_salary: bool, status: str = "", text: str = "", after: PaymentPlace | None = None
) -> tuple[list[Payment], PaymentPlace | None]:
    """Return payments, those that want a person first and then in the order's own order, and where the next begins.

    `text` is an end-to-end id, a KID, or a part of the payee's name.
    """
    found = _searched(_ranked(remittance, sees_salary=sees_salary), text)
    if status:
        found = found.filter(status=status)
    if after is not None:
        found = found.filter(Q(rank__gt=after.rank) | Q(rank=after.rank, position__gt=after.position))
    payments = list(found.order_by("rank", "position")[: PAYMENTS_ON_A_PAGE + 1])
    if len(payments) <= PAYMENTS_ON_A_PAGE:
        return payments, None
    last: Any = payments[PAYMENTS_ON_A_PAGE - 1]
    return payments[:PAYMENTS_ON_A_PAGE], PaymentPlace(last.rank, last.position)


def _ranked(remittance: Remittance, *, sees_salary: bool) -> QuerySet[Any]:
    rank = Case(When(status__in=_TROUBLED, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = payments_of(company_id=remittance.company_id, remittance_id=remittance.pk, sees_salary=sees_salary)
    return found.annotate(rank=rank)


def _searched(found: QuerySet[Any], text: str) -> QuerySet[Any]:
    wanted = " ".join(text.split())
    if not wanted:
        return found
    return found.filter(Q(end_to_end_id=wanted) | Q(kid=wanted) | Q(creditor_name__icontains=wanted))


def get_suspicions(*, remittance_id: UUID, sees_salary: bool) -> list[DuplicateSuspicion]:
    """Return the payments that look like earlier ones, with both, at most MOST_SUSPICIONS; no salary without right."""
    found = DuplicateSuspicion.objects.filter(remittance_id=remittance_id)
    if not sees_salary:
        found = found.exclude(payment__category="salary").exclude(earlier_payment__category="salary")
    joined = found.select_related("payment", "earlier_payment__remittance", "forgotten_payment")
    return list(joined.order_by("payment__position", "pk")[:MOST_SUSPICIONS])


@dataclass(frozen=True, slots=True)
class RawFile:
    """A raw file behind an event, as the relay knows it."""

    name: str
    sha256: str
    message_type: str


@dataclass(frozen=True, slots=True)
class Course:
    """What happened to a payment, oldest first, each with the raw file behind it."""

    events: list[tuple[TimelineEvent, RawFile | None]]


def get_course(payment: Payment) -> Course:
    """Return everything that happened to a payment, in four queries."""
    events = timeline_of(payment)
    files = _files(payment.company_id, {event.file_id for event in events if event.file_id})
    return Course([(event, files.get(event.file_id) if event.file_id else None) for event in events])


def _files(company_id: UUID, wanted: set[UUID]) -> dict[UUID, RawFile]:
    if not wanted:
        return {}
    out = OutgoingFile.objects.filter(company_id=company_id, pk__in=wanted)
    files = {file.pk: RawFile(file.name, file.sha256, "pain.001") for file in out}
    for received in IncomingFile.objects.filter(pk__in=wanted):
        files[received.pk] = RawFile(received.name, received.sha256, received.message_type)
    return files
