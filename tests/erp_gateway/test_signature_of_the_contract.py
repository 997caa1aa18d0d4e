"""The contract's test vector, and every way in which a request's head may not be what it says (security.md 3)."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from erp_gateway.errors import SignatureRefusedError
from erp_gateway.signatures import RequestHead, read_claim, verify

SECRET = b"secret-as-shown"
ORIGIN = "http://localhost:8000"
NOW = datetime.fromtimestamp(1764000000, tz=UTC)
COMPONENTS = '("@method" "@authority" "@path" "@query" "content-digest" "autopay-user")'
PARAMETERS = ';created=1764000000;keyid="key-1";nonce="n-0001abc";alg="hmac-sha256"'
VECTOR = RequestHead(
    method="POST",
    path="/api/v1/remittances",
    query="dry_run=true",
    headers=[
        ("Host", "localhost:8000"),
        ("Content-Length", "19"),
        ("Content-Digest", "sha-256=:xk/FYzvPJSiJmirwZnzqMO46iX9B3WwUUpyrZEEwPf4=:"),
        ("AutoPay-User", "kari@fjord.example"),
        (
            "Signature-Input",
            f'sig1={COMPONENTS};created=1764000000;keyid="key-1";nonce="n-0001";alg="hmac-sha256"',
        ),
        ("Signature", "sig1=:jluUznBQ0cn62UlQSeGC/RIcWZl5E1nUohfcfRJVtoI=:"),
    ],
)


def with_header(head: RequestHead, name: str, value: str | None) -> RequestHead:
    """Return `head` with one header replaced, or without it."""
    kept = [line for line in head.headers if line[0].lower() != name.lower()]
    return RequestHead(head.method, head.path, head.query, kept if value is None else [*kept, (name, value)])


def code_of(head: RequestHead, *, secret: bytes = SECRET, origin: str = ORIGIN, now: datetime = NOW) -> str:
    """Return the code with which `head` is refused, or "accepted"."""
    try:
        verify(head=head, claim=read_claim(head), secret=secret, origin=origin, now=now)
    except SignatureRefusedError as refusal:
        return refusal.code
    return "accepted"


def test_the_contracts_vector_is_accepted() -> None:
    claim = read_claim(VECTOR)

    verify(head=VECTOR, claim=claim, secret=SECRET, origin=ORIGIN, now=NOW)

    assert (claim.key_id, claim.nonce, claim.user_name) == ("key-1", "n-0001", "kari@fjord.example")
    assert claim.digest == hashlib.sha256('{"hello": "krøne"}'.encode()).digest()


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_a_signature_is_good_for_300_seconds_either_way(seconds: int) -> None:
    assert code_of(VECTOR, now=NOW + timedelta(seconds=seconds)) == "accepted"


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_older_or_newer_signature_is_expired(seconds: int) -> None:
    assert code_of(VECTOR, now=NOW + timedelta(seconds=seconds)) == "signature_expired"


def test_an_altered_request_is_not_what_was_signed() -> None:
    altered = {
        "method": RequestHead("PUT", VECTOR.path, VECTOR.query, VECTOR.headers),
        "path": RequestHead("POST", "/api/v1/remittance%73", VECTOR.query, VECTOR.headers),
        "query": RequestHead("POST", VECTOR.path, "dry_run=false", VECTOR.headers),
        "empty query": RequestHead("POST", VECTOR.path, "", VECTOR.headers),
        "user": with_header(VECTOR, "AutoPay-User", "ola@fjord.example"),
        "digest": with_header(VECTOR, "Content-Digest", "sha-256=:" + "A" * 43 + "=:"),
    }

    assert {name: code_of(head) for name, head in altered.items()} == dict.fromkeys(altered, "signature_invalid")


def test_another_authority_or_key_is_refused_whatever_host_says() -> None:
    forged = with_header(with_header(VECTOR, "Host", "evil.example"), "X-Forwarded-Host", "localhost:8000")

    assert code_of(VECTOR, origin="http://evil.example") == "signature_invalid"
    assert code_of(forged, origin="http://evil.example") == "signature_invalid"
    assert code_of(VECTOR, secret=b"another") == "signature_invalid"


def test_an_unsigned_request_is_said_to_be_unsigned() -> None:
    assert code_of(with_header(VECTOR, "Signature", None)) == "signature_missing"
    assert code_of(with_header(VECTOR, "Signature-Input", None)) == "signature_missing"
    assert code_of(with_header(VECTOR, "Signature", "sig2=:AAAA:")) == "signature_missing"


def test_other_labels_are_ignored() -> None:
    given = next(value for name, value in VECTOR.headers if name == "Signature-Input")
    head = with_header(VECTOR, "Signature-Input", f'proxy=("@status");created=1, {given}')

    assert code_of(head) == "accepted"


def test_a_repeated_covered_header_is_refused() -> None:
    twice = RequestHead(
        VECTOR.method, VECTOR.path, VECTOR.query, [*VECTOR.headers, ("AutoPay-User", "kari@fjord.example")]
    )

    assert code_of(twice) == "signature_invalid"


@pytest.mark.parametrize(
    "signature_input",
    [
        COMPONENTS.replace('"@query" ', "") + PARAMETERS,
        COMPONENTS.replace('"autopay-user"', '"autopay-user" "autopay-user"') + PARAMETERS,
        COMPONENTS.replace('"content-digest" ', "") + PARAMETERS,
        COMPONENTS.replace('"@query"', '"@query";req') + PARAMETERS,
        COMPONENTS + PARAMETERS.replace("hmac-sha256", "ed25519"),
        COMPONENTS + PARAMETERS.replace(';alg="hmac-sha256"', ""),
        COMPONENTS + PARAMETERS.replace('keyid="key-1"', "keyid=7"),
        COMPONENTS + PARAMETERS.replace("1764000000", '"1764000000"'),
        COMPONENTS + PARAMETERS + ";more=1",
        COMPONENTS + PARAMETERS.replace(';nonce="n-0001abc"', ""),
        '"@method"' + PARAMETERS,
        "(((",
    ],
)
def test_another_form_of_signature_is_refused(signature_input: str) -> None:
    assert code_of(with_header(VECTOR, "Signature-Input", f"sig1={signature_input}")) == "signature_invalid"


def test_a_body_needs_a_covered_digest_however_it_is_announced() -> None:
    signature_input = "sig1=" + COMPONENTS.replace('"content-digest" ', "") + PARAMETERS
    chunked = with_header(with_header(VECTOR, "Content-Length", None), "Transfer-Encoding", "chunked")

    assert code_of(with_header(chunked, "Signature-Input", signature_input)) == "signature_invalid"


def test_an_encoded_body_is_refused() -> None:
    assert code_of(with_header(VECTOR, "Content-Encoding", "gzip")) == "signature_invalid"


def test_a_digest_of_another_kind_is_no_digest() -> None:
    assert code_of(with_header(VECTOR, "Content-Digest", "md5=:AAAA:")) == "digest_mismatch"
