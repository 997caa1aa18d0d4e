"""`make run` as an ordinary user, and as root in a home that is closed to everybody else."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.conftest import as_root
from tests.sandbox.running import ROOT, Running, processes_on

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(300), pytest.mark.xdist_group("sandbox"), as_root]

Start = Callable[..., Running]


def _become_nobody() -> tuple[str, ...]:
    nobody = pwd.getpwnam("nobody")
    return ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")


def _nobody_can_run_the_portal() -> bool:
    """Return whether that user reaches the checkout, its libraries and the interpreter itself."""
    if os.geteuid() != 0:
        return False
    program = "import sys, redis, autopay_portal.sandbox; assert sys.version == sys.argv[1]"
    command = [*_become_nobody(), sys.executable, "-c", program, sys.version]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode == 0


@pytest.mark.skipif(not _nobody_can_run_the_portal(), reason="the checkout or the interpreter is closed to other users")
def test_an_ordinary_user_runs_it(start: Start, open_folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    mine = open_folder / "nobødy"
    mine.mkdir()
    os.chown(mine, nobody.pw_uid, nobody.pw_gid)

    one = start(mine / "var", before=_become_nobody()).wait_until_ready()

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
