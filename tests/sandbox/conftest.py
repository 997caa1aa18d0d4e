"""One running sandbox for the tests that don't end it, in a path with a space and a Norwegian letter."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sandbox.running import Running, free_port


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that every user may pass through, unlike pytest's own; the run's guardian knows the one above it."""
    folder = Path(os.environ["AUTOPAY_VAR"]).parent / f"sand bøx{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    folder.mkdir()
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def start(open_folder: Path) -> Iterator[Callable[..., Running]]:
    """Start a sandbox; all of them are ended with the module."""
    started: list[Running] = []

    def _start(
        var: Path | None = None,
        *,
        port: int | None = None,
        before: tuple[str, ...] = (),
        extra: dict[str, str] | None = None,
    ) -> Running:
        one = Running(var or open_folder / "vær", port or free_port(), before=before, extra=extra)
        started.append(one)
        return one

    yield _start
    for one in started:
        one.end_for_certain()


@pytest.fixture(scope="module")
def running(start: Callable[..., Running]) -> Running:
    """A sandbox that is ready."""
    return start().wait_until_ready()


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
