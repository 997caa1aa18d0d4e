"""Who looks at a page."""

from django.http import HttpRequest

from companies.errors import UserLacksRoleError
from companies.models import User


def user_of(request: HttpRequest) -> User:
    """Return the person who is signed in; views ask for it behind `login_required`. Raises UserLacksRoleError."""
    if not isinstance(request.user, User):
        raise UserLacksRoleError()
    return request.user
