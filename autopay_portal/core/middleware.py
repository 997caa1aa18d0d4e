"""Middleware of every page: the reader's language, what a browser may load, refusals as pages."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from .errors import DomainError, text_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Browsers say `no` or `nn` (BCP 47); Django knows no way from these to the bokmål it ships.
_NORWEGIAN = {"no": "nb", "nn": "nb", "nb": "nb"}


class LanguageMiddleware:
    """Speak the language the reader chose, else the one of his account, else of his browser, else Norwegian.

    Stands behind the authentication: the account is asked only where no cookie says more.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = language_of(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


def language_of(request: HttpRequest) -> str:
    """Return `nb` or `en` for this reader: cookie, account, Accept-Language in its order, then the default."""
    known = dict(settings.LANGUAGES)
    for code in _wishes(request):
        if code in known:
            return code
    return settings.LANGUAGE_CODE


def _wishes(request: HttpRequest) -> Iterator[str]:
    yield request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    yield getattr(request.user, "language", "")
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        base = code.partition("-")[0]
        yield _NORWEGIAN.get(base, base)


class ReadingMiddleware:
    """Note with the user that a request only reads, so that who he is and what he may needs to be asked but once.

    GET and HEAD change nothing here, whatever the page. Stands behind the authentication.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in {"GET", "HEAD"}:
            request.user.known_while_reading = {}  # type: ignore[union-attr]
        return self.get_response(request)


class ContentSecurityPolicyMiddleware:
    """Send settings.SECURE_CSP with every answer that hasn't set a stricter policy of its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = write_policy(settings.SECURE_CSP)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response


def write_policy(directives: Mapping[str, Sequence[str]]) -> str:
    """Return directives as the header's value (Content Security Policy Level 3, 2.2)."""
    return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())


class RefusalPageMiddleware:
    """Answer a DomainError raised by a page with a page that says what happened and what to do.

    Calls of the API never get here: their exception handler has answered before (`core.problem`).
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Return the refusal's page, or None for what isn't a DomainError."""
        if not isinstance(exception, DomainError):
            return None
        status = exception.http_status
        template = {403: "403.html", 404: "404.html"}.get(status, "refused.html")
        reason = text_of(exception.code, exception.params)
        answer = render(request, template, {"reason": reason, "code": exception.code}, status=status)
        for name, value in exception.headers.items():
            answer.headers[name] = value
        return answer
