"""Read a pain.002.001 of any version into rows of statuses."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from bank_gateway.messages.bank_files.children import Children, check_parent, line_of
from bank_gateway.messages.bank_files.skimming import SkimmedFile
from bank_gateway.messages.bank_files.staging import RowPiece, RowWriter
from bank_gateway.messages.bank_files.tables import STAGED_STATUS
from bank_gateway.messages.bank_files.two_levels import Chunk, Ended, Shape, TwoLevelFile
from bank_gateway.messages.bank_files.values import BadValueError
from bank_gateway.messages.errors import MessageError, UnreadableBankFile
from bank_gateway.messages.pain002.assembly import LINES_OF_REASON, StatusAssembler
from bank_gateway.messages.pain002.header import (
    OriginalGroup,
    ReportIds,
    StatusReportHeader,
    read_group_header,
    read_original_group,
)
from bank_gateway.messages.pain002.plain import plain_status

_MESSAGE = "CstmrPmtStsRpt"
_SHAPE = Shape(
    message=_MESSAGE,
    container=_MESSAGE,
    unit="OrgnlPmtInfAndSts",
    detail="TxInfAndSts",
    between=None,
    heads=("GrpHdr", "OrgnlGrpInfAndSts"),
    repeatable={"A": LINES_OF_REASON},
)
_STYLESHEET = Path(__file__).with_name("rows.xsl")
_KNOWN_IN_MESSAGE = frozenset({"GrpHdr", "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "SplmtryData"})
# In these an unknown element is an error. Other versions are read as far as the names are the same.
_KNOWN_VERSIONS = frozenset({"pain.002.001.03", "pain.002.001.10"})


class StatusReportReader:
    """Read a pain.002 once: `pieces` to its end, then `header`.

    A row is written for each status that the report states, at the level where it states it: nothing is inherited
    here. Raises UnreadableBankFile, perhaps after rows were handed out: none of them may be kept then.
    """

    def __init__(self, stream: BinaryIO, *, skim: bool = False) -> None:
        """`skim`: several times as fast, for files that are written plainly; NotPlainError for any other."""
        self._file: SkimmedFile | TwoLevelFile = (
            SkimmedFile(stream=stream, shape=_SHAPE, stylesheet=_STYLESHEET, find_short_cut=plain_status)
            if skim
            else TwoLevelFile(stream=stream, shape=_SHAPE, stylesheet=_STYLESHEET)
        )
        self._message_type = self._file.root.message_type or ""
        if not self._message_type.startswith("pain.002.001."):
            raise UnreadableBankFile(
                [MessageError("message_not_supported", params={"value": self._file.root.namespace})]
            )
        self._strict = self._message_type in _KNOWN_VERSIONS
        self._rows = RowWriter(STAGED_STATUS)
        self._assembler = StatusAssembler(rows=self._rows, strict=self._strict)
        self._ids: ReportIds | None = None
        self._group: OriginalGroup | None = None
        self._header: StatusReportHeader | None = None

    @property
    def header(self) -> StatusReportHeader:
        """Return the report's header, once `pieces` has come to its end."""
        if self._header is None:
            raise RuntimeError("The header is known when every piece has been read")
        return self._header

    def pieces(self) -> Iterator[RowPiece]:
        """Yield the rows of `staged_status`; raises UnreadableBankFile."""
        for item in self._file:
            if isinstance(item, Chunk):
                self._take_chunk(item)
            else:
                self._take_ended(item)
            yield from self._rows.full_piece()
        if self._header is None:
            raise UnreadableBankFile([MessageError("element_missing", params={"value": _MESSAGE})])
        self._file.require_rows(units=self._assembler.units_taken, details=self._assembler.details_taken)
        yield from self._rows.rest()

    def _take_chunk(self, chunk: Chunk) -> None:
        if self._group is None:
            raise BadValueError("element_missing", "OrgnlGrpInfAndSts").at_line(chunk.unit_lines[0])
        self._assembler.take(chunk, group=self._group)

    def _take_ended(self, ended: Ended) -> None:
        element = ended.element
        try:
            if ended.name == "GrpHdr":
                check_parent(element, _MESSAGE)
                self._ids = read_group_header(element)
            elif ended.name == "OrgnlGrpInfAndSts":
                check_parent(element, _MESSAGE)
                self._group = read_original_group(element, strict=self._strict)
                self._assembler.write_group(self._group, line=line_of(element))
            else:
                check_parent(element, "Document")
                self._end_message(element)
        except BadValueError as error:
            raise error.at_line(line_of(element)) from None

    def _end_message(self, element: etree._Element) -> None:
        message = Children(element, known=_KNOWN_IN_MESSAGE if self._strict else None)
        if self._ids is None or len(message.elements("GrpHdr")) != 1:
            raise BadValueError("element_missing", "GrpHdr")
        if self._group is None or len(message.elements("OrgnlGrpInfAndSts")) != 1:
            raise BadValueError("element_missing", "OrgnlGrpInfAndSts")
        if self._header is not None:
            raise BadValueError("element_repeated", _MESSAGE)
        self._header = StatusReportHeader(
            message_type=self._message_type,
            message_id=self._ids.message_id,
            created_at=self._ids.created_at,
            original_message_id=self._group.message_id,
            original_message_name=self._group.message_name,
            group_status=self._group.status,
            group_reasons=tuple((reason.code, reason.text) for reason in self._group.reasons),
            lines=self._assembler.row_count,
        )
