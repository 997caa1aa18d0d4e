"""Start one child process that dies with us, and end it for certain."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(*, death_signal: int, parent: int) -> None:
    """Ask the kernel to signal this process when its parent ends (prctl(2), PR_SET_PDEATHSIG; Linux only).

    The kernel watches the *thread* that forked: call it in children of the main thread only.
    """
    if hasattr(_libc, "prctl"):
        _libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _before_exec(death_signal: int) -> Callable[[], None]:
    parent = os.getpid()
    return lambda: die_with_parent(death_signal=death_signal, parent=parent)


def start_process(
    command: Sequence[str],
    *,
    log: IO[bytes] | int,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    user: tuple[int, int] | None = None,
    death_signal: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` in a process group of its own, its output in `log`; `user` is (uid, gid) to run as.

    A group of its own keeps the terminal's Ctrl-C from reaching every process at once and out of order.
    """
    uid, gid = user if user else (None, None)
    return subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=dict(env) if env is not None else None,
        process_group=0,
        user=uid,
        group=gid,
        extra_groups=[] if user else None,
        preexec_fn=_before_exec(death_signal),  # noqa: PLW1509 - runs prctl and getppid alone
    )


def signal_group(pid: int, number: int) -> None:
    """Signal the process group that `pid` leads; a group that is gone is no error."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
    except PermissionError:
        # macOS answers so for a group of zombies. As root, and for our own user's processes, nothing else can.
        return


def stop_process(process: subprocess.Popen[bytes], *, stop_signal: int, patience: float) -> None:
    """End `process` with `stop_signal`, after `patience` seconds with SIGKILL; then kill what its group left behind."""
    if process.poll() is None:
        process.send_signal(stop_signal)
        try:
            process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            signal_group(process.pid, signal.SIGKILL)
            process.wait()
    signal_group(process.pid, signal.SIGKILL)


def wait_for(condition: Callable[[], bool], *, seconds: float, interval: float = 0.02) -> bool:
    """Return whether `condition` became true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True
