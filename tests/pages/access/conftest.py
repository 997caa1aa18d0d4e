"""A Tuesday morning on which everything works, and the world of the tables."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.pages.access.world import World, make_world


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 24, 9, 0, tzinfo=ZoneInfo("Europe/Oslo")), tick=True):
        yield


@pytest.fixture
def world(db: None) -> World:
    return make_world()
