"""The signing examples give the vectors' headers, and those are what RFC 9421 and the portal take."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import http_message_signatures as rfc9421
import pytest

from erp_gateway.errors import SignatureRefusedError
from erp_gateway.signatures import RequestHead, read_claim, verify
from tests.erp_gateway.signing import signed_headers

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples" / "signing"
VECTORS: list[dict[str, Any]] = json.loads((EXAMPLES / "vectors.json").read_text(encoding="utf-8"))
LANGUAGES = {
    "python": [sys.executable, "-I", str(EXAMPLES / "sign.py")],
    "javascript": ["node", str(EXAMPLES / "sign.mjs")],
}
Vector = dict[str, Any]
of_every_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["what"])


@pytest.fixture(params=LANGUAGES)
def sign(request: pytest.FixtureRequest) -> Callable[[Vector], dict[str, str]]:
    command = LANGUAGES[request.param]
    if shutil.which(command[0]) is None:
        # `make test` installs Node.js where it may.
        pytest.skip(f"no {command[0]} on this machine")

    def run(asked: Vector) -> dict[str, str]:
        done = subprocess.run(command, input=json.dumps(asked).encode(), capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
        headers: dict[str, str] = json.loads(done.stdout)
        return headers

    return run


class _Keys(rfc9421.HTTPSignatureKeyResolver):
    def __init__(self, secret: str) -> None:
        self._secret = secret

    def resolve_public_key(self, key_id: str) -> bytes:
        return self._secret.encode()

    def resolve_private_key(self, key_id: str) -> bytes:
        return self._secret.encode()


@of_every_vector
def test_a_vector_is_verified_by_a_library_of_others(vector: Vector) -> None:
    asked = vector["request"]
    message = SimpleNamespace(
        method=asked["method"].upper(),
        url=asked["url"],
        headers=dict(vector["headers"]),
        body=asked.get("body", "").encode() or None,
    )
    verifier = rfc9421.HTTPMessageVerifier(
        signature_algorithm=rfc9421.algorithms.HMAC_SHA256, key_resolver=_Keys(asked["secret"])
    )

    # Vectors have a time of their own; a signature's age isn't what they show.
    (found,) = verifier.verify(message, max_age=None)

    assert found.label == "sig1"
    assert '"autopay-user"' in found.covered_components


@of_every_vector
def test_each_language_makes_the_vectors(vector: Vector, sign: Callable[[Vector], dict[str, str]]) -> None:
    assert sign(vector["request"]) == vector["headers"]


@of_every_vector
def test_the_portal_takes_a_vector_and_none_that_was_altered(vector: Vector) -> None:
    asked, url = vector["request"], urlsplit(vector["request"]["url"])
    length = [("Content-Length", str(len(asked["body"].encode())))] if "body" in asked else []
    origin = f"{url.scheme}://{url.netloc}"
    now = datetime.fromtimestamp(asked["created"], tz=UTC)

    def said_of(path: str) -> str:
        head = RequestHead(asked["method"].upper(), path, url.query, [*vector["headers"].items(), *length])
        try:
            verify(head=head, claim=read_claim(head), secret=asked["secret"].encode(), origin=origin, now=now)
        except SignatureRefusedError as refusal:
            return refusal.code
        return "taken"

    assert said_of(url.path) == "taken"
    assert said_of(url.path + "x") == "signature_invalid"


def test_a_request_signed_now_has_a_nonce_of_its_own_and_is_what_the_rule_says(
    sign: Callable[[Vector], dict[str, str]],
) -> None:
    asked = {key: value for key, value in VECTORS[0]["request"].items() if key not in {"created", "nonce"}}

    first, second = sign(asked), sign(asked)

    assert first["Signature"] != second["Signature"]
    parameters = dict(part.split("=", 1) for part in first["Signature-Input"].split(";")[1:])
    assert abs(int(parameters["created"]) - datetime.now(tz=UTC).timestamp()) < 60
    ours = signed_headers(
        "POST", "/api/v1/remittances?dry_run=true", asked["body"].encode(), key_id="key-1", secret=asked["secret"],
        user=asked["user"], nonce=parameters["nonce"].strip('"'), created=int(parameters["created"]),
        origin="http://localhost:8000",
    )  # fmt: skip
    assert first == ours
