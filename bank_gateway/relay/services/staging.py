"""A bank's file, read once in constant memory into temporary tables, counted by the reader and by PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.db import DataError
from django.db import connection as database

from autopay_portal.core.copying import copy_csv
from autopay_portal.core.vault import open_stored
from bank_gateway.messages.bank_files.lengths import find_long_texts
from bank_gateway.messages.bank_files.staging import BankFileReader, RowPiece, StagedTable
from bank_gateway.messages.bank_files.tables import STAGED_ENTRY, STAGED_STATUS, STAGED_TRANSACTION
from bank_gateway.messages.errors import MessageError, UnreadableBankFile
from bank_gateway.messages.recognise import HEAD_BYTES, open_reader, recognise
from bank_gateway.relay.services.headings import heading_of
from bank_gateway.takers import PAIN002

_IN_MEMORY = 4 << 20
_READ_BYTES = 1 << 16
# PostgreSQL's string_data_right_truncation.
_TOO_LONG = "22001"
# What screening and takers write beside the rows. Of a report: which payment it names and whether that is the last of
# several about it, and whether it names none.
_OF_ENTRIES = "taken_by text, withheld text, fingerprint text, held text, held_details jsonb"
_OF_TRANSACTIONS = "taken_by text"
_OF_STATUSES = "end_to_end_id text, is_last boolean DEFAULT true, unplaced boolean DEFAULT false"


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A file whose rows lie in the temporary tables of this transaction, with what its reader says of it.

    `header` is a StatusReportHeader of a pain.002, a Heading of anything else.
    """

    message_type: str
    message_id: str
    header: Any
    rows: int
    transactions: int

    @property
    def is_report(self) -> bool:
        return self.message_type.startswith(PAIN002)


def stage(path: str, *, skim: bool = False) -> StagedFile:
    """Read a stored file into `staged_status`, or `staged_entry` and `staged_transaction`, and return what it is.

    With `skim` fast, or NotPlainError for a file that isn't written plainly. Must run in a transaction; the tables end
    with it. Raises UnreadableBankFile for a file that can't be believed; the transaction may be broken then, and
    nothing more can be done in it.
    """
    try:
        with _reading(path, skim=skim) as (message_type, reader):
            if message_type.startswith(PAIN002):
                return _stage_report(message_type, reader)
            return _stage_notifications(message_type, reader)
    except DataError as error:
        if getattr(error.__cause__, "pgcode", None) != _TOO_LONG:
            raise
    with _reading(path) as (_message_type, reader):
        raise UnreadableBankFile(find_long_texts(reader))


@contextmanager
def _reading(path: str, *, skim: bool = False) -> Iterator[tuple[str, BankFileReader]]:
    with open_stored(path) as stream:
        message_type = recognise(head=stream.read(HEAD_BYTES))
        if message_type is None:
            raise UnreadableBankFile([MessageError("message_not_recognised")])
        stream.seek(0)
        yield message_type, open_reader(message_type=message_type, stream=stream, skim=skim)


def _stage_report(message_type: str, reader: BankFileReader) -> StagedFile:
    with database.cursor() as cursor:
        cursor.execute(_create(STAGED_STATUS, more=_OF_STATUSES))
        counted = _Counted(reader)
        rows = _copy(cursor, STAGED_STATUS, counted.pieces_of(STAGED_STATUS, aside=None))
        header: Any = reader.header
        _compare(rows, counted.rows[STAGED_STATUS.name], header.lines)
        cursor.execute("SELECT count(*) FROM staged_status")
        _compare(cursor.fetchone()[0], rows)
    return StagedFile(message_type, header.message_id, header, rows=rows, transactions=0)


def _stage_notifications(message_type: str, reader: BankFileReader) -> StagedFile:
    """Copy transactions while the file is read; entries, which are fewer, wait aside until the COPY is done."""
    with database.cursor() as cursor, SpooledTemporaryFile(max_size=_IN_MEMORY) as aside:
        cursor.execute(_create(STAGED_ENTRY, more=_OF_ENTRIES) + _create(STAGED_TRANSACTION, more=_OF_TRANSACTIONS))
        counted = _Counted(reader)
        transactions = _copy(cursor, STAGED_TRANSACTION, counted.pieces_of(STAGED_TRANSACTION, aside=aside))
        aside.seek(0)
        entries = _copy(cursor, STAGED_ENTRY, iter(lambda: aside.read(_READ_BYTES), b""))
        header: Any = reader.header
        _compare(entries, counted.rows[STAGED_ENTRY.name], header.entries)
        _compare(transactions, counted.rows[STAGED_TRANSACTION.name], header.transactions)
        cursor.execute(_INDEX + _CHECK_TOTALS)
        entries_found, transactions_found, differing = cursor.fetchone()
        _compare(entries_found, entries)
        _compare(transactions_found, transactions)
        _compare(differing, 0)
    heading = heading_of(header)
    return StagedFile(message_type, heading.message_id, heading, rows=entries, transactions=transactions)


_INDEX = """
CREATE INDEX ON staged_transaction (entry); ANALYZE staged_entry (entry); ANALYZE staged_transaction (entry);
"""
# Counts and sums made by PostgreSQL from the rows, against those that the reader made while it read.
_CHECK_TOTALS = """
    SELECT count(*), coalesce(sum(found.transactions), 0),
           count(*) FILTER (WHERE entry.transaction_count <> coalesce(found.transactions, entry.transaction_count)
                               OR (entry.sum_matches AND abs(found.total) IS DISTINCT FROM entry.amount))
    FROM staged_entry AS entry
    LEFT JOIN (SELECT entry, count(*) AS transactions, sum(amount) AS total
               FROM staged_transaction GROUP BY entry) AS found ON found.entry = entry.entry
"""


@dataclass(slots=True)
class _Counted:
    """A reader's pieces, counted per table as they pass."""

    reader: BankFileReader
    rows: dict[str, int]

    def __init__(self, reader: BankFileReader) -> None:
        self.reader = reader
        self.rows = {table.name: 0 for table in (STAGED_STATUS, STAGED_ENTRY, STAGED_TRANSACTION)}

    def pieces_of(self, table: StagedTable, *, aside: IO[bytes] | None) -> Iterator[bytes]:
        piece: RowPiece
        for piece in self.reader.pieces():
            self.rows[piece.table.name] += piece.rows
            if piece.table.name == table.name:
                yield piece.csv
            elif aside is not None:
                aside.write(piece.csv)


def _create(table: StagedTable, *, more: str) -> str:
    """Write the statements that make an empty staging table; one left by a rolled back part of this session goes."""
    columns = f"{table.definition()}, {more}"
    return f"DROP TABLE IF EXISTS pg_temp.{table.name};CREATE TEMPORARY TABLE {table.name} ({columns}) ON COMMIT DROP;"


def _copy(cursor: Any, table: StagedTable, chunks: Iterator[bytes]) -> int:
    return copy_csv(cursor, table=table.name, columns=table.columns, chunks=chunks)


def _compare(*counts: int) -> None:
    """Raise UnreadableBankFile unless counts that were made independently agree."""
    if len(set(counts)) > 1:
        raise UnreadableBankFile([MessageError("staged_rows_differ", params={"counts": "/".join(map(str, counts))})])
