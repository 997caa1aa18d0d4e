"""How a sandbox ends when it is not asked nicely, and how the next one starts after that."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.running import (
    ROOT,
    Running,
    clean_environment,
    free_port,
    processes_on,
    wait_until,
)

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(300), pytest.mark.xdist_group("sandbox")]

Start = Callable[..., Running]


@pytest.fixture
def var(open_folder: Path) -> Path:
    return open_folder / "vær"


def test_nothing_outlives_a_killed_supervisor(start: Start, var: Path) -> None:
    one = start(var).wait_until_ready()

    one.process.kill()

    wait_until(lambda: processes_on(var) == [], seconds=30, what="no process")


def test_it_does_not_outlive_a_killed_make(start: Start, var: Path) -> None:
    as_make = ("sh", "-c", '"$@" --die-with-parent; exit $?', "sh")
    one = start(var, before=as_make).wait_until_ready()

    one.process.kill()

    wait_until(lambda: processes_on(var) == [], seconds=30, what="no process")


def test_a_database_that_can_forget_stops_the_start(start: Start, open_folder: Path) -> None:
    # The test run's own server runs without fsync.
    one = start(open_folder / "forgetful", extra={"DATABASE_URL": os.environ["DATABASE_URL"]})

    assert one.wait_until_ended(seconds=100) == 1
    assert one.says("PostgreSQL runs with fsync off"), one.output
    assert not one.says("Starting the web server")
    assert processes_on(one.var) == []


def test_a_start_right_after_a_kill_has_the_state_and_three_times_ctrl_c_leaves_nothing(
    start: Start, var: Path
) -> None:
    first = start(var).wait_until_ready()
    secrets = (var / "secrets.json").read_bytes()
    first.process.kill()

    second = start(var, port=first.port).wait_until_ready()

    assert (var / "secrets.json").read_bytes() == secrets
    for _ in range(3):
        os.kill(second.process.pid, signal.SIGINT)
        time.sleep(0.3)  # as fast as an impatient person
    assert second.wait_until_ended() == 0
    assert processes_on(var) == []


def test_a_record_of_another_boot_ends_nobody_and_what_even_the_guardian_left_is_ended_by_the_next_start(
    start: Start, var: Path
) -> None:
    innocent = ["web", 1, os.getpid(), "1", 15, 1.0]
    of_another_boot = {"boot": "another", "marker": "AUTOPAY_INSTANCE=x", "children": [innocent]}
    (var / "run" / "children.json").write_text(json.dumps(of_another_boot))
    first = start(var).wait_until_ready()
    assert not first.says("Ended what an earlier start left running")
    guardian = _guardian_of(first)
    web = first.child("web")
    # Frozen, the web server can't act on the kernel's signal; without a guardian nobody else ends it.
    os.kill(web, signal.SIGSTOP)
    os.kill(first.process.pid, signal.SIGSTOP)
    os.kill(guardian, signal.SIGKILL)
    first.process.kill()
    assert any(line.startswith(f"{web} ") for line in processes_on(var))

    second = start(var, port=first.port).wait_until_ready()

    assert second.says("Ended what an earlier start left running")
    assert not any(line.startswith(f"{web} ") for line in processes_on(var))
    second.stop()


def _guardian_of(one: Running) -> int:
    marker = f"AUTOPAY_INSTANCE={one.readyz()['instance']}".encode()
    return next(
        int(path.name)
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and marker in (path / "cmdline").read_bytes()
    )


# Each signal, each step, and what people do most: one handler notes every signal, so not all with all.
@pytest.mark.parametrize(
    ("number", "step"),
    [
        (signal.SIGHUP, "Starting PostgreSQL"),
        (signal.SIGINT, "Migrating"),
        (signal.SIGTERM, "Migrating"),
        (signal.SIGINT, "Starting the web server"),
    ],
    ids=["SIGHUP-PostgreSQL", "SIGINT-migrating", "SIGTERM-migrating", "SIGINT-web"],
)
def test_a_signal_during_the_start_leaves_nothing(start: Start, var: Path, step: str, number: signal.Signals) -> None:
    one = start(var)
    wait_until(lambda: one.says(step) or one.process.poll() is not None, seconds=60, what=step)

    assert one.stop(number) == 0
    assert processes_on(var) == []


def test_a_closed_terminal_does_not_disturb_the_stop(var: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "autopay_portal.sandbox", "run"],
        cwd=ROOT,
        env=clean_environment(var, port),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        while b"Starting the web server" not in (line := process.stdout.readline()):
            assert line, "it ended"
        process.stdout.close()
        wait_until((var / "sandbox.json").exists, seconds=100, what="a ready portal")

        process.send_signal(signal.SIGHUP)

        assert process.wait(timeout=60) == 0
        assert processes_on(var) == []
    finally:
        process.kill()
