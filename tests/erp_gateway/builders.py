"""An ERP that signs its calls, with signing written here from RFC 9421 and not by the code under test."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client

from agreements.models import Agreement, Kind
from agreements.services import create_agreement
from agreements.services.contents import NewAgreement
from companies.models import Company, Role, User
from companies.services import create_signing_key
from companies.services.keys import NewKey
from tests.companies.builders import SETUP, make_company, make_user

API = "/api/v1"
Headers = dict[str, str]


@dataclass(frozen=True)
class Erp:
    """A company's ERP: its key, and the user it calls as."""

    company: Company
    user: User
    key: NewKey
    client: Client = field(default_factory=Client)

    def get(self, path: str, **headers: str) -> Any:
        """Call GET below /api/v1/."""
        return self.call("GET", path, None, headers)

    def post(self, path: str, body: object = None, **headers: str) -> Any:
        """Call POST with a JSON body, or bytes as they are."""
        return self.call("POST", path, body, headers)

    def call(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        """Sign and send a call."""
        content = encoded(body)
        target = f"{API}/{path}"
        signed = self.sign(method, target, content)
        return self.send(method, target, content, {**signed, **(headers or {})})

    def send(self, method: str, target: str, content: bytes | None, headers: Mapping[str, str]) -> Any:
        """Send a call with these headers as they are."""
        media = "application/json" if content is not None else ""
        return self.client.generic(method, target, content or b"", content_type=media, headers=dict(headers))

    def sign(self, method: str, target: str, content: bytes | None, **changes: Any) -> Headers:
        """Return the headers of a signed call; see `signed_headers`."""
        known: dict[str, Any] = {"key_id": str(self.key.key_id), "secret": self.key.secret, "user": self.user.email}
        return signed_headers(method, target, content, **{**known, **changes})


def encoded(body: object) -> bytes | None:
    """Return a body's bytes."""
    return body if body is None or isinstance(body, bytes) else json.dumps(body).encode()


def digest_of(content: bytes) -> str:
    """Return the Content-Digest of `content` (RFC 9530)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def signed_headers(
    method: str,
    target: str,
    content: bytes | None,
    *,
    key_id: str,
    secret: str,
    user: str,
    nonce: str = "",
    created: int | None = None,
    origin: str = "",
    digest: str = "",
) -> Headers:
    """Return Signature-Input, Signature, AutoPay-User and, with a body, Content-Digest of a call."""
    parts = urlsplit(target)
    components = {
        "@method": method,
        "@authority": urlsplit(origin or settings.PUBLIC_URL).netloc,
        "@path": parts.path,
        "@query": f"?{parts.query}",
    }
    headers = {"AutoPay-User": user}
    if content is not None:
        headers["Content-Digest"] = components["content-digest"] = digest or digest_of(content)
    components["autopay-user"] = user
    names = " ".join(f'"{name}"' for name in components)
    parameters = (
        f'({names});created={int(time.time()) if created is None else created};keyid="{key_id}"'
        f';nonce="{nonce or secrets.token_hex(16)}";alg="hmac-sha256"'
    )
    lines = [f'"{name}": {value}' for name, value in components.items()] + [f'"@signature-params": {parameters}']
    signature = hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256).digest()
    headers["Signature-Input"] = f"sig1={parameters}"
    headers["Signature"] = f"sig1=:{base64.b64encode(signature).decode()}:"
    return headers


def make_erp(*roles: Role, company: Company | None = None) -> Erp:
    """Make a company with a key and a user of these roles (file transfer unless given)."""
    company = company or make_company()
    user = make_user(company=company, roles=roles or (Role.FILE_TRANSFER,))
    return Erp(company=company, user=user, key=create_signing_key(company_id=company.pk, actor=SETUP))


def another_user(erp: Erp, *roles: Role) -> Erp:
    """Return the same company's ERP calling as another user."""
    return Erp(company=erp.company, user=make_user(company=erp.company, roles=roles), key=erp.key)


def make_agreement(company: Company, *, kind: Kind = Kind.REMITTANCE, account: str = "86011117947") -> Agreement:
    """Draft an agreement of a company."""
    return create_agreement(company=company, new=NewAgreement(kind=kind, bank="dnb", account=account), actor=SETUP)
