"""Every address of the portal, pages and calls, with every role, another customer's user, and nobody.

An address without a row fails here: so nobody forgets to say who may open it. What a page says to who has no business
with it is looked through for every word that is another's: also in lists, what a search finds, and error texts.
"""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from tests.pages.access.rows import EVERYBODY, ROLES, Row, all_addresses, all_rows
from tests.pages.access.world import World, ask_in_vain, leaks, told

ROWS = all_rows()
PAGES = [row for row in ROWS if not row.call]
OWNED = [row for row in ROWS if row.stranger is not None]
POSTED = [row for row in PAGES if row.method == "POST" and row.nobody == 302]
RUBBISH = ("%00", "%27%22%3E%3Cscript%3E", "-1", "9" * 40, "%F0%9F%92%B8", "2026-99-99", "019ab000-0000-7000")


@pytest.fixture
def db(whole_world: World) -> None:
    """Stand in for pytest-django's, which would close the connection that the world lives in; so it is set up."""


@pytest.fixture
def world(db: None, whole_world: World) -> Iterator[World]:
    """Have the world as it was made, whatever a test does to it."""
    cache.clear()
    before = transaction.savepoint()
    yield whole_world
    transaction.savepoint_rollback(before)


def rows(found: list[Row] | tuple[Row, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", found, ids=str)


def test_every_address_has_a_row() -> None:
    known = all_addresses()
    named = {row.name for row in ROWS}

    assert sorted(set(known) - named) == [], "addresses of which no table_<part>.py says who may open them"
    assert sorted(named - set(known)) == [], "rows for addresses that are none"


def test_every_row_says_what_each_role_is_answered() -> None:
    assert [str(row) for row in ROWS if set(row.who) != EVERYBODY] == []
    assert len({str(row) for row in ROWS}) == len(ROWS), "the same address twice"


@rows(ROWS)
def test_each_role_is_answered_as_the_row_says(world: World, row: Row) -> None:
    address = world.address(row)
    answers = {role: ask_in_vain(world, row, world.people[role], address) for role in ROLES}

    assert {role: answer.status_code for role, answer in answers.items()} == dict(row.who)


@rows(OWNED)
def test_another_customers_people_find_nothing_and_learn_nothing(world: World, row: Row) -> None:
    address = world.address(row)
    for user in world.strangers:
        answer = ask_in_vain(world, row, user, address)
        assert answer.status_code == row.stranger
        assert leaks(world, answer, address) == []


@rows([row for row in OWNED if not row.call])
def test_a_colleague_of_another_company_of_the_customer_finds_nothing(world: World, row: Row) -> None:
    answer = ask_in_vain(world, row, world.sister, world.address(row))

    assert answer.status_code == row.stranger
    assert leaks(world, answer, world.address(row)) == []


@rows(ROWS)
def test_nobody_is_let_in(world: World, row: Row) -> None:
    address = world.address(row)
    answer = world.ask(row, None, address=address)

    assert answer.status_code == row.nobody
    if row.nobody == 302:
        assert answer.headers["Location"].startswith(row.leads_to)
    assert leaks(world, answer, address) == []


@rows([row for row in PAGES if (row.names_things or row.sends_things) and row.placeholders & {"company", "customer"}])
def test_a_thing_is_not_found_under_anothers_address(world: World, row: Row) -> None:
    address = world.address(row, under=world.other)
    answers = [ask_in_vain(world, row, user, address) for user in world.strangers]
    # At his own address a stranger may lack the role, but what isn't his is never there.
    said = {answer.status_code for answer in answers}
    assert said <= {403, 404, row.elsewhere}
    assert said & {404, row.elsewhere}, "nobody of the strangers may come so far: the row tests nothing"
    assert [leaks(world, answer, address) for answer in answers] == [[], []]


@rows([row for row in PAGES if row.method == "GET" and row.stranger is not None])
def test_rubbish_in_an_address_is_no_fault_of_ours(world: World, row: Row) -> None:
    address = world.address(row)
    reader = next(user for role, user in world.people.items() if row.who[role] in {200, 302})
    for rubbish in RUBBISH:
        names = ("q", "before", "after", "show", "limit", "page", "status", "state", "kind", "company", "user", "first")
        query = "&".join(f"{name}={rubbish}" for name in names)
        joined = f"{address}{'&' if '?' in address else '?'}{query}"
        answer = ask_in_vain(world, row, reader, joined)
        assert answer.status_code < 500
        assert "<script>" not in told(answer).replace("<script src", "")


@rows(POSTED)
def test_nothing_is_done_by_looking(world: World, row: Row) -> None:
    if any(other.name == row.name and other.method == "GET" for other in PAGES):
        pytest.skip("the address shows a page too")
    client = Client()
    client.force_login(next(user for role, user in world.people.items() if row.who[role] not in {403, 404}))
    assert client.get(world.address(row)).status_code == 405


@rows(POSTED)
def test_a_form_without_its_token_does_nothing(world: World, row: Row) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(next(user for role, user in world.people.items() if row.who[role] not in {403, 404}))
    answer = client.post(world.address(row), world.body(row))

    assert answer.status_code == 403
    assert "403_csrf" in {template.name for template in answer.templates} or "csrf" in answer.content.decode().lower()
