"""What the approval page and the start page read: what waits for people, and what goes out when."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Min, Q, Sum, Window
from django.db.models.functions import RowNumber

from agreements.models import Agreement
from bank_gateway.profiles import get_profile
from bank_gateway.profiles.cut_offs import next_cut_off

from ..models import Approval, DuplicateSuspicion, Payment, Remittance
from ..states import FINAL, P, RemittanceStatus
from . import remittances_of, remittances_to_sign, with_debits_to_come
from .lists import RemittanceRow, row_of, with_approvals
from .one import MOST_SUSPICIONS

MOST_WAITING = 100
LARGEST_SHOWN = 5
_NOT_FINAL = [status.value for status in P if status not in FINAL]
_OPEN = (
    RemittanceStatus.RECEIVED,
    RemittanceStatus.AWAITING_APPROVAL,
    RemittanceStatus.APPROVED,
    RemittanceStatus.SENT,
    RemittanceStatus.RECEIVED_BY_BANK,
    RemittanceStatus.IN_DOUBT,
)


@dataclass(slots=True)
class Waiting:
    """A remittance that waits for people, with what they look at before they decide."""

    remittance: Remittance
    approvals: list[Approval]
    largest: list[Payment] = field(default_factory=list)
    salary_count: int = 0
    salary_minor: int = 0
    first_day: date | None = None
    last_day: date | None = None
    moved: int = 0
    suspicions: list[DuplicateSuspicion] = field(default_factory=list)

    @property
    def minor(self) -> int:
        """Return the sum in minor units of the agreement's currency."""
        return int(self.remittance.totals.get(self.remittance.agreement.currency, 0))

    @property
    def held(self) -> bool:
        """Return whether it waits only because payments look like earlier ones."""
        return self.remittance.held_for_duplicates and not self.remittance.approvals_required

    @property
    def missing(self) -> int:
        """Return how many approvals are missing."""
        return max(self.remittance.approvals_required - len(self.approvals), 0)

    def given_by(self, user_id: UUID) -> bool:
        """Return whether this person's approval stands."""
        return any(approval.user_id == user_id for approval in self.approvals)


@dataclass(slots=True)
class AccountGroup:
    """What waits on one account, and until when it can still go out."""

    agreement: Agreement
    cut_off: datetime
    rows: list[Waiting]

    @property
    def minor(self) -> int:
        """Return the sum in minor units."""
        return sum(row.minor for row in self.rows)

    @property
    def payments(self) -> int:
        """Return how many payments wait."""
        return sum(row.remittance.payment_count for row in self.rows)


def get_waiting(*, company_id: UUID, sees_salary: bool, now: datetime) -> list[AccountGroup]:
    """Return what waits for approval or release by account, the oldest first, in six queries; at most MOST_WAITING."""
    found = remittances_to_sign(company_id=company_id).filter(status=RemittanceStatus.AWAITING_APPROVAL).order_by("pk")
    rows = {remittance.pk: Waiting(remittance, []) for remittance in found[:MOST_WAITING]}
    _add_approvals(rows)
    # The right to see salary is one company's: of what another sends from a shared account nobody here has it.
    hidden = Q(category="salary") if not sees_salary else Q(category="salary") & ~Q(company_id=company_id)
    _add_largest(rows, hidden)
    _add_days(rows)
    _add_salary(rows, hidden)
    _add_suspicions(rows, company_id, sees_salary=sees_salary)
    return _by_account(rows.values(), now)


def _add_approvals(rows: Mapping[UUID, Waiting]) -> None:
    standing = Approval.objects.filter(
        remittance__in=rows, decision=Approval.Decision.APPROVED, voided_at__isnull=True
    ).select_related("user")
    for approval in standing.order_by("recorded_at"):
        row = rows[approval.remittance_id]
        if approval.content_hash == row.remittance.content_hash:
            row.approvals.append(approval)


