"""Long polls: woken by a hint or by a look, capped, let go when the client leaves; no thread and no connection held."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID, uuid4

import pytest

from erp_gateway import waiting
from erp_gateway.hints import publish_hint
from erp_gateway.waiting import FeedHub, WaitingPoll

COMPANY = uuid4()
Looked = dict[UUID, int]


def poll(company: UUID = COMPANY, after: int = 0, seconds: float = 20) -> WaitingPoll:
    """Return a poll."""
    return WaitingPoll(company_id=company, after=after, limit=100, seconds=seconds)


def run(test: Callable[[FeedHub, Looked], Awaitable[None]], *, per_company: int = 3, total: int = 4) -> None:
    """Run a test with a hub whose looks see `feeds`."""
    feeds: Looked = {}

    async def look(company_ids: Iterable[UUID]) -> dict[UUID, int]:
        return {company_id: feeds.get(company_id, 0) for company_id in company_ids}

    async def main() -> None:
        hub = FeedHub(per_company=per_company, total=total, look=look)
        try:
            await asyncio.wait_for(test(hub, feeds), 30)
        finally:
            hub.close()

    asyncio.run(main())


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until `condition` holds; the test's own time limit ends it otherwise."""
    while not condition():
        await asyncio.sleep(0.005)


def test_a_poll_ends_when_its_time_is_over() -> None:
    async def test(hub: FeedHub, feeds: Looked) -> None:
        await hub.wait(poll(seconds=0.05))
        assert hub.count == 0

    run(test)


def test_a_poll_is_woken_by_a_hint() -> None:
    async def test(hub: FeedHub, feeds: Looked) -> None:
        held = asyncio.create_task(hub.wait(poll()))
        other = asyncio.create_task(hub.wait(poll(uuid4())))
        await until(lambda: hub.count == 2)
        # Published again until it is heard: the subscription is made by the first who waits.
        while not held.done():
            publish_hint(company_id=COMPANY)
            await asyncio.sleep(0.02)
        assert not other.done()
        other.cancel()

    run(test)


def test_what_was_committed_just_before_the_wait_began_is_seen_at_once() -> None:
    async def test(hub: FeedHub, feeds: Looked) -> None:
        feeds[COMPANY] = 7
        await hub.wait(poll(after=6))

    run(test)


def test_a_lost_hint_is_made_up_for_by_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.1)

    async def test(hub: FeedHub, feeds: Looked) -> None:
        held = asyncio.create_task(hub.wait(poll(after=7)))
        await until(lambda: hub.count == 1)
        feeds[COMPANY] = 8
        await held

    run(test)


def test_the_broker_may_be_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.1)

    def refuse() -> None:
        raise OSError("no broker")

    monkeypatch.setattr(waiting, "new_subscriber", refuse)

    async def test(hub: FeedHub, feeds: Looked) -> None:
        held = asyncio.create_task(hub.wait(poll(after=7)))
        await until(lambda: hub.count == 1)
        feeds[COMPANY] = 8
        await held

    run(test)


def test_beyond_a_cap_polls_end_at_once() -> None:
    async def test(hub: FeedHub, feeds: Looked) -> None:
        held = [asyncio.create_task(hub.wait(poll())) for _ in range(3)]
        await until(lambda: hub.count == 3)
        await hub.wait(poll())
        held.append(asyncio.create_task(hub.wait(poll(uuid4()))))
        await until(lambda: hub.count == 4)
        await hub.wait(poll(uuid4()))
        assert not any(each.done() for each in held)
        for each in held:
            each.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        assert hub.count == 0

    run(test)
