"""Which operating system user PostgreSQL runs as: it refuses to run as root."""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Method(Enum):
    """How a data folder is served; one method per folder, since its files belong to that user."""

    OURSELVES = "as this user"
    NOBODY = "as the user nobody"
    NAMESPACE = "in a user namespace of its own"


class UnableToServeError(Exception):
    """A server can't run here; the text says what the person can do."""


@dataclass(frozen=True)
class Owner:
    """The user that a server's files belong to and how its commands are started."""

    method: Method
    uid: int
    gid: int

    @property
    def user(self) -> tuple[int, int] | None:
        """Return (uid, gid) for subprocess, or None to stay who we are."""
        return (self.uid, self.gid) if self.method is Method.NOBODY else None

    def command(self, argv: Sequence[str]) -> list[str]:
        """Return `argv` with what must stand before it."""
        if self.method is Method.NAMESPACE:
            return ["unshare", "--user", "--map-user=1000", "--map-group=1000", *argv]
        return list(argv)


def choose_owner(*, home: Path, binaries: Path) -> Owner | None:
    """Return who serves the data below `home` (made if missing), or None if nobody can from there.

    An existing data folder decides by whom it belongs to. Otherwise root prefers the user nobody and,
    in a folder closed to it, a user namespace. Nothing but `home` itself changes hands.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return _ourselves(home)
    data = home / "data"
    served_by = data.stat().st_uid if data.exists() else None
    if served_by not in (0, None):
        owner = _as_nobody(home=home, binaries=binaries)
        return owner or _refuse(home)
    if served_by is None and (owner := _as_nobody(home=home, binaries=binaries)):
        return owner
    return _in_namespace(home=home, binaries=binaries)


def _ourselves(home: Path) -> Owner:
    owner = Owner(Method.OURSELVES, os.geteuid(), os.getegid())
    data = home / "data"
    if home.stat().st_uid != owner.uid or (data.exists() and data.stat().st_uid != owner.uid):
        raise UnableToServeError(
            f"{home} belongs to another user, so its database was made by that user. "
            f"Run as that user, or as root: chown -R {owner.uid}:{owner.gid} '{home}'"
        )
    return owner


def _refuse(home: Path) -> Owner:
    raise UnableToServeError(
        f"The database in {home} belongs to the user nobody, who can't reach it or the program any longer "
        f"(is a folder above closed now?). Open the way to it, or: chown -R root:root '{home}'"
    )


def _as_nobody(*, home: Path, binaries: Path) -> Owner | None:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return None
    owner = Owner(Method.NOBODY, entry.pw_uid, entry.pw_gid)
    before = home.stat()
    os.chown(home, owner.uid, owner.gid)
    if _works(owner, home=home, binaries=binaries):
        return owner
    os.chown(home, before.st_uid, before.st_gid)
    return None


def _in_namespace(*, home: Path, binaries: Path) -> Owner | None:
    owner = Owner(Method.NAMESPACE, 0, 0)
    if shutil.which("unshare") is None:
        return None
    if stat.S_IMODE(home.stat().st_mode) != 0o700:
        home.chmod(0o700)
    return owner if _works(owner, home=home, binaries=binaries) else None


def _works(owner: Owner, *, home: Path, binaries: Path) -> bool:
    """Return whether that user can run the program, read its files and use the data's place, by trying."""
    share = binaries.parent / "share" / "postgresql" / "postgres.bki"
    script = 'test -r "$1" && test -w "$2" && test -x "$2" && "$3" --version && exec "$4" --version'
    program = ["sh", "-c", script, "sh", str(share), str(home), str(binaries / "postgres"), str(binaries / "initdb")]
    uid, gid = owner.user or (None, None)
    done = subprocess.run(
        owner.command(program),
        check=False,
        capture_output=True,
        cwd="/",
        user=uid,
        group=gid,
        extra_groups=[] if owner.user else None,
        timeout=30,
    )
    return done.returncode == 0
