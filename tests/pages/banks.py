"""The simulated banks' clock as a test wants it to answer."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Banks:
    """A control API that notes what it is asked and answers as a test says."""

    def __init__(self) -> None:
        self.now = "2026-11-25T10:42:00+01:00"
        self.status = 200
        self.asked: list[tuple[str, Any]] = []
        # Cleared by a test that wants the banks to be busy playing.
        self.done = threading.Event()
        self.done.set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        self.done.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=5)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        banks = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(200, {"now": banks.now, "rate": 0})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                banks.asked.append((self.path, body))
                banks.done.wait(timeout=30)
                self._answer(banks.status, {"now": banks.now, "rate": 0})

            def _answer(self, status: int, body: dict[str, Any]) -> None:
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return Handler