def _add_largest(rows: Mapping[UUID, Waiting], hidden: Q) -> None:
    place = Window(RowNumber(), partition_by=F("remittance_id"), order_by=[F("amount").desc(), F("position").asc()])
    found = Payment.objects.filter(remittance__in=rows, status=P.AWAITING_APPROVAL).exclude(hidden)
    for payment in found.annotate(place=place).filter(place__lte=LARGEST_SHOWN).order_by("remittance_id", "place"):
        rows[payment.remittance_id].largest.append(payment)


def _add_days(rows: Mapping[UUID, Waiting]) -> None:
    moved = Count("pk", filter=~Q(bank_date=F("execution_date")))
    found = Payment.objects.filter(remittance__in=rows, status=P.AWAITING_APPROVAL).values("remittance_id")
    for each in found.annotate(first=Min("bank_date"), last=Max("bank_date"), moved=moved).order_by():
        row = rows[each["remittance_id"]]
        row.first_day, row.last_day, row.moved = each["first"], each["last"], each["moved"]


def _add_salary(rows: Mapping[UUID, Waiting], hidden: Q) -> None:
    found = Payment.objects.filter(hidden, remittance__in=rows).values("remittance_id")
    for each in found.annotate(n=Count("pk"), minor=Sum("amount")).order_by():
        rows[each["remittance_id"]].salary_count = each["n"]
        rows[each["remittance_id"]].salary_minor = each["minor"]


def _add_suspicions(rows: Mapping[UUID, Waiting], company_id: UUID, *, sees_salary: bool) -> None:
    salary = Q(payment__category="salary") | Q(earlier_payment__category="salary")
    hidden = salary if not sees_salary else salary & ~Q(remittance__company_id=company_id)
    found = DuplicateSuspicion.objects.filter(remittance__in=rows).exclude(hidden)
    joined = found.select_related("payment", "earlier_payment__remittance", "forgotten_payment").order_by(
        "remittance_id", "pk"
    )
    for suspicion in joined[: MOST_SUSPICIONS * 5]:
        listed = rows[suspicion.remittance_id].suspicions
        if len(listed) < MOST_SUSPICIONS:
            listed.append(suspicion)


def _by_account(rows: Any, now: datetime) -> list[AccountGroup]:
    grouped: dict[UUID, list[Waiting]] = defaultdict(list)
    for row in rows:
        grouped[row.remittance.agreement_id].append(row)
    groups = []
    for listed in grouped.values():
        agreement = listed[0].remittance.agreement
        groups.append(AccountGroup(agreement, next_cut_off(get_profile(agreement.bank), now=now), listed))
    return sorted(groups, key=lambda group: group.agreement.number)


def decision_of(*, remittance_id: UUID, user_id: UUID) -> Approval | None:
    """Return what a person decided about a remittance last, if he did and it stands."""
    decided = Approval.objects.filter(remittance_id=remittance_id, user_id=user_id, voided_at__isnull=True)
    return decided.order_by("-recorded_at").first()


def missing_approvals(remittance: Remittance) -> int:
    """Return how many approvals a remittance still lacks."""
    given = Approval.objects.filter(
        remittance=remittance, decision=Approval.Decision.APPROVED, voided_at__isnull=True
    ).filter(content_hash=remittance.content_hash)
    return max(remittance.approvals_required - given.count(), 0)


@dataclass(frozen=True, slots=True)
class WaitingSum:
    """What waits for approval on one account: how many remittances and payments, their sum, the next cut-off."""

    agreement: Agreement
    remittances: int
    payments: int
    minor: int
    cut_off: datetime


@dataclass(frozen=True, slots=True)
class Attention:
    """What of money out waits for people on the start page."""

    waiting: list[WaitingSum]
    held: int
    in_doubt: int
    with_rejects: list[RemittanceRow]


