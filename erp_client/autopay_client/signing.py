"""HTTP Message Signatures (RFC 9421) as AutoPay asks for them: label sig1, hmac-sha256, fixed components."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

LABEL = "sig1"
DEFAULT_PORTS = {"http": 80, "https": 443}


def sign_request(
    *,
    method: str,
    url: str,
    key_id: str,
    secret: str,
    user: str,
    content_digest: str | None = None,
    idempotency_key: str | None = None,
    created: int | None = None,
    nonce: str | None = None,
) -> dict[str, str]:
    """Return the headers that sign one request: AutoPay-User, Signature-Input, Signature, and those they cover.

    `url` is absolute, its path and query exactly as they will be sent; `content_digest` is that of the body
    (`content_digest()`), None for a request without one. `created` is in seconds of Unix time; it and the nonce are
    made when they aren't given. A signature is good once, for 300 seconds either way.
    """
    headers = {"AutoPay-User": user}
    if content_digest is not None:
        headers["Content-Digest"] = content_digest
    if idempotency_key is not None:
        headers["Idempotency-Key"] = idempotency_key
    parameters = signature_parameters(
        covered=covered_components(headers),
        created=int(time.time()) if created is None else created,
        key_id=key_id,
        nonce=nonce or secrets.token_urlsafe(24),
    )
    base = signature_base(method=method, url=url, headers=headers, parameters=parameters)
    made = hmac.new(secret.encode(), base.encode(), hashlib.sha256).digest()
    headers["Signature-Input"] = f"{LABEL}={parameters}"
    headers["Signature"] = f"{LABEL}=:{base64.b64encode(made).decode()}:"
    return headers


def covered_components(headers: Mapping[str, str]) -> list[str]:
    """Return the names of what a signature over a request with these headers covers, in our order."""
    named = [name for name in ("Content-Digest", "Idempotency-Key", "AutoPay-User") if name in headers]
    return ["@method", "@authority", "@path", "@query", *(name.lower() for name in named)]


def signature_parameters(*, covered: list[str], created: int, key_id: str, nonce: str) -> str:
    """Return the value of `@signature-params` (RFC 9421, 2.3): what is covered, and by which key, when."""
    names = " ".join(f'"{name}"' for name in covered)
    return f'({names});created={created};keyid="{_quotable(key_id)}";nonce="{_quotable(nonce)}";alg="hmac-sha256"'


def signature_base(*, method: str, url: str, headers: Mapping[str, str], parameters: str) -> str:
    """Return the text that is signed (RFC 9421, 2.5): a line per covered component, then the parameters.

    `headers` holds the covered headers as they are sent.
    """
    parts = urlsplit(url)
    known = {
        "@method": method.upper(),
        "@authority": authority_of(url),
        "@path": parts.path or "/",
        "@query": f"?{parts.query}",
        **{name.lower(): value.strip() for name, value in headers.items()},
    }
    lines = [f'"{name}": {known[name]}' for name in covered_components(headers)]
    return "\n".join([*lines, f'"@signature-params": {parameters}'])


def authority_of(url: str) -> str:
    """Return host and port of `url` in lower case, the port left out where it is the scheme's own (RFC 9421, 2.2.3)."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    if parts.port is None or parts.port == DEFAULT_PORTS.get(parts.scheme):
        return host
    return f"{host}:{parts.port}"


def content_digest(content: bytes) -> str:
    """Return the Content-Digest of `content` (RFC 9530)."""
    return digest_header(hashlib.sha256(content).digest())


def digest_header(sha256: bytes) -> str:
    """Return the Content-Digest that says `sha256`."""
    return f"sha-256=:{base64.b64encode(sha256).decode()}:"


def _quotable(text: str) -> str:
    """Return `text` if it can stand in quotes as it is (RFC 8941, 3.3.3). Raises ValueError."""
    if not (text.isascii() and text.isprintable()) or '"' in text or "\\" in text:
        raise ValueError("key id and nonce are printable ASCII without quotes and backslashes")
    return text
