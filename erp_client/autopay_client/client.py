"""The calls of the API, typed."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast
from urllib.parse import quote, urlsplit

import requests

from .calls import READ_SECONDS, Call, HttpCaller, Signer
from .errors import DamagedError, Unreachable
from .orders import Order, open_order
from .shapes import Lease, LedgerBatch, Message, MessagePage, Payment, Receipt, Remittance, SetupCheck, Trial
from .signing import digest_header

# A million payments take the server a while.
SEND_SECONDS = 900.0
MOST_WAIT_SECONDS = 60
_PAGE = 500
_CHUNK = 1 << 18
_SLOW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class FileReceived:
    """A ledger batch's file, whole and proven: its name's ending as the server gives it, its size and SHA-256."""

    ending: str
    size: int
    sha256: bytes


class Client:
    """One company's calls, signed with its key in the name of one of its users.

    Raises, in every method, Refused when the server says no and Unreachable when it doesn't answer. A GET, and a POST
    that does nothing twice, is tried up to four times when the connection fails.
    """

    def __init__(self, *, portal: str, key_id: str, secret: str, user: str, language: str = "nb") -> None:
        """Take the portal's address, the signing key as shown there, and the user's e-mail in AutoPay.

        `language` (nb or en) is that of the texts the server sends.
        """
        parts = urlsplit(portal)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{portal} is no address of a portal: it begins with https://")
        origin = portal.rstrip("/").removesuffix("/api/v1")
        signer = Signer(key_id=key_id, secret=secret, user=user)
        self._caller = HttpCaller(api=f"{origin}/api/v1", signer=signer, language=language)

    @property
    def api(self) -> str:
        """The address that all calls are below."""
        return self._caller.api

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connections go."""
        self._caller.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
        idempotency_key: str | None = None,
        repeatable: bool = False,
        read_seconds: float = READ_SECONDS,
    ) -> Any:
        """Make any call below /api/v1/ and return its JSON; `body` becomes JSON, bytes go as they are.

        `repeatable` says that the call may be made again when its answer was lost.
        """
        content = body if body is None or isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        call = Call(
            method=method.upper(),
            path=path,
            query=query or {},
            body=content,
            idempotency_key=idempotency_key,
            repeatable=repeatable,
            read_seconds=read_seconds,
        )
        return _json(self._caller.call(call), self.api)

    def setup_check(self) -> SetupCheck:
        """Return whether everything is in place for this company and user, check by check."""
        return cast("SetupCheck", self.request("GET", "setup-check"))

    def send(self, order: str | os.PathLike[str] | Order, *, progress: Callable[[int], None] | None = None) -> Receipt:
        """Send a pain.001 or a JSON order, a path or what `open_order` returned, and return the server's receipt.

        The SHA-256 of the bytes is the idempotency key: sending the same file again, after a lost answer or by
        mistake, stores nothing twice and returns the remittance stored first. `progress` is told the bytes sent.
        """
        answer = self._send(order, {}, progress)
        replayed = answer.headers.get("Idempotent-Replayed") == "true"
        return Receipt(remittance=_json(answer, self.api), received_before=replayed)

    def try_order(
        self, order: str | os.PathLike[str] | Order, *, progress: Callable[[int], None] | None = None
    ) -> Trial:
        """Have an order checked and return what would be said of it; nothing is stored (the dry run)."""
        return cast("Trial", _json(self._send(order, {"dry_run": "true"}, progress), self.api))

    def remittance(self, remittance_id: str) -> Remittance:
        """Return a remittance as it stands."""
        return cast("Remittance", self.request("GET", f"remittances/{_segment(remittance_id)}"))

    def payments(self, remittance_id: str, *, status: str | None = None) -> Iterator[Payment]:
        """Yield a remittance's payments, page by page; salary only if the user may see it."""
        query = {"status": status, "limit": _PAGE}
        return self._pages(f"remittances/{_segment(remittance_id)}/payments", query)

    def messages(self, *, after: int | None = None, wait: int = 0, limit: int = _PAGE) -> MessagePage:
        """Return the feed's next messages; without `after`, those behind what the company has acknowledged.

        With `wait` (seconds, at most 60) the server holds the call open until there is news; it may answer empty
        before that.
        """
        query = {"after": after, "wait": wait or None, "limit": limit}
        return cast("MessagePage", self.request("GET", "messages", query=query, read_seconds=READ_SECONDS + wait))

    def follow(self, *, after: int | None = None, wait: int = MOST_WAIT_SECONDS) -> Iterator[Message]:
        """Yield the feed's messages for ever, by long poll; ends only with the caller or an error."""
        for page in self.follow_pages(after=after, wait=wait):
            yield from page["results"]

    def follow_pages(
        self,
        *,
        after: int | None = None,
        wait: int = MOST_WAIT_SECONDS,
        patience: float = 0.0,
        on_lost: Callable[[Unreachable], object] | None = None,
    ) -> Iterator[MessagePage]:
        """Yield the feed piece by piece for ever, empty ones too.

        A server that holds no call open answers at once: such answers are spaced out, so that nobody hammers it.
        One that is away for less than `patience` seconds (a restart) is waited for; `on_lost` is told once of each
        such time.
        """
        lost_at: float | None = None
        while True:
            began = time.monotonic()
            try:
                page = self.messages(after=after, wait=wait)
            except Unreachable as error:
                if lost_at is None and on_lost is not None and patience:
                    on_lost(error)
                lost_at = began if lost_at is None else lost_at
                if time.monotonic() - lost_at > patience:
                    raise
                time.sleep(min(_SLOW_SECONDS, patience))
                continue
            after, lost_at = page["last"], None
            yield page
            if not page["results"]:
                time.sleep(max(0.0, min(wait, _SLOW_SECONDS) - (time.monotonic() - began)))

    def feed_end(self) -> int:
        """Return the number of the feed's last message, found with a few small calls however long the feed is."""
        page = self.messages(limit=1)
        low = page["last"]
        if not page["results"]:
            return low
        step = 1
        while self._is_beyond(low + step):
            low, step = low + step, step * 2
        high = low + step
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self._is_beyond(middle) else (low, middle)
        return low

    def acknowledge(self, up_to: int) -> int:
        """Tell that all messages up to this number were taken, and return what is acknowledged now."""
        answer = self.request("POST", "messages/ack", body={"up_to": up_to}, repeatable=True)
        return int(answer["acknowledged"])

    def ledger_batches(self, *, status: str | None = None, kind: str | None = None) -> Iterator[LedgerBatch]:
        """Yield the ledger batches, newest first."""
        return self._pages("ledger-batches", {"status": status, "kind": kind, "limit": _PAGE})

    def lease(self, batch_id: str, *, seconds: int = 300) -> Lease:
        """Take a batch for a while, so that nobody else posts it.

        Never tried twice: when the answer is lost, the batch is free again after `seconds`.
        """
        path = f"ledger-batches/{_segment(batch_id)}/lease"
        return cast("Lease", self.request("POST", path, body={"seconds": seconds}))

    def posted(self, batch_id: str, *, lease_id: str, voucher_numbers: Mapping[str, str] | None = None) -> LedgerBatch:
        """Report that a leased batch was posted, with the numbers that its vouchers got."""
        body: dict[str, object] = {"lease_id": lease_id}
        if voucher_numbers is not None:
            body["voucher_numbers"] = dict(voucher_numbers)
        path = f"ledger-batches/{_segment(batch_id)}/posted"
        return cast("LedgerBatch", self.request("POST", path, body=body, repeatable=True))

    def failed(self, batch_id: str, *, lease_id: str, reason: str) -> LedgerBatch:
        """Report that a leased batch couldn't be posted; a person has to release it before it is ready again."""
        path = f"ledger-batches/{_segment(batch_id)}/failed"
        body = {"lease_id": lease_id, "reason": reason}
        return cast("LedgerBatch", self.request("POST", path, body=body, repeatable=True))

    def file(self, batch_id: str, file_format: str, write: Callable[[bytes], object]) -> FileReceived:
        """Fetch a batch as a file, handing its pieces to `write`, and return what came.

        Raises DamagedError when the bytes aren't those of the answer's Content-Digest; throw away what was written.
        """
        path = f"ledger-batches/{_segment(batch_id)}/files/{_segment(file_format)}"
        digest, size = hashlib.sha256(), 0
        with self._caller.call(Call(method="GET", path=path, stream=True)) as answer:
            for chunk in _chunks(answer, self.api):
                digest.update(chunk)
                size += len(chunk)
                write(chunk)
        if answer.headers.get("Content-Digest") != digest_header(digest.digest()):
            raise DamagedError(f"{path}: the bytes don't have the SHA-256 that the server gave")
        return FileReceived(ending=_ending(answer), size=size, sha256=digest.digest())

    def _send(
        self,
        order: str | os.PathLike[str] | Order,
        query: Mapping[str, object],
        progress: Callable[[int], None] | None,
    ) -> requests.Response:
        opened = order if isinstance(order, Order) else open_order(order)
        call = Call(
            method="POST",
            path="remittances",
            query=query,
            body=opened,
            media_type=opened.media_type,
            # A dry run stores nothing and takes no key; it may be repeated all the same.
            idempotency_key=None if query else opened.idempotency_key,
            repeatable=True,
            read_seconds=SEND_SECONDS,
            progress=progress,
        )
        try:
            return self._caller.call(call)
        finally:
            if opened is not order:
                opened.file.close()

    def _pages(self, path: str, query: Mapping[str, object]) -> Iterator[Any]:
        page = self.request("GET", path, query=query)
        while True:
            yield from page["results"]
            if page["next"] is None:
                return
            page = self.request("GET", self._below(page["next"]))

    def _below(self, url: str) -> str:
        """Return path and query of an address that the server gave, below our own: a signature goes nowhere else."""
        parts, root = urlsplit(url), f"{urlsplit(self.api).path}/"
        if not parts.path.startswith(root):
            raise Unreachable(f"the server names a next page outside its API: {url}", url=self.api)
        return f"{parts.path.removeprefix(root)}?{parts.query}"

    def _is_beyond(self, number: int) -> bool:
        return bool(self.messages(after=number, limit=1)["results"])


def _json(answer: requests.Response, api: str) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise Unreachable("the answer isn't AutoPay's: no JSON", url=api) from error


def _chunks(answer: requests.Response, api: str) -> Iterator[bytes]:
    try:
        yield from answer.iter_content(_CHUNK)
    except requests.RequestException as error:
        raise Unreachable("the connection was lost while a file was fetched", url=api) from error


def _ending(answer: requests.Response) -> str:
    """Return the ending of the file name that the server proposes, `bin` where it is none that is safe in a name."""
    ending = answer.headers.get("Content-Disposition", "").rstrip('"').rpartition(".")[2]
    return ending.lower() if ending.isascii() and ending.isalnum() and len(ending) <= 8 else "bin"


def _segment(text: str) -> str:
    """Return `text` as one segment of a path: an id is never a path."""
    return quote(text, safe="")
