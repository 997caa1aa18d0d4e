"""Bodies: counted, bounded, hashed; JSON without leniency (security.md 2)."""

import hashlib
import io
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from autopay_portal.core.errors import DomainError
from erp_gateway.body import receive_body
from erp_gateway.strict_json import MOST_LEVELS, NumberText, parse_json, parse_json_object


def request_with(content: bytes, **meta: Any) -> WSGIRequest:
    """Return a request whose body stream holds `content`, whatever is announced."""
    environ = dict(RequestFactory().post("/").META)
    environ.update({"wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": str(len(content)), **meta})
    return WSGIRequest({name: value for name, value in environ.items() if value is not None})


def refusal_of(request: WSGIRequest, digest: bytes | None = None, limit: int = 1000) -> tuple[int, str]:
    """Return status and code with which a body is refused."""
    with pytest.raises(DomainError) as refused:
        receive_body(request=request, digest=digest, limit=limit)
    return refused.value.http_status, refused.value.code


def test_a_body_is_read_whole_and_hashed() -> None:
    content = b"x" * 3_000_000

    body = receive_body(request=request_with(content), digest=hashlib.sha256(content).digest(), limit=3_000_000)

    assert (body.size, body.sha256) == (3_000_000, hashlib.sha256(content).hexdigest())
    assert body.file.read() == content
    body.file.close()


def test_a_chunked_body_is_read_whole_where_the_server_marks_its_end() -> None:
    chunked = {"CONTENT_LENGTH": None, "HTTP_TRANSFER_ENCODING": "chunked"}

    body = receive_body(
        request=request_with(b"abc", **chunked, **{"wsgi.input_terminated": True}), digest=None, limit=9
    )

    assert body.file.read() == b"abc"
    assert refusal_of(request_with(b"abc", **chunked)) == (411, "length_required")
    assert refusal_of(request_with(b"abc" * 9, **chunked, **{"wsgi.input_terminated": True}), limit=9)[0] == 413


def test_a_body_that_ends_early_is_no_body() -> None:
    assert refusal_of(request_with(b"abc", CONTENT_LENGTH="4")) == (400, "body_incomplete")


def test_a_body_over_the_limit_is_refused_before_it_is_read() -> None:
    request = request_with(b"abcd")

    assert refusal_of(request, limit=3) == (413, "body_too_large")
    assert request.META["wsgi.input"].tell() == 0


def test_a_length_that_is_none_is_refused() -> None:
    assert refusal_of(request_with(b"abc", CONTENT_LENGTH="+3")) == (411, "length_required")


def test_a_body_with_another_digest_is_refused() -> None:
    assert refusal_of(request_with(b"abc"), digest=bytes(32)) == (401, "digest_mismatch")


def test_a_client_that_goes_away_leaves_no_body() -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise OSError("gone")

    request = request_with(b"abc", **{"wsgi.input": Broken()})

    assert refusal_of(request) == (400, "body_incomplete")


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1, "a": 2}',
        b'{"x": {"a": 1, "a": 1}}',
        b'{"a": "\\u0000"}',
        b'{"\\u0000": 1}',
        b'{"a": "\\ud800"}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 123456789012345678901}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"a": }',
        b"[" * (MOST_LEVELS + 2) + b"]" * (MOST_LEVELS + 2),
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"[1]",
    ],
)
def test_json_that_two_readers_could_understand_differently_is_refused(content: bytes) -> None:
    with pytest.raises(DomainError) as refused:
        parse_json_object(content)

    assert (refused.value.http_status, refused.value.code) == (400, "json_invalid")


def test_json_keeps_numbers_as_written_and_never_as_float() -> None:
    value = parse_json(b'{"a": 1.10, "b": 1e3, "c": 7, "d": "\\ud83d\\ude00 \xc3\xb8"}')

    assert value == {"a": "1.10", "b": "1e3", "c": 7, "d": "😀 ø"}
    assert isinstance(value["a"], NumberText)


def test_an_empty_body_is_an_empty_object() -> None:
    assert parse_json_object(b"") == {}
