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


class Pattern(NamedTuple):
    """A shape as a regular expression, its groups the texts that its rows need."""

    matches: Callable[[str, int], re.Match[str] | None]
    rows: tuple[PlannedRow, ...]
    short_cut: ShortCut | None


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
        # Those on a short cut come first.
        self._patterns: list[Pattern] = []
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
                if (found := pattern[0](text, at)) is not None:
                    break
            else:
                break
            end = found.end()
            if end - at > MOST_CHARACTERS:
                raise NotPlainError("an element too large")
            _, planned, short_cut = pattern
            if short_cut is None:
                texts = found.groups()
                rows += [row.fill(texts) for row in planned]
            else:
                rows.append(Matched(short_cut, planned, found.groups()))
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
        """Keep a shape as regular expressions, its texts numbered as they come: on its short cut, and otherwise."""
        if len(self._patterns) >= MOST_PATTERNS:
            return
        needed = sorted({int(place) for row in rows for value in row for place in _TOKEN.findall(value)})
        groups = {place: number for number, place in enumerate(needed)}
        renumbered = [
            [_TOKEN.sub(lambda found: f"{_OPEN}{groups[int(found[1])]}{_CLOSE}", value) for value in row]
            for row in rows
        ]
        planned = tuple(_row_of(row, self._repeatable.get(row[0], frozenset())) for row in renumbered)
        self._patterns.append(Pattern(_written(pieces, groups, {}), planned, None))
        if short_cut := self._find_short_cut and self._find_short_cut(planned):
            self._patterns.insert(0, Pattern(_written(pieces, groups, short_cut.texts), planned, short_cut))


def _written(
    pieces: list[str], groups: Mapping[int, int], texts: Mapping[int, str]
) -> Callable[[str, int], re.Match[str] | None]:
    """Write a shape as a regular expression, whose texts hold no sign of a tag, no reference and no quotation mark."""
    written = "".join(
        re.escape(f"<{piece}>") if place % 2 else f"({texts.get(groups[place], _TEXT)})" if place in groups else _TEXT
        for place, piece in enumerate(pieces[:-1])
    )
    return re.compile(written + _BLANKS).match


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
