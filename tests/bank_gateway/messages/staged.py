"""Reading a bank's file to the end, and its rows back from the CSV that PostgreSQL would get."""

import io
from pathlib import Path
from typing import Any, BinaryIO
from unittest.mock import patch

from bank_gateway.messages.bank_files import blocks, skimming
from bank_gateway.messages.bank_files.row_plans import NotPlainError
from bank_gateway.messages.bank_files.staging import BankFileReader, RowPiece
from bank_gateway.messages.errors import UnreadableBankFile
from bank_gateway.messages.recognise import HEAD_BYTES, open_reader, recognise

SAMPLES = Path(__file__).parents[2] / "samples"

Rows = list[dict[str, str | None]]


def read(content: bytes | BinaryIO) -> tuple[dict[str, Rows], Any]:
    """Read a whole file as the relay does: recognise it, read its rows, then its header.

    Also by skimming, in large pieces and in small ones: what is skimmed must be what is read with care.
    """
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    whole = b"".join(iter(lambda: stream.read(1 << 16), b""))
    message_type = recognise(head=whole[:HEAD_BYTES])
    assert message_type is not None, "not recognised"
    skimmed = [found for found in (skim(whole), skim_in_small_pieces(whole)) if found is not None]
    stream.seek(0)
    try:
        careful = rows_of(open_reader(message_type=message_type, stream=stream))
    except UnreadableBankFile:
        if skimmed:
            raise RuntimeError("skimming believed what the careful reader refuses") from None
        raise
    assert all(found == careful for found in skimmed)
    return careful


def skim(content: bytes) -> tuple[dict[str, Rows], Any] | None:
    """Read a file by skimming, or return None where that wants the careful reader."""
    message_type = recognise(head=content[:HEAD_BYTES])
    assert message_type is not None, "not recognised"
    try:
        return rows_of(open_reader(message_type=message_type, stream=io.BytesIO(content), skim=True))
    except (NotPlainError, UnreadableBankFile):
        return None


def skim_in_small_pieces(content: bytes) -> tuple[dict[str, Rows], Any] | None:
    """Read a file by skimming with everything cut: elements over several reads, entries over several chunks."""
    with (
        patch.object(blocks, "BLOCK", 61),
        patch.object(skimming, "CHUNK_OF_ELEMENTS", 3),
        # Of an element without end, so small reads would copy gigabytes.
        patch.object(blocks, "MOST_HELD", 1 << 16),
    ):
        return skim(content)


def rows_of(reader: BankFileReader) -> tuple[dict[str, Rows], Any]:
    """Collect a reader's rows by table."""
    tables: dict[str, Rows] = {"staged_status": [], "staged_entry": [], "staged_transaction": []}
    for piece in reader.pieces():
        tables[piece.table.name] += rows_of_piece(piece)
    return tables, reader.header


def rows_of_piece(piece: RowPiece) -> Rows:
    """Take a piece of CSV apart as PostgreSQL does: an unquoted nothing is NULL, a quoted one a text."""
    rows = [
        dict(zip(piece.table.columns, record, strict=True))
        for record in _records(piece.csv.decode())
        if record != [None]
    ]
    assert len(rows) == piece.rows
    return rows


def _records(text: str) -> list[list[str | None]]:
    """Split CSV into records of fields, with NULL as None (Python's csv can't tell it from an empty text)."""
    records: list[list[str | None]] = [[]]
    place = 0
    value: str | None
    while place < len(text):
        if text[place] == '"':
            value, place = _quoted(text, place + 1)
        else:
            end = min((found for mark in (",", "\r\n") if (found := text.find(mark, place)) >= 0), default=len(text))
            value, place = text[place:end] or None, end
        records[-1].append(value)
        if text.startswith("\r\n", place):
            records.append([])
            place += 2
        else:
            assert text[place : place + 1] == ",", text[place : place + 20]
            place += 1
    return records[:-1]


def _quoted(text: str, place: int) -> tuple[str, int]:
    parts = []
    while True:
        end = text.index('"', place)
        parts.append(text[place:end])
        if text[end + 1 : end + 2] != '"':
            return "".join(parts), end + 1
        parts.append('"')
        place = end + 2


def error_codes(content: bytes) -> list[str]:
    """Read a file that can't be believed and return the codes of its errors; fails if it can be."""
    try:
        tables, _header = read(content)
    except UnreadableBankFile as unreadable:
        return [error.code for error in unreadable.errors]
    except AssertionError:
        return ["message_not_recognised"]
    raise AssertionError(f"the file was believed: {sum(map(len, tables.values()))} rows")
