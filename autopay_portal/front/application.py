"""The front itself."""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from erp_gateway.waiting import ENVIRON_KEY, FeedHub, WaitingPoll, answer_poll, look_at_feeds

from .body import Body, BodyStream, ClientGoneError, Receive
from .environ import Headers, Scope, build_environ, header_lines
from .files import FileBlocks

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

PAGE_THREADS = 8
UPLOAD_THREADS = 8
FEED_THREADS = 4
# A browser's form is read here before a thread takes it; larger bodies are streamed to the upload threads.
FORM_BYTES = 2_500_000
DRAIN_SECONDS = 30.0
DRAIN_BYTES = 1 << 30
API = "/api/"


@dataclass(slots=True)
class _Answer:
    """What the WSGI application said. `file` is still to be sent; with `sent` all has been."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    file: FileBlocks | None = None
    sent: bool = False


class Front:
    """The ASGI application. One per process; its threads and its long polls live as long."""

    def __init__(self, wsgi: Wsgi, *, polls_per_company: int, polls_total: int) -> None:
        """Take the WSGI application and how many long polls may be held (per process)."""
        self._wsgi = wsgi
        self._pages = ThreadPoolExecutor(PAGE_THREADS, thread_name_prefix="page")
        self._uploads = ThreadPoolExecutor(UPLOAD_THREADS, thread_name_prefix="upload")
        self._feeds = ThreadPoolExecutor(FEED_THREADS, thread_name_prefix="feed")
        self.hub = FeedHub(per_company=polls_per_company, total=polls_total, look=self._look)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise NotImplementedError(f"{scope['type']} isn't spoken here")
        headers, body = header_lines(scope), Body(receive)
        if not _has_body(headers):
            await self._answer(scope, headers, BytesIO(), body, send, self._pages)
        elif _is_form(scope, headers):
            await self._answer_form(scope, headers, body, send)
        else:
            stream = BodyStream(body, asyncio.get_running_loop())
            await self._answer(scope, headers, stream, body, send, self._uploads)

    def close(self) -> None:
        """Let long polls and threads go."""
        self.hub.close()
        for pool in (self._pages, self._uploads, self._feeds):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _look(self, company_ids: Iterable[Any]) -> dict[Any, int]:
        return await asyncio.get_running_loop().run_in_executor(self._feeds, look_at_feeds, list(company_ids))

    async def _answer_form(self, scope: Scope, headers: Headers, body: Body, send: Send) -> None:
        """Read a small body here, so that a stalled one holds no thread, and give it a length if it had none."""
        try:
            whole = await body.whole(FORM_BYTES)
        except ClientGoneError:
            return
        if whole is None:
            await body.drain(most=DRAIN_BYTES, seconds=DRAIN_SECONDS)
            await _send_text(send, 413, "The body is too large.")
            return
        kept = [line for line in headers if line[0] not in {"content-length", "transfer-encoding"}]
        kept.append(("content-length", str(len(whole))))
        await self._answer(scope, kept, BytesIO(whole), body, send, self._pages)

    async def _answer(
        self, scope: Scope, headers: Headers, wsgi_input: Any, body: Body, send: Send, pool: ThreadPoolExecutor
    ) -> None:
        loop = asyncio.get_running_loop()
        polls: list[WaitingPoll] = []
        environ = build_environ(scope, headers, wsgi_input)
        environ[ENVIRON_KEY] = polls
        answer = await loop.run_in_executor(pool, functools.partial(self._call, environ, send, loop))
        if answer.sent:
            return
        if polls and answer.status == 200:
            await self._wait(polls[0], answer, body)
        await _let_finish(headers, body)
        if not body.gone:
            await self._send(scope, answer, send, pool)
        elif answer.file is not None:
            await loop.run_in_executor(pool, answer.file.close)

    def _call(self, environ: dict[str, Any], send: Send, loop: asyncio.AbstractEventLoop) -> _Answer:
        """Run the WSGI application, in a thread, and return its answer; one that streams is sent from here."""
        answer = _Answer()

        def start_response(status: str, headers: Sequence[tuple[str, str]], exc_info: object = None) -> None:
            answer.status = int(status.split(" ", 1)[0])
            answer.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

        result: Any = self._wsgi(environ, start_response)
        if isinstance(result, FileBlocks):
            answer.file = result
            return answer
        try:
            if getattr(result, "streaming", False) and environ["REQUEST_METHOD"] != "HEAD":
                _stream(answer, result, send, loop)
            else:
                answer.body = b"".join(result)
        finally:
            if hasattr(result, "close"):
                result.close()
        return answer

    async def _wait(self, poll: WaitingPoll, answer: _Answer, body: Body) -> None:
        """Hold the call open until there may be news, then put the news into the answer; let a client that left go."""
        waiting = asyncio.ensure_future(self.hub.wait(poll))
        gone = asyncio.ensure_future(body.until_gone())
        try:
            await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            gone.cancel()
            await asyncio.gather(waiting, gone, return_exceptions=True)
        if not body.gone:
            answer.body = await asyncio.get_running_loop().run_in_executor(self._feeds, answer_poll, poll)
            answer.headers = [line for line in answer.headers if line[0] != b"content-length"]
            answer.headers.append((b"content-length", str(len(answer.body)).encode()))

    async def _send(self, scope: Scope, answer: _Answer, send: Send, pool: ThreadPoolExecutor) -> None:
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if answer.file is None:
            content = b"" if scope["method"] == "HEAD" else answer.body
            await send({"type": "http.response.body", "body": content, "more_body": False})
            return
        try:
            if scope["method"] != "HEAD":
                while block := answer.file.read():
                    await send({"type": "http.response.body", "body": block, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            # Ends Django's request, which may touch the database: not here.
            await asyncio.get_running_loop().run_in_executor(pool, answer.file.close)


def _has_body(headers: Headers) -> bool:
    return any(
        name == "transfer-encoding" or (name == "content-length" and value.strip() != "0") for name, value in headers
    )


def _is_form(scope: Scope, headers: Headers) -> bool:
    """Whether this is a body that isn't the API's and is small, or of unknown size."""
    if scope["path"].startswith(API):
        return False
    lengths = [value for name, value in headers if name == "content-length"]
    return not lengths or (lengths[0].isdigit() and int(lengths[0]) <= FORM_BYTES)


async def _let_finish(headers: Headers, body: Body) -> None:
    """Let a client that was refused early finish sending, unless it waits for our leave to begin (RFC 9110, 10.1.1)."""
    expects = any(name == "expect" for name, _ in headers)
    if _has_body(headers) and not body.ended and not body.gone and (body.started or not expects):
        await body.drain(most=DRAIN_BYTES, seconds=DRAIN_SECONDS)


def _stream(answer: _Answer, chunks: Iterable[bytes], send: Send, loop: asyncio.AbstractEventLoop) -> None:
    """Send an answer that is made while it is sent, each piece when the one before has gone."""

    def push(message: dict[str, Any]) -> None:
        asyncio.run_coroutine_threadsafe(_sent(send, message), loop).result()

    answer.sent = True
    push({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    for chunk in chunks:
        if chunk:
            push({"type": "http.response.body", "body": chunk, "more_body": True})
    push({"type": "http.response.body", "body": b"", "more_body": False})


async def _sent(send: Send, message: dict[str, Any]) -> None:
    await send(message)


async def _send_text(send: Send, status: int, text: str) -> None:
    content = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})
