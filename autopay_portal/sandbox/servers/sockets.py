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
    """Make `folder` with mode 0700 for `owner` (uid, gid; default us); refuse one that somebody else laid there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    allowed = {os.geteuid(), owner[0] if owner else os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in allowed:
        raise UnableToServeError(f"{folder} is not a folder of ours: remove it and start again")
    folder.chmod(0o700)
    uid, gid = owner or (os.geteuid(), os.getegid())
    if found.st_uid != uid:
        os.chown(folder, uid, gid)
