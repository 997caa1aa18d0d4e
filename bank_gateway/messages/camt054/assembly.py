"""Put the stylesheet's rows together to entries with their transactions, and write both."""

from collections.abc import Iterator

from bank_gateway.messages.bank_files.fields import Matched, Row, fields_of
from bank_gateway.messages.bank_files.staging import RowWriter
from bank_gateway.messages.bank_files.two_levels import Chunk
from bank_gateway.messages.bank_files.values import BadValueError
from bank_gateway.messages.camt054.entries import Entry
from bank_gateway.messages.camt054.header import AccountOfNotification
from bank_gateway.messages.camt054.plain import PlainShape, WriteLine
from bank_gateway.messages.camt054.transactions import Details, EntryOfTransaction, Structured, transaction_row

LINES_OF_TRANSACTION = frozenset({"ust", "rrt"})
LINES_OF_STRUCTURED = frozenset({"inf"})


class EntryAssembler:
    """Assemble the entries of one file, chunk by chunk."""

    def __init__(self, *, entries: RowWriter, transactions: RowWriter) -> None:
        self._entry_rows = entries
        self._transaction_rows = transactions
        self._entry: Entry | None = None
        self._waiting: list[Details | tuple[Matched, int]] = []
        self._line: int | None = None
        self.entry_count = 0
        self.transaction_count = 0

    def take(self, chunk: Chunk, *, account: AccountOfNotification) -> None:
        """Write the rows of a chunk; UnreadableBankFile names the line of what can't be read."""
        try:
            self._take(chunk, account=account)
        except BadValueError as error:
            raise error.at_line(self._line) from None

    def _take(self, chunk: Chunk, *, account: AccountOfNotification) -> None:
        """Write the rows of a chunk; each finished element must have given exactly one row."""
        units, details = iter(chunk.unit_lines), iter(chunk.detail_lines)
        for row in chunk.rows:
            if isinstance(row, Matched):
                self._waiting.append((row, _next_line(details)))
            elif row[0] == "D":
                self._line = _next_line(details)
                self._waiting.append(Details(fields_of(row, repeatable=LINES_OF_TRANSACTION), self._line))
            elif row[0] == "U":
                self._begin_entry(row, line=_next_line(units), account=account)
            else:
                self._add_to_latest(row)
        if next(units, None) is not None or next(details, None) is not None:
            raise BadValueError("element_not_expected", "TxDtls")
        if chunk.goes_on:
            self._write_waiting(is_whole=False)
        else:
            self._end_entry()

    def _begin_entry(self, row: Row, *, line: int, account: AccountOfNotification) -> None:
        """Begin an entry, or go on with the one whose transactions come in several chunks."""
        if self._entry is not None and self._entry.goes_on:
            self._line = line
            self._entry.take_later_reading(fields_of(row))
            return
        self._end_entry()
        self._line = line
        self.entry_count += 1
        self._entry = Entry(self.entry_count, line, account, fields_of(row))

    def _add_to_latest(self, row: Row) -> None:
        """Add a row that belongs to the transaction before it, or to the entry where none has come yet."""
        latest = self._waiting[-1] if self._waiting else self._entry
        if latest is None or self._entry is None:
            raise BadValueError("element_not_expected", "Ntry")
        if row[0] == "B":
            self._entry.batches.append(fields_of(row))
        elif isinstance(latest, Details):
            _add_to_details(latest, row)
        elif isinstance(latest, Entry):
            (latest.charges if row[0] == "C" else latest.exchanges).append(fields_of(row))
        else:
            raise BadValueError("element_not_expected", "TxDtls")

    def _write_waiting(self, *, is_whole: bool) -> None:
        """Write the transactions that wait; `is_whole` if the entry has no other than these and those before."""
        entry = self._entry
        if entry is None:
            return
        entry.goes_on = not is_whole
        is_sole = is_whole and entry.transactions == 0 and len(self._waiting) == 1
        context = entry.for_transactions(is_sole=is_sole)
        writers: dict[PlainShape, WriteLine | None] = {}
        for waiting in self._waiting:
            if isinstance(waiting, Details):
                self._write_transaction(waiting, entry, context)
                continue
            matched, line = waiting
            shape: PlainShape = matched.short_cut
            if shape not in writers:
                writers[shape] = shape.lines_of(context)
            write, texts = writers[shape], matched.texts
            plain = write(entry.transactions + 1, line, texts) if write else None
            if plain is None:
                self._write_transaction(_filled(matched, line), entry, context)
                continue
            written, amount = plain
            entry.add(amount, context.currency, shape.return_reason(texts))
            self._transaction_rows.write_line(written)
        self.transaction_count += len(self._waiting)
        self._waiting = []

    def _write_transaction(self, details: Details, entry: Entry, context: EntryOfTransaction) -> None:
        self._line = details.line
        row = transaction_row(details, number=entry.transactions + 1, entry=context)
        entry.add_transaction(row)
        self._transaction_rows.write(row)

    def _end_entry(self) -> None:
        if self._entry is None:
            return
        self._write_waiting(is_whole=True)
        self._line = self._entry.line
        self._entry_rows.write(self._entry.row())
        self._entry = None


def _filled(matched: Matched, line: int) -> Details:
    first, *others = matched.filled()
    details = Details(first.fields, line)
    for row in others:
        _add_to_details(details, row)
    return details


def _add_to_details(details: Details, row: Row) -> None:
    match row[0]:
        case "S":
            details.structured.append(Structured(fields_of(row, repeatable=LINES_OF_STRUCTURED)))
        case "R":
            details.structured[-1].documents.append(fields_of(row))
        case "C":
            details.charges.append(fields_of(row))
        case _:
            details.exchanges.append(fields_of(row))


def _next_line(lines: Iterator[int]) -> int:
    line = next(lines, None)
    if line is None:
        raise BadValueError("element_not_expected", "TxDtls")
    return line
