"""One agreement: how it stands, its life, test, the bank's form, and closing it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from autopay_portal.core.clocks import business_today
from autopay_portal.core.pages import do
from companies.access import Permission
from companies.actors import Actor
from companies.models import Company
from companies.services.proposals import kind_of
from companies.signed_in import user_of

from .. import page_queries as queries
from ..access import access_agreement, access_agreement_view
from ..bank_form import form_of
from ..forms import SettingsForm
from ..models import Agreement, ContactKind, Kind, Status
from ..open_items import open_items_of
from ..services import (
    activate_agreement,
    activate_for_erp,
    close_agreement,
    deactivate_for_erp,
    order_agreement,
    send_to_bank,
)
from ..services.lifecycle import STEPS
from ..services.settings import settings_of
from ..summary import unplaced_words
from .testing import run_test

SEEN_SALT = "agreements.settings"
_FLOW = (Status.DRAFT, Status.ORDERED, Status.SENT_TO_BANK, Status.CONFIRMED_BY_BANK, Status.ACTIVE)


@never_cache
@require_safe
@login_required
def agreement(request: HttpRequest, company_id: UUID, agreement_id: UUID) -> HttpResponse:
    """Show an agreement and what may be done with it."""
    return render(request, "agreements/agreement.html", page_context(request, company_id, agreement_id))


def page_context(request: HttpRequest, company_id: UUID, agreement_id: UUID, **more: Any) -> dict[str, Any]:
    """Return what the agreement's page shows. Raises NotFoundError, UserLacksRoleError."""
    company, view, permissions = access_agreement_view(
        user=request.user, company_id=company_id, agreement_id=agreement_id, permission=Permission.READ
    )
    found, may = view.agreement, Permission.AGREEMENTS in permissions
    return {
        "company": company,
        "agreement": found,
        "may": may,
        "history": view.history,
        "flow": _flow(found, {change["to_status"]: change for change in view.history}),
        "test": view.test,
        "english": (get_language() or "").startswith("en"),
        "kid": view.kid,
        "lists": [(kind, [each for each in view.contacts if each["kind"] == kind]) for kind in _lists_of(found)],
        "mandates": queries.get_mandates(view) if found.kind == Kind.REMITTANCE else None,
        "conversion": queries.get_conversion(view, today=business_today()),
        "shares": view.shares if may and not found.is_shared else [],
        "proposals": [(each, kind_of(each.kind).describe(each)) for each in (view.proposals if may else [])],
        "unplaced": unplaced_words(found.unplaced_ledger_account),
        "may_close": may and Status.CLOSED in STEPS[Status(found.status)],
        "may_change": may and found.status not in {Status.CLOSED, Status.REFUSED_BY_BANK},
        "form": settings_form(found),
        # Signed, so that what the settings were when the page was opened comes back with a change.
        "seen": signing.dumps(settings_of(found), salt=SEEN_SALT),
        "settings_open": "change" in request.GET,
        **more,
    }


def settings_form(found: Agreement, given: Any = None) -> SettingsForm:
    """Return the form of an agreement's settings."""
    return SettingsForm(given, initial=settings_of(found), kind=found.kind, shared=found.is_shared)


def _lists_of(found: Agreement) -> tuple[ContactKind, ...]:
    return tuple(ContactKind) if found.kind == Kind.REMITTANCE else (ContactKind.REJECTS,)


def _flow(found: Agreement, taken: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps to active, each with its change where it is taken and still stands."""
    reached = _FLOW.index(Status(found.status)) if found.status in _FLOW else len(_FLOW)
    return [
        {
            "status": status.value,
            "label": status.label,
            "change": taken.get(status.value) if place <= reached else None,
            "current": status == found.status,
        }
        for place, status in enumerate(_FLOW)
    ]


@require_POST
@login_required
def take_step(request: HttpRequest, company_id: UUID, agreement_id: UUID) -> HttpResponse:
    """Take one step of an agreement's life that is the company's own to take."""
    found = _mine(request, company_id, agreement_id)
    user = user_of(request)
    actor = Actor.user(user)
    steps: dict[str, tuple[Callable[[], object], str]] = {
        "order": (
            lambda: order_agreement(agreement_id=found.pk, actor=actor),
            _("The agreement is ordered. Sign the form and send it to the bank."),
        ),
        "sent": (
            lambda: send_to_bank(agreement_id=found.pk, actor=actor),
            _("Noted: the form is with the bank. AutoPay Central follows it up; banks take about two weeks."),
        ),
        "activate": (
            lambda: activate_agreement(agreement_id=found.pk, user=user),
            _("The agreement is active. Test it, and switch it on for the ERP."),
        ),
        "erp_on": (
            lambda: activate_for_erp(agreement_id=found.pk, actor=actor),
            _("The ERP may use the agreement now."),
        ),
        "erp_off": (
            lambda: deactivate_for_erp(agreement_id=found.pk, actor=actor),
            _("The ERP can't send on the agreement any more. What was sent before goes on."),
        ),
    }
    step = steps.get(request.POST.get("step", ""))
    if step is not None:
        do(request, *step)
    return redirect("agreement", company_id=company_id, agreement_id=found.pk)


@require_POST
@login_required
def test(request: HttpRequest, company_id: UUID, agreement_id: UUID) -> HttpResponse:
    """Test set-up and communication now."""
    found = _mine(request, company_id, agreement_id)
    check = run_test(agreement=found, user=user_of(request))
    if check.ok:
        messages.success(request, _("The test passed."))
    else:
        messages.warning(request, _("The test failed: see below what is missing. The agreement is kept."))
    return redirect("agreement", company_id=company_id, agreement_id=found.pk)


@never_cache
@require_safe
@login_required
def bank_form(request: HttpRequest, company_id: UUID, agreement_id: UUID) -> HttpResponse:
    """Return the filled-in form for the bank, a PDF to print and sign; from a draft too."""
    found = access_agreement(
        user=request.user, agreement_id=agreement_id, permission=Permission.READ, company_id=company_id
    )
    made = form_of(found, on=business_today())
    answer = HttpResponse(made.content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def close(request: HttpRequest, company_id: UUID, agreement_id: UUID) -> HttpResponse:
    """Say what closing would stop; POST closes."""
    found = _mine(request, company_id, agreement_id)
    if request.method == "POST":
        remark = request.POST.get("remark", "").replace("\0", "").strip()[:500]
        done = _("The agreement is closed. Nothing more is sent or received on it.")
        told = request.POST.get("seen", "")
        seen = int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0
        actor = Actor.user(user_of(request))
        if not do(request, lambda: close_agreement(agreement_id=found.pk, actor=actor, remark=remark, seen=seen), done):
            return redirect("close_agreement", company_id=company_id, agreement_id=found.pk)
        return redirect("agreement", company_id=company_id, agreement_id=found.pk)
    context = {"company": found.company, "agreement": found, "items": open_items_of(found), "shares": _shared(found)}
    return render(request, "agreements/close.html", context)


def _shared(found: Agreement) -> list[Company]:
    return [each.company for each in found.shared_as.filter(status=Status.ACTIVE).select_related("company")]


def _mine(request: HttpRequest, company_id: UUID, agreement_id: UUID) -> Agreement:
    return access_agreement(
        user=request.user, agreement_id=agreement_id, permission=Permission.AGREEMENTS, company_id=company_id
    )
