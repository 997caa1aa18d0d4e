"""Read a bank's XML file that is written plainly, several times as fast: the texts are taken where they stand.

A bank's program writes a hundred thousand elements of a handful of shapes. What stands outside the repeated elements
is parsed; they themselves are cut at their tags, and filled into what the stylesheet made of the first of their shape
(`row_plans`). Whatever isn't plain (a comment, CDATA, a prefix, an encoding but UTF-8, anything a parser would have to
be asked about) is never guessed at: NotPlainError, and `two_levels` reads the file from its start.
"""

import re
from collections.abc import Container, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from lxml import etree

from bank_gateway.messages.bank_files.blocks import Blocks
from bank_gateway.messages.bank_files.fields import Row
from bank_gateway.messages.bank_files.prolog import PROLOG_BYTES, XmlRoot, declared_encoding, examine_prolog
from bank_gateway.messages.bank_files.row_plans import FilledRows, FindShortCut, NotPlainError, RowPlans, Rows
from bank_gateway.messages.bank_files.two_levels import (
    Chunk,
    Ended,
    Shape,
    compile_rows,
    read_fully,
    require_message_type,
    require_rows,
    rows_from,
)
from bank_gateway.messages.errors import UnreadableBankFile

CHUNK_OF_ELEMENTS = 500
# Stands in the unit's own text where its details were.
_PLACE_OF_DETAILS = "<details-were-here/>"


class SkimmedFile:
    """Read one XML file as `TwoLevelFile` does: iterate it once. Raises NotPlainError, perhaps late."""

    def __init__(
        self, *, stream: BinaryIO, shape: Shape, stylesheet: Path, find_short_cut: FindShortCut | None = None
    ) -> None:
        """`find_short_cut` makes of the rows of a detail's shape what leads past filling them (`Matched`), or None."""
        head = read_fully(stream, PROLOG_BYTES)
        self.root: XmlRoot = examine_prolog(head)
        if declared_encoding(head) != "utf-8":
            raise NotPlainError("an encoding but UTF-8")
        self._shape = shape
        self._blocks = Blocks(head, stream)
        self._skeleton = _Skeleton(self.root.namespace, shape)
        transform = compile_rows(stylesheet, namespace=self.root.namespace)
        pieces = _Pieces(self.root.namespace, shape, transform)
        many = shape.repeatable
        self._units = RowPlans(parse=pieces.parse_unit, transform=pieces.rows_of_unit, repeatable=many)
        self._details = RowPlans(
            parse=pieces.parse_detail, transform=pieces.rows_of_detail, repeatable=many, find_short_cut=find_short_cut
        )
        self._waiting = _Waiting()
        self.units_seen = 0
        self.details_seen = 0

    def require_message_type(self, types: Container[str]) -> None:
        """Raise UnreadableBankFile unless the file is a message of one of the types."""
        require_message_type(self.root, types)

    def require_rows(self, *, units: int, details: int) -> None:
        """Raise UnreadableBankFile unless every unit and every detail of the file has become a row."""
        require_rows(self._shape, (units, details), (self.units_seen, self.details_seen))

    def __iter__(self) -> Iterator[Chunk | Ended]:
        """Yield chunks and ended elements in the file's order."""
        unit_starts = f"<{self._shape.unit}>"
        yield from self._pass_outside(self._blocks.take_before_document())
        while True:
            outside = self._blocks.take_until(unit_starts)
            if outside is None:
                break
            yield from self._pass_outside(outside)
            yield from self._read_unit()
        yield from self._pass_outside(self._blocks.rest())
        yield from self._skeleton.close()

    def _pass_outside(self, text: str) -> Iterator[Chunk | Ended]:
        """Give what stands outside units to the parser; what waits is older, and comes first."""
        if not text.isspace() and text:
            yield from self._let_go()
            yield from self._skeleton.feed(text)
        else:
            self._skeleton.pad(text.count("\n"))

    def _read_unit(self) -> Iterator[Chunk]:
        """Read one unit, whose start tag is the next text, to its end: its own text, and its details."""
        shape, blocks = self._shape, self._blocks
        detail_starts, detail_ends, unit_ends = f"<{shape.detail}>", f"</{shape.detail}>", f"</{shape.unit}>"
        marks = re.compile(f"{detail_starts}|{unit_ends}")
        line = blocks.line
        self.units_seen += 1
        unit = _Unit(line=line)
        while True:
            own, which = blocks.take_until_either(marks)
            unit.own.append(own)
            if which == unit_ends:
                break
            unit.own.append(_PLACE_OF_DETAILS)
            while self._take_known_details(unit) or blocks.at(detail_starts):
                if len(unit.detail_lines) >= CHUNK_OF_ELEMENTS:
                    yield from self._hand_out_part(unit)
                elif blocks.at(detail_starts):
                    self._cut_detail(unit, detail_ends)
        unit.own.append(blocks.take_through(unit_ends))
        self._skeleton.pad(blocks.line - line)
        yield from self._end_unit(unit)

    def _take_known_details(self, unit: "_Unit") -> bool:
        """Take the next details in one stroke each, as long as they are of a known shape and plain in their texts."""
        found = self._blocks.take_known(
            self._details, unit.detail_rows, unit.detail_lines, most=CHUNK_OF_ELEMENTS - len(unit.detail_lines)
        )
        self.details_seen += found
        return found > 0

    def _cut_detail(self, unit: "_Unit", ends: str) -> None:
        """Take the next detail by cutting it at its tags."""
        unit.detail_lines.append(self._blocks.line)
        unit.detail_rows += self._details.rows_of(self._blocks.take_through(ends))
        self._blocks.take_blanks()
        self.details_seen += 1

    def _end_unit(self, unit: "_Unit") -> Iterator[Chunk]:
        rows = self._units.rows_of(unit.text())
        if unit.handed_out:
            yield Chunk([*unit.own_rows_again(rows), *unit.detail_rows], [unit.line], unit.detail_lines, goes_on=False)
            return
        self._waiting.add(unit, rows)
        if self._waiting.count >= CHUNK_OF_ELEMENTS:
            yield from self._let_go()

    def _hand_out_part(self, unit: "_Unit") -> Iterator[Chunk]:
        """Hand out the details read so far of a unit that goes on, after the unit's own row as far as it is known."""
        yield from self._let_go()
        closing = f"</{self._shape.between}>" if self._shape.between else ""
        rows = self._units.rows_of(f"{unit.text()}{closing}</{self._shape.unit}>")
        yield Chunk([*unit.own_rows_again(rows), *unit.detail_rows], [unit.line], unit.detail_lines, goes_on=True)
        unit.detail_rows, unit.detail_lines = [], []

    def _let_go(self) -> Iterator[Chunk]:
        if self._waiting.count:
            yield self._waiting.chunk()
            self._waiting = _Waiting()


