"""What every request does about factors: leading to the step-up form, and noting when a session was last seen."""

import time
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from autopay_portal.core.clocks import machine_now
from companies.second_factor.fresh import FreshFactorNeededError

SEEN_AT = "seen_at"
_SEEN_GRAIN = 300


class SecondFactorMiddleware:
    """Lead who must show his factor to the form for it, and from there back to the page he was on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _note_seen(request)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Return the way to the step-up form, or None for any other fault."""
        if not isinstance(exception, FreshFactorNeededError):
            return None
        address = f"{reverse('step_up')}?{urlencode({'next': _back(request)})}"
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)


def _back(request: HttpRequest) -> str:
    """Return the page to come back to: what was looked at, or the page whose form was sent."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(came)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _note_seen(request: HttpRequest) -> None:
    """Note in the list of sessions that this one is alive, every five minutes."""
    key = request.session.session_key
    if key is None or SESSION_KEY not in request.session:
        return
    now = time.time()
    if float(request.session.get(SEEN_AT, 0)) > now - _SEEN_GRAIN:
        return
    request.session[SEEN_AT] = now
    UserSession.objects.filter(session_key=key).update(last_seen_at=machine_now())
