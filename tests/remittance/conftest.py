"""The day on which the samples were written, and a vault per test."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from .builders import Sender, make_sender


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture(autouse=True)
def _tuesday_morning() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 24, 9, 0, tzinfo=ZoneInfo("Europe/Oslo")), tick=True):
        yield


@pytest.fixture
def sender(db: None) -> Sender:
    """An ERP that may send on an agreement without approvers."""
    return make_sender()
