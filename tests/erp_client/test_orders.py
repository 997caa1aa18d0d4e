"""The file that is sent: what it is, its key, and how it is read."""

import hashlib
import io
from pathlib import Path

import pytest
from autopay_client import open_order
from autopay_client.orders import UnreadableOrderError, Upload, order_of


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b'<?xml version="1.0"?><Document/>', "application/xml"),
        (b"\xef\xbb\xbf<Document/>", "application/xml"),
        (b"\n  <Document/>", "application/xml"),
        (b'{"message_id": "R-1"}', "application/json"),
        (b'\xef\xbb\xbf \r\n{"message_id": "R-1"}', "application/json"),
    ],
)
def test_a_file_is_xml_or_json_by_what_is_in_it(tmp_path: Path, content: bytes, media_type: str) -> None:
    path = tmp_path / "order.txt"
    path.write_bytes(content)

    order = open_order(path)

    assert (order.media_type, order.size) == (media_type, len(content))
    assert order.idempotency_key == hashlib.sha256(content).hexdigest()
    order.file.close()


@pytest.mark.parametrize(("content", "reason"), [(b"", "empty"), (b" \n", "empty"), (b"NY000010", "unknown")])
def test_a_file_that_is_no_order_is_not_sent(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableOrderError) as refused:
        order_of(io.BytesIO(content))

    assert refused.value.reason == reason


def test_an_upload_tells_its_length_and_how_far_it_has_come() -> None:
    content = b"<D>" + b"x" * 100_000
    told: list[int] = []
    upload = Upload(order_of(io.BytesIO(content)), told.append)

    pieces = iter(lambda: upload.read(16_384), b"")

    assert (b"".join(pieces), len(upload)) == (content, len(content))
    assert told == sorted(told)
    assert told[-1] == len(content)


def test_what_grew_since_it_was_hashed_is_not_sent_along() -> None:
    file = io.BytesIO(b"<D/>")
    order = order_of(file)
    file.seek(0, io.SEEK_END)
    file.write(b"<!-- more -->")

    assert b"".join(Upload(order)) == b"<D/>"


def test_a_file_that_became_shorter_is_not_sent_as_if_it_were_whole() -> None:
    file = io.BytesIO(b"<D>" + b"x" * 100)
    upload = Upload(order_of(file))
    file.truncate(50)

    assert upload.read(50)
    with pytest.raises(OSError, match="shorter"):
        upload.read(50)
