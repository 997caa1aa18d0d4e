"""The channel journal: a small file outside the database, one fsynced line per step of an upload or withdrawal.

A database that is restored from a backup has forgotten what was sent since; this file hasn't, and the relay stays
on hold until a person has looked.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from django.conf import settings

Event = Literal["begin", "renamed", "withdrawn"]
_TAIL_BYTES = 32 * 1024
_LATELY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One step of one upload: `begin` before the first byte, `renamed` after the bank has the final name.

    `withdrawn`: the file was taken back before any upload. `order`, `generation` and `company` are missing in lines
    that an earlier version wrote.
    """

    event: Event
    outgoing: str
    attempt: int
    bank: str
    message_id: str
    name: str
    sha256: str
    at: str
    order: str = ""
    generation: int = 0
    company: str = ""


# What a later version may have added to a line is no reason to overlook the line.
_FIELDS = frozenset(field.name for field in fields(JournalLine))


def append(line: JournalLine) -> None:
    """Write one line and return when it is on disk."""
    path = _path()
    fresh = not path.exists()
    if fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        text = json.dumps(asdict(line), separators=(",", ":")).encode() + b"\n"
        # A line that a crash tore is closed off, not continued.
        os.write(descriptor, text if _ends_whole(descriptor) else b"\n" + text)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if fresh:
        _fsync_folder(path.parent)


def size() -> int:
    """Return how many bytes the journal has; 0 where there is none yet."""
    try:
        return _path().stat().st_size
    except FileNotFoundError:
        return 0


def tail(*, after: int) -> list[JournalLine]:
    """Return the newest lines, none that begins before byte `after`."""
    end = size()
    return list(lines(after=max(after, end - _TAIL_BYTES), from_line_start=after >= end - _TAIL_BYTES))


def was_renamed(*, outgoing: str, attempt: int) -> bool:
    """Return whether the bank is on record, lately, as having confirmed the rename of this attempt."""
    start = max(0, size() - _LATELY_BYTES)
    wanted = ("renamed", outgoing, attempt)
    recent = lines(after=start, from_line_start=start == 0)
    return any((line.event, line.outgoing, line.attempt) == wanted for line in recent)


def steps_of(*, outgoing: str, message_id: str) -> list[JournalLine]:
    """Return what the journal knows lately of a file or of its message id, oldest first."""
    start = max(0, size() - _LATELY_BYTES)
    recent = lines(after=start, from_line_start=start == 0, holding=(outgoing.encode(), message_id.encode()))
    return [line for line in recent if outgoing == line.outgoing or message_id == line.message_id]


def lines(*, after: int, from_line_start: bool = True, holding: tuple[bytes, ...] = ()) -> Iterator[JournalLine]:
    """Yield the whole lines that begin at or behind byte `after`; a torn line is left out.

    With `holding` only lines are read that hold one of these texts: the journal is long.
    """
    try:
        file = _path().open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(after)
        if not from_line_start:
            file.readline()
        for text in file:
            wanted = not holding or any(part in text for part in holding)
            line = _parsed(text) if wanted else None
            if line is not None:
                yield line


def _parsed(text: bytes) -> JournalLine | None:
    try:
        return JournalLine(**{name: value for name, value in json.loads(text).items() if name in _FIELDS})
    except (ValueError, TypeError, AttributeError):
        return None


def _ends_whole(descriptor: int) -> bool:
    end = os.fstat(descriptor).st_size
    return end == 0 or os.pread(descriptor, 1, end - 1) == b"\n"


def _path() -> Path:
    return Path(settings.CHANNEL_JOURNAL)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
