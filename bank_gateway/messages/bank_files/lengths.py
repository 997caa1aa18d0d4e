"""Finding the texts of a bank's file that are longer than their columns, with their lines.

PostgreSQL notices one while it copies the rows, at no cost; only then the file is read a second time, to say where.
"""

import csv
import io

from bank_gateway.messages.bank_files.staging import BankFileReader, RowPiece
from bank_gateway.messages.errors import MessageError

_MOST_NAMED = 100


def find_long_texts(reader: BankFileReader) -> list[MessageError]:
    """Read a file to its end and return its texts that are too long, each with its line, the first hundred."""
    found: list[MessageError] = []
    for piece in reader.pieces():
        found += _of_piece(piece)
        if len(found) >= _MOST_NAMED:
            break
    return found[:_MOST_NAMED]


def _of_piece(piece: RowPiece) -> list[MessageError]:
    columns = piece.table.columns
    line = columns.index("line")
    limits = [(columns.index(name), name, most) for name, most in piece.table.limits.items()]
    return [
        MessageError(
            "text_too_long", params={"value": name, "length": len(row[place]), "most": most}, line=int(row[line])
        )
        for row in csv.reader(io.StringIO(piece.csv.decode(), newline=""))
        for place, name, most in limits
        if len(row[place]) > most
    ]
