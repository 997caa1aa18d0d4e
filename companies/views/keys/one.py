"""One company's administration: its signing key, who signs with it, its posting employee, two-step verification."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.errors import DomainError
from autopay_portal.core.pages import say_refusal
from companies.access import Permission, Role, access_company, as_uuid, roles_in
from companies.actors import Actor
from companies.errors import UserLacksRoleError
from companies.key_queries import employees_of, erp_users_of, keys_of, last_signed
from companies.models import Company, Employee, ProposalState
from companies.second_factor import require_fresh_factor
from companies.services import (
    choose_posting_employee,
    regenerate_signing_key,
    reveal_signing_key,
    revoke_keys_now,
    set_posting_employee,
)
from companies.services.factors import propose_no_two_step, set_two_step
from companies.signed_in import user_of

# An hour to change it during the day, a day to change it tomorrow, nothing when it has leaked.
OVERLAPS = {"none": timedelta(0), "hour": timedelta(hours=1), "day": timedelta(hours=24)}


@never_cache
@require_safe
@login_required
def company_administration(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show a company's key, ERP users, posting employee and two-step verification."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.SEE_KEYS)
    live, ended = keys_of(company_id=company.pk)
    context = {
        "company": company,
        "live": live,
        "ended": ended,
        "last_signed": last_signed([*live, *ended]),
        "erp_users": erp_users_of(company=company),
        "employees": employees_of(company=company),
        "choice": choose_posting_employee(company_id=company.pk),
    }
    return render(request, "companies/keys/administration.html", context)


@never_cache
@require_POST
@login_required
def show_key(request: HttpRequest, company_id: UUID, key_id: UUID) -> HttpResponse:
    """Show a key's secret once, to who has shown his second factor just now; nothing keeps the answer."""
    company = _access(request, company_id)
    require_fresh_factor(request)
    secret = reveal_signing_key(company_id=company.pk, key_id=key_id, actor=Actor.user(user_of(request)))
    return _answer(request, company, secret, new=False)


@never_cache
@require_POST
@login_required
def regenerate_key(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Make a new key, the old one working on for as long as was chosen, and show the new one once."""
    company = _access(request, company_id)
    require_fresh_factor(request)
    seen = request.POST.get("seen_key", "")
    try:
        made = regenerate_signing_key(
            company_id=company.pk,
            seen_key_id=as_uuid(seen) if seen else None,
            overlap=OVERLAPS.get(request.POST.get("overlap", ""), OVERLAPS["day"]),
            actor=Actor.user(user_of(request)),
        )
    except DomainError as error:
        say_refusal(request, error)
        return redirect("company_administration", company_id=company.pk)
    return _answer(request, company, made.secret, new=True)


@require_POST
@login_required
def revoke_keys(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """End all live keys at once."""
    company = _access(request, company_id)
    require_fresh_factor(request)
    ended = revoke_keys_now(company_id=company.pk, actor=Actor.user(user_of(request)))
    if ended:
        messages.success(request, _("All signing keys are ended. The ERP is refused until a new one is pasted there."))
    else:
        messages.info(request, _("There was no key left to end."))
    return redirect("company_administration", company_id=company.pk)


@require_POST
@login_required
def save_employee(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Set the posting employee, or leave it blank, so that the written rule decides."""
    company = _access(request, company_id)
    chosen = request.POST.get("employee", "")

    def work(actor: Actor) -> str:
        employee = Employee.objects.filter(pk=as_uuid(chosen), company=company).first() if chosen else None
        if chosen and employee is None:
            raise DomainError("not_an_employee")
        set_posting_employee(company=company, employee=employee, actor=actor)
        return _("Saved.")

    return _do(request, company, work)


@require_POST
@login_required
def change_two_step(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Demand two-step verification at once, or propose to demand it no more, which takes a second administrator."""
    company = _access(request, company_id)
    demand = request.POST.get("demand") == "on"
    if not demand and Role.CUSTOMER_ADMINISTRATOR not in roles_in(user=request.user, company_id=company.pk):
        raise UserLacksRoleError()
    require_fresh_factor(request)

    def work(actor: Actor) -> str:
        if demand:
            set_two_step(company_id=company.pk, actor=actor)
            return _("From now on each approval here takes a second factor.")
        if propose_no_two_step(company=company, actor=actor).state == ProposalState.APPLIED:
            return _("Two-step verification is no longer demanded here.")
        return _("Proposed. It counts when another administrator confirms it under Four eyes.")

    return _do(request, company, work)


def _access(request: HttpRequest, company_id: UUID) -> Company:
    return access_company(user=request.user, company_id=company_id, permission=Permission.SEE_KEYS)


def _answer(request: HttpRequest, company: Company, secret: str, *, new: bool) -> HttpResponse:
    """Return the secret as a part of the page that asked, or as a page of its own."""
    template = (
        "companies/keys/secret.html" if request.headers.get("HX-Request") == "true" else "companies/keys/key.html"
    )
    live, _ended = keys_of(company_id=company.pk)
    return render(request, template, {"company": company, "secret": secret, "new": new, "live": live})


def _do(request: HttpRequest, company: Company, work: Callable[[Actor], str]) -> HttpResponse:
    try:
        messages.success(request, work(Actor.user(user_of(request))))
    except DomainError as error:
        say_refusal(request, error)
    return redirect("company_administration", company_id=company.pk)
