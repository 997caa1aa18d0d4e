"""What pages and calls read about money out. Everything starts from a company and from whether salary may be seen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.dateparse import parse_datetime

from autopay_portal.core.errors import DomainError, ErrorDetail
from autopay_portal.core.money import to_minor, to_text

from ..models import Approval, BankMessage, Cause, Payment, PaymentHistory, Remittance
from ..states import PaymentStatus, RemittanceStatus

MOST_MOVED_BY_SWEEP = 100


def get_remittances_to_move(*, now: datetime) -> list[UUID]:
    """Return remittances whose next step is due and that no worker took on a hint."""
    due = Remittance.objects.filter(next_step_at__lte=now).order_by("next_step_at", "id")
    return list(due.values_list("pk", flat=True)[:MOST_MOVED_BY_SWEEP])


def remittances_of(*, company_id: UUID) -> QuerySet[Remittance]:
    """Return a company's remittances."""
    return with_debits_to_come(Remittance.objects.filter(company_id=company_id).select_related("agreement"))


def remittances_to_sign(*, company_id: UUID) -> QuerySet[Remittance]:
    """Return the remittances that a company's approvers sign: on its own accounts, whoever sent them."""
    found = Remittance.objects.filter(agreement__owner_id=company_id)
    return with_debits_to_come(found.select_related("agreement__owner", "company"))


def with_debits_to_come(found: QuerySet[Remittance]) -> QuerySet[Remittance]:
    """Return `found` with `debits_to_come`: how many payments are paid on the bank's word alone."""
    waiting = Payment.objects.filter(remittance=OuterRef("pk"), awaits_debit=True).order_by()
    counted = waiting.values("remittance").annotate(n=Count("pk")).values("n")
    return found.annotate(debits_to_come=Coalesce(Subquery(counted), 0))


def count_debits_to_come(remittance: Remittance) -> int:
    """Return how many payments of a remittance are paid on the bank's word alone; counted already where annotated."""
    if not remittance.counts.get(PaymentStatus.PAID.value):
        return 0
    known = getattr(remittance, "debits_to_come", None)
    return Payment.objects.filter(remittance=remittance, awaits_debit=True).count() if known is None else int(known)


def filter_remittances(found: QuerySet[Remittance], parameters: Any) -> QuerySet[Remittance]:
    """Return `found` narrowed by the contract's filters: status, created_after, created_before, agreement.

    Raises DomainError `request_invalid` for a value that is none.
    """
    if status := parameters.get("status"):
        found = found.filter(status__in=_choices("status", status, RemittanceStatus.values))
    if agreement := parameters.get("agreement"):
        found = found.filter(agreement_id=_uuid("agreement", agreement))
    if after := parameters.get("created_after"):
        found = found.filter(created_at__gt=_moment("created_after", after))
    if before := parameters.get("created_before"):
        found = found.filter(created_at__lt=_moment("created_before", before))
    return found


def payments_of(*, company_id: UUID, sees_salary: bool, remittance_id: UUID | None = None) -> QuerySet[Payment]:
    """Return a company's payments (of one remittance, if given) that the reader may see one by one."""
    found = Payment.objects.filter(company_id=company_id)
    if remittance_id is not None:
        found = found.filter(remittance_id=remittance_id)
    return found if sees_salary else found.exclude(category="salary")


def filter_payments(found: QuerySet[Payment], parameters: Any) -> QuerySet[Payment]:
    """Return `found` narrowed by the contract's filters: end_to_end_id, status, account, amount, created_after.

    `account` is the payee's. Raises DomainError `request_invalid`.
    """
    if end_to_end_id := parameters.get("end_to_end_id"):
        found = found.filter(end_to_end_id=end_to_end_id)
    if status := parameters.get("status"):
        found = found.filter(status__in=_choices("status", status, PaymentStatus.values))
    if account := parameters.get("account"):
        found = found.filter(creditor_account=account)
    if amount := parameters.get("amount"):
        try:
            found = found.filter(amount=to_minor(amount, "NOK"))
        except DomainError:
            raise _invalid("amount", amount) from None
    if after := parameters.get("created_after"):
        found = found.filter(remittance__created_at__gt=_moment("created_after", after))
    return found


