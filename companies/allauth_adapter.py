"""Sign-in by allauth; users are invited, nobody signs himself up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InvitedOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes sign-up: an account exists because an administrator or an operator made it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: sign-up is by invitation only."""
        return False
