"""Rows of CSV for PostgreSQL's COPY: texts always quoted, an unquoted nothing is NULL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bank_gateway.messages.pain001.shapes import Node, Pieces, plain
from bank_gateway.messages.picking import picker


@dataclass(frozen=True, slots=True)
class Cell:
    """Say where a column's value comes from: nodes of the shape joined by `separator`, a fixed text, or nothing."""

    nodes: tuple[Node, ...] = ()
    separator: str = "\n"
    fixed: str | None = None
    number: int | None = None


NULL = Cell()


class RowFormat:
    """Turn the pieces of a payment into CSV, one format per shape."""

    __slots__ = ("_pick", "_quotes", "_template")

    def __init__(self, cells: Sequence[Cell]) -> None:
        places: list[int] = []
        self._template = b",".join(_template(cell, places) for cell in cells)
        self._quotes = self._template.count(b'"')
        self._pick: Callable[[Pieces], tuple[bytes, ...]] = picker(places)

    def render(self, pieces: Pieces) -> bytes:
        """Return the cells, comma between them, without a line end."""
        values = self._pick(pieces)
        row = self._template % values
        if row.count(b'"') != self._quotes:
            row = self._template % tuple([value.replace(b'"', b'""') for value in values])
        return plain(row)


def _template(cell: Cell, places: list[int]) -> bytes:
    if cell.number is not None:
        return b"%d" % cell.number
    if cell.fixed is not None:
        return b'"%s"' % _written(cell.fixed)
    if not cell.nodes:
        return b""
    filled = [node.place for node in cell.nodes if node.place is not None]
    places += filled
    return b'"%s"' % cell.separator.encode().join([b"%s"] * len(filled))


def _written(fixed: str) -> bytes:
    """Return a fixed text as the template holds it: quotes doubled, and once serialised, as all texts around it."""
    return fixed.replace('"', '""').replace("&", "&amp;").replace("%", "%%").encode()
