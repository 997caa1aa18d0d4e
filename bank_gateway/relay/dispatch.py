"""Hints to the workers: sent after commit, and harmless to lose, since a sweep finds the same work."""

import logging
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

_HINT_SECONDS = 60


def send_soon(outgoing_id: UUID) -> None:
    """Hint, after the caller's commit, that a file waits for the bank."""
    transaction.on_commit(partial(_hint, "send_outgoing", outgoing_id))


def apply_soon(file_id: UUID) -> None:
    """Hint, after the caller's commit, that a file from the bank waits to be applied."""
    transaction.on_commit(partial(_hint, "apply_incoming", file_id))


def _hint(task_name: str, subject_id: UUID) -> None:
    from bank_gateway import tasks

    hint_now(getattr(tasks, task_name), subject_id)


def hint_now(task: Any, subject_id: UUID) -> None:
    """Put a task in its queue; a broker that is down is logged, and the sweep sends later."""
    try:
        task.apply_async(args=[str(subject_id)], expires=_HINT_SECONDS)
    except OperationalError as error:
        logger.warning("The broker took no hint for %s of %s: %s", task.name, subject_id, error)
