"""allauth's forms for codes, each step of an authenticator app counted in PostgreSQL."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm as SignInForm
from allauth.mfa.base.forms import ReauthenticateForm as AgainForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from django import forms

from companies.second_factor.codes import step_of, use_step, use_totp_code


class _OnceForm:
    """Takes a code of the app, each step once, or a recovery code."""

    user: Any
    cleaned_data: dict[str, Any]
    authenticator: Authenticator

    def clean_code(self) -> str:
        """Return the code if it is good; it is used up by this."""
        clear = check_rate_limit(self.user)
        code: str = self.cleaned_data["code"]
        found = _factor_of(self.user, code)
        if found is None:
            raise get_adapter().validation_error("incorrect_code")
        found.user = self.user
        self.authenticator = found
        clear()
        return code


def _factor_of(user: Any, code: str) -> Authenticator | None:
    proof = use_totp_code(user=user, code=code)
    if proof is not None:
        return Authenticator.objects.get(pk=proof.factor_id)
    recovery = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES).first()
    return recovery if recovery is not None and recovery.wrap().validate_code(code.replace(" ", "")) else None


class AuthenticateForm(_OnceForm, SignInForm):  # type: ignore[misc]
    """The code at sign-in."""


class ReauthenticateForm(_OnceForm, AgainForm):  # type: ignore[misc]
    """The code of who is signed in and wants to change his factors."""


class ActivateAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator app; its secret stands encrypted in the session until then."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        self.secret = _secret_of_session(regenerate=not self.is_bound)

    def clean_code(self) -> str:
        """Return the code if the new app gave it; its step can't be used again."""
        clear = check_rate_limit(self.user, error_key="rate_limited")
        code: str = self.cleaned_data["code"]
        step = step_of(secret=self.secret, code=code)
        if step is None or not use_step(user=self.user, step=step):
            raise get_adapter().validation_error("incorrect_code")
        clear()
        return code


def _secret_of_session(*, regenerate: bool) -> str:
    session = context.request.session
    if regenerate or SECRET_SESSION_KEY not in session:
        session[SECRET_SESSION_KEY] = encrypt(generate_totp_secret())
    secret: str = decrypt(session[SECRET_SESSION_KEY])
    return secret
