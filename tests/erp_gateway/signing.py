"""Signatures of an ERP's calls, written here from RFC 9421 and not by the code under test."""

import base64
import hashlib
import hmac
import secrets
import time
from urllib.parse import urlsplit

from django.conf import settings

API = "/api/v1"
Headers = dict[str, str]


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
