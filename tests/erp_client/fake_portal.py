"""A server that answers as it is told, to see what a client does with answers that a portal seldom gives."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What to answer: `content` is sent as it is, anything else as JSON; status 0 hangs up instead."""

    status: int = 200
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


def hang_up() -> Answer:
    """Close the connection without an answer."""
    return Answer(status=0)


def problem(status: int, code: str, **members: Any) -> Answer:
    """Answer with a problem document."""
    body = {"code": code, "status": status, "detail_nb": f"nb {code}", "detail_en": f"en {code}", **members}
    return Answer(status, body, {"Content-Type": "application/problem+json"})


class _Hold:
    """No answer until the test is over."""


HOLD = _Hold()


class FakePortal:
    """A server on a port of its own. `answers` are given in order, the last one for ever."""

    def __init__(self, *answers: Answer | Callable[[Asked], Answer] | _Hold) -> None:
        self.asked: list[Asked] = []
        self.came = threading.Event()
        self.let_go = threading.Event()
        self._answers = list(answers)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "FakePortal":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            given = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        self.came.set()
        if isinstance(given, _Hold):
            self.let_go.wait(60)
            return hang_up()
        return given if isinstance(given, Answer) else given(asked)


def _handler(portal: FakePortal) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, body: bytes) -> None:
            answer = portal.answer(Asked(self.command, self.path, dict(self.headers.items()), body))
            if answer.status == 0:
                self.close_connection = True
                self.connection.close()
                return
            content = answer.encoded()
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(content)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = answer.headers.get("Connection") == "close"

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    return Handler
