"""Read a camt.054.001.02 or .08 into rows of entries and transactions."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, ClassVar

from lxml import etree

from bank_gateway.messages.bank_files.children import Children, check_parent, line_of
from bank_gateway.messages.bank_files.skimming import SkimmedFile
from bank_gateway.messages.bank_files.staging import RowPiece, RowWriter
from bank_gateway.messages.bank_files.tables import STAGED_ENTRY, STAGED_TRANSACTION
from bank_gateway.messages.bank_files.two_levels import Chunk, Ended, Shape, TwoLevelFile
from bank_gateway.messages.bank_files.values import BadValueError
from bank_gateway.messages.camt054.assembly import LINES_OF_STRUCTURED, LINES_OF_TRANSACTION, EntryAssembler
from bank_gateway.messages.camt054.header import (
    AccountOfNotification,
    GroupHeader,
    Notification,
    NotificationHeader,
    read_account,
    read_group_header,
    read_notification,
)
from bank_gateway.messages.camt054.plain import plain_shape
from bank_gateway.messages.errors import MessageError, UnreadableBankFile

_SHAPE = Shape(
    message="BkToCstmrDbtCdtNtfctn",
    container="Ntfctn",
    unit="Ntry",
    detail="TxDtls",
    between="NtryDtls",
    heads=("GrpHdr", "Acct"),
    repeatable={"D": LINES_OF_TRANSACTION, "S": LINES_OF_STRUCTURED},
)
_STYLESHEET = Path(__file__).with_name("rows.xsl")
_KNOWN_IN_MESSAGE = frozenset({"GrpHdr", "Ntfctn", "SplmtryData"})


class NotificationReader:
    """Read a camt.054 once: `pieces` to its end, then `header`.

    Every entry of every notification and account becomes rows, whatever its status and direction; whose they are
    is for the takers. Raises UnreadableBankFile, perhaps after rows were handed out: none of them may be kept then.
    """

    VERSIONS: ClassVar[frozenset[str]] = frozenset({"camt.054.001.02", "camt.054.001.08"})

    def __init__(self, stream: BinaryIO, *, skim: bool = False) -> None:
        """`skim`: several times as fast, for files that are written plainly; NotPlainError for any other."""
        self._file: SkimmedFile | TwoLevelFile = (
            SkimmedFile(stream=stream, shape=_SHAPE, stylesheet=_STYLESHEET, find_short_cut=plain_shape)
            if skim
            else TwoLevelFile(stream=stream, shape=_SHAPE, stylesheet=_STYLESHEET)
        )
        self._file.require_message_type(self.VERSIONS)
        self._entries = RowWriter(STAGED_ENTRY)
        self._transactions = RowWriter(STAGED_TRANSACTION)
        self._assembler = EntryAssembler(entries=self._entries, transactions=self._transactions)
        self._group_header: GroupHeader | None = None
        self._account: AccountOfNotification | None = None
        self._notifications: list[Notification] = []
        self._entries_before = 0
        self._header: NotificationHeader | None = None

    @property
    def header(self) -> NotificationHeader:
        """Return the message's header, once `pieces` has come to its end."""
        if self._header is None:
            raise RuntimeError("The header is known when every piece has been read")
        return self._header

    def pieces(self) -> Iterator[RowPiece]:
        """Yield the rows of `staged_entry` and `staged_transaction`; raises UnreadableBankFile."""
        for item in self._file:
            if isinstance(item, Chunk):
                self._take_chunk(item)
            else:
                self._take_ended(item)
            yield from self._entries.full_piece()
            yield from self._transactions.full_piece()
        if self._header is None:
            raise UnreadableBankFile([MessageError("element_missing", params={"value": _SHAPE.message})])
        self._file.require_rows(units=self._header.entries, details=self._header.transactions)
        yield from self._entries.rest()
        yield from self._transactions.rest()

    def _take_chunk(self, chunk: Chunk) -> None:
        if self._account is None:
            raise UnreadableBankFile(
                [MessageError("element_missing", params={"value": "Acct"}, line=chunk.unit_lines[0])]
            )
        self._assembler.take(chunk, account=self._account)

    def _take_ended(self, ended: Ended) -> None:
        try:
            self._read_ended(ended)
        except BadValueError as error:
            raise error.at_line(line_of(ended.element)) from None

    def _read_ended(self, ended: Ended) -> None:
        element = ended.element
        if ended.name == "GrpHdr":
            check_parent(element, _SHAPE.message)
            self._group_header = read_group_header(element)
        elif ended.name == "Acct":
            notification = check_parent(element, _SHAPE.container)
            self._account = read_account(notification, number=len(self._notifications) + 1)
        elif ended.name == _SHAPE.container:
            check_parent(element, _SHAPE.message)
            self._end_notification(element)
        else:
            check_parent(element, "Document")
            self._end_message(element)

    def _end_notification(self, element: etree._Element) -> None:
        if self._account is None:
            raise BadValueError("element_missing", "Acct")
        entries = self._assembler.entry_count - self._entries_before
        self._notifications.append(read_notification(element, account=self._account, entries=entries))
        self._account = None
        self._entries_before = self._assembler.entry_count

    def _end_message(self, element: etree._Element) -> None:
        message = Children(element, known=_KNOWN_IN_MESSAGE)
        if self._group_header is None or len(message.elements("GrpHdr")) != 1:
            raise BadValueError("element_missing", "GrpHdr")
        if not self._notifications:
            raise BadValueError("element_missing", "Ntfctn")
        if self._header is not None:
            raise BadValueError("element_repeated", _SHAPE.message)
        self._header = NotificationHeader(
            message_type=self._file.root.message_type or "",
            message_id=self._group_header.message_id,
            created_at=self._group_header.created_at,
            additional_information=self._group_header.additional_information,
            page=self._group_header.page,
            is_last_page=self._group_header.is_last_page,
            notifications=tuple(self._notifications),
            entries=self._assembler.entry_count,
            transactions=self._assembler.transaction_count,
        )
