"""HTTP Message Signatures (RFC 9421) as the API asks for them: one label, one algorithm, fixed components.

Everything here is decided from the head of a request, before a byte of its body is read. Whose key it is, whether
the nonce was seen and who the user is are `authentication`'s business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import http_sf
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver, InvalidSignature, algorithms
from http_sf import StructuredFieldError

from .errors import SignatureRefusedError

LABEL = "sig1"
ALGORITHM = "hmac-sha256"
# How far a signature's time may be from ours, either way.
WINDOW = timedelta(seconds=300)
ALWAYS_COVERED = ("@method", "@authority", "@path", "@query", "autopay-user")
_PARAMETERS = frozenset({"created", "expires", "keyid", "nonce", "alg", "tag"})

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What a signature can cover: method, path and query as sent and undecoded, header lines in order."""

    method: str
    path: str
    query: str
    headers: Headers

    def lines_of(self, name: str) -> list[str]:
        """Return every line of the header `name` (lower case), in order."""
        return [value for header, value in self.headers if header.lower() == name]

    @property
    def has_body(self) -> bool:
        """Whether a body is announced, by a length above zero or by a transfer encoding (RFC 9112, 6.3)."""
        return bool(self.lines_of("transfer-encoding")) or any(
            value.strip() != "0" for value in self.lines_of("content-length")
        )


@dataclass(frozen=True, slots=True)
class ClaimedSignature:
    """What a request says about its signature; nothing of it is proven before `verify`."""

    key_id: str
    nonce: str
    created: datetime
    expires: datetime | None
    user_name: str
    digest: bytes | None
    signature_input: str
    signature: str


def read_claim(head: RequestHead) -> ClaimedSignature:
    """Return what the signature labelled sig1 claims; other labels are ignored.

    Raises SignatureRefusedError: `signature_missing`, or `signature_invalid` for a form that isn't the contract's
    (required components, parameters, one line per covered header, no Content-Encoding).
    """
    covered, parameters = _signature_input(head)
    signature = _labelled(head, "signature")[0]
    if not isinstance(signature, bytes):
        raise SignatureRefusedError("signature_invalid", reason=_("Signature is not a byte sequence."))
    names = _covered_names(covered)
    _check_components(head, names)
    _check_parameters(parameters)
    return ClaimedSignature(
        key_id=parameters["keyid"],
        nonce=parameters["nonce"],
        created=_moment(parameters["created"]),
        expires=_moment(parameters["expires"]) if "expires" in parameters else None,
        user_name=head.lines_of("autopay-user")[0].strip().lower(),
        digest=_digest(head) if "content-digest" in names else None,
        signature_input=http_sf.ser({LABEL: (covered, parameters)}),
        signature=http_sf.ser({LABEL: (signature, {})}),
    )


def verify(*, head: RequestHead, claim: ClaimedSignature, secret: bytes, origin: str, now: datetime) -> None:
    """Check the claim's HMAC (in constant time) over `head` as sent to `origin`, then its time against `now`.

    The authority is that of `origin`, the configured address, whatever Host or a proxy's headers say.

    Raises SignatureRefusedError: `signature_invalid` or `signature_expired`.
    """
    message = _Message(
        method=head.method,
        url=f"{origin}{head.path}?{head.query}",
        headers=_Lines([*_without_signatures(head), *_signature_headers(claim)]),
    )
    verifier = _Verifier(signature_algorithm=algorithms.HMAC_SHA256, key_resolver=_OneKey(secret))
    try:
        verifier.verify(message, max_age=None)
    except InvalidSignature:
        raise SignatureRefusedError("signature_invalid", reason=_hint(origin)) from None
    if abs(now - claim.created) > WINDOW or (claim.expires is not None and claim.expires < now):
        raise SignatureRefusedError("signature_expired")


def _signature_input(head: RequestHead) -> tuple[list[Any], dict[str, Any]]:
    covered, parameters = _labelled(head, "signature-input")
    if not isinstance(covered, list):
        raise SignatureRefusedError("signature_invalid", reason=_("Signature-Input is not a list of components."))
    return covered, dict(parameters)


