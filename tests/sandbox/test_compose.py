"""docker-compose.yml runs the processes of `make run`, with the same commands."""

from typing import Any

import pytest
import yaml

from autopay_portal.sandbox.installation import BankPorts
from autopay_portal.sandbox.place import ROOT, Place
from autopay_portal.sandbox.programs import (
    WORKERS,
    bank_program,
    beat_program,
    environment,
    web_program,
    worker_programs,
)


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    described = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = described["services"]
    return found


def test_every_service_that_stays_has_a_health_check(services: dict[str, dict[str, Any]]) -> None:
    lacking = [name for name, service in services.items() if "healthcheck" not in service and name != "migrate"]

    assert lacking == []


def test_there_is_a_worker_for_every_queue(services: dict[str, dict[str, Any]]) -> None:
    for name, queues, processes in WORKERS:
        command = services[f"worker-{name.replace('_', '-')}"]["command"]
        assert command[command.index("--queues") + 1] == queues
        assert command[command.index("--concurrency") + 1] == str(processes)


def test_the_commands_are_those_of_the_sandbox(
    services: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(
        "autopay_portal.sandbox.programs.start_process", lambda command, **_options: started.append(list(command))
    )
    place = Place(tmp_path)
    place.make()
    env = environment(place, instance="x", port=8000)
    ports = BankPorts(control=8001, sftp=8002)
    programs = [bank_program(place, env, ports=ports), web_program(place, env, port=8000), beat_program(place, env)]
    for program in [*programs, *worker_programs(place, env)]:
        program.launch()

    for command in started:
        module = command[1:3]
        same = [service for service in services.values() if service.get("command", [])[1:3] == module]
        assert any(_options(service["command"]) == _options(command) for service in same), command


def _options(command: list[str]) -> list[str]:
    """Return the command without what must differ: the interpreter's path, folders, the address to listen on."""
    differing = {"--dir", "--schedule", "--host"}
    return [
        part
        for before, part in zip(["", *command], command[1:], strict=False)
        if before not in differing and command[command.index(part) - 1] not in differing
    ]


def test_secrets_come_from_outside_and_production_is_what_runs(services: dict[str, dict[str, Any]]) -> None:
    environment_of_web = services["web"]["environment"]

    assert environment_of_web["AUTOPAY_MODE"] == "production"
    for name in ("AUTOPAY_SECRET_KEY", "AUTOPAY_KEY_RING", "AUTOPAY_PUBLIC_URL"):
        assert environment_of_web[name].startswith("${")
