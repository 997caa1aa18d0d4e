"""What the views of every room share: doing a thing and saying what came of it, and handing out a stored file."""

import re
from collections.abc import Callable

from django.contrib import messages
from django.http import FileResponse, HttpRequest

from .errors import DomainError, text_of
from .vault import open_stored

_PLAIN = re.compile(r"[^0-9A-Za-z._-]")


def say_refusal(request: HttpRequest, error: DomainError) -> None:
    """Show the reader why nothing was done, on the page that he is led to next."""
    messages.error(request, text_of(error.code, error.params))


def do(request: HttpRequest, work: Callable[[], object], done: str) -> bool:
    """Do one thing, say what came of it on the page that the reader is led to next, and return whether it was done."""
    try:
        work()
    except DomainError as error:
        say_refusal(request, error)
        return False
    messages.success(request, done)
    return True


def asks_for_part(request: HttpRequest, *targets: str) -> bool:
    """Return whether the page itself asks for one of its parts, by the ids of the elements that it fills."""
    return request.headers.get("HX-Target", "") in targets


def download(*, path: str, size: int, name: str) -> FileResponse:
    """Return a stored file as something to save: never shown, never run, under a name that is only a name."""
    return FileResponse(
        open_stored(path),
        content_type="application/octet-stream",
        as_attachment=True,
        filename=_PLAIN.sub("_", name),
        headers={
            "Content-Length": str(size),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        },
    )
