"""The real web server on the tests' database, and an office with its command at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from autopay_client import Client

from tests.erp_gateway.server import Served, serve
from tests.remittance.builders import make_sender

from .builders import Autopay, Office, profile_of


@pytest.fixture(scope="module")
def served(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a running server on the tests' database."""
    with serve(tmp_path_factory.mktemp("served") / "server.log") as running:
        yield running


@pytest.fixture
def autopay(tmp_path: Path) -> Autopay:
    """Return the command in an empty home."""
    home = tmp_path / "home"
    home.mkdir()
    return Autopay(home)


@pytest.fixture
def office(transactional_db: None, served: Served, autopay: Autopay, tmp_path: Path) -> Iterator[Office]:
    """Return an office whose ERP may send, follow and fetch, on an agreement without approvers."""
    sender = make_sender()
    fields = profile_of(sender, served.origin)
    autopay.write_profile(**fields)
    with Client(
        portal=served.origin, key_id=fields["key_id"], secret=fields["secret"], user=fields["user"], language="en"
    ) as client:
        yield Office(sender=sender, autopay=autopay, client=client, folder=tmp_path)
