"""Walk a bank's XML file of any size in constant memory, and let libxslt turn its elements into CSV rows.

A report has containers (a notification), units in them (an entry) and details in those (a transaction). A file may
hold a hundred thousand units of one detail or one unit of a hundred thousand details, so finished elements of either
level are taken in chunks, and removed. libxml2 builds ahead of the event it reports and may still write behind the
newest finished element: the stylesheet is told by position which elements are finished, and the newest one is kept
until the next chunk.
"""

import csv
import io
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from lxml import etree

from bank_gateway.messages.bank_files.children import line_of
from bank_gateway.messages.bank_files.fields import Row
from bank_gateway.messages.bank_files.prolog import PROLOG_BYTES, XmlRoot, examine_prolog
from bank_gateway.messages.bank_files.values import FORBIDDEN_CONTROL
from bank_gateway.messages.errors import MessageError, UnreadableBankFile

CHUNK_OF_ELEMENTS = 300
# Between two removals a file may bring so much: real chunks are a few hundred kilobytes.
MOST_BYTES_HELD = 8 * 1024 * 1024
MOST_CHILDREN_HELD = 5000
# No file, no network, neither read nor written.
_DENY_ALL = cast("Any", etree.XSLTAccessControl).DENY_ALL


@dataclass(frozen=True)
class Shape:
    """Name the levels of a message by local names; `between` stands between unit and detail, if anything does."""

    message: str
    container: str
    unit: str
    detail: str
    between: str | None
    heads: tuple[str, ...]
    # Of each kind of row the tags that may stand in it several times: their values are lines of one text.
    repeatable: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Ended:
    """Hand over a head or a container at its end: complete, but for the units that are already taken."""

    element: etree._Element
    name: str


@dataclass(frozen=True)
class Chunk:
    """Carry the rows of some finished elements, in the file's order.

    `unit_lines` and `detail_lines` hold the line of each element that has a row. `goes_on`: the only unit in it
    isn't finished, its next details come in the next chunk, which repeats the unit's own row.
    """

    rows: Sequence[Row]
    unit_lines: list[int]
    detail_lines: list[int]
    goes_on: bool


@dataclass
class CountingStream:
    """Read a stream from its start after its head was looked at, and bound what is held at a time."""

    head: bytes
    stream: BinaryIO
    held: int = 0

    def read(self, size: int = -1) -> bytes:
        content = self.head[:size] if size >= 0 else self.head
        self.head = self.head[len(content) :]
        content = content or self.stream.read(size)
        self.held += len(content)
        if self.held > MOST_BYTES_HELD:
            raise UnreadableBankFile([MessageError("element_too_large")])
        return content


@dataclass
class _Pending:
    """Remember the finished elements that wait, and those whose rows are out but that stay in the tree."""

    units: list[etree._Element] = field(default_factory=list)
    details_of_units: list[etree._Element] = field(default_factory=list)
    open_details: list[etree._Element] = field(default_factory=list)
    kept_unit: etree._Element | None = None
    kept_detail: etree._Element | None = None
    open_unit_has_rows: bool = False


