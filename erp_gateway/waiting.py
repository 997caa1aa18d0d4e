"""Long polls of the message feed: thousands of calls held open by one event loop, none with a database connection.

A hint by Valkey wakes a company's calls; a lost hint costs at most `LOOK_SECONDS`, since the hub also looks itself,
with one query for all who wait.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import close_old_connections
from redis.exceptions import RedisError

from .hints import CHANNEL, new_subscriber
from .queries import feed_page, last_sequences

logger = logging.getLogger(__name__)

# Where the ASGI front offers to hold a call open: the view puts its WaitingPoll into this list.
ENVIRON_KEY = "autopay.long_polls"
LOOK_SECONDS = 5.0
_RECONNECT_SECONDS = 1.0

Look = Callable[[Iterable[UUID]], Awaitable[dict[UUID, int]]]


@dataclass(frozen=True, slots=True)
class WaitingPoll:
    """A call that found nothing new and may wait: whose feed, behind which number, how many, how long.

    `sees_salary` as it was when the call came.
    """

    company_id: UUID
    after: int
    limit: int
    seconds: float
    sees_salary: bool = False


def answer_poll(poll: WaitingPoll) -> bytes:
    """Return the JSON answer to a poll that was woken or has waited long enough; for a thread outside a request."""
    close_old_connections()
    try:
        page = feed_page(company_id=poll.company_id, after=poll.after, limit=poll.limit, sees_salary=poll.sees_salary)
    finally:
        close_old_connections()
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()


def look_at_feeds(company_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return each company's last number; for a thread outside a request."""
    close_old_connections()
    try:
        return last_sequences(company_ids=company_ids)
    finally:
        close_old_connections()


class FeedHub:
    """Everyone who waits in this process, and the two tasks that wake them. Lives in one event loop."""

    def __init__(self, *, per_company: int, total: int, look: Look) -> None:
        """Take the caps, and how to ask for the last numbers of some companies' feeds."""
        self._per_company = per_company
        self._total = total
        self._look = look
        self._waiting: dict[UUID, dict[asyncio.Future[None], int]] = {}
        self._count = 0
        self._unseen: set[UUID] = set()
        self._wish = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def count(self) -> int:
        """How many calls are held open now."""
        return self._count

    async def wait(self, poll: WaitingPoll) -> None:
        """Return when the poll's company may have news, when its time is over, or at once beyond a cap."""
        company = self._waiting.get(poll.company_id, {})
        if self._count >= self._total or len(company) >= self._per_company:
            return
        self._start()
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(poll.company_id, {})[woken] = poll.after
        self._count += 1
        # What was committed after the view looked and before this line has given its hint already.
        self._wish_look([poll.company_id])
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(woken, poll.seconds)
        finally:
            self._leave(poll.company_id, woken)

    def close(self) -> None:
        """Stop the hub's tasks and let everyone go."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        for company_id in list(self._waiting):
            self._wake(company_id)

    def _leave(self, company_id: UUID, woken: asyncio.Future[None]) -> None:
        self._count -= 1
        waiting = self._waiting[company_id]
        del waiting[woken]
        if not waiting:
            del self._waiting[company_id]

    def _wake(self, company_id: UUID, last: int | None = None) -> None:
        """Wake a company's calls: all of them, or those that asked behind a number below `last`."""
        for woken, after in self._waiting.get(company_id, {}).items():
            if not woken.done() and (last is None or last > after):
                woken.set_result(None)

    def _wish_look(self, company_ids: Iterable[UUID]) -> None:
        self._unseen.update(company_ids)
        self._wish.set()

    def _start(self) -> None:
        self._tasks = [task for task in self._tasks if not task.done()]
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._keep_looking())]

    async def _listen(self) -> None:
        """Wake by hints, for ever; after each connect look at everyone's feed, since hints were lost."""
        while True:
            try:
                await self._listen_once()
            except (RedisError, OSError):
                logger.warning("Unable to hear of new messages: the broker doesn't answer")
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen_once(self) -> None:
        async with new_subscriber() as client, client.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            self._wish_look(self._waiting)
            async for hint in pubsub.listen():
                if hint["type"] == "message":
                    with contextlib.suppress(ValueError):
                        self._wake(UUID(hint["data"].decode()))

    async def _keep_looking(self) -> None:
        """Look at the feeds somebody wished to have looked at, and every `LOOK_SECONDS` at all."""
        loop = asyncio.get_running_loop()
        next_round = loop.time() + LOOK_SECONDS
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wish.wait(), max(0.0, next_round - loop.time()))
            self._wish.clear()
            asked, self._unseen = self._unseen, set()
            if loop.time() >= next_round:
                asked, next_round = set(self._waiting), loop.time() + LOOK_SECONDS
            await self._look_at(asked & self._waiting.keys())

    async def _look_at(self, company_ids: set[UUID]) -> None:
        if not company_ids:
            return
        try:
            found = await self._look(company_ids)
        except Exception:
            # The database is away for a moment; the next round asks again.
            logger.exception("Unable to look for new messages")
            return
        for company_id, last in found.items():
            self._wake(company_id, last)
