"""A Tuesday morning on which everything works, and the world of the tables: made once, whole again for each test."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.pages.access.world import World, make_world

_MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=ZoneInfo("Europe/Oslo"))


@contextmanager
def tuesday_morning(folder: Path) -> Iterator[None]:
    """Let it be a Tuesday morning, with files and mails in a folder of their own."""
    with ExitStack() as until:
        until.enter_context(override_settings(VAULT_DIR=folder / "vault", EMAIL_FILE_PATH=folder / "mail"))
        until.enter_context(
            time_machine.travel(datetime(2026, 11, 24, 9, 0, tzinfo=ZoneInfo("Europe/Oslo")), tick=True)
        )
        yield


@pytest.fixture
def _tuesday(tmp_path: Path) -> Iterator[None]:
    with tuesday_morning(tmp_path):
        yield


@pytest.fixture
def fresh_world(_tuesday: None, db: None) -> World:
    """Make a world of its own, in which no thing is made yet."""
    return make_world()


@pytest.fixture(scope="module")
def whole_world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Make a world with one of each thing, for all tests of a module: that is most of what they cost."""
    with django_db_blocker.unblock(), tuesday_morning(tmp_path_factory.mktemp("world")), transaction.atomic():
        # As those that pytest-django opens: what must be an outermost transaction may be within.
        vars(connection.atomic_blocks[-1])["_from_testcase"] = True
        world = make_world()
        world.make_all()
        yield world
        transaction.set_rollback(True)
