"""Put the stylesheet's rows together to entries with their transactions, and write both."""

from collections.abc import Iterator
from contextlib import contextmanager

from bank_gateway.messages.bank_files.fields import fields_of
from bank_gateway.messages.bank_files.staging import RowWriter
from bank_gateway.messages.bank_files.two_levels import Chunk
from bank_gateway.messages.bank_files.values import BadValueError
from bank_gateway.messages.camt054.entries import Entry
from bank_gateway.messages.camt054.header import AccountOfNotification
from bank_gateway.messages.camt054.transactions import Details, Structured, transaction_row
from bank_gateway.messages.errors import MessageError, UnreadableBankFile

_LINES_OF_TRANSACTION = frozenset({"ust", "rrt"})
_LINES_OF_STRUCTURED = frozenset({"inf"})


@contextmanager
def unreadable_at(line: int | None) -> Iterator[None]:
    """Turn a value that can't be read into an unreadable file, with the line it stands on."""
    try:
        yield
    except BadValueError as error:
        # A value may be long and is only shown: its beginning will do.
        raise UnreadableBankFile([MessageError(error.code, params={"value": error.value[:140]}, line=line)]) from None


class EntryAssembler:
    """Assemble the entries of one file, chunk by chunk."""

    def __init__(self, *, entries: RowWriter, transactions: RowWriter) -> None:
        self._entry_rows = entries
        self._transaction_rows = transactions
        self._entry: Entry | None = None
        self._waiting: list[Details] = []
        self.entry_count = 0
        self.transaction_count = 0

    def take(self, chunk: Chunk, *, account: AccountOfNotification) -> None:
        """Write the rows of a chunk; each finished element must have given exactly one row (UnreadableBankFile)."""
        units, details = iter(chunk.unit_lines), iter(chunk.detail_lines)
        for row in chunk.rows:
            if row[0] == "D":
                self._begin_transaction(row, line=_next_line(details))
            elif row[0] == "U":
                self._begin_entry(row, line=_next_line(units), account=account)
            else:
                self._add_to_latest(row)
        if next(units, None) is not None or next(details, None) is not None:
            raise UnreadableBankFile([MessageError("element_not_expected", params={"value": "Ntry"})])
        if chunk.goes_on:
            self._write_waiting(is_whole=False)
        else:
            self._end_entry()

    def _begin_entry(self, row: list[str], *, line: int, account: AccountOfNotification) -> None:
        with unreadable_at(line):
            fields = fields_of(row)
            if self._entry is not None and self._entry.line == line and self._entry.goes_on:
                self._entry.take_later_reading(fields)
                return
            self._end_entry()
            self.entry_count += 1
            self._entry = Entry(self.entry_count, line, account, fields)

    def _begin_transaction(self, row: list[str], *, line: int) -> None:
        with unreadable_at(line):
            self._waiting.append(Details(fields_of(row, repeatable=_LINES_OF_TRANSACTION), line))

    def _add_to_latest(self, row: list[str]) -> None:
        """Add a row that belongs to the transaction before it, or to the entry where none has come yet."""
        latest = self._waiting[-1] if self._waiting else self._entry
        if latest is None or self._entry is None:
            raise UnreadableBankFile([MessageError("element_not_expected", params={"value": row[0]})])
        with unreadable_at(latest.line):
            match row[0]:
                case "B":
                    self._entry.batches.append(fields_of(row))
                case "C":
                    latest.charges.append(fields_of(row))
                case "X":
                    latest.exchanges.append(fields_of(row))
                case "S":
                    self._waiting[-1].structured.append(Structured(fields_of(row, repeatable=_LINES_OF_STRUCTURED)))
                case _:
                    self._waiting[-1].structured[-1].documents.append(fields_of(row))

    def _write_waiting(self, *, is_whole: bool) -> None:
        """Write the transactions that wait; `is_whole` if the entry has no other than these and those before."""
        entry = self._entry
        if entry is None:
            return
        entry.goes_on = not is_whole
        is_sole = is_whole and entry.transactions == 0 and len(self._waiting) == 1
        context = entry.for_transactions(is_sole=is_sole)
        for details in self._waiting:
            with unreadable_at(details.line):
                row = transaction_row(details, number=entry.transactions + 1, entry=context)
            entry.add_transaction(row)
            self._transaction_rows.write(row)
        self.transaction_count += len(self._waiting)
        self._waiting = []

    def _end_entry(self) -> None:
        if self._entry is None:
            return
        self._write_waiting(is_whole=True)
        with unreadable_at(self._entry.line):
            self._entry_rows.write(self._entry.row())
        self._entry = None


def _next_line(lines: Iterator[int]) -> int:
    line = next(lines, None)
    if line is None:
        raise UnreadableBankFile([MessageError("element_not_expected", params={"value": "TxDtls"})])
    return line
