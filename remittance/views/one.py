"""One remittance with its payments, moving while one looks; one payment's course of events; cancelling both."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.badges import badge_of
from autopay_portal.core.errors import DomainError
from autopay_portal.core.pages import asks_for_part, say_refusal
from companies.access import Permission, access_company, may_see_salary, permissions_in
from companies.actors import Actor
from companies.models import Company
from companies.queries import users_who_may
from companies.signed_in import user_of

from ..access import FOR_OWNERS, access_payment, access_remittance
from ..models import Payment, Remittance
from ..queries import one, salary_summary
from ..queries.lists import sums_of
from ..reasons import reason_text
from ..remarks import gather
from ..services.cancel import cancel_payment as do_cancel_payment
from ..services.cancel import cancel_remittance as do_cancel_remittance
from ..services.send_again import send_again as do_send_again
from ..standing import standing_of
from ..states import UNSENT, PaymentStatus, RemittanceStatus
from ..timeline import describe, what_is_ahead
from .reader import reader_for

_NO_NEWS = 204


@never_cache
@require_safe
@login_required
def remittance(request: HttpRequest, company_id: UUID, remittance_id: UUID) -> HttpResponse:
    """Show a remittance and its payments; asked by its own page, only what moves, or nothing if nothing did."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.READ)
    found = access_remittance(
        user=request.user, company=company, remittance_id=remittance_id, permission=Permission.READ, owner_too=True
    )
    moving = one.get_moving(found)
    part = asks_for_part(request, "moving")
    if part and request.GET.get("seen") == moving.seen:
        return HttpResponse(status=_NO_NEWS)
    context = {
        "company": company,
        "remittance": found,
        "moving": moving,
        "totals": sums_of(found.totals),
        **_payments(request, company, found),
        **_deciders(request, company, found),
    }
    if part:
        return render(request, "remittance/moving.html", context)
    return render(request, "remittance/remittance.html", {**context, **_beside(request, company, found)})


def _payments(request: HttpRequest, company: Company, found: Remittance) -> dict[str, Any]:
    sees_salary = may_see_salary(user=request.user, company_id=found.company_id)
    status, text = request.GET.get("status", ""), request.GET.get("q", "").replace("\0", "").strip()[:140]
    status = status if status in PaymentStatus.values else ""
    payments, following = one.get_payment_page(
        found, sees_salary=sees_salary, status=status, text=text, after=one.place_of(request.GET.get("after", ""))
    )
    kept = {name: value for name, value in (("status", status), ("q", text)) if value}
    return {
        "payments": payments,
        "following": following,
        "status": status,
        "text": text,
        "kept": kept,
        "after": request.GET.get("after", ""),
        "sees_salary": sees_salary,
        "salary": salary_summary(remittance_id=found.pk) if found.has_salary and not sees_salary else None,
        "permissions": _permissions(request, company, found.company_id),
    }


def _deciders(request: HttpRequest, company: Company, found: Remittance) -> dict[str, Any]:
    """Return what the reader may decide, and while it waits who can."""
    reader = reader_for(user=request.user, company=company, remittance=found)
    waits = found.status == RemittanceStatus.AWAITING_APPROVAL
    # Who signs at another company is not told by name.
    signs_here = found.signing_company_id == company.pk
    deciders = users_who_may(company=company, permission=reader.deciding(found)) if waits and signs_here else []
    return {"reader": reader, "waits": waits, "deciders": deciders}


def _beside(request: HttpRequest, company: Company, found: Remittance) -> dict[str, Any]:
    """Return what stands around the moving parts: warnings, suspicions, the payment beside."""
    sees_salary = may_see_salary(user=request.user, company_id=found.company_id)
    chosen = request.GET.get("payment", "")
    return {
        "warnings": gather(found, sees_salary=sees_salary),
        "suspicions": one.get_suspicions(remittance_id=found.pk, sees_salary=sees_salary),
        "chosen": _payment_context(request, company, chosen) if chosen else None,
    }


