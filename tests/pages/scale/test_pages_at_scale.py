"""Every page of the tables with 2,000 companies and 5,000 users: as many queries, bytes and as much time as with few.

Queries and bytes are compared strictly. Time is what the portal's process works, the least of several, tried again.
"""

from time import process_time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.pages.access.conftest import _tuesday, fresh_world
from tests.pages.access.crowds import make_crowd
from tests.pages.access.rows import Row, all_rows
from tests.pages.access.world import World

__all__ = ["_tuesday", "fresh_world"]

FEW, MANY = {"companies": 20, "users": 50}, {"companies": 2_000, "users": 5_000}
MOST_QUERIES = 10
SLOWER = 1.5
# Below this a page is as fast as anybody notices, and a busy machine's noise is more than that.
NOISE_SECONDS = 0.010
# A page larger than this must not have grown by thousands of rows.
LARGE = 400_000
# These gather more from several rooms: how many, whatever the number of companies and users. None may take more.
KNOWN = {
    "relay": 12,
    "doubt": 19,
    "remittance": 16,
    "approvals": 16,
    "ledger_batch": 12,
    "company_overview": 19,
    "company_administration": 11,
    # These keep a challenge or a secret in the session, which is three round trips.
    "mfa_activate_totp": 14,
    "mfa_generate_recovery_codes": 11,
    "mfa_add_webauthn": 15,
}
PAGES = [row for row in all_rows() if row.method == "GET" and not row.no_page and not row.call]


def reader_of(world: World, row: Row) -> Any:
    """Return who sees most on a page: the customer's administrator, else an operator, else whoever may."""
    for role in ("customer_administrator", "operator", *row.who):
        if row.who[role] == 200:
            return world.people[role]
    return None


@pytest.mark.timeout(600)
def test_every_page_is_as_light_with_thousands_as_with_few(fresh_world: World) -> None:
    world = fresh_world
    pages = [_Page(row, world) for row in PAGES if reader_of(world, row) is not None]
    make_crowd(world, **FEW)
    few = [(*page.look(), page.seconds()) for page in pages]
    make_crowd(world, **MANY)

    found = [page.heavier_than(*before) for page, before in zip(pages, few, strict=True)]
    heavy = [each for each in found if each]
    if heavy:
        pytest.fail("\n".join(heavy))


class _Page:
    """A page as who sees most of it opens it, again and again."""

    def __init__(self, row: Row, world: World) -> None:
        self.row, self.address = row, world.address(row)
        self.client = Client()
        self.client.force_login(reader_of(world, row))

    def look(self) -> tuple[int, int]:
        """Return how many queries it takes and how many bytes it has, once it has been seen."""
        self.client.get(self.address)
        with CaptureQueriesContext(connection) as captured:
            answer = self.client.get(self.address)
        assert answer.status_code == 200, self.address
        return len(captured), len(answer.content)

    def seconds(self) -> float:
        """Return the least of several times that this process worked on it: what else the machine does is not in it."""
        times = []
        for _ in range(7):
            begun = process_time()
            self.client.get(self.address)
            times.append(process_time() - begun)
        return min(times)

    def heavier_than(self, queries: int, size: int, time: float) -> str:
        """Say in what the page is heavier now than it was, or heavier than a page may be; nothing where it isn't."""
        now_queries, now_size = self.look()
        most = KNOWN.get(self.row.name, MOST_QUERIES)
        faults = []
        if now_queries > min(most, queries):
            faults.append(f"{now_queries} queries, with few {queries}, at most {most}")
        if now_size > max(size * 3, LARGE):
            faults.append(f"{now_size} bytes, with few {size}")
        if slow := self._slower_than(max(time * SLOWER, time + NOISE_SECONDS)):
            faults.append(f"{slow * 1000:.0f} ms, with few {time * 1000:.0f} ms")
        return f"{self.row}: {'; '.join(faults)}" if faults else ""

    def _slower_than(self, allowed: float) -> float:
        """Return the page's time if it stays above what is allowed whenever it is tried; else 0."""
        for _ in range(8):
            if (now := self.seconds()) <= allowed:
                return 0
        return now
