"""The rows that bank files become, as PostgreSQL's COPY takes them."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

# A socket to PostgreSQL holds some two hundred kilobytes: what fits goes while the next rows are read.
PIECE_CHARACTERS = 64 * 1024

FieldValue = str | int | bool | None
_LIMITED = re.compile(r"varchar\(([0-9]+)\)").fullmatch


@dataclass(frozen=True)
class StagedTable:
    """Describe a staging table: its name and, in order, the columns a reader fills with their SQL types."""

    name: str
    types: dict[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.types)

    def definition(self) -> str:
        """Write the column list of a CREATE TABLE statement, without what the takers add."""
        return ", ".join(f"{name} {sql_type}" for name, sql_type in self.types.items())

    @property
    def limits(self) -> dict[str, int]:
        """Return how many characters fit into the columns that have a limit."""
        return {name: int(found[1]) for name, sql_type in self.types.items() if (found := _LIMITED(sql_type))}


@dataclass(frozen=True)
class RowPiece:
    """Carry some whole rows of one staging table: CSV in UTF-8, NULL as an unquoted nothing."""

    table: StagedTable
    csv: bytes
    rows: int


class BankFileReader(Protocol):
    """Read one file of a bank: `pieces` once to its end, then `header`.

    The rows are worth nothing unless `pieces` ends without UnreadableBankFile, so they're copied inside the
    transaction that a raised error rolls back.
    """

    def pieces(self) -> Iterator[RowPiece]: ...

    @property
    def header(self) -> object: ...


@dataclass
class RowWriter:
    """Collect rows of one staging table and hand them out in pieces."""

    table: StagedTable
    rows_in_all: int = 0
    _buffer: io.StringIO = field(default_factory=io.StringIO)
    _waiting: int = 0

    def __post_init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._buffer = io.StringIO(newline="")
        self._waiting = 0
        # Minimal quoting leaves None and "" unquoted, NULL to PostgreSQL. A carriage return must be quoted as well
        # as a line feed, and csv quotes what its line end contains; PostgreSQL reads \r\n as the line end.
        self._csv = csv.writer(self._buffer, lineterminator="\r\n")

    def write(self, row: Sequence[FieldValue]) -> None:
        self._csv.writerow(row)
        self._waiting += 1

    def write_line(self, line: str) -> None:
        """Write a row that is CSV already: texts within quotation marks that they don't hold, NULL as nothing."""
        self._buffer.write(f"{line}\r\n")
        self._waiting += 1

    def write_all(self, rows: Iterable[Sequence[FieldValue]]) -> None:
        for row in rows:
            self.write(row)

    def full_piece(self) -> Iterator[RowPiece]:
        """Yield a piece once enough rows wait."""
        if self._buffer.tell() >= PIECE_CHARACTERS:
            yield from self.rest()

    def rest(self) -> Iterator[RowPiece]:
        """Yield what waits, if anything does."""
        if self._waiting:
            piece = RowPiece(self.table, self._buffer.getvalue().encode(), self._waiting)
            self.rows_in_all += self._waiting
            self._start()
            yield piece
