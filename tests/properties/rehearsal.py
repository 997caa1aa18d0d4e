"""A database that forgets what one example did to it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def rehearsal() -> Iterator[None]:
    """Undo at its end whatever one example has done to the database."""
    block = transaction.atomic()
    # As the test's own transaction: what must be outermost may run inside it.
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)