class _Unit:
    """One unit being read: its text without its details, and the rows of those that wait."""

    def __init__(self, *, line: int) -> None:
        self.line = line
        self.own: list[str] = []
        self.detail_rows: list[Row] = []
        self.detail_lines: list[int] = []
        self.handed_out: FilledRows = []

    def text(self) -> str:
        return "".join(self.own)

    def own_rows_again(self, rows: FilledRows) -> FilledRows:
        """Return the unit's rows for its next chunk: a batch, which adds up, comes once; the others each time."""
        before = [row for row in self.handed_out if row.kind == "B"]
        batches = [row for row in rows if row.kind == "B"]
        if batches[: len(before)] != before:
            raise NotPlainError("a batch that changes")
        self.handed_out = rows
        return [*(row for row in rows if row.kind != "B"), *batches[len(before) :]]


class _Waiting:
    """Whole units whose rows wait for others, so that chunks are worth their while."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._unit_lines: list[int] = []
        self._detail_lines: list[int] = []

    @property
    def count(self) -> int:
        return len(self._unit_lines) + len(self._detail_lines)

    def add(self, unit: _Unit, rows: FilledRows) -> None:
        self._rows += rows
        self._rows += unit.detail_rows
        self._unit_lines.append(unit.line)
        self._detail_lines += unit.detail_lines

    def chunk(self) -> Chunk:
        return Chunk(self._rows, self._unit_lines, self._detail_lines, goes_on=False)


class _Pieces:
    """Parse pieces of the file by themselves, in the file's namespace, and let the stylesheet write their rows."""

    def __init__(self, namespace: str, shape: Shape, transform: etree.XSLT) -> None:
        self._open = f'<{{name}} xmlns="{namespace}">'
        self._shape = shape
        self._transform = transform
        self._name = f"{{{namespace}}}"

    def parse_unit(self, text: str) -> etree._Element:
        """Return a unit in a container of its own, its details' place checked and cleared."""
        container = self._parse_in(self._shape.container, text)
        unit = self._only_child(container, self._shape.unit)
        level = self._shape.between or self._shape.unit
        for place in list(unit.iter(f"{self._name}details-were-here")):
            parent = place.getparent()
            if parent is None or parent.tag != self._name + level or unit not in (parent, parent.getparent()):
                raise NotPlainError("details out of their place")
            parent.remove(place)
        return container

    def parse_detail(self, text: str) -> etree._Element:
        """Return a unit that holds one detail and nothing else."""
        between = self._shape.between
        unit = self._parse_in(self._shape.unit, f"<{between}>{text}</{between}>" if between else text)
        self._only_child(self._only_child(unit, between) if between else unit, self._shape.detail)
        return unit

    def rows_of_unit(self, container: etree._Element) -> Rows:
        """Return a unit's own rows."""
        rows = self._rows(container, level="unit", ended=1)
        if sum(row[0] == "U" for row in rows) != 1 or any(row[0] == "D" for row in rows):
            raise NotPlainError("a detail not plainly written")
        return rows

    def rows_of_detail(self, unit: etree._Element) -> Rows:
        """Return a detail's rows: its own, and those that belong to it."""
        rows = self._rows(unit, level="detail", ended=0)[1:]
        if sum(row[0] == "D" for row in rows) != 1 or rows[0][0] != "D":
            raise NotPlainError("a detail not plainly written")
        return rows

    def _rows(self, element: etree._Element, *, level: str, ended: int) -> Rows:
        try:
            return rows_from(self._transform, element, level=level, first=0, last=1, ended=ended)
        except UnreadableBankFile:
            raise NotPlainError("what the careful reader refuses") from None

    def _parse_in(self, name: str, text: str) -> etree._Element:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            return etree.fromstring(f"{self._open.format(name=name)}{text}</{name}>".encode(), parser)
        except etree.XMLSyntaxError:
            raise NotPlainError("a piece that isn't well-formed") from None

    def _only_child(self, element: etree._Element, name: str) -> etree._Element:
        if len(element) != 1 or element[0].tag != self._name + name:
            raise NotPlainError("more than one element")
        return element[0]


