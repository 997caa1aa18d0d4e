"""Every page of the tables in a real browser: accessible at a desk and on a phone in both themes, by keyboard alone."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.pages.access.rows import Row, all_rows
from tests.pages.access.world import World, make_world
from tests.pages.money.test_alarms_in_a_browser import _FITS, _LEVELS, open_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]
# Playwright's loop runs in this thread; Django would refuse its queries beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PAGES = [row for row in all_rows() if row.method == "GET" and not row.call and not row.no_page]
SIZES = ((1440, 900), (390, 844))
THEMES = ("light", "dark")
# In parts, so that none takes long and a failure says where.
PARTS = 4

# Notes each thing that gets the focus, and whether one sees that: an outline of its own, or of its label.
_WALK = """() => {
  window.walked = {seen: new Set(), unseen: []};
  const drawn = (each) => each && (getComputedStyle(each).outlineStyle !== 'none' &&
    parseFloat(getComputedStyle(each).outlineWidth) > 0);
  document.addEventListener('focusin', (event) => {
    const at = event.target;
    window.walked.seen.add(at);
    if (!drawn(at) && !drawn(at.closest('label')) && !drawn(at.parentElement))
      window.walked.unseen.push(at.outerHTML.slice(0, 160));
  });
}"""
_REACHABLE = """() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];
  const radios = new Set();
  return all.filter((each) => {
    if (each.disabled || each.tabIndex < 0 || each.type === 'hidden' || each.closest('[inert]')) return false;
    if (!each.checkVisibility({visibilityProperty: true})) return false;
    if (each.type !== 'radio') return true;
    const group = each.form?.id + each.name;
    return radios.has(group) ? false : radios.add(group);
  });
}"""


@pytest.fixture
def world(_tuesday: None, transactional_db: None) -> World:
    return make_world()


def shown(world: World, part: int) -> Iterator[tuple[Row, str, Any]]:
    """Yield a part of the pages with their addresses and who sees most of each, None for who isn't signed in."""
    for row in PAGES[part::PARTS]:
        roles = [role for role in ("customer_administrator", "operator", *row.who) if row.who[role] == 200]
        if roles or row.nobody == 200:
            yield row, world.address(row), world.people[roles[0]] if roles else None


def open_each(world: World, part: int, browser: Browser, live_server: LiveServer) -> Iterator[tuple[Row, Page]]:
    """Yield each page of a part, open; readers keep their windows."""
    windows: dict[Any, Page] = {}
    for row, address, reader in shown(world, part):
        if reader not in windows:
            context = (
                open_as(reader, browser, live_server, reduced_motion="reduce") if reader else browser.new_context()
            )
            windows[reader] = context.new_page()
        opened = windows[reader]
        opened.set_viewport_size({"width": 1440, "height": 900})
        answer = opened.goto(live_server.url + address)
        assert answer is not None
        assert answer.status < 400, (str(row), answer.status)
        yield row, opened
    for opened in windows.values():
        opened.context.close()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_fits_and_axe_finds_nothing(
    world: World, part: int, browser: Browser, live_server: LiveServer
) -> None:
    faults = []
    for row, page in open_each(world, part, browser, live_server):
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            if not page.evaluate(_FITS):
                faults.append(f"{row} at {width}: wider than the window")
            for theme in THEMES:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
                found = Axe().run(page, options=_LEVELS)
                faults += [
                    f"{row} at {width}, {theme}: {each['id']} {[node['target'] for node in each['nodes']][:3]}"
                    for each in found.response["violations"]
                ]
    if faults:
        pytest.fail("\n".join(faults))


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_walked_by_tab_alone_and_one_sees_where_one_is(
    world: World, part: int, browser: Browser, live_server: LiveServer
) -> None:
    faults = []
    for row, page in open_each(world, part, browser, live_server):
        page.evaluate(_WALK)
        reachable = page.evaluate(f"({_REACHABLE})().length")
        # A field of a date or a time has a stop for each of its parts.
        for _ in range(reachable + 3 + 5 * page.locator("[type=date], [type=time], [type=datetime-local]").count()):
            page.keyboard.press("Tab")
        missed = page.evaluate(
            f"({_REACHABLE})().filter((each) => !walked.seen.has(each)).map((each) => each.outerHTML.slice(0, 160))"
        )
        unseen = page.evaluate("[...new Set(walked.unseen)]")
        faults += [f"{row}: not reached by Tab: {each}" for each in missed]
        faults += [f"{row}: no focus to be seen: {each}" for each in unseen]
    if faults:
        pytest.fail("\n".join(faults))
