"""A vault and a channel journal of its own for each test."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"
    settings.CHANNEL_JOURNAL = tmp_path / "journal" / "channel-journal.log"
