"""How a remittance's states are followed: by the message feed, which tells at once and costs the server nothing.

The feed's end is noted before the remittance is read. What happens in between is told again, so nothing is missed;
what is told twice changes nothing.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from ..client import Client
from ..errors import Refused, Unreachable
from ..shapes import FINAL_REMITTANCES, Message, Payment, Reason, Remittance
from .context import PATIENCE_SECONDS

POLL_SECONDS = 5
# Payments that are kept to be shown one by one; of larger remittances the counts are shown.
MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Change:
    """A payment that moved: when (a moment of the API's), which, to what, and why."""

    at: str
    end_to_end_id: str
    status: str
    reason: Reason | None


@dataclass(slots=True)
class Followed:
    """A remittance as far as we have heard of it; `payments` by id, in the order's own order."""

    remittance: Remittance
    payments: dict[str, Payment] = field(default_factory=dict)

    def is_final(self) -> bool:
        """Return whether nothing more is expected."""
        return self.remittance["status"] in FINAL_REMITTANCES


def read(client: Client, remittance_id: str) -> Followed:
    """Return a remittance and its payments, at most MOST_KEPT of them, as they stand."""
    remittance = client.remittance(remittance_id)
    newest_first = list(islice(client.payments(remittance_id), MOST_KEPT))
    return Followed(remittance, {payment["id"]: payment for payment in reversed(newest_first)})


def feed_end(client: Client) -> int | None:
    """Return where the feed ends now, None for a user who may not follow it."""
    try:
        return client.feed_end()
    except Refused as refusal:
        if refusal.code != "user_lacks_role":
            raise
        return None


def changes(
    client: Client, followed: Followed, *, after: int | None, on_lost: Callable[[Unreachable], object]
) -> Iterator[list[Change]]:
    """Yield what moved, whenever something did or a call came back empty, until the remittance is final.

    `followed` is kept up to date. `after` is the feed's end from before it was read; None asks the remittance itself
    every POLL_SECONDS. `on_lost` is told when the server is away for a while.
    """
    if followed.is_final():
        return
    news = _by_asking(client, followed) if after is None else _by_feed(client, followed, after, on_lost)
    for moved in news:
        yield moved
        if followed.is_final():
            return


def _by_feed(
    client: Client, followed: Followed, after: int, on_lost: Callable[[Unreachable], object]
) -> Iterator[list[Change]]:
    for page in client.follow_pages(after=after, patience=PATIENCE_SECONDS, on_lost=on_lost):
        mine = [each for each in page["results"] if each["data"].get("remittance") == followed.remittance["id"]]
        moved = [change for message in mine for change in _apply(followed.payments, message)]
        if mine:
            followed.remittance = client.remittance(followed.remittance["id"])
        yield moved


def _by_asking(client: Client, followed: Followed) -> Iterator[list[Change]]:
    while True:
        time.sleep(POLL_SECONDS)
        remittance = client.remittance(followed.remittance["id"])
        if remittance["counts"] == followed.remittance["counts"]:
            followed.remittance = remittance
            yield []
            continue
        now = read(client, remittance["id"])
        moved = _differences(followed.payments, now.payments)
        followed.remittance, followed.payments = now.remittance, now.payments
        yield moved


def _apply(payments: Mapping[str, Payment], message: Message) -> Iterator[Change]:
    if message["kind"] != "payment_status":
        return
    for told in message["data"]["payments"]:
        payment = payments.get(told["id"])
        if payment is not None:
            payment["status"], payment["reason"] = told["status"], told["reason"]
        yield Change(message["created"], told["end_to_end_id"], told["status"], told["reason"])


def _differences(before: Mapping[str, Payment], now: Mapping[str, Payment]) -> list[Change]:
    return [
        Change(payment["updated"], payment["end_to_end_id"], payment["status"], payment["reason"])
        for key, payment in now.items()
        if key not in before or before[key]["status"] != payment["status"]
    ]


def counted(remittance: Remittance, order: Sequence[str]) -> list[tuple[str, int]]:
    """Return how many payments stand where, in the order in which payments go; a state unknown to us comes last."""
    counts = {status: count for status, count in remittance["counts"].items() if count}
    known = [status for status in order if status in counts]
    return [(status, counts[status]) for status in [*known, *(set(counts) - set(known))]]
