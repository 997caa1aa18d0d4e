"""When a session was signed in to: an approval without a second factor asks for the password of an older one."""

import time
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from companies.second_factor.fresh import SIGNED_IN_AT
from companies.second_factor.middleware import SEEN_AT


def note_sign_in(sender: Any, request: HttpRequest, **rest: Any) -> None:
    """Note the moment in the session."""
    now = time.time()
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = now


def register() -> None:
    """Begin to note sign-ins."""
    user_logged_in.connect(note_sign_in, dispatch_uid="companies.note_sign_in")
