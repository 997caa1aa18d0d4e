"""The rows that a stylesheet writes: a kind, then pairs of a tag and a value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bank_gateway.messages.bank_files.values import BadValueError

Fields = dict[str, str]


class FilledRow(NamedTuple):
    """A row whose values are by their tags already."""

    kind: str
    fields: Fields


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One row of a shape: its kind, and the tags whose values are one text (its place), the same always, or joined."""

    kind: str
    places: Mapping[str, int]
    constant: Fields
    joined: Mapping[str, tuple[str | int, ...]]
    texts_of: Callable[[Sequence[str]], tuple[str, ...]]

    def fill(self, pieces: Sequence[str]) -> FilledRow:
        """Return the row with these texts."""
        fields = dict(zip(self.places, self.texts_of(pieces), strict=True))
        if self.constant:
            fields |= self.constant
        for tag, parts in self.joined.items():
            fields[tag] = "".join(part if isinstance(part, str) else pieces[part] for part in parts)
        return FilledRow(self.kind, fields)

    @property
    def tags(self) -> frozenset[str]:
        """Return the tags that have a value in the row."""
        return frozenset((*self.places, *self.constant, *self.joined))


class Matched(NamedTuple):
    """An element of a known shape, as its texts, none of which holds a quotation mark: its rows aren't filled yet.

    `short_cut` is what its reader has made of those rows, and leads past them.
    """

    short_cut: Any
    planned: Sequence[PlannedRow]
    texts: tuple[str, ...]

    def filled(self) -> list[FilledRow]:
        """Fill the rows, as the stylesheet would have written them."""
        return [row.fill(self.texts) for row in self.planned]


Row = list[str] | FilledRow | Matched
# The stylesheets write this tag, with the element's name, for an element they don't know.
UNKNOWN = "?"


def fields_of(row: Row, *, repeatable: frozenset[str] = frozenset(), strict: bool = True) -> Fields:
    """Return a row's values by tag; the values of a tag that may repeat are joined by line ends.

    Raises BadValueError for a tag twice that stands for an element allowed once (which of them is meant would be a
    guess) and, if `strict`, for an element that the message doesn't have there.
    """
    if isinstance(row, FilledRow):
        return row.fields
    if isinstance(row, Matched):
        raise TypeError("a matched element is filled before it is read")
    fields = dict(zip(row[1::2], row[2::2], strict=True))
    if 2 * len(fields) + 1 != len(row):
        fields = _joined(row, repeatable)
    if strict and UNKNOWN in fields:
        raise BadValueError("element_not_expected", fields[UNKNOWN])
    return fields


def _joined(row: list[str], repeatable: frozenset[str]) -> Fields:
    fields: Fields = {}
    for tag, value in zip(row[1::2], row[2::2], strict=True):
        if tag not in fields:
            fields[tag] = value
        elif tag in repeatable:
            fields[tag] += "\n" + value
        elif tag != UNKNOWN:
            raise BadValueError("element_repeated", tag)
    return fields


def required(fields: Fields, tag: str, element: str) -> str:
    """Return a value that must be there and not blank; BadValueError (`element_missing`) otherwise."""
    value = fields.get(tag)
    if value is None or not value.strip():
        raise BadValueError("element_missing", element)
    return value


def text_or_none(value: str | None) -> str | None:
    """Return a text as the bank wrote it, None where it wrote nothing but blanks."""
    return value if value and not value.isspace() else None
