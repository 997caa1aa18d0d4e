"""What a backup says of itself: `manifest.json`, and `files.sha256` with one line per file of the vault."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from autopay_portal.backup import disk
from autopay_portal.backup.errors import UnableToRestoreError

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database.dump"
JOURNAL = "channel-journal.log"
HEADS = "audit-heads.log"
FILES = "files"
FILE_LIST = "files.sha256"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the backup beside the vault's own."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was saved, when, and how to tell that it's whole.

    `taken_at` is the machine's time just before the snapshot, `business_at` the business clock's. `rows` counts every
    table in the snapshot. `key_check` is a known text under the key ring, so that a restore can tell whether its own
    ring opens the secrets; no key is in a backup.
    """

    taken_at: str
    business_at: str
    server_version: int
    migrations: tuple[tuple[str, str], ...]
    rows: dict[str, int]
    parts: tuple[Part, ...]
    file_count: int
    file_bytes: int
    key_ids: tuple[str, ...]
    key_check: str
    # Files that the database names and the vault didn't have, or had with other bytes.
    missing: tuple[str, ...] = ()
    format: int = FORMAT
    product: str = field(default="autopay")

    def part(self, name: str) -> Part | None:
        """Return the part of that name, or None where the backup has none."""
        return next((part for part in self.parts if part.name == name), None)

    def write(self, folder: Path) -> None:
        """Write the manifest into a folder."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        disk.write_file(folder / MANIFEST, text.encode() + b"\n")


def read_manifest(folder: Path) -> Manifest:
    """Return a backup's manifest. Raises UnableToRestoreError if it's no backup or one of another version."""
    path = folder / MANIFEST
    if not path.is_file():
        raise UnableToRestoreError(
            f"{folder} is no backup: it has no {MANIFEST}. A folder that ends in .part was broken off; take another"
        )
    try:
        content = json.loads(path.read_bytes())
        version, product = content["format"], content["product"]
    except (ValueError, KeyError, TypeError):
        raise UnableToRestoreError(f"{path} can't be read: the backup is damaged, take another") from None
    if (version, product) != (FORMAT, "autopay"):
        raise UnableToRestoreError(
            f"{path} is of format {version} of {product}; this version of AutoPay reads format {FORMAT} of autopay"
        )
    return _manifest(content)


def _manifest(content: dict[str, Any]) -> Manifest:
    try:
        return Manifest(
            **{
                **content,
                "parts": tuple(Part(**part) for part in content["parts"]),
                "migrations": tuple((app, name) for app, name in content["migrations"]),
                "key_ids": tuple(content["key_ids"]),
                "missing": tuple(content["missing"]),
            }
        )
    except (KeyError, TypeError, ValueError):
        raise UnableToRestoreError(f"{MANIFEST} lacks what it should hold: the backup is damaged") from None


def listed_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield SHA-256 and path of every file of the vault that a backup lists."""
    with (folder / FILE_LIST).open(encoding="ascii") as file:
        for line in file:
            sha256, _, path = line.rstrip("\n").partition("  ")
            yield sha256, folder / path
