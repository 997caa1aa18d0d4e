"""`make run` as an ordinary user, and as root in a home that is closed to everybody else."""

import os
import pwd
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.conftest import as_root
from tests.sandbox.running import ROOT, Running, processes_on

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(300), pytest.mark.xdist_group("sandbox"), as_root]

Start = Callable[..., Running]


def _may_be_read_by_others(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in [path, *path.parents])


@pytest.mark.skipif(not _may_be_read_by_others(ROOT), reason="the checkout itself is closed to other users")
def test_an_ordinary_user_runs_it(start: Start, open_folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    mine = open_folder / "nobødy"
    mine.mkdir()
    os.chown(mine, nobody.pw_uid, nobody.pw_gid)
    become = ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")

    one = start(mine / "var", before=become).wait_until_ready()

    owners = {Path(f"/proc/{line.split()[0]}").stat().st_uid for line in processes_on(one.var)}
    assert one.says("Starting PostgreSQL as this user")
    assert owners == {nobody.pw_uid}
    assert one.is_ready()
    assert one.stop() == 0
    assert processes_on(one.var) == []
    shutil.rmtree(mine)


def test_in_a_closed_home_it_runs_and_opens_nothing(start: Start, open_folder: Path) -> None:
    home = open_folder / "hjem"
    home.mkdir(mode=0o700)
    before = home.stat()

    one = start(home / "min mappe" / "vær").wait_until_ready()

    assert one.says("Starting PostgreSQL in a user namespace of its own")
    assert one.is_ready()
    after = home.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert one.stop() == 0
    assert processes_on(one.var) == []
