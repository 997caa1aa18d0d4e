"""Hints to the workers: named tasks with ids, sent after commit, harmless to lose, since a sweep finds the same work.

By the task's name, so that a room's services need not import its tasks, which import the services.
"""

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

# Long before this a sweep has done the work that a waiting hint is about.
_EXPIRES_SECONDS = 60


def hint_after_commit(task: str, **ids: str) -> None:
    """Ask for `task` with these ids once the caller's transaction has committed (at once outside of one)."""
    transaction.on_commit(partial(hint_now, task, **ids))


def hint_now(task: str, **ids: str) -> None:
    """Put `task` in its queue; a broker that is down is logged, and the sweep asks again."""
    hint_in(0, task, **ids)


def hint_in(seconds: float, task: str, **ids: str) -> None:
    """Put `task` in its queue to be begun in so many seconds; like `hint_now` else."""
    try:
        current_app.send_task(
            task, kwargs=ids, countdown=seconds or None, expires=_EXPIRES_SECONDS + seconds, retry=False
        )
    except OperationalError as error:
        logger.warning("The broker took no hint for %s of %s: %s", task, ids, error)
