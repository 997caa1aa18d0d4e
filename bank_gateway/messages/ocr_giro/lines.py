"""A file of 80-character records as text, however the transfer treated its line ends."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from bank_gateway.messages.errors import MessageError, UnreadableBankFile

RECORD_LENGTH = 80
BLOCK_BYTES = 1024 * 1024

_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_OR_LINE_END = re.compile("[\x00-\x1f\x7f-\x9f]")


def records_of(stream: BinaryIO) -> Iterator[list[str]]:
    """Yield the file's records, a block at a time, without line ends; their lengths are the caller's to check.

    ISO-8859-1, or UTF-8 after its byte order mark. Lines end in LF or CRLF; a file without any line end is cut into
    records of 80 characters. Raises UnreadableBankFile for control characters and for what isn't UTF-8 after all.
    """
    block = stream.read(BLOCK_BYTES)
    marked = block.startswith(codecs.BOM_UTF8)
    decoder = codecs.getincrementaldecoder("utf-8" if marked else "iso-8859-1")("strict")
    block = block.removeprefix(codecs.BOM_UTF8)
    has_lines = b"\n" in block
    rest, before = "", 0
    try:
        while block:
            text = rest + decoder.decode(block)
            records, rest = _lines(text) if has_lines else _slices(text)
            _refuse_control_characters(text, records, before)
            yield records
            before += len(records)
            block = stream.read(BLOCK_BYTES)
            _refuse_endless_line(rest, before)
        rest += decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise UnreadableBankFile([MessageError("encoding_not_supported", line=before + 1)]) from None
    if rest:
        last = [rest.removesuffix("\r")]
        _refuse_control_characters(rest, last, before)
        yield last


def _lines(text: str) -> tuple[list[str], str]:
    lines = text.split("\n")
    rest = lines.pop()
    return ([line.removesuffix("\r") for line in lines] if "\r" in text else lines), rest


def _slices(text: str) -> tuple[list[str], str]:
    whole = len(text) - len(text) % RECORD_LENGTH
    return [text[start : start + RECORD_LENGTH] for start in range(0, whole, RECORD_LENGTH)], text[whole:]


def _refuse_control_characters(text: str, records: list[str], before: int) -> None:
    """Refuse what would neither print nor enter a database; line ends are gone from the records by now."""
    if not _CONTROL.search(text) and text.count("\r") == text.count("\r\n"):
        return
    for number, record in enumerate(records, start=before + 1):
        if _CONTROL_OR_LINE_END.search(record):
            raise UnreadableBankFile([MessageError("control_character", line=number)])


def _refuse_endless_line(rest: str, before: int) -> None:
    if len(rest) > BLOCK_BYTES:
        raise UnreadableBankFile(
            [MessageError("ocr_line_length", params={"length": len(rest), "expected": RECORD_LENGTH}, line=before + 1)]
        )
