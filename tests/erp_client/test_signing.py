"""Signatures: the contract's own vector, and what the portal's verifier says of ours."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from autopay_client import content_digest, sign_request, signature_base

from erp_gateway.errors import SignatureRefusedError
from erp_gateway.signatures import RequestHead, read_claim, verify

BODY = '{"hello": "krøne"}'.encode()
VECTOR_URL = "http://localhost:8000/api/v1/remittances?dry_run=true"
PARAMETERS = (
    '("@method" "@authority" "@path" "@query" "content-digest" "autopay-user")'
    ';created=1764000000;keyid="key-1";nonce="n-0001";alg="hmac-sha256"'
)


def test_the_contracts_vector_is_made() -> None:
    headers = sign_request(
        method="POST",
        url=VECTOR_URL,
        key_id="key-1",
        secret="secret-as-shown",
        user="kari@fjord.example",
        content_digest=content_digest(BODY),
        created=1764000000,
        nonce="n-0001",
    )

    assert headers == {
        "AutoPay-User": "kari@fjord.example",
        "Content-Digest": "sha-256=:xk/FYzvPJSiJmirwZnzqMO46iX9B3WwUUpyrZEEwPf4=:",
        "Signature-Input": f"sig1={PARAMETERS}",
        "Signature": "sig1=:jluUznBQ0cn62UlQSeGC/RIcWZl5E1nUohfcfRJVtoI=:",
    }


def test_the_vectors_base_is_line_for_line_the_contracts() -> None:
    headers = {"AutoPay-User": "kari@fjord.example", "Content-Digest": content_digest(BODY)}

    base = signature_base(method="post", url=VECTOR_URL, headers=headers, parameters=PARAMETERS)

    assert base.splitlines() == [
        '"@method": POST',
        '"@authority": localhost:8000',
        '"@path": /api/v1/remittances',
        '"@query": ?dry_run=true',
        '"content-digest": sha-256=:xk/FYzvPJSiJmirwZnzqMO46iX9B3WwUUpyrZEEwPf4=:',
        '"autopay-user": kari@fjord.example',
        f'"@signature-params": {PARAMETERS}',
    ]


def accepted(origin: str, url: str, *, method: str = "GET", body: bytes | None = None, key: str | None = None) -> str:
    """Return what the portal at `origin` says of our signature for a call."""
    headers = sign_request(
        method=method,
        url=url,
        key_id="key-1",
        secret="blåbær",
        user="kari@fjord.example",
        content_digest=None if body is None else content_digest(body),
        idempotency_key=key,
    )
    parts = urlsplit(url)
    length = [("Content-Length", str(len(body)))] if body is not None else []
    head = RequestHead(method, parts.path, parts.query, [*headers.items(), *length])
    try:
        secret = "blåbær".encode()
        verify(head=head, claim=read_claim(head), secret=secret, origin=origin, now=datetime.now(tz=UTC))
    except SignatureRefusedError as refusal:
        return f"{refusal.code} {refusal.params}"
    return "accepted"


@pytest.mark.parametrize(
    ("origin", "url"),
    [
        ("http://localhost:8000", "http://localhost:8000/api/v1/setup-check"),
        ("http://localhost:8000", "http://localhost:8000/api/v1/messages?after=7&wait=60"),
        ("http://localhost:8000", "http://localhost:8000/api/v1/ledger%2Dbatches?status=%72eady"),
        ("https://autopay.example.no", "https://AutoPay.example.no:443/api/v1/agreements"),
        ("http://[::1]:8000", "http://[::1]:8000/api/v1/agreements"),
    ],
)
def test_the_portal_accepts_what_we_sign(origin: str, url: str) -> None:
    assert accepted(origin, url) == "accepted"


def test_the_portal_accepts_a_body_with_its_digest_and_key_covered() -> None:
    assert accepted("http://localhost:8000", VECTOR_URL, method="POST", body=BODY, key="k-1") == "accepted"


def test_a_key_that_was_changed_on_the_way_is_found_out() -> None:
    headers = sign_request(
        method="POST", url=VECTOR_URL, key_id="key-1", secret="s", user="k@f.example", idempotency_key="k-1"
    )
    changed = {**headers, "Idempotency-Key": "k-2"}
    head = RequestHead("POST", "/api/v1/remittances", "dry_run=true", list(changed.items()))

    with pytest.raises(SignatureRefusedError, match="signature_invalid"):
        verify(head=head, claim=read_claim(head), secret=b"s", origin="http://localhost:8000", now=datetime.now(tz=UTC))


def test_each_signature_has_a_nonce_of_its_own_of_a_length_that_is_taken() -> None:
    signed = [sign_request(method="GET", url=VECTOR_URL, key_id="k", secret="s", user="u") for _ in range(50)]
    nonces = {headers["Signature-Input"].split('nonce="')[1].split('"')[0] for headers in signed}

    assert len(nonces) == 50
    assert {len(nonce) for nonce in nonces} <= set(range(8, 65))


def test_a_key_id_that_would_break_out_of_its_quotes_is_refused() -> None:
    with pytest.raises(ValueError, match="key id"):
        sign_request(method="GET", url=VECTOR_URL, key_id='k";x="', secret="s", user="u")
