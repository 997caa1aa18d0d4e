"""COPY of CSV chunks into PostgreSQL, with the error that stopped it kept whole."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection


class _ChunkReader:
    """A file for `copy_expert` over an iterator of byte chunks.

    psycopg2 turns an exception inside `read` into QueryCanceled and drops its cause, so it is kept here.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._rest = b""
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        """Return the next at most `size` bytes, empty at the end."""
        try:
            while not self._rest:
                self._rest = next(self._chunks)
        except StopIteration:
            return b""
        except BaseException as error:
            self.error = error
            raise
        if size < 0 or len(self._rest) <= size:
            piece, self._rest = self._rest, b""
            return piece
        piece, self._rest = self._rest[:size], self._rest[size:]
        return piece


def copy_csv(cursor: Any, *, table: str, columns: Sequence[str], chunks: Iterable[bytes]) -> int:
    """COPY CSV rows (UTF-8, `"` doubled, unquoted empty is NULL) into `table` and return how many there were.

    `table` and `columns` are names from our own code, never from outside. An exception of the generator comes
    out as itself; a database error as django.db's.
    """
    reader = _ChunkReader(chunks)
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv, ENCODING 'UTF8')"
    try:
        with connection.wrap_database_errors:
            cursor.copy_expert(statement, reader, 1 << 16)
    except Exception:
        if reader.error is not None:
            raise reader.error from None
        raise
    return int(cursor.rowcount)


def csv_field(value: object) -> str:
    """Return one CSV field: NULL for None, else text in quotes, so that nothing in it means anything."""
    if value is None:
        return ""
    return '"' + str(value).replace('"', '""') + '"'


def csv_row(values: Sequence[object]) -> bytes:
    """Return one CSV row of `values` as bytes."""
    return (",".join(map(csv_field, values)) + "\n").encode()
