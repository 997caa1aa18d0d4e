"""An ERP as a careful one behaves: it repeats what got no answer, with the same key, and follows the feed."""

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.erp_gateway.signing import API, signed_headers

_PATIENCE_SECONDS = 150.0
_CALL_SECONDS = 30.0
_POLL_SECONDS = 10


@dataclass(frozen=True)
class Erp:
    """One company's ERP: where the portal is, its key, and the user it signs as."""

    portal: str
    key_id: str
    secret: str
    user: str

    def get(self, path: str) -> dict[str, Any]:
        """Read something."""
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def all(self, path: str) -> list[dict[str, Any]]:
        """Read a list to its end."""
        rows: list[dict[str, Any]] = []
        following: str | None = path
        while following:
            page = self.get(following)
            rows += page["results"]
            following = page["next"] and page["next"].split(f"{API}/", 1)[1]
        return rows

    def send(self, body: bytes, *, media: str, key: str) -> dict[str, Any]:
        """Send an order and return the remittance, however often that takes."""
        answer = self.call("POST", "remittances", body, {"Content-Type": media, "Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        remittance: dict[str, Any] = answer.json()
        return remittance

    def post(self, path: str, body: object) -> dict[str, Any]:
        """Do something that succeeds."""
        answer = self.call("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """Call until the answer is one about the call and not about the server's trouble; each try is signed anew."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            answer = self._try(method, f"{API}/{path}", body, headers or {})
            if isinstance(answer, requests.Response) and not _is_passing(answer):
                return answer
            assert time.monotonic() < deadline, f"{method} {path}: {answer!r}"
            time.sleep(0.2)

    def _try(
        self, method: str, target: str, body: bytes | None, headers: dict[str, str]
    ) -> requests.Response | Exception:
        signed = signed_headers(
            method, target, body, key_id=self.key_id, secret=self.secret, user=self.user, origin=self.portal
        )
        try:
            return requests.request(
                method, f"{self.portal}{target}", data=body, headers={**headers, **signed}, timeout=_CALL_SECONDS
            )
        except requests.RequestException as error:
            return error


def _is_passing(answer: requests.Response) -> bool:
    """Return whether the same call may get another answer later."""
    if answer.status_code >= 500 or answer.status_code == 429:
        return True
    return answer.status_code == 409 and answer.json()["code"] == "in_progress"


@dataclass
class Feed:
    """The company's feed, followed by long polls in a thread of its own from its first message."""

    erp: Erp
    messages: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._last = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Let the thread end when its call under way is over."""
        self._over.set()

    def stop(self) -> None:
        """End the thread."""
        self.leave()
        self._thread.join(timeout=2 * _CALL_SECONDS)

    def told(self, status: str) -> list[str]:
        """Return the end-to-end ids of the payments that a message told this status of, as often as it was told."""
        return [
            payment["end_to_end_id"]
            for message in list(self.messages)
            if message["kind"] == "payment_status" and message["data"]["status"] == status
            for payment in message["data"]["payments"]
        ]

    def _follow(self) -> None:
        try:
            while not self._over.is_set():
                page = self.erp.get(f"messages?after={self._last}&wait={_POLL_SECONDS}&limit=500")
                for message in page["results"]:
                    self._take(message)
        except Exception as error:
            self.faults.append(repr(error))
            raise

    def _take(self, message: dict[str, Any]) -> None:
        if message["sequence"] != self._last + 1:
            self.faults.append(f"{message['sequence']} came after {self._last}")
        self._last = message["sequence"]
        self.messages.append(message)
