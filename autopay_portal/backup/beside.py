"""What lies beside the database: the channel journal, which must stay the newest, and the audit's signed heads."""

import os
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from autopay_portal.backup import disk
from autopay_portal.backup.manifest import HEADS, JOURNAL


def keep_newest_journal(folder: Path) -> str:
    """See to it that the installation's journal holds every line that it and the backup's copy have; say what was done.

    It's never replaced by an older one: what it knows and the restored database doesn't is what lays the hold.
    """
    here, saved = Path(settings.CHANNEL_JOURNAL), folder / JOURNAL
    if not saved.exists():
        return "kept" if here.exists() else "there is none"
    if not here.exists():
        _put(saved.read_bytes(), here)
        return "lost here, taken from the backup: what was sent since the backup is unknown"
    mine, theirs = here.read_bytes(), saved.read_bytes()
    if mine.startswith(theirs):
        return "kept"
    known = set(mine.splitlines())
    lacking = [line for line in theirs.splitlines() if line not in known]
    if not lacking:
        return "kept"
    # The installation's own lines are the newer ones, unless the backup's copy simply goes on from them.
    _put(theirs if theirs.startswith(mine) else b"".join(line + b"\n" for line in lacking) + mine, here)
    return f"kept, with {len(lacking)} lines of the backup's copy that it lacked"


def replace_heads(folder: Path) -> Path | None:
    """Put the backup's signed heads in place and return where the installation's own went, if it had others.

    They sign events that the restored database doesn't have; they stay as the proof that there were such events.
    """
    here, saved = Path(settings.AUDIT_HEADS), folder / HEADS
    theirs = saved.read_bytes() if saved.exists() else b""
    if not here.exists():
        if theirs:
            _put(theirs, here)
        return None
    if here.read_bytes() == theirs:
        return None
    aside = here.with_name(f"{here.stem}.until-{datetime.now(tz=UTC):%Y%m%dT%H%M%SZ}{here.suffix}")
    os.link(here, aside)
    if theirs:
        _put(theirs, here)
    else:
        here.unlink()
    disk.fsync_folder(here.parent)
    return aside


def put_heads_back(aside: Path | None) -> None:
    """Undo `replace_heads`: the database that they belong to stays."""
    if aside is not None:
        aside.replace(settings.AUDIT_HEADS)
        disk.fsync_folder(aside.parent)


def _put(content: bytes, target: Path) -> None:
    """Write a file beside its place and give it its name, fsynced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    disk.write_file(partial, content)
    partial.replace(target)
    disk.fsync_folder(target.parent)
