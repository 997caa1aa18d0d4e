"""What the stylesheet makes of an element, worked out once per shape and then filled in.

Two elements are of one shape when they are made of the same tags, attributes included, in the same order. What the
stylesheets write depends on the tags alone and never on a text, so that one element whose texts are numbered tokens
shows where each text of its shape goes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from lxml import etree

from bank_gateway.messages.bank_files.fields import Fields, FilledRow, Matched, PlannedRow, Row, fields_of
from bank_gateway.messages.bank_files.values import BadValueError
from bank_gateway.messages.picking import picker

MOST_PLANS = 1_000
MOST_CHARACTERS = 100_000
# Tried one after the other; a file has a handful of shapes that make up most of it.
MOST_PATTERNS = 12

Rows = list[list[str]]
FilledRows = list[FilledRow]
# From an element with its texts replaced to the rows that the stylesheet writes of it.
Transform = Callable[["etree._Element"], Rows]

# Private use characters (Unicode 23.5): an element that holds any of its own isn't planned.
_OPEN, _CLOSE = "\ue000", "\ue001"
_TOKEN = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_TEXT = '[^<>&"]*'
_BLANKS = "[ \\t\\n]*"
_REFERENCE = re.compile("&([a-z]{2,4});")


class NotPlainError(Exception):
    """Say that a file isn't written plainly enough to be skimmed; it may be right all the same."""


@dataclass(frozen=True, slots=True)
class _Plan:
    rows: tuple[PlannedRow, ...]
    quotes: int


class ShortCut(Protocol):
    """What a reader makes of the rows of a shape to lead past filling them.

    `texts` are regular expressions, by the place of a text, that a text must match to be read on it. None of them may
    let a sign of a tag, a reference or a quotation mark through.
    """

    @property
    def texts(self) -> Mapping[int, str]: ...


# From the rows of a shape to what leads past filling them; None where nothing does.
FindShortCut = Callable[[Sequence[PlannedRow]], ShortCut | None]


class _KnownShape(NamedTuple):
    """A shape as the parts of a regular expression, a tag or a text each; its groups are those that its rows need."""

    parts: tuple[str, ...]
    groups: int
    rows: tuple[PlannedRow, ...]
    short_cut: ShortCut | None


class _KnownShapes:
    """Several shapes as one regular expression, so that what they begin with alike is matched once."""

    def __init__(self, shapes: Sequence[_KnownShape]) -> None:
        parts = [shape.parts for shape in shapes]
        alike = next(
            (n for n, same in enumerate(zip(*parts, strict=False)) if len(set(same)) > 1), min(map(len, parts))
        )
        # An empty group behind each tells which of them it was.
        tails = "|".join("".join((*of_shape[alike:], "()")) for of_shape in parts)
        self.match = re.compile(f"{''.join(parts[0][:alike])}(?:{tails}){_BLANKS}").match
        self._head = sum(part.startswith("(") for part in parts[0][:alike])
        self._by_mark: dict[int, tuple[_KnownShape, int, int]] = {}
        first = self._head
        for shape in shapes:
            last = first + shape.groups - self._head
            self._by_mark[last + 1] = (shape, first, last)
            first = last + 1

    def read(self, found: re.Match[str]) -> tuple[_KnownShape, tuple[str, ...]]:
        """Return which shape was matched, and its texts."""
        shape, first, last = self._by_mark[found.lastindex or 0]
        texts = found.groups()
        return shape, texts[: self._head] + texts[first:last]


def cut(element: str) -> list[str]:
    """Cut an element at its tags: texts at even places, tags at odd ones. Exact where `<` and `>` only delimit tags."""
    return element.replace(">", "<").split("<")


