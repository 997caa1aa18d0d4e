"""One's own page."""

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.pages import do
from companies.access import as_uuid
from companies.models import ErpUser, FactorConfirmation, Language, Proposal, ProposalState, User
from companies.second_factor import NEW_FOR, require_fresh_factor_if_any
from companies.second_factor.fresh import check_password_again, password_is_fresh
from companies.second_factor.tries import clear_tries, may_try
from companies.services.factors import CONFIRM_FACTOR, propose_confirmation
from companies.services.own_page import (
    ask_for_email_change,
    change_own_name,
    confirm_email_change,
    customers_of,
    end_other_sessions,
    end_session,
    find_email_change,
    live_sessions,
)
from companies.signed_in import user_of

_MOST = 100


@never_cache
@require_safe
@login_required
def me(request: HttpRequest) -> HttpResponse:
    """Show a person what AutoPay knows of him, and let him change it."""
    user = user_of(request)
    factors = _factors(user)
    context = {
        "person": user,
        "languages": Language.choices,
        "factors": factors,
        "has_app": any(factor["name"] == "" for factor in factors),
        "recovery": Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first(),
        "sessions": live_sessions(user=user),
        "current": request.session.session_key,
        "memberships": customers_of(user=user),
        "erp": list(ErpUser.objects.filter(user=user).select_related("company").order_by("company__name")[:_MOST]),
        "asks_password": not password_is_fresh(request),
    }
    return render(request, "companies/me/me.html", context)


def _factors(user: User) -> list[dict[str, object]]:
    """Return a user's factors with where they may approve: after a day, or where somebody has confirmed them."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    found = list(Authenticator.objects.filter(user=user, type__in=kinds).order_by("created_at")[:_MOST])
    keys = [factor.pk for factor in found]
    confirmed: dict[int, set[object]] = {}
    for factor_id, customer_id in FactorConfirmation.objects.filter(authenticator_id__in=keys).values_list(
        "authenticator_id", "customer_id"
    ):
        confirmed.setdefault(factor_id, set()).add(customer_id)
    asked = Proposal.objects.filter(
        kind=CONFIRM_FACTOR, subject_id__in=[str(key) for key in keys], state=ProposalState.OPEN
    ).values_list("subject_id", "customer_id")
    open_ = {(int(subject), customer) for subject, customer in asked}
    return [
        {
            "row": factor,
            "name": factor.wrap().name if factor.type == Authenticator.Type.WEBAUTHN else "",
            "new_until": _new_until(factor, confirmed.get(factor.pk, set())),
            "confirmed": confirmed.get(factor.pk, set()),
            "asked": {customer for key, customer in open_ if key == factor.pk},
        }
        for factor in found
    ]


def _new_until(factor: Authenticator, confirmed: set[object]) -> object:
    until = factor.created_at + NEW_FOR
    return None if None in confirmed or until <= machine_now() else until


@require_POST
@login_required
def save_name(request: HttpRequest) -> HttpResponse:
    """Change one's name and language."""
    name, language = request.POST.get("name", ""), request.POST.get("language", "")
    user = user_of(request)
    answer = _do(request, lambda: change_own_name(user=user, name=name, language=language), _("Saved."))
    answer.delete_cookie("django_language")
    return answer


@require_POST
@login_required
def change_email(request: HttpRequest) -> HttpResponse:
    """Ask for another address to sign in with: with the second factor, or without one the password."""
    user = user_of(request)
    require_fresh_factor_if_any(request)
    if not _password_given(request, user):
        messages.error(request, _("That isn't your password. Nothing was changed."))
        return redirect("me")
    email = request.POST.get("email", "")
    said = _("We have written to the new address. It counts when you open the link in that mail.")
    return _do(request, lambda: ask_for_email_change(user=user, email=email), said)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a new address from the mail that came to it; the link is worth nothing afterwards."""
    change = find_email_change(token=token)
    if request.method != "POST":
        return render(request, "companies/me/confirm_email.html", {"change": change})
    confirm_email_change(token=token)
    messages.success(request, _("From now on you sign in with your new address."))
    return redirect("me")


@require_POST
@login_required
def confirm_factor(request: HttpRequest) -> HttpResponse:
    """Ask another administrator to confirm a new factor of one's own."""
    user = user_of(request)
    factor = request.POST.get("factor", "")
    said = _("Asked. Another administrator confirms it under Four eyes.")
    customer = request.POST.get("customer", "")
    key = int(factor) if factor.isascii() and factor.isdigit() and len(factor) < 18 else 0

    def work() -> None:
        propose_confirmation(user=user, authenticator_id=key, customer_id=as_uuid(customer))

    return _do(request, work, said)


@require_POST
@login_required
def end_one_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign one session out."""
    return _do(request, lambda: end_session(user=user_of(request), session_id=session_id), _("Signed out there."))


@require_POST
@login_required
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    keep = request.session.session_key or ""
    user = user_of(request)
    return _do(request, lambda: end_other_sessions(user=user, keep=keep), _("Signed out everywhere else."))


def _password_given(request: HttpRequest, user: User) -> bool:
    if password_is_fresh(request):
        return True
    if not may_try(request, user) or not check_password_again(request, request.POST.get("password", "")):
        return False
    clear_tries(request, user)
    return True


def _do(request: HttpRequest, work: Callable[[], object], said: str) -> HttpResponse:
    do(request, work, said)
    return redirect("me")
