"""Sign-in by allauth; users are invited, nobody signs himself up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from companies.second_factor.factors import has_factor


class InvitedOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes sign-up: an account exists because an administrator or an operator made it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: sign-up is by invitation only."""
        return False

    def get_login_stages(self) -> list[str]:
        """Return the steps of signing in, the second factor's with our rule of when it is asked for."""
        own = {"allauth.mfa.stages.AuthenticateStage": "companies.second_factor.stage.SecondFactorStage"}
        return [own.get(stage, stage) for stage in super().get_login_stages()]

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return how who is signed in shows again that it is he, before he changes his factors.

        Who has a factor shows that, not his password: or a session and a password would be enough to take over the
        account with a factor of one's own. Recovery codes are for who has lost it.
        """
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if not user.is_authenticated or not has_factor(user):
            return methods
        step_up = {"id": "step_up", "description": _("Use your second factor"), "url": reverse("step_up")}
        return [step_up, *(method for method in methods if method["id"] == "mfa_reauthenticate")]