class RowPlans:
    """Turn elements written as text into the stylesheet's rows, learning each shape from its first element."""

    def __init__(
        self,
        *,
        parse: Callable[[str], "etree._Element"],
        transform: Transform,
        repeatable: Mapping[str, frozenset[str]],
        find_short_cut: FindShortCut | None = None,
    ) -> None:
        """`parse` makes an element of what is written; it raises NotPlainError where it can't be trusted.

        `repeatable` says of each kind of row which tags may stand in it several times.
        """
        self._find_short_cut = find_short_cut
        self._parse = parse
        self._transform = transform
        self._repeatable = repeatable
        self._known: list[_KnownShape] = []
        # Those on a short cut, then the same and the others as they are read otherwise.
        self._patterns: list[_KnownShapes] = []
        self._plans: dict[str, _Plan] = {}

    def read_known(
        self, text: str, at: int, *, line: int, rows: list[Row], lines: list[int], most: int
    ) -> tuple[int, int]:
        """Read the elements that begin at a place of `text`, blanks behind each included, and return where they end.

        Until one is of no known shape, isn't wholly there, or has a reference or a quotation mark in a text, or until
        there are `most` lines. Adds the rows, and the line that each element begins on; returns the place and its line.
        """
        patterns = self._patterns
        while len(lines) < most:
            for pattern in patterns:
                if (found := pattern.match(text, at)) is not None:
                    break
            else:
                break
            end = found.end()
            if end - at > MOST_CHARACTERS:
                raise NotPlainError("an element too large")
            (_, _, planned, short_cut), texts = pattern.read(found)
            if short_cut is None:
                rows += [row.fill(texts) for row in planned]
            else:
                rows.append(Matched(short_cut, planned, texts))
            lines.append(line)
            line += text.count("\n", at, end)
            at = end
        return at, line

    def rows_of(self, element: str) -> FilledRows:
        """Return the rows of one element. Raises NotPlainError.

        In text and attributes `>` may stand for itself: then the cut is wrong, which shows in its number.
        """
        if element.count("<") != element.count(">") or len(element) > MOST_CHARACTERS:
            raise NotPlainError("a sign of a tag in a text, or an element too large")
        pieces = cut(element)
        shape = ">".join(pieces[1::2])
        plan = self._plans.get(shape) or self._learn(shape, pieces)
        if "&" in element:
            pieces = [_resolved(piece) if "&" in piece else piece for piece in pieces]
            if any('"' in piece for piece in pieces[::2]):
                raise NotPlainError("a quotation mark")
        elif element.count('"') != plan.quotes:
            raise NotPlainError("a quotation mark")
        return [row.fill(pieces) for row in plan.rows]

    def _learn(self, shape: str, pieces: list[str]) -> _Plan:
        if len(self._plans) >= MOST_PLANS:
            raise NotPlainError("too many shapes")
        if _OPEN in shape or _CLOSE in shape or "&" in shape:
            raise NotPlainError("a tag that says more than its name")
        rows = self._transform(self._parse(_with_tokens(pieces)))
        planned = (_row_of(row, self._repeatable.get(row[0], frozenset())) for row in rows)
        plan = _Plan(tuple(planned), quotes=shape.count('"'))
        self._plans[shape] = plan
        self._learn_pattern(pieces, rows)
        return plan

    def _learn_pattern(self, pieces: list[str], rows: Rows) -> None:
        """Keep a shape to be matched, its texts numbered as they come: on its short cut, and otherwise."""
        if len(self._plans) > MOST_PATTERNS:
            return
        needed = sorted({int(place) for row in rows for value in row for place in _TOKEN.findall(value)})
        groups = {place: number for number, place in enumerate(needed)}
        renumbered = [
            [_TOKEN.sub(lambda found: f"{_OPEN}{groups[int(found[1])]}{_CLOSE}", value) for value in row]
            for row in rows
        ]
        planned = tuple(_row_of(row, self._repeatable.get(row[0], frozenset())) for row in renumbered)
        self._known.append(_KnownShape(_parts(pieces, groups, {}), len(groups), planned, None))
        if short_cut := self._find_short_cut and self._find_short_cut(planned):
            parts = _parts(pieces, groups, short_cut.texts)
            self._known.append(_KnownShape(parts, len(groups), planned, short_cut))
        by_way = [known for known in self._known if known.short_cut], [k for k in self._known if not k.short_cut]
        self._patterns = [_KnownShapes(known) for known in by_way if known]


def _parts(pieces: list[str], groups: Mapping[int, int], texts: Mapping[int, str]) -> tuple[str, ...]:
    """Write a shape's tags and texts as regular expressions; no text holds signs of tags, references or quotations."""
    return tuple(
        re.escape(f"<{piece}>") if place % 2 else f"({texts.get(groups[place], _TEXT)})" if place in groups else _TEXT
        for place, piece in enumerate(pieces[:-1])
    )


def _with_tokens(pieces: list[str]) -> str:
    """Write the element again with a token for each of its texts, the blanks between tags included."""
    last = len(pieces) - 1
    return "".join(
        f"<{piece}>" if place % 2 else f"{_OPEN}{place}{_CLOSE}" if 0 < place < last else piece
        for place, piece in enumerate(pieces)
    )


def _row_of(row: list[str], repeatable: frozenset[str]) -> PlannedRow:
    try:
        fields = fields_of(row, repeatable=repeatable)
    except BadValueError:
        raise NotPlainError("what the careful reader refuses") from None
    texts: dict[str, int] = {}
    constant: Fields = {}
    joined: dict[str, tuple[str | int, ...]] = {}
    for tag, value in fields.items():
        split = (int(part) if odd % 2 else part for odd, part in enumerate(_TOKEN.split(value)))
        parts = tuple(part for part in split if part != "")
        if len(parts) == 1 and isinstance(parts[0], int):
            texts[tag] = parts[0]
        elif any(isinstance(part, int) for part in parts):
            joined[tag] = parts
        else:
            constant[tag] = value
    return PlannedRow(row[0], texts, constant, joined, picker(list(texts.values())))


def _resolved(text: str) -> str:
    """Return a text with the five named references of XML resolved; NotPlainError for any other."""
    resolved = _REFERENCE.sub(lambda found: _NAMED.get(found[1], found[0]), text)
    if "&" in _REFERENCE.sub(lambda found: "" if found[1] in _NAMED else found[0], text):
        raise NotPlainError("a reference")
    return resolved