class TwoLevelFile:
    """Read one XML file: iterate it once."""

    def __init__(self, *, stream: BinaryIO, shape: Shape, stylesheet: Path) -> None:
        head = read_fully(stream, PROLOG_BYTES)
        self.root: XmlRoot = examine_prolog(head)
        self._shape = shape
        self._source = CountingStream(head, stream)
        self._rows_of = compile_rows(stylesheet, namespace=self.root.namespace)
        self._pending = _Pending()
        self._kept_container: etree._Element | None = None
        # Counted where the parser reports them, so that rows can be compared with them.
        self.units_seen = 0
        self.details_seen = 0

    def require_message_type(self, types: Container[str]) -> None:
        """Raise UnreadableBankFile unless the file is a message of one of the types."""
        require_message_type(self.root, types)

    def require_rows(self, *, units: int, details: int) -> None:
        """Raise UnreadableBankFile unless every unit and every detail of the file has become a row."""
        require_rows(self._shape, (units, details), (self.units_seen, self.details_seen))

    def __iter__(self) -> Iterator[Chunk | Ended]:
        """Yield chunks and ended elements in the file's order; raises UnreadableBankFile."""
        try:
            yield from self._walk()
        except etree.XMLSyntaxError as error:
            # The exception's own place and words: its error_log is shared by the thread's parsers, and would show
            # another file's content.
            raise UnreadableBankFile(
                [MessageError("not_well_formed", params={"value": error.msg or ""}, line=error.lineno)]
            ) from None

    def _walk(self) -> Iterator[Chunk | Ended]:
        shape = self._shape
        names = {f"{{{self.root.namespace}}}{name}": name for name in self._names()}
        events = etree.iterparse(
            cast("BinaryIO", self._source),
            events=("end",),
            tag=list(names),
            remove_comments=True,
            remove_pis=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
        )
        for _event, element in events:
            name = names[element.tag]
            if name == shape.detail:
                self.details_seen += 1
                yield from self._detail_ended(element)
            elif name == shape.unit:
                self.units_seen += 1
                yield from self._unit_ended(element)
            elif name == shape.container:
                yield from self._container_ended(element)
            else:
                yield Ended(element, name)

    def _names(self) -> tuple[str, ...]:
        shape = self._shape
        return (shape.message, shape.container, shape.unit, shape.detail, *shape.heads)

    def _detail_ended(self, detail: etree._Element) -> Iterator[Chunk]:
        pending = self._pending
        pending.open_details.append(detail)
        if len(pending.open_details) >= CHUNK_OF_ELEMENTS:
            yield from self._take_units()
            yield self._take_details(self._unit_of(detail), goes_on=True)

    def _unit_of(self, detail: etree._Element) -> etree._Element:
        unit = detail.getparent()
        if self._shape.between is not None and unit is not None:
            unit = unit.getparent()
        if unit is None or etree.QName(unit).localname != self._shape.unit:
            raise misplaced(detail)
        return unit

    def _unit_ended(self, unit: etree._Element) -> Iterator[Chunk]:
        pending = self._pending
        if pending.open_unit_has_rows:
            yield self._take_details(unit, goes_on=False)
            pending.open_unit_has_rows, pending.kept_detail = False, None
            self._keep_only_unit(unit)
            return
        pending.units.append(unit)
        pending.details_of_units += pending.open_details
        pending.open_details = []
        if len(pending.units) + len(pending.details_of_units) >= CHUNK_OF_ELEMENTS:
            yield from self._take_units()

    def _container_ended(self, container: etree._Element) -> Iterator[Chunk | Ended]:
        yield from self._take_units()
        if self._pending.open_details:
            raise misplaced(self._pending.open_details[0])
        yield Ended(container, self._shape.container)
        self._pending = _Pending()
        if self._kept_container is not None:
            _remove(self._kept_container)
        self._kept_container = container
        self._source.held = 0

    def _take_units(self) -> Iterator[Chunk]:
        """Turn the waiting units into rows and remove all but the newest."""
        pending = self._pending
        units, details = pending.units, pending.details_of_units
        if not units:
            return
        container = units[0].getparent()
        if container is None or etree.QName(container).localname != self._shape.container:
            raise misplaced(units[0])
        before = 0 if pending.kept_unit is None else 1
        rows = self._transform(container, before, len(units), level="unit")
        yield Chunk(rows, _lines(units), _lines(details), goes_on=False)
        for unit in units[:-1]:
            _remove(unit)
        self._keep_only_unit(units[-1])
        if len(container) > MOST_CHILDREN_HELD:
            raise UnreadableBankFile([MessageError("element_too_large", line=line_of(container))])

    def _keep_only_unit(self, unit: etree._Element) -> None:
        """Let go of all units but the newest. What is read of the next one stays as it is."""
        pending = self._pending
        if pending.kept_unit is not None:
            _remove(pending.kept_unit)
        pending.kept_unit = unit
        pending.units, pending.details_of_units = [], []
        self._source.held = 0

    def _take_details(self, unit: etree._Element, *, goes_on: bool) -> Chunk:
        """Turn the waiting details of one unit into rows, after the unit's own, and remove all but the newest."""
        pending = self._pending
        details = pending.open_details
        before = 0 if pending.kept_detail is None else 1
        rows = self._transform(unit, before, len(details), level="detail", ended=not goes_on)
        chunk = Chunk(rows, [line_of(unit)], _lines(details), goes_on)
        if details:
            self._remove_details([pending.kept_detail, *details[:-1]], newest=details[-1])
            pending.kept_detail = details[-1]
        pending.open_details = []
        pending.open_unit_has_rows = True
        self._source.held = 0
        return chunk

    def _remove_details(self, details: list[etree._Element | None], *, newest: etree._Element) -> None:
        """Remove details, and what stood between them and their unit where nothing but a batch's ids is left in it."""
        newest_parent = newest.getparent()
        for detail in details:
            parent = detail.getparent() if detail is not None else None
            if detail is None or parent is None:
                continue
            parent.remove(detail)
            if self._shape.between is not None and parent is not newest_parent and len(parent) <= 1:
                _remove(parent)

    def _transform(
        self, element: etree._Element, before: int, count: int, *, level: str, ended: bool = True
    ) -> list[list[str]]:
        return rows_from(self._rows_of, element, level=level, first=before, last=before + count, ended=int(ended))


