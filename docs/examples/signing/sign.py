"""Sign a request to AutoPay's API with nothing but Python's own library.

    python3 sign.py < request.json

The request: `method`, `url`, `key_id`, `secret`, `user`, and if there is one `body` (text, sent as UTF-8) and
`idempotency_key`. `created` (seconds) and `nonce` are made unless given. Prints the headers to send, as JSON.
"""

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from typing import Any
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


def sign(request: dict[str, Any]) -> dict[str, str]:
    url = urlsplit(request["url"])
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    default = url.port in (None, DEFAULT_PORTS[url.scheme])
    covered: dict[str, str] = {
        "@method": request["method"].upper(),
        "@authority": f"{host}" if default else f"{host}:{url.port}",
        "@path": url.path or "/",
        "@query": f"?{url.query}",
    }
    headers = {"AutoPay-User": request["user"]}
    if "body" in request:
        digest = hashlib.sha256(request["body"].encode()).digest()
        headers["Content-Digest"] = f"sha-256=:{base64.b64encode(digest).decode()}:"
        covered["content-digest"] = headers["Content-Digest"]
    covered["autopay-user"] = request["user"]
    if "idempotency_key" in request:
        headers["Idempotency-Key"] = covered["idempotency-key"] = request["idempotency_key"]

    names = " ".join(f'"{name}"' for name in covered)
    created = request.get("created", int(time.time()))
    nonce = request.get("nonce", secrets.token_hex(16))
    parameters = f'({names});created={created};keyid="{request["key_id"]}";nonce="{nonce}";alg="hmac-sha256"'
    base = "\n".join([*(f'"{name}": {value}' for name, value in covered.items()), f'"@signature-params": {parameters}'])
    signature = hmac.new(request["secret"].encode(), base.encode(), hashlib.sha256).digest()
    headers["Signature-Input"] = f"sig1={parameters}"
    headers["Signature"] = f"sig1=:{base64.b64encode(signature).decode()}:"
    return headers


if __name__ == "__main__":
    print(json.dumps(sign(json.load(sys.stdin)), indent=2))
