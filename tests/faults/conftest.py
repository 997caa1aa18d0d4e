"""One running system for all of these tests: a start is dear, and each of them leaves it whole."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.house import LIMITS
from tests.faults.system import System, running_system


@pytest.fixture(scope="package")
def system() -> Iterator[System]:
    """A system that is ready, in a folder that every user may pass through (its database may be nobody's)."""
    var = Path(os.environ["AUTOPAY_VAR"]).parent / "faults"
    with running_system(var, extra=LIMITS) as running:
        yield running
    shutil.rmtree(var, ignore_errors=True)
