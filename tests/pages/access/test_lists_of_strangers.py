"""What a stranger sees of his own is the same whether there is anybody else or not: rows, counts, badges, search."""

import re
from typing import Any

import pytest

from companies.models import User
from tests.pages.access.rows import Row, all_rows
from tests.pages.access.world import World, ask_in_vain, leaks, told

# Addresses at which a stranger has something of his own: nothing of another's may come into it.
LISTS = [row for row in all_rows() if row.method == "GET" and not row.names_things and row.stranger is not None]
_EACH_TIME = r'csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"|\d\d(:|%3A)\d\d((:|%3A)\d\d(\.\d+)?)?'


@pytest.mark.timeout(300)
def test_a_strangers_lists_tell_nothing_of_another(fresh_world: World) -> None:
    world = fresh_world
    asked = [(row, world.address(row, under=world.other), user) for row in LISTS for user in world.strangers]
    before = [same_words(ask_in_vain(world, row, user, own)) for row, own, user in asked]
    world.make_all()

    faults = []
    for (row, own, user), once in zip(asked, before, strict=True):
        now = same_words(ask_in_vain(world, row, user, own))
        faults += [f"{row}: {line}" for line in {*once.splitlines()} ^ {*now.splitlines()}]
        faults += [f"{row}: {leaked}" for leaked in found_by_searching(world, row, user, own)]
    if faults:
        pytest.fail("\n".join(faults))


def found_by_searching(world: World, row: Row, user: User, own: str) -> list[str]:
    """Return another's words that a search for one of them brings."""
    if row.call:
        return []
    searches = {word: f"{own}{'&' if '?' in own else '?'}q={word}" for word in (*world.words[:3], *world.words[-3:])}
    return [
        f"{leaked} by {word}"
        for word, address in searches.items()
        for leaked in leaks(world, ask_in_vain(world, row, user, address), word)
    ]


def same_words(answer: Any) -> str:
    """Return a page without what is another each time: tokens and the time."""
    body = told(answer).partition("<body")[2] or answer.content.decode()
    return re.sub(_EACH_TIME, "", body)
