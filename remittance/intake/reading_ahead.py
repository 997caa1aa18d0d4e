"""Reading an order in a thread of its own, so that the file is read while PostgreSQL works on what was read before."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Full, Queue

from bank_gateway.messages.pain001 import OrderReader

# Payments a batch: some megabytes of rows, and few enough statements.
BATCH_PAYMENTS = 10_000
_WAITING = 2
_LOOK_AGAIN_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Batch:
    """Some payments in a row as CSV, and how many groups had begun when the last of them was read."""

    payments: bytes
    documents: bytes
    count: int
    groups: int


@contextmanager
def reading_ahead(reader: OrderReader) -> Iterator[Iterator[Batch]]:
    """Give the order's batches while a thread reads on, two batches ahead at most; the thread ends with the block.

    What the reader raises comes out of the iterator, in the caller's thread.
    """
    queue: Queue[Batch | BaseException | None] = Queue(maxsize=_WAITING)
    stopped = threading.Event()
    thread = threading.Thread(target=_read, args=(reader, queue, stopped), name="order reader", daemon=True)
    thread.start()
    try:
        yield _taken(queue, thread)
    finally:
        stopped.set()
        thread.join()


def _read(reader: OrderReader, queue: "Queue[Batch | BaseException | None]", stopped: threading.Event) -> None:
    try:
        for batch in _batches(reader):
            if not _put(queue, batch, stopped):
                return
        _put(queue, None, stopped)
    except BaseException as error:
        # Raised again where the batches are taken.
        _put(queue, error, stopped)


def _put(
    queue: "Queue[Batch | BaseException | None]", item: Batch | BaseException | None, stopped: threading.Event
) -> bool:
    while not stopped.is_set():
        try:
            queue.put(item, timeout=_LOOK_AGAIN_SECONDS)
        except Full:
            continue
        return True
    return False


def _taken(queue: "Queue[Batch | BaseException | None]", thread: threading.Thread) -> Iterator[Batch]:
    while True:
        try:
            item = queue.get(timeout=_LOOK_AGAIN_SECONDS)
        except Empty:
            if not thread.is_alive() and queue.empty():
                raise RuntimeError("the order's reader ended without a word") from None
            continue
        if item is None:
            return
        if isinstance(item, BaseException):
            raise item
        yield item


def _batches(reader: OrderReader) -> Iterator[Batch]:
    payments: list[bytes] = []
    documents: list[bytes] = []
    count = 0
    for chunk in reader.chunks():
        payments.append(chunk.payments_csv)
        documents.append(chunk.documents_csv)
        count += chunk.count
        if count >= BATCH_PAYMENTS:
            yield Batch(b"".join(payments), b"".join(documents), count, len(reader.groups))
            payments, documents, count = [], [], 0
    if count:
        yield Batch(b"".join(payments), b"".join(documents), count, len(reader.groups))
