"""The front on the real web server: a large upload in little memory, held polls, clients that leave half-way."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from autopay_portal.core.ids import uuid7
from companies.models import Company, Role
from erp_gateway.models import IdempotentAnswer
from erp_gateway.services import NewMessage, emit_messages

from .builders import API, Erp, make_agreement, make_erp, signed_headers
from .ledger_builders import make_batch
from .server import Served, serve

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def served(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a running server on the tests' database."""
    with serve(tmp_path_factory.mktemp("served") / "server.log") as running:
        yield running


@pytest.fixture
def erp(transactional_db: None) -> Erp:
    """Return an ERP that may everything an ERP may."""
    return make_erp(Role.AUTOPAY_ADMINISTRATOR)


def signed(erp: Erp, served: Served, method: str, target: str, content: bytes | None = None) -> dict[str, str]:
    """Return the headers of a call signed for this server."""
    return signed_headers(
        method,
        target,
        content,
        key_id=str(erp.key.key_id),
        secret=erp.key.secret,
        user=erp.user.email,
        origin=served.origin,
    )


def call(
    served: Served, method: str, target: str, headers: dict[str, str], content: Any = None, *, chunked: bool = False
) -> tuple[int, bytes]:
    """Make a call over a connection of its own and return status and body."""
    connection = http.client.HTTPConnection("localhost", served.port, timeout=90)
    try:
        connection.request(method, target, body=content, headers=headers, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def emit(company: Company) -> None:
    """Emit one message and commit."""
    with transaction.atomic():
        emit_messages(company_id=company.pk, kind="statement", messages=[NewMessage(id=uuid7(), data={"n": 1})])


def test_50_megabytes_cost_little_memory_and_time(erp: Erp, served: Served) -> None:
    content = b"x" * (50 * MEGABYTE)
    target = f"{API}/remittances?dry_run=true"
    small = b"x"
    xml = {"Content-Type": "application/xml"}
    call(served, "POST", target, {**signed(erp, served, "POST", target, small), **xml}, small)
    headers = {**signed(erp, served, "POST", target, content), **xml}
    before = served.peak_memory()

    began = time.monotonic()
    status, body = call(served, "POST", target, headers, content)
    seconds = time.monotonic() - began

    assert (status, json.loads(body)["code"]) == (422, "not_well_formed")
    grown = (served.peak_memory() - before) / MEGABYTE
    print(f"50 MB: {seconds:.2f} s, {grown:.1f} MB more")
    assert grown < 25


def test_an_upload_that_is_refused_reads_the_refusal(erp: Erp, served: Served) -> None:
    content = b"x" * (20 * MEGABYTE)
    target = f"{API}/remittances"
    headers = signed(erp, served, "POST", target, content)

    status, body = call(served, "POST", target, {**headers, "Signature": "sig1=:AAAA:"}, content)

    assert (status, json.loads(body)["code"]) == (401, "signature_invalid")


def test_who_asks_for_leave_to_send_is_refused_before_a_byte(erp: Erp, served: Served) -> None:
    head = (
        f"POST {API}/remittances HTTP/1.1\r\nHost: localhost:{served.port}\r\nContent-Length: 1000000\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("localhost", served.port), timeout=30) as client:
        client.sendall(head.encode())
        first_line = client.makefile("rb").readline()

    assert first_line.startswith(b"HTTP/1.1 401")


def test_a_chunked_body_is_read_whole_and_its_digest_compared(erp: Erp, served: Served) -> None:
    emit(erp.company)
    content, target = b'{"up_to": 1}', f"{API}/messages/ack"
    headers = {**signed(erp, served, "POST", target, content), "Transfer-Encoding": "chunked"}

    status, body = call(served, "POST", target, headers, iter([content[:5], content[5:]]), chunked=True)

    assert (status, json.loads(body)) == (200, {"acknowledged": 1})
    headers = {**signed(erp, served, "POST", target, content), "Transfer-Encoding": "chunked"}
    status, body = call(served, "POST", target, headers, iter([b'{"up_to": 0}']), chunked=True)
    assert (status, json.loads(body)["code"]) == (401, "digest_mismatch")


def test_a_client_that_leaves_half_way_leaves_nothing(erp: Erp, served: Served) -> None:
    content, target = b"x" * MEGABYTE, f"{API}/remittances"
    headers = {**signed(erp, served, "POST", target, content), "Idempotency-Key": "k-1"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {target} HTTP/1.1\r\nHost: localhost:{served.port}\r\nContent-Length: {len(content)}\r\n{lines}\r\n"

    with socket.create_connection(("localhost", served.port), timeout=30) as client:
        client.sendall(head.encode() + content[:5000])

    target = f"{API}/remittances?limit=1"
    status, body = call(served, "GET", target, signed(erp, served, "GET", target))
    assert (status, json.loads(body)["results"]) == (200, [])
    assert not IdempotentAnswer.objects.exists()


def test_the_target_is_signed_as_sent(erp: Erp, served: Served) -> None:
    target = f"{API}/ledger%2Dbatches?status=%72eady"

    status, body = call(served, "GET", target, signed(erp, served, "GET", target))

    assert (status, json.loads(body)) == (200, {"results": [], "next": None})


def test_a_repeated_covered_header_is_refused(erp: Erp, served: Served) -> None:
    target = f"{API}/setup-check"
    lines = "".join(f"{name}: {value}\r\n" for name, value in signed(erp, served, "GET", target).items())
    head = f"GET {target} HTTP/1.1\r\nHost: localhost:{served.port}\r\n{lines}AutoPay-User: {erp.user.email}\r\n\r\n"

    with socket.create_connection(("localhost", served.port), timeout=30) as client:
        client.sendall(head.encode())
        assert client.makefile("rb").readline().startswith(b"HTTP/1.1 401")


def test_a_held_poll_is_answered_when_a_message_is_committed(erp: Erp, served: Served) -> None:
    """Held calls outnumber every thread the server has, and pages are answered meanwhile."""
    target = f"{API}/messages?after=0&wait=60"
    answers: list[tuple[int, bytes, float]] = []

    def hold() -> None:
        status, body = call(served, "GET", target, signed(erp, served, "GET", target))
        answers.append((status, body, time.monotonic()))

    threads = [threading.Thread(target=hold) for _ in range(60)]
    for thread in threads:
        thread.start()
    check = f"{API}/setup-check"
    for _ in range(20):
        assert call(served, "GET", check, signed(erp, served, "GET", check))[0] == 200
    assert answers == []

    began = time.monotonic()
    emit(erp.company)
    for thread in threads:
        thread.join(50)

    assert len(answers) == 60
    assert {json.loads(body)["last"] for _, body, _ in answers} == {1}
    print(f"60 polls woken in {max(at for *_, at in answers) - began:.2f} s")


def test_a_poll_ends_empty_after_its_time(erp: Erp, served: Served) -> None:
    target = f"{API}/messages?after=0&wait=1"

    status, body = call(served, "GET", target, signed(erp, served, "GET", target))

    assert (status, json.loads(body)) == (200, {"results": [], "last": 0})


def test_a_files_bytes_arrive_as_stored(erp: Erp, served: Served) -> None:
    make_agreement(erp.company)
    batch = make_batch(erp.company)
    target = f"{API}/ledger-batches/{batch.pk}/files/gbat10"

    status, body = call(served, "GET", target, signed(erp, served, "GET", target))

    assert (status, body.count(b"\r\n")) == (200, 3)


def test_the_description_and_its_page_are_open_to_read(served: Served) -> None:
    status, body = call(served, "GET", f"{API}/openapi.json", {})
    document = json.loads(body)
    assert (status, document["openapi"][:3]) == (200, "3.1")
    assert "/api/v1/ledger-batches/{batch_id}/lease" in document["paths"]

    status, body = call(served, "GET", f"{API}/docs/", {})
    assert status == 200
    assert b"<script>" not in body
