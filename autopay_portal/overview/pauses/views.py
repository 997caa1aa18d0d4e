"""What holds a company's payments: the pauses that stand and stood, laying one and lifting one."""

from collections.abc import Mapping
from dataclasses import dataclass
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
from bank_gateway.relay.standing_pauses import StandingPause, get_lifted_pauses, get_standing_pauses
from companies.access import Permission, access_company, access_with_permissions
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
    company, permissions = access_with_permissions(user=request.user, company_id=company_id, permission=wanted)
    agreements = agreement_names().of_company(company_id=company.pk)
    page = _Page(request, company, permissions, agreements)
    if request.method != "POST":
        return page.show(CompanyPauseForm(agreements=agreements))
    form = CompanyPauseForm(request.POST, agreements=agreements)
    if not form.is_valid():
        return page.show(form, status=422)
    try:
        pause_outgoing(actor=Actor.user(user_of(request)), reason=form.cleaned_data["reason"], **form.scope(company.pk))
    except DomainError as error:
        say_refusal(request, error)
    else:
        messages.success(request, _("On hold. A file that is being sent right now is finished; nothing more is sent."))
    return redirect("company_pauses", company_id=company.pk)


@dataclass(frozen=True, slots=True)
class _Page:
    request: HttpRequest
    company: Company
    permissions: frozenset[Permission]
    agreements: Mapping[UUID, str]

    def show(self, form: CompanyPauseForm, *, status: int = 200) -> HttpResponse:
        """Show what stands, or with `?show=lifted` what stood."""
        lifted = self.request.GET.get("show") == "lifted"
        context: dict[str, Any] = {
            "company": self.company,
            "shows_lifted": lifted,
            "lifted": get_lifted_pauses(company_id=self.company.pk, names=self.agreements) if lifted else [],
            "rows": [] if lifted else self._standing(),
            "form": form,
            "may_pause": Permission.PAUSE in self.permissions,
        }
        return render(self.request, "overview/pauses.html", context, status=status)

    def _standing(self) -> list[tuple[StandingPause, bool]]:
        found = get_standing_pauses(company_id=self.company.pk, names=self.agreements)
        return [(each, may_lift(standing=each, permissions=self.permissions)) for each in found]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def lift(request: HttpRequest, company_id: UUID, pause_id: UUID) -> HttpResponse:
    """Ask whether a pause is to be lifted, saying what is sent then; POST lifts it."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.READ)
    try:
        standing = access_pause_of_company(user=request.user, company_id=company.pk, pause_id=pause_id)
        if request.method != "POST":
            return render(request, "overview/lift_pause.html", {"company": company, "standing": standing})
        lift_pause(pause_id=standing.id, actor=Actor.user(user_of(request)))
    except NotFoundError:
        messages.info(request, _("This pause is no longer in force."))
    else:
        messages.success(request, _("The pause is lifted. What waited is sent within a minute."))
    return redirect("company_pauses", company_id=company.pk)
