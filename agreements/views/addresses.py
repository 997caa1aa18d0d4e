"""Saying yes to letters: the page that a letter's link leads to. Nobody is signed in by it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from autopay_portal.core.errors import NotFoundError

from ..services import answer_for_contact
from ..services.contents import find_asked_contact


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the address wants to be told; POST notes that it does; mail scanners only look."""
    contact = find_asked_contact(token=token)
    if request.method != "POST":
        status = 200 if contact else 404
        return render(request, "agreements/confirm_address.html", {"contact": contact}, status=status)
    try:
        confirmed = answer_for_contact(token=token)
    except NotFoundError:
        return render(request, "agreements/confirm_address.html", {"contact": None}, status=404)
    return render(request, "agreements/confirm_address.html", {"contact": confirmed, "done": True})
