"""Folders for unix sockets: an address has room for about 107 bytes, and PostgreSQL's list of folders for no comma."""

import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path

from autopay_portal.sandbox.servers.owner import UnableToServeError

_LONGEST = 80
_AWKWARD = re.compile(r"[\x00-\x1f,\"'\\]")


def socket_folder(wanted: Path) -> Path:
    """Return `wanted`, or where its path is too long a 0700 folder of ours below the system's temp folder."""
    if len(os.fsencode(wanted)) > _LONGEST or _AWKWARD.search(str(wanted)):
        digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
        wanted = Path(tempfile.gettempdir()) / f"autopay-{os.geteuid()}-{digest}"
    return wanted


def make_socket_folder(folder: Path, *, owner: tuple[int, int] | None = None) -> None:
    """Make `folder` with mode 0700 for `owner` (uid, gid; default us); refuse one that somebody else laid there.

    The folder above it is made passable, since `owner` must come through.
    """
    if not folder.parent.exists():
        folder.parent.mkdir(parents=True)
        folder.parent.chmod(0o711)
    folder.mkdir(mode=0o700, exist_ok=True)
    us = (os.geteuid(), os.getegid())
    _require_ours(folder.parent, uids={us[0]})
    _require_ours(folder, uids={us[0], (owner or us)[0]})
    folder.chmod(0o700)
    if folder.stat().st_uid != (owner or us)[0]:
        os.chown(folder, *(owner or us))


def _require_ours(folder: Path, *, uids: set[int]) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in uids:
        raise UnableToServeError(f"{folder} is not a folder of ours: remove it and start again")
