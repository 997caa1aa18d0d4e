"""The sandbox's mail: what AutoPay sent, read in the browser by whoever sits at the machine."""

import re
from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from companies.mail.catch_all import list_mails, read_mail

_ADDRESS = re.compile(r"https?://[!-~]+")


@never_cache
@require_safe
def sandbox_mails(request: HttpRequest) -> HttpResponse:
    """List the mails that were sent, the newest first; nobody needs to be signed in, as who is invited isn't yet."""
    _only_in_sandbox()
    return render(request, "companies/firms/sandbox_mails.html", {"mails": list_mails()})


@never_cache
@require_safe
def sandbox_mail(request: HttpRequest, file: str, place: int) -> HttpResponse:
    """Show one mail as text; links to this portal work, everything else is only text."""
    _only_in_sandbox()
    mail = read_mail(file=file, place=place)
    return render(request, "companies/firms/sandbox_mail.html", {"mail": mail, "pieces": list(_pieces(mail.text))})


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Cut a text at its addresses: pairs of what is shown and where it leads (nowhere but to this portal)."""
    behind = 0
    for found in _ADDRESS.finditer(text):
        yield text[behind : found.start()], ""
        address = found.group()
        yield address, _path_of(address)
        behind = found.end()
    yield text[behind:], ""


def _path_of(address: str) -> str:
    """Return the path of an address of this portal, empty for any other's."""
    path = address.removeprefix(settings.PUBLIC_URL)
    ours = path != address and path.startswith("/") and not path.startswith("//")
    return path if ours else ""


def _only_in_sandbox() -> None:
    if not settings.SANDBOX:
        raise Http404
