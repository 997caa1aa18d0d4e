"""Showing one's second factor again, within a session, and coming back to where one was."""

from allauth.account.internal.flows.reauthentication import resume_request
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from companies.models import FactorChallenge, User
from companies.second_factor import Proof
from companies.second_factor.assertions import ask_for_assertion, use_assertion
from companies.second_factor.codes import use_totp_code
from companies.second_factor.factors import factors_of
from companies.second_factor.fresh import note_proof
from companies.second_factor.tries import clear_tries, may_try
from companies.signed_in import user_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def step_up(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor, or lead to enrolling one."""
    user = user_of(request)
    wrong = False
    if request.method == "POST":
        proof = _proof(request, user)
        if proof is not None:
            note_proof(request, proof)
            return resume_request(request) or redirect(next_of(request))
        wrong = True
    types = set(factors_of(user).values_list("type", flat=True))
    context = {"types": types, "wrong": wrong, "next": next_of(request)}
    return render(request, "companies/me/step_up.html", context, status=422 if wrong else 200)


@never_cache
@require_POST
@login_required
def step_up_options(request: HttpRequest) -> HttpResponse:
    """Return a challenge for a passkey, for this session and this purpose alone."""
    asked = ask_for_assertion(
        user=user_of(request),
        session_key=request.session.session_key or "",
        purpose=FactorChallenge.Purpose.STEP_UP,
    )
    return JsonResponse(asked)


def _proof(request: HttpRequest, user: User) -> Proof | None:
    if not may_try(request, user):
        messages.error(request, _("Too many wrong codes. Wait some minutes before you try again."))
        return None
    if request.POST.get("credential"):
        proof = use_assertion(
            user=user,
            session_key=request.session.session_key or "",
            purpose=FactorChallenge.Purpose.STEP_UP,
            challenge_id=request.POST.get("challenge", ""),
            credential=request.POST["credential"],
        )
    else:
        proof = use_totp_code(user=user, code=request.POST.get("code", ""))
    if proof is not None:
        clear_tries(request, user)
    return proof


def next_of(request: HttpRequest) -> str:
    """Return where to go on to: within the portal, one's own page unless another is named."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else "/me/"