@never_cache
@require_safe
@login_required
def payment(request: HttpRequest, company_id: UUID, payment_id: UUID) -> HttpResponse:
    """Show a payment's course of events, as a page or, asked by a remittance's page, beside its list."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.READ)
    context = {"company": company, **_payment_context(request, company, payment_id)}
    beside = asks_for_part(request, "beside")
    return render(request, "remittance/payment_beside.html" if beside else "remittance/payment.html", context)


def _payment_context(request: HttpRequest, company: Company, payment_id: UUID | str) -> dict[str, Any]:
    found = access_payment(
        user=request.user, company=company, payment_id=payment_id, permission=Permission.READ, owner_too=True
    )
    permissions = _permissions(request, company, found.company_id)
    return {
        "payment": found,
        "payment_key": str(found.pk),
        "reason": reason_text(found.reason_code, language=_language()) if found.reason_code else "",
        "reason_tone": badge_of("payment", found.status).tone,
        "remittance": found.remittance,
        "events": describe(one.get_course(found)),
        "ahead": what_is_ahead(found.status),
        "may_cancel": Permission.CANCEL in permissions and found.status in UNSENT,
    }


def _permissions(request: HttpRequest, company: Company, sender_id: UUID) -> frozenset[Permission]:
    """Return what the reader may do: with what another company sends from a shared account, only look and sign."""
    permissions = permissions_in(user=request.user, company_id=company.pk)
    return permissions if sender_id == company.pk else permissions & FOR_OWNERS


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "nb"


@require_POST
@login_required
def cancel_remittance(request: HttpRequest, company_id: UUID, remittance_id: UUID) -> HttpResponse:
    """Cancel what the bank doesn't have yet of a remittance."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.CANCEL)
    found = access_remittance(
        user=request.user, company=company, remittance_id=remittance_id, permission=Permission.CANCEL
    )
    try:
        cancelled = do_cancel_remittance(remittance_id=found.pk, actor=Actor.user(user_of(request)))
    except DomainError as error:
        say_refusal(request, error)
    else:
        count = standing_of(cancelled.counts).ended
        messages.success(request, _("%(count)s payments are cancelled. Nothing was debited.") % {"count": count})
    return redirect("remittance", company_id=company.pk, remittance_id=found.pk)


@require_POST
@login_required
def send_again(request: HttpRequest, company_id: UUID, remittance_id: UUID, message_id: UUID) -> HttpResponse:
    """Send the payments of a file that the bank refused whole again, in a new file."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.SEND)
    found = access_remittance(
        user=request.user, company=company, remittance_id=remittance_id, permission=Permission.SEND
    )
    try:
        status = do_send_again(remittance_id=found.pk, message_id=message_id, user=user_of(request))
    except DomainError as error:
        say_refusal(request, error)
    else:
        messages.success(request, _said_of_sending_again(status))
    return redirect("remittance", company_id=company.pk, remittance_id=found.pk)


def _said_of_sending_again(status: PaymentStatus) -> str:
    if status == PaymentStatus.APPROVED:
        return _("The payments go to the bank in a new file. Their approvals stand.")
    return _("The payments wait for approval, and then go to the bank in a new file.")


@require_POST
@login_required
def cancel_payment(request: HttpRequest, company_id: UUID, payment_id: UUID) -> HttpResponse:
    """Cancel one payment that the bank doesn't have yet."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.CANCEL)
    found: Payment = access_payment(
        user=request.user, company=company, payment_id=payment_id, permission=Permission.CANCEL
    )
    try:
        do_cancel_payment(payment_id=found.pk, actor=Actor.user(user_of(request)))
    except DomainError as error:
        say_refusal(request, error)
    else:
        messages.success(request, _("The payment is cancelled. Nothing was debited."))
    return redirect("payment", company_id=company.pk, payment_id=found.pk)
