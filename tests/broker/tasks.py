"""A task that leaves its traces in a folder."""

import time
from pathlib import Path

from celery import shared_task


@shared_task(name="tests.leave_trace")
def leave_trace(path: str, *, seconds: float = 0.0) -> None:
    """Make a folder when the task begins, and `done` in it after so many seconds."""
    Path(path).mkdir()
    time.sleep(seconds)
    (Path(path) / "done").touch()
