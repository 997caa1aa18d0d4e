"""The ASGI front over small WSGI applications: bodies, targets, answers, clients that leave."""

import asyncio
import hashlib
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from autopay_portal.front import Front
from autopay_portal.front.application import FORM_BYTES, PAGE_THREADS, UPLOAD_THREADS
from autopay_portal.front.body import Body, ClientGoneError

Environ = dict[str, Any]
Headers = list[tuple[bytes, bytes]]


class Exchange:
    """One request and its answer; `messages` are what the client sends, a disconnect stands at the end."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.messages = messages
        self.received = 0
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        """Give the client's next message."""
        self.received += 1
        return self.messages.pop(0) if self.messages else {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        """Keep what is answered."""
        self.sent.append(message)

    @property
    def status(self) -> int:
        """Return the answer's status."""
        return int(self.sent[0]["status"])

    @property
    def body(self) -> bytes:
        """Return the answer's body."""
        return b"".join(message["body"] for message in self.sent[1:])


def scope_of(method: str, target: str, headers: Headers) -> dict[str, Any]:
    """Return an ASGI scope."""
    raw_path, _, query = target.partition("?")
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": raw_path,
        "raw_path": raw_path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "server": ("localhost", 8000),
        "client": ("127.0.0.1", 5000),
    }


def parts(*chunks: bytes, whole: bool = True) -> list[dict[str, Any]]:
    """Return a body's messages, the last one marked as the end if `whole`."""
    last = len(chunks) - 1
    return [
        {"type": "http.request", "body": chunk, "more_body": n < last or not whole} for n, chunk in enumerate(chunks)
    ]


def exchange(
    wsgi: Callable[..., Any],
    method: str = "GET",
    target: str = "/",
    headers: Headers | None = None,
    messages: list[dict[str, Any]] | None = None,
) -> Exchange:
    """Run one request through a front."""
    done = Exchange(messages if messages is not None else parts(b""))

    async def main() -> None:
        front = Front(wsgi, polls_per_company=1, polls_total=1)
        try:
            await asyncio.wait_for(front(scope_of(method, target, headers or []), done.receive, done.send), 30)
        finally:
            front.close()

    asyncio.run(main())
    return done


def answering(make: Callable[[Environ], Any]) -> Callable[..., Any]:
    """Return a WSGI application that answers as Django's handler does: with the response itself."""

    def wsgi(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        response = make(environ)
        start_response(f"{response.status_code} X", list(response.items()))
        if getattr(response, "file_to_stream", None) is not None:
            response.file_to_stream.close = response.close
            return environ["wsgi.file_wrapper"](response.file_to_stream, 4096)  # type: ignore[no-any-return]
        return response  # type: ignore[no-any-return]

    return wsgi


def reading(environ: Environ) -> HttpResponse:
    """Answer with the size and hash of the body, as a view that reads it in pieces."""
    digest, size = hashlib.sha256(), 0
    try:
        while chunk := environ["wsgi.input"].read(1 << 16):
            digest.update(chunk)
            size += len(chunk)
    except OSError:
        return HttpResponse(b"gone", status=400)
    return HttpResponse(f"{size} {digest.hexdigest()}")


def test_the_target_and_the_header_lines_arrive_as_sent() -> None:
    seen: list[Environ] = []

    def look(environ: Environ) -> HttpResponse:
        seen.append(environ)
        return HttpResponse(b"ok")

    headers = [(b"X-A", b"1"), (b"x-a", b"2"), (b"x_a", b"3"), (b"cookie", b"a=1"), (b"cookie", b"b=2")]
    exchange(answering(look), target="/a%2Fb/%c3%b8?x=%20&y", headers=headers)

    environ = seen[0]
    assert environ["autopay.path"] == "/a%2Fb/%c3%b8"
    assert environ["QUERY_STRING"] == "x=%20&y"
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/a/b/ø"
    assert environ["autopay.headers"][:3] == [("x-a", "1"), ("x-a", "2"), ("x_a", "3")]
    assert (environ["HTTP_X_A"], environ["HTTP_COOKIE"]) == ("1,2", "a=1; b=2")


def test_a_body_is_streamed_whole_to_the_application() -> None:
    chunks = [bytes([n]) * 100_000 for n in range(30)]
    content = b"".join(chunks)
    headers = [(b"content-length", str(len(content)).encode())]

    done = exchange(answering(reading), "POST", "/api/v1/x", headers, parts(*chunks))

    assert done.body.decode() == f"{len(content)} {hashlib.sha256(content).hexdigest()}"


def test_a_chunked_body_is_read_whole() -> None:
    done = exchange(answering(reading), "POST", "/api/v1/x", [(b"transfer-encoding", b"chunked")], parts(b"ab", b"c"))

    assert done.body.split()[0] == b"3"


def test_a_client_that_leaves_in_the_middle_never_gave_a_whole_body() -> None:
    outcome: list[int] = []

    def look(environ: Environ) -> HttpResponse:
        outcome.append(reading(environ).status_code)
        return HttpResponse(b"", status=400)

    headers = [(b"content-length", b"1000000")]
    done = exchange(answering(look), "POST", "/api/v1/x", headers, parts(b"x" * 5000, whole=False))

    assert outcome == [400]
    assert done.sent == []


def test_a_small_form_of_unknown_length_gets_its_length() -> None:
    def look(environ: Environ) -> HttpResponse:
        assert "HTTP_TRANSFER_ENCODING" not in environ
        return HttpResponse(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))

    done = exchange(answering(look), "POST", "/account/login/", [(b"transfer-encoding", b"chunked")], parts(b"a", b"b"))

    assert done.body == b"ab"


