"""The vault's files into a backup and out of it: content-addressed, so equal names are equal bytes."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from autopay_portal.backup import disk
from autopay_portal.backup.manifest import FILE_LIST, FILES, listed_files
from autopay_portal.core import vault

_HEX_DIGITS = frozenset("0123456789abcdef")


@dataclass(slots=True)
class Saved:
    """What a backup holds of the vault: SHA-256s, how many bytes, and how many files were linked instead of copied."""

    names: set[str] = field(default_factory=set)
    size: int = 0
    linked: int = 0

    @property
    def count(self) -> int:
        return len(self.names)


def save_vault(folder: Path, *, previous: Path | None) -> Saved:
    """Put every file of the vault into a backup's folder, with a list of them, and return what was put.

    A file that the previous backup holds is linked to it; any other is copied and hashed on its way. One whose bytes
    aren't what its name says is left out.
    """
    saved = Saved()
    (folder / FILES).mkdir(mode=0o700)
    for source in _files_of(Path(settings.VAULT_DIR)):
        target = folder / FILES / vault.path_of(source.name)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _link(previous, source, target):
            saved.linked += 1
        elif disk.copy_file(source, target) != source.name:
            target.unlink()
            continue
        saved.names.add(source.name)
        saved.size += target.stat().st_size
    lines = (f"{name}  {FILES}/{vault.path_of(name)}\n" for name in sorted(saved.names))
    disk.write_file(folder / FILE_LIST, "".join(lines).encode("ascii"))
    return saved


def _files_of(root: Path) -> Iterator[Path]:
    """Yield the vault's files; what is still being written has no name there."""
    if not root.is_dir():
        return
    for where, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(where) / name
            if len(name) == 64 and set(name) <= _HEX_DIGITS and path == root / vault.path_of(name):
                yield path


def _link(previous: Path | None, source: Path, target: Path) -> bool:
    """Link the previous backup's copy; False where it has none of that size, or lies on another file system."""
    if previous is None:
        return False
    kept = previous / FILES / vault.path_of(source.name)
    try:
        if kept.stat().st_size != source.stat().st_size:
            return False
        target.hardlink_to(kept)
    except OSError:
        # Copied instead: a link is a saving and nothing more.
        return False
    return True


def bring_back(folder: Path) -> tuple[int, int]:
    """Put a backup's files into the vault where they are missing or damaged; return how many it listed and brought.

    Files that the vault has besides are left: they are what came since, and nothing is ever named twice.
    """
    listed = brought = 0
    root = Path(settings.VAULT_DIR)
    for sha256, source in listed_files(folder):
        listed += 1
        there = root / vault.path_of(sha256)
        if not there.is_file() or disk.sha256_of(there) != sha256:
            vault.store(disk.pieces_of(source))
            brought += 1
    return listed, brought
