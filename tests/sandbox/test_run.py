"""`make run` while it runs: what it says and writes, who else may start, and what it does when a child dies."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.running import Running, clean_environment, free_port, processes_on, run_to_end, wait_until

pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(300), pytest.mark.xdist_group("sandbox")]

WORKERS = ("worker-release", "worker-bank_out", "worker-bank_in", "worker-deliver")
CHILDREN = ("postgres", "valkey", "banks", "web", "beat", *WORKERS)
# Of the workers, which differ by their queues only, one; the web server has a test of its own.
KILLED = ("postgres", "valkey", "banks", "beat", WORKERS[0])


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_answers_with_the_instance_that_was_started(running: Running) -> None:
    addresses = json.loads((running.var / "run" / "addresses.json").read_text())

    assert running.readyz()["instance"] == addresses["instance"] != ""


def test_it_runs_every_program(running: Running) -> None:
    assert set(running.children()) == set(CHILDREN)


def test_what_holds_secrets_is_readable_by_its_owner_only(running: Running) -> None:
    for name in ("sandbox.json", "secrets.json", "run/addresses.json", "run/children.json"):
        assert _mode(running.var / name) == 0o600, name
    assert _mode(running.var / "run") == 0o700


def test_no_process_argument_or_environment_holds_a_secret(running: Running) -> None:
    secrets = [value.encode() for value in json.loads((running.var / "secrets.json").read_text()).values()]

    for line in processes_on(running.var):
        proc = Path("/proc") / line.split()[0]
        shown = (proc / "cmdline").read_bytes() + (proc / "environ").read_bytes()
        assert not [secret for secret in secrets if secret in shown], line


def test_the_description_names_the_portal_and_the_clock(running: Running) -> None:
    described = json.loads((running.var / "sandbox.json").read_text())

    assert described["portal"] == f"http://localhost:{running.port}"
    assert described["api"] == f"http://localhost:{running.port}/api/v1"
    assert described["clock"].startswith("http://127.0.0.1:")
    assert {"users", "customers", "companies", "banks"} <= set(described)


def test_a_second_start_on_the_same_folder_names_the_first(running: Running) -> None:
    second = run_to_end("run", var=running.var, port=free_port())

    assert second.returncode == 1
    assert f"already runs on {running.var}" in second.stdout
    assert str(running.process.pid) in second.stdout
    assert (running.var / "sandbox.json").exists()
    assert running.is_ready()


def test_a_reset_is_refused_while_it_runs(running: Running) -> None:
    refused = run_to_end("reset", var=running.var, port=running.port)

    assert refused.returncode == 1
    assert "already runs" in refused.stdout
    assert running.is_ready()


def test_a_taken_port_is_named_and_nothing_is_left(running: Running, open_folder: Path) -> None:
    other = open_folder / "other"

    refused = run_to_end("run", var=other, port=running.port)

    assert refused.returncode == 1
    assert f"Port {running.port} is taken" in refused.stdout
    assert processes_on(other) == []


def test_a_port_taken_on_ipv6_only_is_taken_too(open_folder: Path) -> None:
    with socket.socket(socket.AF_INET6) as listener:
        try:
            listener.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6 loopback")
        listener.listen()

        refused = run_to_end("run", var=open_folder / "other", port=listener.getsockname()[1])

    assert "is taken" in refused.stdout


def test_an_unknown_setting_stops_the_start_with_its_name(open_folder: Path) -> None:
    environment = {**clean_environment(open_folder / "other", free_port()), "AUTOPAY_PRT": "1"}
    refused = subprocess.run(
        [sys.executable, "-m", "autopay_portal.sandbox", "run"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert refused.returncode == 2
    assert "AUTOPAY_PRT" in refused.stdout


def test_management_commands_find_the_running_database(running: Running) -> None:
    environment = clean_environment(running.var, running.port)
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--check"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", KILLED)
def test_a_killed_child_is_named_and_started_again(running: Running, name: str) -> None:
    before = running.child(name)

    os.kill(before, signal.SIGKILL)

    wait_until(lambda: running.child(name) not in (0, before), seconds=30, what=f"another {name}")
    wait_until(running.is_ready, seconds=30, what="a ready portal")
    assert running.says("ended (killed by SIGKILL): starting it again")


def test_nothing_of_a_killed_web_server_answers_on_and_another_does(running: Running) -> None:
    before = running.child("web")
    old_workers = [line for line in processes_on(running.var) if "granian" in line]
    assert len(old_workers) > 1

    os.kill(before, signal.SIGKILL)
    wait_until(lambda: running.child("web") not in (0, before), seconds=30, what="another web server")

    still = set(processes_on(running.var)) & set(old_workers)
    assert still == set()
    wait_until(running.is_ready, seconds=30, what="a ready portal")


def test_a_killed_guardian_is_replaced(running: Running) -> None:
    def guardians() -> set[str]:
        instance = json.loads((running.var / "run" / "addresses.json").read_text())["instance"]
        return {
            path.name
            for path in Path("/proc").iterdir()
            if path.name.isdigit() and f"AUTOPAY_INSTANCE={instance}".encode() in _cmdline(path)
        }

    before = guardians()
    assert len(before) == 1

    os.kill(int(next(iter(before))), signal.SIGKILL)

    wait_until(lambda: guardians() - before, seconds=10, what="another guardian")


def _cmdline(proc: Path) -> bytes:
    try:
        return (proc / "cmdline").read_bytes()
    except OSError:
        return b""


def test_sigterm_ends_every_process(running: Running) -> None:
    """Late in this file: it ends the sandbox that the others use."""
    assert running.stop(signal.SIGTERM) == 0
    assert processes_on(running.var) == []
    assert not (running.var / "run" / "children.json").exists()
    assert not (running.var / "run" / "addresses.json").exists()
    assert running.says("Everything is stopped")


def test_a_reset_deletes_the_state_and_a_folder_of_somebody_else_is_left_alone(
    running: Running, open_folder: Path
) -> None:
    """Last in this file: it deletes what the sandbox of the others, and those before them, have left."""
    var = running.var
    mine = open_folder / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("three years of work")

    assert run_to_end("reset", var=var, port=18999).returncode == 0
    assert list(var.iterdir()) == []
    assert run_to_end("reset", var=mine, port=18999).returncode == 1
    refused = run_to_end("run", var=mine, port=18999)
    assert refused.returncode == 1
    assert "already holds other things" in refused.stdout
    assert (mine / "thesis.txt").exists()
