"""A ledger batch as one JSON object: what the batch is, then its lines as the API gives them."""

import json
from collections.abc import Iterator

from ...models import LedgerBatch
from ..queries import batch_item, line_item, stream_lines

_LINES_AT_ONCE = 500


def render(*, batch: LedgerBatch) -> Iterator[bytes]:
    """Yield the file's bytes (UTF-8). Today's status is left out: the bytes never change."""
    head = {name: value for name, value in batch_item(batch).items() if name != "status"}
    yield b'{"ledger_batch": ' + _bytes(head) + b', "lines": ['
    pieces: list[bytes] = []
    separator = b"\n"
    for row in stream_lines(batch=batch):
        pieces.append(separator + _bytes(line_item(row, batch.currency)))
        separator = b",\n"
        if len(pieces) == _LINES_AT_ONCE:
            yield b"".join(pieces)
            pieces.clear()
    yield b"".join(pieces) + b"\n]}\n"


def _bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
