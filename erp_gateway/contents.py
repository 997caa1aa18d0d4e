"""What the rooms above put into their messages when one is read, so that it needn't stand in the feed.

A message that tells of five hundred payments keeps which they are; who and what they are stands in rows that never
change, in the room that wrote it.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from .models import MessageKind

# From the company and the data of some of its messages, as kept, to the data as told, in the same order.
Filler = Callable[[UUID, Sequence[dict[str, Any]]], list[dict[str, Any]]]
_FILLERS: dict[str, Filler] = {}


def register_filler(kind: MessageKind, filler: Filler) -> None:
    """Let a room fill in the messages of a kind. It must give the same each time that a message is read."""
    _FILLERS[kind] = filler


def filled(company_id: UUID, kinds: Sequence[str], kept: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what messages tell, from their kinds and what is kept of them; in one call per kind."""
    told = list(kept)
    for kind, filler in _FILLERS.items():
        places = [place for place, of_message in enumerate(kinds) if of_message == kind]
        if places:
            data = filler(company_id, [kept[place] for place in places])
            for place, one in zip(places, data, strict=True):
                told[place] = one
    return told
