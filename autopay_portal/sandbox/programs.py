"""The programs of the portal as the sandbox runs them; docker-compose.yml runs the same commands."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from autopay_portal.sandbox.children import Program
from autopay_portal.sandbox.installation import BankPorts
from autopay_portal.sandbox.place import ROOT, Place
from autopay_portal.sandbox.servers.process import start_process

STAGE_WEB, STAGE_WORKERS, STAGE_BROKER, STAGE_DATABASE = 1, 2, 3, 4
# (name, queues, processes). Each process holds some 60 MB: the sandbox takes few, a big installation many machines.
WORKERS = (
    ("release", "release", 2),
    ("bank_out", "bank_out", 1),
    ("bank_in", "bank_in", 1),
    ("deliver", "deliver,mail", 1),
)


def environment(place: Place, *, instance: str, port: int) -> dict[str, str]:
    """Return the environment of every Python child: ours, where it runs, and this start's mark."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "autopay_portal.settings",
        "AUTOPAY_MODE": "sandbox",
        "AUTOPAY_VAR": str(place.var),
        "AUTOPAY_PORT": str(port),
        "AUTOPAY_INSTANCE": instance,
        "PYTHONUNBUFFERED": "1",
    }


def python(*arguments: str) -> list[str]:
    """Return the command that runs our own interpreter with `arguments`."""
    return [sys.executable, *arguments]


def _launcher(command: list[str], *, log: Path, env: dict[str, str]) -> Callable[[], subprocess.Popen[bytes]]:
    def launch() -> subprocess.Popen[bytes]:
        with log.open("ab") as file:
            return start_process(command, log=file, cwd=ROOT, env=env)

    return launch


def _program(
    place: Place, env: dict[str, str], command: list[str], *, name: str, title: str, stage: int, patience: float
) -> Program:
    log = place.log_of(name)
    return Program(
        name=name, title=title, stage=stage, launch=_launcher(command, log=log, env=env), log=log, patience=patience
    )


def bank_program(place: Place, env: dict[str, str], *, ports: BankPorts) -> Program:
    """Return the simulated banks: a program of its own with its own storage."""
    command = python("-m", "bank_gateway.simulator", "--dir", str(place.banks))
    command += ["--control-port", str(ports.control), "--sftp-port", str(ports.sftp)]
    if start := env.get("AUTOPAY_SANDBOX_START"):
        command += ["--clock-start", start]
    return _program(place, env, command, name="banks", title="The simulated bank", stage=STAGE_WEB, patience=5)


def web_program(place: Place, env: dict[str, str], *, port: int) -> Program:
    """Return the web server. It may hang on SIGTERM, so its patience is short and SIGKILL follows."""
    asynchronous = importlib.util.find_spec("autopay_portal.asgi") is not None
    application = "autopay_portal.asgi:application" if asynchronous else "autopay_portal.wsgi:application"
    command = python("-m", "granian", "--interface", "asginl" if asynchronous else "wsgi")
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--no-ws"]
    command += ["--workers-kill-timeout", "3", "--backpressure", "4000", application]
    return _program(place, env, command, name="web", title="The web server", stage=STAGE_WEB, patience=4.5)


def worker_programs(place: Place, env: dict[str, str]) -> list[Program]:
    """Return one worker per set of queues."""
    return [_worker(place, env, name=name, queues=queues, processes=count) for name, queues, count in WORKERS]


def _worker(place: Place, env: dict[str, str], *, name: str, queues: str, processes: int) -> Program:
    command = python("-m", "celery", "-A", "autopay_portal.celery", "worker", "--loglevel", "INFO")
    command += ["--queues", queues, "--hostname", f"{name}@autopay", "--concurrency", str(processes)]
    command += ["--without-gossip", "--without-mingle"]
    return _program(
        place, env, command, name=f"worker-{name}", title=f"The worker {name}", stage=STAGE_WORKERS, patience=15
    )


def beat_program(place: Place, env: dict[str, str]) -> Program:
    """Return the clock that sets the periodic tasks going."""
    command = python("-m", "celery", "-A", "autopay_portal.celery", "beat", "--loglevel", "WARNING")
    command += ["--pidfile=", "--schedule", str(place.run / "beat")]
    return _program(place, env, command, name="beat", title="The scheduler", stage=STAGE_WEB, patience=5)