def _labelled(head: RequestHead, name: str) -> tuple[Any, Any]:
    """Return the member sig1 of a dictionary header and its parameters."""
    lines = head.lines_of(name)
    if not lines:
        raise SignatureRefusedError("signature_missing")
    try:
        members: Any = http_sf.parse(", ".join(lines).encode(), tltype="dictionary", on_duplicate_key=_no_second_label)
    except (StructuredFieldError, ValueError, TypeError):
        raise SignatureRefusedError(
            "signature_invalid", reason=format_lazy(_("{name} can't be read."), name=name)
        ) from None
    if LABEL not in members:
        raise SignatureRefusedError("signature_missing")
    member, parameters = members[LABEL]
    return member, parameters


def _no_second_label(key: str, context: str) -> None:
    if context == "dictionary" and key == LABEL:
        raise ValueError("two signatures with one label")


def _covered_names(covered: list[Any]) -> list[str]:
    """Return the names of the covered components; a component with parameters is no component of ours."""
    names = []
    for name, parameters in covered:
        if not isinstance(name, str) or parameters:
            raise SignatureRefusedError("signature_invalid", reason=_("Components are plain names without parameters."))
        names.append(name)
    return names


def _check_components(head: RequestHead, names: list[str]) -> None:
    required = ALWAYS_COVERED + (("content-digest",) if head.has_body else ())
    missing = [name for name in required if name not in names]
    if missing:
        raise SignatureRefusedError(
            "signature_invalid", reason=format_lazy(_("Not covered: {names}."), names=", ".join(missing))
        )
    if head.lines_of("content-encoding"):
        raise SignatureRefusedError("signature_invalid", reason=_("Content-Encoding isn't taken."))
    for name in names:
        if not name.startswith("@") and len(head.lines_of(name)) != 1:
            raise SignatureRefusedError(
                "signature_invalid", reason=format_lazy(_("{name} must be there exactly once."), name=name)
            )


def _check_parameters(parameters: dict[str, Any]) -> None:
    created, key_id, nonce = parameters.get("created"), parameters.get("keyid"), parameters.get("nonce")
    if set(parameters) - _PARAMETERS:
        raise SignatureRefusedError("signature_invalid", reason=_("Parameters are created, keyid, nonce and alg."))
    if parameters.get("alg") != ALGORITHM:
        raise SignatureRefusedError("signature_invalid", reason=_("alg is hmac-sha256."))
    if type(created) is not int or not isinstance(key_id, str):
        raise SignatureRefusedError("signature_invalid", reason=_("created and keyid are needed."))
    if not isinstance(nonce, str):
        raise SignatureRefusedError("signature_invalid", reason=_("nonce is needed."))


def _moment(seconds: Any) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        raise SignatureRefusedError("signature_expired") from None


def _digest(head: RequestHead) -> bytes:
    """Return the SHA-256 of the Content-Digest header (RFC 9530, 2)."""
    try:
        members: Any = http_sf.parse(head.lines_of("content-digest")[0].encode(), tltype="dictionary")
        digest = members["sha-256"][0]
    except (StructuredFieldError, ValueError, KeyError):
        digest = None
    if not isinstance(digest, bytes) or len(digest) != 32:
        raise SignatureRefusedError("digest_mismatch")
    return digest


def _without_signatures(head: RequestHead) -> Headers:
    return [(name, value) for name, value in head.headers if name.lower() not in {"signature", "signature-input"}]


def _signature_headers(claim: ClaimedSignature) -> Headers:
    return [("Signature-Input", claim.signature_input), ("Signature", claim.signature)]


def _hint(origin: str) -> Promise:
    text = _("It must be made with the key's secret as shown, for the authority {authority}.")
    return format_lazy(text, authority=urlsplit(origin).netloc)


class _Lines:
    """Header lines as the library reads them: `items()` with every line, in order."""

    def __init__(self, lines: Headers) -> None:
        self._lines = lines

    def items(self) -> Headers:
        """Return all lines."""
        return self._lines


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    url: str
    headers: _Lines


class _OneKey(HTTPSignatureKeyResolver):
    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def resolve_public_key(self, key_id: str) -> bytes:
        """Return the secret that was looked up for the claim."""
        return self._secret


class _Verifier(HTTPMessageVerifier):
    """The library's verifier without its clock: a time is judged only once its signature holds."""

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Judge nothing here; `verify` does, with the portal's window."""
