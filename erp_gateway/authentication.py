"""Who calls: the company whose key signed, in the name of one of its users (security.md 3).

Order: key, HMAC, nonce, user; all from the head, before a byte of the body is read.
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.ids import uuid7
from companies.access import Permission, permissions_in
from companies.actors import Actor
from companies.models import Company, User
from companies.queries import find_user_in_company
from companies.services import LiveKey, get_live_signing_key, note_key_used

from .errors import SignatureRefusedError
from .signatures import ClaimedSignature, RequestHead, read_claim, verify

NONCE_LENGTHS = range(8, 65)
# Twice the window: a signature from the far end of it can't come back after its nonce is gone.
NONCE_KEPT = timedelta(seconds=600)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request whose head is proven; `digest` is the SHA-256 that its body must have, None without a body."""

    company: Company
    key: LiveKey
    actor: Actor
    permissions: frozenset[Permission]
    digest: bytes | None

    @property
    def key_id(self) -> object:
        """Return the id of the key that signed."""
        return self.key.key_id


class SignedRequestAuthentication(BaseAuthentication):
    """Authenticates API calls by their HTTP message signature."""

    def authenticate(self, request: Request) -> tuple[User, SignedRequest]:
        """Return the user and what is proven about the request.

        Raises SignatureRefusedError or companies' SigningKeyError, each a 401 whose code says what is wrong.
        """
        return authenticate_head(request._request)

    def authenticate_header(self, request: Request) -> str:
        """Return the scheme for WWW-Authenticate."""
        return "Signature"


def authenticate_head(request: HttpRequest) -> tuple[User, SignedRequest]:
    """Return who signed `request` and for which company; the nonce is used up even if the request fails later."""
    head = head_of(request)
    claim = read_claim(head)
    key = get_live_signing_key(key_id=claim.key_id)
    verify(head=head, claim=claim, secret=key.hmac_key, origin=settings.PUBLIC_URL, now=machine_now())
    _use_nonce(key=key, claim=claim)
    company = Company.objects.get(pk=key.company_id)
    user = find_user_in_company(company=company, email=claim.user_name)
    if user is None:
        raise SignatureRefusedError("user_unknown")
    note_key_used(key=key, user_id=user.pk, address=request.META.get("REMOTE_ADDR"))
    return user, SignedRequest(
        company=company,
        key=key,
        actor=Actor.erp(user=user, key_id=key.key_id),
        permissions=permissions_in(user=user, company_id=company.pk),
        digest=claim.digest,
    )


def head_of(request: HttpRequest) -> RequestHead:
    """Return the request's head as sent: from the front where it kept it, else as WSGI tells it."""
    meta = request.META
    headers = meta.get("autopay.headers")
    return RequestHead(
        method=request.method or "",
        path=meta.get("autopay.path") or quote(meta.get("PATH_INFO", "/"), encoding="latin-1", safe="/~!$&'()*+,;=:@"),
        query=meta.get("QUERY_STRING", ""),
        # WSGI says an absent length as an empty one (PEP 3333).
        headers=[pair for pair in request.headers.items() if pair != ("Content-Length", "")]
        if headers is None
        else headers,
    )


def _use_nonce(*, key: LiveKey, claim: ClaimedSignature) -> None:
    """Store the nonce in a transaction of its own, or refuse a signature that was used before."""
    if len(claim.nonce) not in NONCE_LENGTHS:
        raise SignatureRefusedError("signature_invalid", reason=_("nonce is 8 to 64 characters."))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO erp_gateway_nonce (id, key_id, nonce, keep_until_at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (key_id, nonce) DO NOTHING",
            [uuid7(), key.key_id, claim.nonce, claim.created + NONCE_KEPT],
        )
        if cursor.rowcount == 0:
            raise SignatureRefusedError("signature_replayed")
