"""Signed calls over HTTP: each with time limits, each tried again only where doing it twice does nothing twice."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

import requests
from requests.auth import AuthBase

from .errors import Refused, Unreachable
from .orders import Order, Upload
from .shapes import Problem
from .signing import content_digest, sign_request
from .version import __version__

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
# Waits before the second, third and fourth try.
BACKOFF_SECONDS = (0.5, 2.0, 5.0)
# Waits while the same request, sent before, is still being worked on: a large order takes a while.
BUSY_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0)
# A server that asks for a longer wait is believed, and the caller told instead.
LONGEST_WAIT_SECONDS = 30.0
# Answers of what stands between us and a server that is starting or stopping; nothing was done.
_AWAY = frozenset({502, 503, 504})
_USER_AGENT = f"autopay-client/{__version__}"


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what to do and with what. `repeatable` says that doing it twice does nothing twice."""

    method: str
    path: str
    query: Mapping[str, object] = field(default_factory=dict)
    body: bytes | Order | None = None
    media_type: str = "application/json"
    idempotency_key: str | None = None
    repeatable: bool = False
    read_seconds: float = READ_SECONDS
    stream: bool = False
    progress: Callable[[int], None] | None = None

    @property
    def may_be_repeated(self) -> bool:
        """Whether a lost answer may be asked for again."""
        return self.repeatable or self.method in {"GET", "HEAD"} or self.idempotency_key is not None

    @property
    def digest(self) -> str | None:
        """The Content-Digest of the body, None without one."""
        if self.body is None:
            return None
        return self.body.digest if isinstance(self.body, Order) else content_digest(self.body)

    def content(self) -> bytes | Upload | None:
        """Return the body from its start."""
        return Upload(self.body, self.progress) if isinstance(self.body, Order) else self.body


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose key signs, in whose name. Its text doesn't show the secret."""

    key_id: str
    secret: str = field(repr=False)
    user: str


class HttpCaller:
    """Makes calls to one portal. Not for several threads at once: give each its own."""

    def __init__(self, *, api: str, signer: Signer, language: str = "nb") -> None:
        """Take the API's address (with /api/v1), who signs, and the language of the server's texts."""
        self.api = api.rstrip("/")
        self._signer = signer
        self._language = language
        self._session = requests.Session()

    def call(self, call: Call) -> requests.Response:
        """Make a call and return its answer of the 200s.

        Raises Refused for any other answer, Unreachable when none came. A repeatable call is tried four times, and
        waited for up to two minutes while the same request is being worked on.
        """
        lost = iter(BACKOFF_SECONDS if call.may_be_repeated else ())
        busy = iter(BUSY_SECONDS if call.may_be_repeated else ())
        while True:
            try:
                return self._once(call)
            except Unreachable:
                if (wait := next(lost, None)) is None:
                    raise
            except Refused as refusal:
                waits = busy if refusal.code == "in_progress" else lost
                if not _passes(refusal) or (wait := next(waits, None)) is None:
                    raise
                wait = max(wait, refusal.retry_after or 0.0)
            time.sleep(wait)

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()

    def _once(self, call: Call) -> requests.Response:
        url = self._url(call)
        try:
            answer = self._session.request(
                call.method,
                url,
                data=call.content(),
                headers=self._headers(call),
                auth=_Signature(self._signer, call),
                timeout=(CONNECT_SECONDS, call.read_seconds),
                allow_redirects=False,
                stream=True,
            )
            return _good(answer, stream=call.stream)
        except requests.exceptions.InvalidURL as error:
            raise Unreachable(f"{url} is no address: {error}", url=self.api) from error
        except requests.RequestException as error:
            raise Unreachable(_in_short(error), url=self.api) from error

    def _url(self, call: Call) -> str:
        query = urlencode({name: value for name, value in call.query.items() if value is not None})
        address = f"{self.api}/{call.path.lstrip('/')}"
        return f"{address}?{query}" if query else address

    def _headers(self, call: Call) -> dict[str, str]:
        headers = {
            "Accept": "application/json, application/problem+json, */*",
            "Accept-Language": self._language,
            # A digest is of the bytes as they are sent; so ask for them as they are.
            "Accept-Encoding": "identity",
            "User-Agent": _USER_AGENT,
        }
        return headers if call.body is None else {**headers, "Content-Type": call.media_type}


class _Signature(AuthBase):
    """Signs the request as it will be sent, with a nonce of its own for each try."""

    def __init__(self, signer: Signer, call: Call) -> None:
        self._signer = signer
        self._call = call

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = sign_request(
            method=prepared.method or "",
            url=prepared.url or "",
            key_id=self._signer.key_id,
            secret=self._signer.secret,
            user=self._signer.user,
            content_digest=self._call.digest,
            idempotency_key=self._call.idempotency_key,
        )
        prepared.headers.update(signed)
        return prepared


def _good(answer: requests.Response, *, stream: bool) -> requests.Response:
    """Return an answer of the 200s, read whole unless it is streamed. Raises Refused."""
    if 200 <= answer.status_code < 300:
        if not stream:
            _ = answer.content
        return answer
    raise _refusal(answer)


def _refusal(answer: requests.Response) -> Refused:
    try:
        read: Any = answer.json()
    except ValueError:
        read = None
    otherwise: Problem = {"title": answer.reason or "", "detail": answer.reason or ""}
    problem = cast("Problem", read) if isinstance(read, dict) else otherwise
    return Refused(problem, status=answer.status_code, retry_after=_seconds(answer.headers.get("Retry-After")))


def _seconds(text: str | None) -> float | None:
    """Return the seconds of a Retry-After; a date, which AutoPay never sends, counts as none."""
    return float(text) if text is not None and text.isascii() and text.isdigit() else None


def _passes(refusal: Refused) -> bool:
    """Whether a refusal is of the moment: the same call may succeed in a while."""
    if refusal.retry_after is not None:
        return refusal.retry_after <= LONGEST_WAIT_SECONDS
    return refusal.status in _AWAY


def _in_short(error: requests.RequestException) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return "timeout while connecting"
    if isinstance(error, requests.ReadTimeout):
        return "timeout while waiting for the answer"
    cause = error.args[0] if error.args else error
    reason = getattr(cause, "reason", cause)
    return str(reason).rpartition(": ")[2] or type(error).__name__
