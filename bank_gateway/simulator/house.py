"""What the parts of the program share: its folder, its banks, its clock, and where each login's files lie."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bank_gateway.simulator.clock import BusinessClock
from bank_gateway.simulator.contents import Contents
from bank_gateway.simulator.faults.active import ActiveFaults
from bank_gateway.simulator.profiles import BankHabits

TO_BANK, FROM_BANK, ARCHIVE = "to_bank", "from_bank", "from_bank/archive"


@dataclass(frozen=True)
class Event:
    """One entry of the banks' diary: what falls due, when, and for which row."""

    id: int
    bank: str
    kind: str
    at: str
    subject: int


@dataclass
class House:
    """The program's folder with what stands in it. `open_files` are the uploads that clients have open right now."""

    folder: Path
    clock: BusinessClock
    contents: Contents
    banks: Mapping[str, BankHabits]
    faults: ActiveFaults = field(default_factory=ActiveFaults)
    open_files: set[str] = field(default_factory=set)

    def login_folder(self, username: str) -> Path:
        """Return a login's own folder, with the folders a client expects in it."""
        folder = self.folder / "sftp" / username
        for name in (TO_BANK, FROM_BANK, ARCHIVE):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


def storage_path(folder: Path) -> Path:
    """Return where the storage lies in the program's folder."""
    return folder / "banks.sqlite3"


def event_of(row: sqlite3.Row) -> Event:
    """Return a row of the diary as an event."""
    return Event(row["id"], row["bank"], row["kind"], row["at"], row["subject"])
