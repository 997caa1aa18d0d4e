"""The folder that holds everything of one installation: AUTOPAY_VAR."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from autopay_portal.sandbox.addresses import ADDRESS_FILE
from autopay_portal.sandbox.servers.sockets import socket_folder

ROOT = Path(__file__).resolve().parent.parent.parent
_MARKER = ".autopay"
# What other commands of the project may have made here before the first start.
_OURS = frozenset({_MARKER, "run", "log", "files", "static", "mail", "locale"})


class UnableToStartError(Exception):
    """The sandbox can't start; the text says why and what the person can do."""


@dataclass(frozen=True)
class Place:
    """The paths of one installation."""

    var: Path

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    @property
    def children(self) -> Path:
        return self.run / "children.json"

    @property
    def addresses(self) -> Path:
        return self.var / ADDRESS_FILE

    @property
    def description(self) -> Path:
        return self.var / "sandbox.json"

    @property
    def new_description(self) -> Path:
        """Return where the description waits until the portal answers."""
        return self.run / "sandbox.json.new"

    @property
    def seeded(self) -> Path:
        """Return the file in which the seed notes what the database can't tell: passwords, key files."""
        return self.run / "seeded.json"

    @property
    def secrets(self) -> Path:
        return self.var / "secrets.json"

    @property
    def ports(self) -> Path:
        return self.var / "ports.json"

    @property
    def banks(self) -> Path:
        return self.var / "banks"

    @property
    def marker(self) -> Path:
        return self.var / _MARKER

    @property
    def sockets(self) -> Path:
        return socket_folder(self.var / "sockets")

    def log_of(self, name: str) -> Path:
        """Return the log file of one child."""
        return self.log / f"{name}.log"

    def make(self) -> None:
        """Make the folders. Refuses a folder that holds other things: a reset would delete them."""
        if not self.var.exists():
            self.var.mkdir(parents=True)
            # Passable, not readable: as root, PostgreSQL's own user goes through here to its closed folder.
            self.var.chmod(0o711)
        if not self.marker.exists():
            strangers = sorted({path.name for path in self.var.iterdir()} - _OURS)
            if strangers:
                raise UnableToStartError(
                    f"{self.var} already holds other things ({', '.join(strangers[:3])}). "
                    "AUTOPAY_VAR must name a new or an empty folder"
                )
            self.marker.touch(mode=0o600)
        for folder in (self.run, self.log):
            folder.mkdir(mode=0o700, exist_ok=True)


def write_private(path: Path, content: object) -> None:
    """Write `content` as JSON to `path`, mode 0600, whole or not at all."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_private(path: Path) -> dict[str, str]:
    """Return the flat JSON object in `path`, or an empty one if there is no such file."""
    if not path.is_file():
        return {}
    content: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return content