def get_attention(*, company_id: UUID, now: datetime, rejected_since: datetime, user_id: UUID | None) -> Attention:
    """Return what waits: approvals by account (not those that `user_id` has given), held ones, doubts, rejects.

    `rejected_since` in business time bounds how old a remittance with rejected payments may be. Two queries.
    """
    to_sign = Q(status=RemittanceStatus.AWAITING_APPROVAL, agreement__owner_id=company_id)
    doubted = Q(status=RemittanceStatus.IN_DOUBT, company_id=company_id)
    found = with_approvals(with_debits_to_come(Remittance.objects.select_related("agreement"))).filter(
        to_sign | doubted
    )
    if user_id is not None:
        given = Approval.objects.filter(user_id=user_id, voided_at__isnull=True, decision=Approval.Decision.APPROVED)
        found = found.exclude(pk__in=given.values("remittance_id"))
    open_ones = list(found.order_by("pk"))
    awaiting = [r for r in open_ones if r.status == RemittanceStatus.AWAITING_APPROVAL]
    rejects = remittances_of(company_id=company_id).filter(
        Q(counts__has_key=P.REJECTED_BY_BANK.value) | Q(counts__has_key=P.REJECTED_BY_AUTOPAY.value),
        created_at__gte=rejected_since,
    )
    return Attention(
        waiting=_sums(awaiting, now),
        held=sum(1 for r in awaiting if r.held_for_duplicates and not r.approvals_required),
        in_doubt=len(open_ones) - len(awaiting),
        with_rejects=[row_of(remittance) for remittance in rejects.order_by("-pk")[:LARGEST_SHOWN]],
    )


def _sums(awaiting: Sequence[Remittance], now: datetime) -> list[WaitingSum]:
    return [
        WaitingSum(group.agreement, len(group.rows), group.payments, group.minor, group.cut_off)
        for group in _by_account([Waiting(remittance, []) for remittance in awaiting], now)
    ]


@dataclass(frozen=True, slots=True)
class DueSum:
    """What is due on one account on one day: how many payments, their sum, and how much of it isn't approved yet."""

    agreement: Agreement
    count: int
    minor: int
    unapproved: int
    unapproved_minor: int


def get_due(*, company_id: UUID, until: date, after: date | None = None) -> list[DueSum]:
    """Return by account what the bank is to execute until a day (behind `after`, if given). Two queries."""
    due = Q(remittance__company_id=company_id, remittance__status__in=_OPEN, status__in=_NOT_FINAL)
    due &= Q(bank_date__lte=until)
    if after is not None:
        due &= Q(bank_date__gt=after)
    waits = Q(status__in=(P.RECEIVED, P.AWAITING_APPROVAL))
    rows = Payment.objects.filter(due).values("remittance__agreement_id")
    summed = rows.annotate(
        n=Count("pk"),
        minor=Sum("amount"),
        unapproved=Count("pk", filter=waits),
        unapproved_minor=Sum("amount", filter=waits, default=0),
    ).order_by()
    found = {row["remittance__agreement_id"]: row for row in summed}
    agreements = Agreement.objects.filter(pk__in=found).order_by("number")
    return [
        DueSum(agreement, row["n"], row["minor"], row["unapproved"], row["unapproved_minor"])
        for agreement in agreements
        for row in (found[agreement.pk],)
    ]


@dataclass(frozen=True, slots=True)
class PaidOut:
    """What left a company's accounts on one day in minor units, and what of it the bank only says has left."""

    minor: int
    on_word: int


def get_paid_by_day(*, company_id: UUID, first: date, last: date) -> dict[date, PaidOut]:
    """Return what left the company's accounts each day in NOK. One query."""
    paid = Payment.objects.filter(
        company_id=company_id, status__in=(P.PAID, P.RETURNED), currency="NOK", bank_date__range=(first, last)
    )
    on_word = Sum("amount", filter=Q(awaits_debit=True), default=0)
    summed = paid.values("bank_date").annotate(minor=Sum("amount"), on_word=on_word).order_by()
    return {row["bank_date"]: PaidOut(row["minor"], row["on_word"]) for row in summed}


def days_back(last: date, count: int) -> list[date]:
    """Return `count` days ending with `last`, the oldest first."""
    return [last - timedelta(days=count - 1 - number) for number in range(count)]