def test_a_form_of_unknown_length_that_is_too_large_is_refused() -> None:
    chunks = [b"x" * 1_000_000] * (FORM_BYTES // 1_000_000 + 2)

    done = exchange(answering(reading), "POST", "/form", [(b"transfer-encoding", b"chunked")], parts(*chunks))

    assert done.status == 413


def test_who_is_refused_early_may_finish_sending_and_reads_the_answer() -> None:
    headers = [(b"content-length", b"3000000")]
    refuse = answering(lambda environ: HttpResponse(b"no", status=401))

    done = exchange(refuse, "POST", "/api/v1/x", headers, parts(*[b"x" * 1_000_000] * 3))

    assert (done.status, done.messages) == (401, [])


def test_who_waits_for_leave_to_send_is_refused_without_a_byte() -> None:
    headers = [(b"content-length", b"3000000"), (b"expect", b"100-continue")]

    done = exchange(
        answering(lambda environ: HttpResponse(b"no", status=401)), "POST", "/api/v1/x", headers, parts(b"x")
    )

    assert (done.status, done.received) == (401, 0)


def test_files_and_streams_are_sent_in_pieces(tmp_path: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"y" * 1_000_000)
    files: list[Any] = []

    def file(environ: Environ) -> FileResponse:
        files.append(path.open("rb"))
        return FileResponse(files[-1])

    sent_file = exchange(answering(file))
    stream = exchange(answering(lambda environ: StreamingHttpResponse(iter([b"a", b"", b"b"]))))

    assert sent_file.body == b"y" * 1_000_000
    assert len(sent_file.sent) > 4
    assert files[0].closed
    assert stream.body == b"ab"
    assert exchange(answering(file), "HEAD").body == b""


def test_stalled_uploads_hold_up_no_page() -> None:
    """As many uploads stall as there are threads for them; a page is answered all the same."""
    entered = threading.Semaphore(0)

    def app(environ: Environ) -> HttpResponse:
        if environ["PATH_INFO"].startswith("/api/"):
            entered.release()
            return reading(environ)
        return HttpResponse(b"page")

    async def main() -> Exchange:
        front = Front(answering(app), polls_per_company=1, polls_total=1)
        never = asyncio.Event()

        async def stall() -> dict[str, Any]:
            await never.wait()
            return {"type": "http.disconnect"}

        async def ignore(message: dict[str, Any]) -> None:
            return

        scope = scope_of("POST", "/api/v1/x", [(b"content-length", b"9")])
        stalled = [asyncio.create_task(front(scope, stall, ignore)) for _ in range(UPLOAD_THREADS + 2)]
        for _ in range(UPLOAD_THREADS):
            await asyncio.get_running_loop().run_in_executor(None, entered.acquire)
        page = Exchange(parts(b""))
        for _ in range(PAGE_THREADS + 1):
            page = Exchange(parts(b""))
            await asyncio.wait_for(front(scope_of("GET", "/", []), page.receive, page.send), 20)
        never.set()
        await asyncio.wait_for(asyncio.gather(*stalled), 20)
        front.close()
        return page

    assert asyncio.run(main()).body == b"page"


def test_a_client_silent_in_the_middle_of_a_body_is_given_up() -> None:
    async def never() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def main() -> None:
        body = Body(never, stall_seconds=0.05)
        with pytest.raises(ClientGoneError):
            await body.piece()
        with pytest.raises(ClientGoneError):
            await body.piece()

    asyncio.run(main())
