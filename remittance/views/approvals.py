"""What waits for approval, grouped by account, and the decisions: approve, refuse, release."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.clocks import business_now
from autopay_portal.core.display import show_clock, show_weekday
from autopay_portal.core.errors import DomainError
from autopay_portal.core.pages import say_refusal
from companies.access import Permission, access_company, may_see_salary
from companies.queries import users_who_may
from companies.second_factor.asking import what_is_asked
from companies.signed_in import user_of

from ..access import access_remittance
from ..errors import UnableToApproveError
from ..models import Approval, Remittance
from ..queries import waiting
from ..services import approve as deciding
from .proving import prove
from .reader import reader_of

Decide = Callable[..., Remittance]


@never_cache
@require_safe
@login_required
def approvals(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show what waits; whoever may not decide sees who can."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.READ)
    now = business_now()
    groups = waiting.get_waiting(
        company_id=company.pk, sees_salary=may_see_salary(user=request.user, company_id=company.pk), now=now
    )
    reader = reader_of(user=request.user, company_id=company.pk)
    rows = [row for group in groups for row in group.rows]
    context = {
        "company": company,
        "groups": groups,
        "rows": rows,
        "reader": reader,
        "mine": {row.remittance.pk for row in rows if row.given_by(reader.user_id)},
        "approvals_wanted": any(row.remittance.approvals_required for row in rows),
        "suspicious": [row for row in rows if row.remittance.duplicate_count],
        "moved": [row for row in rows if row.moved],
        "payments": sum(group.payments for group in groups),
        "minor": sum(group.minor for group in groups),
        "cut_off": min((group.cut_off for group in groups), default=None),
        "now": now,
        "approvers": users_who_may(company=company, permission=Permission.APPROVE) if rows else [],
        "most": waiting.MOST_WAITING,
        "asked": what_is_asked(request, company) if rows and (reader.may_approve or reader.may_release) else None,
    }
    return render(request, "remittance/approvals.html", context)


@require_POST
@login_required
def approve(request: HttpRequest, company_id: UUID, remittance_id: UUID) -> HttpResponse:
    """Approve what the page showed."""
    return _decide(request, company_id, remittance_id, deciding.approve_remittance, reasoned=False, proved=True)


@require_POST
@login_required
def refuse(request: HttpRequest, company_id: UUID, remittance_id: UUID) -> HttpResponse:
    """Refuse, with a reason that the ERP gets."""
    return _decide(request, company_id, remittance_id, deciding.refuse_remittance, reasoned=True)


@require_POST
@login_required
def release(request: HttpRequest, company_id: UUID, remittance_id: UUID) -> HttpResponse:
    """Let go what was held as a possible duplicate, with a reason."""
    return _decide(request, company_id, remittance_id, deciding.release_held_remittance, reasoned=True, proved=True)


def _decide(
    request: HttpRequest,
    company_id: UUID,
    remittance_id: UUID,
    decide: Decide,
    *,
    reasoned: bool,
    proved: bool = False,
) -> HttpResponse:
    """Make one decision and say what came of it on the page it came from; a repeated click is told so calmly."""
    user = user_of(request)
    company = access_company(user=user, company_id=company_id, permission=Permission.READ)
    found = access_remittance(
        user=user, company=company, remittance_id=remittance_id, permission=Permission.READ, owner_too=True
    )
    given: dict[str, Any] = {"reason": request.POST.get("reason", "")} if reasoned else {}
    seen_hash = request.POST.get("seen_hash", "")
    try:
        if proved:
            given["proof"] = prove(request, company=company, remittance=found, seen_hash=seen_hash)
        decided = decide(remittance_id=found.pk, user=user, seen_hash=seen_hash, **given)
    except UnableToApproveError as error:
        _say_why(request, found, user.pk, error)
    else:
        messages.success(request, _said(decided, user.pk))
    return redirect(_back(request, company.pk))


def _say_why(request: HttpRequest, found: Remittance, user_id: UUID, error: DomainError) -> None:
    """Say why the decision wasn't taken: one that stands already is no fault, what was done isn't done twice."""
    earlier = waiting.decision_of(remittance_id=found.pk, user_id=user_id)
    if earlier is None or error.code not in {"already_approved", "not_awaiting_approval", "factor_wrong"}:
        say_refusal(request, error)
        return
    when = f"{show_weekday(earlier.decided_at)} {show_clock(earlier.decided_at)}"
    said = _("You decided about %(number)s %(when)s: %(decision)s. Nothing was done twice.")
    text = said % {"number": found.message_id, "when": when, "decision": earlier.get_decision_display().lower()}
    messages.info(request, text)


def _said(decided: Remittance, user_id: UUID) -> str:
    stands = waiting.decision_of(remittance_id=decided.pk, user_id=user_id)
    number = {"number": decided.message_id}
    if stands is not None and stands.decision == Approval.Decision.REFUSED:
        return _("%(number)s is refused. Nothing is debited, and the ERP is told why.") % number
    if stands is not None and stands.decision == Approval.Decision.RELEASED_HELD:
        return _("%(number)s is released and goes to the bank.") % number
    missing = waiting.missing_approvals(decided)
    if missing > 0:
        return _("Your approval of %(number)s is kept. %(missing)s more is needed.") % {**number, "missing": missing}
    return _("%(number)s is approved and goes to the bank.") % number


def _back(request: HttpRequest, company_id: UUID) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else reverse("approvals", kwargs={"company_id": company_id})
