"""A bank's folder in memory, and a line to it that breaks the way it is told to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bank_gateway.channels.errors import BankChannelError
from bank_gateway.channels.sftp import RemoteFile
from bank_gateway.models import Connection


class Fate(Enum):
    """What becomes of one try to send a file. A bank takes a delivered file away at once unless it says otherwise."""

    ARRIVES = "it arrives"
    LINE_DOWN = "the line is down before the upload"
    ANSWER_LOST = "it is renamed, and the answer is lost"
    ANSWER_LOST_LYING = "it is renamed, the answer is lost, and it lies there still"
    PART_LEFT = "the rename fails, and the part lies there"
    NOTHING_LEFT = "the rename fails, and nothing lies there"
    DIES_RENAMED = "the worker dies behind the rename"
    DIES_BEFORE_RENAME = "the worker dies before the rename"


_RENAMED = {Fate.ARRIVES, Fate.ANSWER_LOST, Fate.ANSWER_LOST_LYING, Fate.DIES_RENAMED}
_PART_LIES = {Fate.PART_LEFT, Fate.DIES_BEFORE_RENAME}


class WorkerDied(BaseException):
    """What a kill -9 looks like from inside: nothing after it runs."""


@dataclass
class Folder:
    """What lies in `to_bank/`, and what the bank has taken, by the name that it came under."""

    lying: dict[str, bytes] = field(default_factory=dict)
    taken: dict[str, bytes] = field(default_factory=dict)

    def line(self, fate: Fate) -> Callable[[Connection], Any]:
        """Return what opens a line to this folder on which a file meets its fate."""
        return lambda _connection: _Line(self, fate)


class _Line:
    def __init__(self, folder: Folder, fate: Fate) -> None:
        self._folder = folder
        self._fate = fate

    def upload_part(self, name: str, chunks: Iterable[bytes]) -> int:
        """Take the upload, unless the line is down."""
        if self._fate is Fate.LINE_DOWN:
            raise BankChannelError("the line is down", permanent=False)
        content = b"".join(chunks)
        self._folder.lying[name] = content
        return len(content)

    def rename_uploaded(self, part: str, name: str) -> None:
        """Let the file meet its fate."""
        if self._fate in _RENAMED:
            self._folder.lying[name] = self._folder.lying.pop(part)
            if self._fate is not Fate.ANSWER_LOST_LYING:
                self._folder.taken[name] = self._folder.lying.pop(name)
        elif self._fate not in _PART_LIES:
            del self._folder.lying[part]
        if self._fate in (Fate.DIES_RENAMED, Fate.DIES_BEFORE_RENAME):
            raise WorkerDied
        if self._fate is not Fate.ARRIVES:
            raise BankChannelError("no answer to the rename", permanent=False)

    def find_outgoing(self, name: str) -> RemoteFile | None:
        """Look for a file."""
        content = self._folder.lying.get(name)
        return None if content is None else RemoteFile(name, len(content), 0)

    def remove_part(self, part: str) -> bool:
        """Remove a part."""
        return self._folder.lying.pop(part, None) is not None