def salary_summary(*, remittance_id: UUID) -> dict[str, Any] | None:
    """Return count and sum of a remittance's salary, all that a reader without the right sees of it; None without."""
    row = Payment.objects.filter(remittance_id=remittance_id, category="salary").aggregate(
        n=Count("id"), s=Sum("amount")
    )
    if not row["n"]:
        return None
    return {"count": row["n"], "amount": to_text(row["s"], "NOK"), "minor": row["s"], "currency": "NOK"}


def waiting_for(*, company_id: UUID, user_id: UUID) -> QuerySet[Remittance]:
    """Return a company's remittances that wait for an approval, or for a release, that this person has not given."""
    waiting = Remittance.objects.filter(company_id=company_id, status=RemittanceStatus.AWAITING_APPROVAL)
    given = Approval.objects.filter(user_id=user_id, voided_at__isnull=True).values("remittance_id")
    return waiting.exclude(pk__in=given).select_related("agreement").order_by("pk")


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One thing that happened to a payment: its kind, who, when, and what the bank said."""

    at: datetime
    kind: str
    actor: str
    key_id: str | None
    from_status: str | None
    status: str | None
    bank_status: str | None
    reason_code: str | None
    bank_text: str | None
    file_id: UUID | None
    details: dict[str, Any]


def timeline_of(payment: Payment) -> list[TimelineEvent]:
    """Return everything that happened to a payment, oldest first: its own steps, and its remittance's events."""
    taken = PaymentHistory.objects.filter(
        company_id=payment.company_id, cause__remittance_id=payment.remittance_id, positions__holds=payment.position
    )
    steps = {step.cause_id: step for step in taken}
    whole = Q(kind__in=[Cause.Kind.RECEIVED, Cause.Kind.APPROVAL, Cause.Kind.DATES_MOVED]) | _made_for(payment)
    causes = Cause.objects.filter(remittance_id=payment.remittance_id).filter(whole | Q(pk__in=steps))
    return [_event(cause, steps.get(cause.pk)) for cause in causes.order_by("recorded_at", "pk")]


def _made_for(payment: Payment) -> Q:
    """Find the files to the bank that carry the payment."""
    carrying = BankMessage.objects.filter(remittance_id=payment.remittance_id).filter(
        Q(positions=None) | Q(positions__holds=payment.position)
    )
    return Q(kind=Cause.Kind.RELEASED, file_id__in=carrying.values("outgoing_file_id"))


def _event(cause: Cause, step: PaymentHistory | None) -> TimelineEvent:
    return TimelineEvent(
        at=cause.occurred_at,
        kind=cause.kind,
        actor=cause.actor,
        key_id=cause.key_id,
        from_status=step.from_status if step else None,
        status=step.status if step else None,
        bank_status=step.bank_status if step else None,
        reason_code=step.reason_code if step else None,
        bank_text=step.bank_text if step else None,
        file_id=cause.file_id,
        details=cause.details,
    )


def causes_of(*, remittance_id: UUID) -> QuerySet[Cause]:
    """Return what happened to a remittance, oldest first."""
    return Cause.objects.filter(remittance_id=remittance_id).order_by("recorded_at", "pk")


def _choices(name: str, text: str, known: Iterable[str]) -> list[str]:
    wanted = text.split(",")
    if not set(wanted) <= set(known):
        raise _invalid(name, text)
    return wanted


def _uuid(name: str, text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _invalid(name, text) from None


def _moment(name: str, text: str) -> datetime:
    try:
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _invalid(name, text)
    return moment


def _invalid(name: str, value: str) -> DomainError:
    detail = ErrorDetail("request_invalid", {"reason": f"{name}={value[:60]}"}, pointer=f"?{name}")
    return DomainError("request_invalid", params=detail.params, errors=[detail], status=400)
