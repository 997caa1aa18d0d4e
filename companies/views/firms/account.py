"""Licence and terms of a customer: what it has, what is missing, and how that is mended."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.errors import DomainError, NotFoundError
from autopay_portal.core.pages import say_refusal
from companies import services
from companies.access import access_customer
from companies.account import Account, get_account
from companies.actors import Actor
from companies.firm_queries import find_customer_companies
from companies.models import LicenceKind
from companies.signed_in import user_of


@require_safe
@login_required
def customer_account(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show the terms with who accepted which version and when, the licences, and what blocks AutoPay."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    account = get_account(customer_id=customer.pk)
    text = request.GET.get("q", "")
    di_elbet = account.licences.get(LicenceKind.DI_ELBET)
    choosing = di_elbet is not None and (di_elbet.activated_on_id is None or "change" in request.GET)
    context = {
        "customer": customer,
        "account": account,
        "terms_text": _text_of(account),
        "licences": [(kind, account.licences.get(kind)) for kind in LicenceKind],
        "di_elbet": di_elbet,
        "choosing": choosing,
        "found": find_customer_companies(customer_id=customer.pk, text=text) if choosing else None,
        "text": text,
    }
    return render(request, "companies/firms/account.html", context)


@require_POST
@login_required
def accept_terms(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Accept the terms as they were shown."""

    def accept() -> str:
        terms_id = _id(request.POST.get("terms", ""))
        services.accept_newest_terms(customer_id=customer_id, terms_id=terms_id, user=user_of(request))
        return _("The terms are accepted, and the AutoPay licence is registered.")

    return _do(request, customer_id, accept)


@require_POST
@login_required
def activate_di_elbet(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Activate DI-Elbet on the customer's own company."""

    def activate() -> str:
        company_id = _id(request.POST.get("company", ""))
        actor = Actor.user(user_of(request))
        licence = services.activate_di_elbet(customer_id=customer_id, company_id=company_id, actor=actor)
        return _("DI-Elbet is activated on %(company)s.") % {"company": licence.activated_on}

    return _do(request, customer_id, activate)


@require_POST
@login_required
def ask_for_di_elbet(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Ask AutoPay Central to register the DI-Elbet licence."""

    def ask() -> str:
        if services.ask_for_di_elbet(customer_id=customer_id, actor=Actor.user(user_of(request))):
            return _("AutoPay Central is asked. You are told by mail when the licence is registered.")
        return _("AutoPay Central was asked already.")

    return _do(request, customer_id, ask)


def _do(request: HttpRequest, customer_id: UUID, deed: Callable[[], str]) -> HttpResponse:
    access_customer(user=request.user, customer_id=customer_id)
    try:
        messages.success(request, deed())
    except NotFoundError:
        raise
    except DomainError as error:
        say_refusal(request, error)
    return redirect("customer_account", customer_id=customer_id)


def _text_of(account: Account) -> str:
    if account.newest is None:
        return ""
    return account.newest.text_en if (get_language() or "").startswith("en") else account.newest.text_nb


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError() from None