def misplaced(element: etree._Element) -> UnreadableBankFile:
    """Make the error for an element that stands where its message has none."""
    name = etree.QName(element).localname
    return UnreadableBankFile([MessageError("element_not_expected", params={"value": name}, line=line_of(element))])


def require_message_type(root: XmlRoot, types: Container[str]) -> None:
    """Raise UnreadableBankFile unless a file is a message of one of the types."""
    if root.message_type not in types:
        raise UnreadableBankFile([MessageError("message_not_supported", params={"value": root.namespace})])


def require_rows(shape: Shape, rows: tuple[int, int], seen: tuple[int, int]) -> None:
    """Raise UnreadableBankFile unless there are as many rows, of units and of details, as elements were seen."""
    if rows != seen:
        raise UnreadableBankFile([MessageError("element_not_expected", params={"value": shape.detail})])


def rows_from(
    transform: etree.XSLT, element: etree._Element, *, level: str, first: int, last: int, ended: int
) -> list[list[str]]:
    """Return the rows that a stylesheet writes of an element's units or details behind `first` up to `last`."""
    write: Any = transform
    text = str(write(element, **{f"{level}_from": str(first), f"{level}_to": str(last), "ended": str(ended)}))
    if FORBIDDEN_CONTROL.search(text):
        raise UnreadableBankFile([MessageError("control_character", line=line_of(element))])
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        raise UnreadableBankFile([MessageError("element_too_large", line=line_of(element))]) from None


def compile_rows(stylesheet: Path, *, namespace: str) -> etree.XSLT:
    """Compile a stylesheet for one namespace; it may read no file, write none and open no connection."""
    values = Path(__file__).with_name("values.xsl").read_text(encoding="utf-8")
    text = stylesheet.read_text(encoding="utf-8").replace("<!--@VALUES@-->", values).replace("@NAMESPACE@", namespace)
    return etree.XSLT(etree.fromstring(text.encode()), access_control=_DENY_ALL)


def read_fully(stream: BinaryIO, size: int) -> bytes:
    """Read `size` bytes, or up to the end: a raw stream may hand out less at a time."""
    parts: list[bytes] = []
    missing = size
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _lines(elements: list[etree._Element]) -> list[int]:
    return [line_of(element) for element in elements]


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
