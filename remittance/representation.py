"""Remittances and payments as the API's contract writes them."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from autopay_portal.core.errors import text_of
from autopay_portal.core.money import to_text

from .models import Approval, BankMessage, DuplicateSuspicion, Payment, Remittance
from .queries import count_debits_to_come
from .reasons import reason_text

MOST_SUSPICIONS = 100


def timestamp(moment: datetime | None) -> str | None:
    """Return a moment as the API writes it: UTC with `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def remittance_document(remittance: Remittance, *, sees_salary: bool) -> dict[str, Any]:
    """Return the contract's Remittance object, with approvals, suspicions and bank messages (four queries, or five).

    Without the right to see salary no payment is named where it may be one.
    """
    may_name = sees_salary or not remittance.has_salary
    return {
        **remittance_summary(remittance),
        "approvals": _approvals(remittance),
        "duplicates_suspected": _suspicions(remittance.pk, sees_salary=sees_salary),
        "warnings": [warning_document(warning, may_name=may_name) for warning in remittance.warnings],
        "bank_messages": _bank_messages(remittance.pk),
    }


def remittance_summary(remittance: Remittance) -> dict[str, Any]:
    """Return what a list shows of a remittance."""
    return {
        "id": str(remittance.pk),
        "message_id": remittance.message_id,
        "status": remittance.status,
        "agreement": str(remittance.agreement_id),
        "payment_count": remittance.payment_count,
        "total": [
            {"currency": currency, "amount": to_text(amount, currency)}
            for currency, amount in sorted(remittance.totals.items())
        ],
        "counts": dict(sorted(remittance.counts.items())),
        "created": timestamp(remittance.created_at),
        "approvals_required": remittance.approvals_required,
        "debits_to_come": count_debits_to_come(remittance),
    }


def _approvals(remittance: Remittance) -> list[dict[str, Any]]:
    given = Approval.objects.filter(
        remittance=remittance, voided_at__isnull=True, decision=Approval.Decision.APPROVED
    ).select_related("user")
    return [{"user": a.user.email, "at": timestamp(a.decided_at)} for a in given.order_by("recorded_at")]


def _suspicions(remittance_id: UUID, *, sees_salary: bool) -> list[dict[str, str | None]]:
    found = DuplicateSuspicion.objects.filter(remittance_id=remittance_id)
    found = found.select_related("earlier_payment", "forgotten_payment")
    if not sees_salary:
        found = found.exclude(payment__category="salary").exclude(earlier_payment__category="salary")
    return [_suspicion(suspicion) for suspicion in found.order_by("pk")[:MOST_SUSPICIONS]]


def _suspicion(suspicion: DuplicateSuspicion) -> dict[str, str | None]:
    """Return a suspicion; of an earlier payment that a restore has forgotten only its file and its end-to-end id."""
    earlier, forgotten = suspicion.earlier_payment, suspicion.forgotten_payment
    return {
        "payment": str(suspicion.payment_id),
        "earlier_payment": str(earlier.pk) if earlier else None,
        "earlier_remittance": str(earlier.remittance_id) if earlier else None,
        "earlier_bank_message": forgotten.bank_message_id if forgotten else None,
        "earlier_end_to_end_id": earlier.end_to_end_id if earlier else forgotten.end_to_end_id if forgotten else None,
    }


def warning_document(warning: dict[str, Any], *, may_name: bool = True) -> dict[str, Any]:
    """Return a warning of an order in both languages, and where it is."""
    code, params = warning["code"], warning["params"]
    return {
        "code": code,
        "detail_nb": text_of(code, params, language="nb"),
        "detail_en": text_of(code, params, language="en"),
        "end_to_end_id": warning.get("end_to_end_id") if may_name else None,
        **{name: params[name] for name in ("line", "xpath") if params.get(name) is not None},
    }


def _bank_messages(remittance_id: UUID) -> list[dict[str, Any]]:
    found = BankMessage.objects.filter(remittance_id=remittance_id).select_related("outgoing_file")
    return [
        {
            "message_id": message.message_id,
            "file": message.outgoing_file.name,
            "status": message.outgoing_file.state,
            "generation": message.generation,
        }
        for message in found.order_by("generation")
    ]


def payment_document(payment: Payment) -> dict[str, Any]:
    """Return the contract's Payment object; free of queries."""
    return {
        "id": str(payment.pk),
        "remittance": str(payment.remittance_id),
        "end_to_end_id": payment.end_to_end_id,
        "status": payment.status,
        "paid_evidence": payment.proven_by,
        "amount": to_text(payment.amount, payment.currency),
        "currency": payment.currency,
        "execution_date": _day(payment.execution_date),
        "bank_date": _day(payment.bank_date),
        "creditor_name": payment.creditor_name,
        "creditor_account": payment.creditor_account,
        "kid": payment.kid,
        "message": payment.message,
        "erp_reference": payment.erp_reference,
        "category": payment.category,
        "urgent": payment.urgent,
        "supplier_number": payment.supplier_number,
        "documents": [_document(payment, document) for document in payment.documents or ()],
        "reason": reason_document(payment.reason_code, payment.bank_text),
        "updated": timestamp(payment.updated_at),
    }


def _document(payment: Payment, document: dict[str, Any]) -> dict[str, Any]:
    # A document without an amount, or with one beyond reason, stands on a payment that was refused for it.
    minor = document.get("amount")
    return {**document, "amount": None if minor is None else to_text(minor, payment.currency)}


def reason_document(code: str | None, bank_text: str | None) -> dict[str, Any] | None:
    """Return why a payment stands where it stands, in both languages and the bank's own words; None for no reason."""
    if code is None and bank_text is None:
        return None
    return {
        "code": code,
        "text_nb": reason_text(code, language="nb") if code else None,
        "text_en": reason_text(code, language="en") if code else None,
        "bank_text": bank_text,
    }


def _day(day: date) -> str:
    return day.isoformat()
