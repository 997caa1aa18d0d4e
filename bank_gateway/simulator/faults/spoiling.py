"""What faults do to a file's bytes: half of them, the wrong encoding, the same content under a new message id."""

from collections.abc import Iterator
from pathlib import Path

from bank_gateway.simulator.contents import CHUNK, read_chunks

_HEAD = 4096
_NORDIC = "<!-- Tegn: æøå -->\n"


def half_of(path: Path) -> Iterator[bytes]:
    """Yield the first half of a file's bytes."""
    left = path.stat().st_size // 2
    with path.open("rb") as source:
        while left and (chunk := source.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


def in_latin1(path: Path) -> Iterator[bytes]:
    """Yield an XML file of this program in ISO-8859-1 though it still declares UTF-8.

    A comment with Nordic letters is added, so that the fault shows where the file holds none; characters that
    ISO-8859-1 lacks become references.
    """
    with path.open(encoding="utf-8", newline="") as source:
        yield source.readline().encode("latin-1")
        yield _NORDIC.encode("latin-1")
        while text := source.read(CHUNK):
            yield text.encode("latin-1", "xmlcharrefreplace")


def with_new_id(path: Path, *, old: str, new: str) -> Iterator[bytes]:
    """Yield an XML file of this program with another GrpHdr MsgId, marked as a copy where its message can say so.

    A notification keeps its own Id: it is the same one, told again (CpyDplctInd COPY).
    """
    chunks = iter(read_chunks(path))
    first = next(chunks)
    head, rest = first[:_HEAD], first[_HEAD:]
    head = _once(head, f"<MsgId>{old}</MsgId>", f"<MsgId>{new}</MsgId>")
    if b"<Ntfctn>" in head:
        before, notification, after = head.partition(b"<Ntfctn>")
        after = _once(after, "</CreDtTm>", "</CreDtTm><CpyDplctInd>COPY</CpyDplctInd>")
        head = before + notification + after
    yield head + rest
    yield from chunks


def _once(head: bytes, old: str, new: str) -> bytes:
    """Replace the first place of a text that must be there."""
    if old.encode() not in head:
        raise RuntimeError(f"{old} doesn't stand at the beginning of a file of ours")
    return head.replace(old.encode(), new.encode(), 1)
