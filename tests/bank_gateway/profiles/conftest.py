"""One bank at a time, and an ERP that sends to it on a Tuesday morning."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from bank_gateway.profiles import BankProfile, bank_ids, get_profile
from tests.remittance.builders import Sender, make_sender

OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture(params=bank_ids())
def profile(request: pytest.FixtureRequest) -> BankProfile:
    """Every bank there is."""
    return get_profile(request.param)


@pytest.fixture
def sender(db: None, profile: BankProfile, settings: Any, tmp_path: Path) -> Iterator[Sender]:
    """An ERP with an agreement at the bank that no one approves."""
    settings.VAULT_DIR = tmp_path / "vault"
    with time_machine.travel(datetime(2026, 11, 24, 9, 0, tzinfo=OSLO), tick=True):
        yield make_sender(bank=profile.bank_id, hold_duplicates=False)
