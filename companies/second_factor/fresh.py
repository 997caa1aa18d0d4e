"""What this session has answered a moment ago: a second factor within five minutes, a password within fifteen."""

import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from django.http import HttpRequest

from autopay_portal.core.errors import ForbiddenError
from companies.models import User
from companies.second_factor.factors import APPROVING_TYPES, has_factor, has_own_factor
from companies.second_factor.proofs import Means, Proof
from companies.signed_in import user_of

FRESH_FOR = 300
PASSWORD_FRESH_FOR = 900
# When somebody signed in to this session: by password or by passkey, behind whatever else was asked.
SIGNED_IN_AT = "signed_in_at"
_TYPES = {Means.TOTP: "totp", Means.PASSKEY: "webauthn"}


class FreshFactorNeededError(ForbiddenError):
    """What was asked for takes a second factor shown in this session within five minutes.

    A page turns it into the step-up form, which comes back (`middleware.SecondFactorMiddleware`).
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("fresh_factor_needed", **kwargs)


def require_fresh_factor(request: HttpRequest) -> None:
    """Raise FreshFactorNeededError unless a factor was shown in this session within five minutes.

    Also to who has none: the step-up form leads him to enrol one. A recovery code counts for nothing here.
    """
    if not is_fresh(request):
        raise FreshFactorNeededError()


def require_fresh_factor_if_any(request: HttpRequest) -> None:
    """Raise FreshFactorNeededError to who has enrolled a factor and hasn't shown it in this session just now."""
    if has_own_factor(user_of(request)) and not is_fresh(request):
        raise FreshFactorNeededError()


def is_fresh(request: HttpRequest) -> bool:
    """Return whether authenticator app or passkey answered in this session within five minutes, and still stands."""
    user = user_of(request)
    recent = time.time() - FRESH_FOR
    shown = any(
        record.get("method") == "mfa" and record.get("type") in APPROVING_TYPES and record.get("at", 0) > recent
        for record in get_authentication_records(request, user)
    )
    return shown and has_factor(user)


def note_proof(request: HttpRequest, proof: Proof) -> None:
    """Note in the session that a factor or the password was shown."""
    user = user_of(request)
    if proof.is_second_factor:
        record_authentication(
            request, user, method="mfa", id=proof.factor_id, type=_TYPES[proof.means], reauthenticated=True
        )
    else:
        record_authentication(request, user, method="password", reauthenticated=True)


def password_is_fresh(request: HttpRequest) -> bool:
    """Return whether somebody signed in to this session, or gave his password again, within fifteen minutes."""
    recent = time.time() - PASSWORD_FRESH_FOR
    again = any(
        record.get("method") == "password" and record.get("reauthenticated") and record.get("at", 0) > recent
        for record in get_authentication_records(request, user_of(request))
    )
    return again or float(request.session.get(SIGNED_IN_AT, 0)) > recent


def check_password_again(request: HttpRequest, password: str) -> bool:
    """Return whether this is the password of who is signed in, and note it in the session if so."""
    user: User = user_of(request)
    if not password or not user.check_password(password):
        return False
    note_proof(request, Proof.of_password())
    return True
