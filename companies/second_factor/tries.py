"""How often one may try a code or a password: as at sign-in, kept where allauth keeps its limits."""

from allauth.core import ratelimit
from django.http import HttpRequest

from companies.models import User


def may_try(request: HttpRequest, user: User) -> bool:
    """Return whether a user may try a code or a password once more; too many wrong ones in a row wait."""
    return bool(ratelimit.consume(request, action="login_failed", key=f"mfa-auth-user-{user.pk}"))


def clear_tries(request: HttpRequest, user: User) -> None:
    """Forget the wrong tries of who has shown that it is he."""
    ratelimit.clear(request, action="login_failed", key=f"mfa-auth-user-{user.pk}")
