"""The second step of signing in."""

from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest

from companies.second_factor.factors import asks_at_sign_in


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]
    """Asks for the second factor of who has one, but for the sandbox's seeded ones where none is demanded."""

    def _should_handle(self, request: HttpRequest) -> bool:
        return bool(super()._should_handle(request)) and asks_at_sign_in(self.login.user)
