"""How an approver shows that it is he, for one decision about one content."""

import re
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from companies.access import Permission, access_company, permissions_in
from companies.models import Company, FactorChallenge
from companies.second_factor import Proof
from companies.second_factor.asking import Asked, what_is_asked
from companies.second_factor.assertions import ask_for_assertion, use_assertion
from companies.second_factor.codes import use_totp_code
from companies.second_factor.fresh import check_password_again
from companies.second_factor.tries import clear_tries, may_try
from companies.signed_in import user_of

from ..access import access_remittance
from ..errors import UnableToApproveError
from ..models import Remittance

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@never_cache
@require_POST
@login_required
def approval_challenge(request: HttpRequest, company_id: UUID, remittance_id: UUID) -> HttpResponse:
    """Return a challenge for a passkey that is bound to the content that the page showed."""
    user = user_of(request)
    company = access_company(user=user, company_id=company_id, permission=Permission.READ)
    found = access_remittance(
        user=user, company=company, remittance_id=remittance_id, permission=Permission.RELEASE_HELD, owner_too=True
    )
    seen_hash = request.POST.get("seen_hash", "")
    if not _HASH.fullmatch(seen_hash):
        raise UnableToApproveError("content_changed")
    asked = ask_for_assertion(
        user=user,
        session_key=request.session.session_key or "",
        purpose=FactorChallenge.Purpose.APPROVE,
        subject_id=str(found.pk),
        content_hash=seen_hash,
    )
    return JsonResponse(asked)


def prove(request: HttpRequest, *, company: Company, remittance: Remittance, seen_hash: str) -> Proof | None:
    """Return what the form proves about its sender, for this content alone; None for who may not decide anyway.

    Raises UnableToApproveError: `factor_missing`, `factor_is_new`, `factor_wrong`, `password_needed`.
    """
    user = user_of(request)
    if Permission.RELEASE_HELD not in permissions_in(user=user, company_id=remittance.signing_company_id):
        return None
    asked = what_is_asked(request, company)
    level = remittance.agreement.two_step
    if not asked.factor(level):
        return _password(request, asked)
    if not asked.usable:
        raise UnableToApproveError("factor_is_new" if asked.any else "factor_missing")
    proof = _factor(request, remittance, seen_hash) if may_try(request, user) else None
    if proof is None:
        raise UnableToApproveError("factor_wrong")
    clear_tries(request, user)
    return proof


def _factor(request: HttpRequest, remittance: Remittance, seen_hash: str) -> Proof | None:
    user = user_of(request)
    credential = request.POST.get("credential", "")
    if not credential:
        return use_totp_code(user=user, code=request.POST.get("code", ""), content_hash=seen_hash)
    return use_assertion(
        user=user,
        session_key=request.session.session_key or "",
        purpose=FactorChallenge.Purpose.APPROVE,
        challenge_id=request.POST.get("challenge", ""),
        credential=credential,
        subject_id=str(remittance.pk),
        content_hash=seen_hash,
    )


def _password(request: HttpRequest, asked: Asked) -> Proof:
    if asked.password_fresh:
        return Proof.of_password()
    user, password = user_of(request), request.POST.get("password", "")
    if not password or not may_try(request, user) or not check_password_again(request, password):
        raise UnableToApproveError("password_needed")
    clear_tries(request, user)
    return Proof.of_password()
