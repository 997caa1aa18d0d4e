"""The rows that a stylesheet writes: a kind, then pairs of a tag and a value."""

from typing import NamedTuple

from bank_gateway.messages.bank_files.values import BadValueError

Fields = dict[str, str]


class FilledRow(NamedTuple):
    """A row whose values are by their tags already."""

    kind: str
    fields: Fields


Row = list[str] | FilledRow
# The stylesheets write this tag, with the element's name, for an element they don't know.
UNKNOWN = "?"


def fields_of(row: Row, *, repeatable: frozenset[str] = frozenset(), strict: bool = True) -> Fields:
    """Return a row's values by tag; the values of a tag that may repeat are joined by line ends.

    Raises BadValueError for a tag twice that stands for an element allowed once (which of them is meant would be a
    guess) and, if `strict`, for an element that the message doesn't have there.
    """
    if isinstance(row, FilledRow):
        return row.fields
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
