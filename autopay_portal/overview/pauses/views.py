"""What holds a company's payments: the pauses that stand and stood, laying one and lifting one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from autopay_portal.core.errors import DomainError, NotFoundError
from autopay_portal.core.pages import say_refusal
from bank_gateway.relay.access import access_pause_of_company, may_lift
from bank_gateway.relay.agreement_names import agreement_names
from bank_gateway.relay.services import lift_pause, pause_outgoing
from bank_gateway.relay.standing_pauses import get_lifted_pauses, get_standing_pauses
from companies.access import Permission, access_company, permissions_in
from companies.actors import Actor
from companies.models import Company
from companies.signed_in import user_of

from .forms import CompanyPauseForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def pauses(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show what holds the company's payments; POST puts the company or an agreement on hold."""
    wanted = Permission.PAUSE if request.method == "POST" else Permission.READ
    company = access_company(user=request.user, company_id=company_id, permission=wanted)
    agreements = agreement_names().of_company(company_id=company.pk)
    if request.method != "POST":
        return _page(request, company, CompanyPauseForm(agreements=agreements))
    form = CompanyPauseForm(request.POST, agreements=agreements)
    if not form.is_valid():
        return _page(request, company, form, status=422)
    try:
        pause_outgoing(actor=Actor.user(user_of(request)), reason=form.cleaned_data["reason"], **form.scope(company.pk))
    except DomainError as error:
        say_refusal(request, error)
    else:
        messages.success(request, _("On hold. A file that is being sent right now is finished; nothing more is sent."))
    return redirect("company_pauses", company_id=company.pk)


def _page(request: HttpRequest, company: Company, form: CompanyPauseForm, *, status: int = 200) -> HttpResponse:
    permissions = permissions_in(user=request.user, company_id=company.pk)
    standing = get_standing_pauses(company_id=company.pk)
    context: dict[str, Any] = {
        "company": company,
        "rows": [
            (each, may_lift(pause=each.pause, company_id=company.pk, permissions=permissions)) for each in standing
        ],
        "lifted": get_lifted_pauses(company_id=company.pk),
        "form": form,
        "may_pause": Permission.PAUSE in permissions,
    }
    return render(request, "overview/pauses.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def lift(request: HttpRequest, company_id: UUID, pause_id: UUID) -> HttpResponse:
    """Ask whether a pause is to be lifted, saying what is sent then; POST lifts it."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.READ)
    standing = access_pause_of_company(user=request.user, company_id=company.pk, pause_id=pause_id)
    if request.method != "POST":
        return render(request, "overview/lift_pause.html", {"company": company, "standing": standing})
    try:
        lift_pause(pause_id=standing.id, actor=Actor.user(user_of(request)))
    except NotFoundError:
        messages.info(request, _("Somebody has lifted the pause already."))
    else:
        messages.success(request, _("The pause is lifted. What waited is sent within a minute."))
    return redirect("company_pauses", company_id=company.pk)