class _Skeleton:
    """Parse what is left of the file without its units, at the lines where it stands."""

    def __init__(self, namespace: str, shape: Shape) -> None:
        self._shape = shape
        names = (shape.message, shape.container, shape.unit, shape.detail, *shape.heads)
        self._names = {f"{{{namespace}}}{name}": name for name in names}
        self._parser = etree.XMLPullParser(
            events=("end",), tag=list(self._names), resolve_entities=False, no_network=True, load_dtd=False,
            huge_tree=False,
        )  # fmt: skip
        self._lines_skipped = 0
        self._kept: etree._Element | None = None

    def pad(self, lines: int) -> None:
        """Note line ends that were read and aren't fed, so that later elements keep their lines."""
        self._lines_skipped += lines

    def feed(self, text: str) -> Iterator[Ended]:
        """Feed text and yield what ended in it."""
        try:
            self._parser.feed(b"\n" * self._lines_skipped + text.encode())
        except etree.XMLSyntaxError:
            raise NotPlainError("not well-formed") from None
        self._lines_skipped = 0
        yield from self._ended()

    def close(self) -> Iterator[Ended]:
        """End the document and yield what ended with it."""
        try:
            self._parser.close()
        except etree.XMLSyntaxError:
            raise NotPlainError("not well-formed, or cut off") from None
        yield from self._ended()

    def _ended(self) -> Iterator[Ended]:
        for _event, found in self._parser.read_events():
            element = cast("etree._Element", found)
            name = self._names[element.tag]
            if name in (self._shape.unit, self._shape.detail):
                raise NotPlainError("a unit not plainly written")
            yield Ended(element, name)
            if name == self._shape.container and name != self._shape.message:
                if self._kept is not None and (parent := self._kept.getparent()) is not None:
                    parent.remove(self._kept)
                self._kept = element
