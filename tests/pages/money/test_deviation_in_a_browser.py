"""A deviation settled in a real browser: by keyboard alone, readable for all, whole at a phone's width."""

import os
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from bank_gateway.models import Deviation
from companies.models import Company
from tests.companies.builders import make_company, make_operator
from tests.pages.money.builders import make_company_sender, receive
from tests.pages.money.deviations import RELAY, address_of
from tests.pages.test_gallery_in_a_browser import DESK, PHONE, open_as
from tests.remittance.answering import AtBank, order_at_bank

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture
def at_bank(transactional_db: None) -> AtBank:
    company: Company = make_company(name="Fjord Varme AS")
    return order_at_bank(make_company_sender(company), A="1000.00", B="200.00", C="30.00")


@pytest.fixture
def held(at_bank: AtBank) -> Deviation:
    """A return less something, a lump with one that waits, and a file that can't be read."""
    at_bank.notify(at_bank.debit("A"))
    at_bank.report(B="PDNG", at="2026-11-24T12:00:00")
    at_bank.notify(at_bank.lump("C"))
    at_bank.notify(at_bank.comes_back("A", amount="970.00"))
    receive(at_bank.sender.agreement.connection, "SIM-ODELAGT-SVAR-20261124-0930.xml", b"<not-a-message>")
    return Deviation.objects.get(reason="less_than_paid")


@pytest.fixture(params=[(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")], ids=str)
def page(request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    viewport, theme = request.param
    context = open_as(
        make_operator(), browser, live_server, viewport=viewport, color_scheme=theme, reduced_motion="reduce",
        locale="nb-NO",
    )  # fmt: skip
    yield context.new_page()
    context.close()


def looks_right(page: Page, name: str) -> None:
    """Check that a page can be read by all and fits; keep its picture where somebody asks for pictures."""
    if folder := os.environ.get("PAGE_PICTURES"):
        size = page.viewport_size or {"width": 0}
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        page.screenshot(path=f"{folder}/{name}-{size['width']}-{'dark' if dark else 'light'}.png", full_page=True)
    found = Axe().run(page, options={"runOnly": _RULES})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), name


def test_it_is_seen_and_confirmed(page: Page, live_server: LiveServer, held: Deviation, at_bank: AtBank) -> None:
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))

    page.goto(f"{live_server.url}{RELAY}?show=deviations")
    looks_right(page, "list")
    page.goto(live_server.url + address_of(held))
    looks_right(page, "deviation")
    page.get_by_label("Frigi som gebyr").check()
    page.get_by_label("Det du fant ut").fill("Banken bekrefter at 30 kroner er gebyr")
    page.get_by_role("button", name="Se hva det gjør").click()
    expect(page.get_by_role("heading", name="Frigi som gebyr: dette skjer")).to_be_visible()
    looks_right(page, "look")
    assert at_bank.states()["A"] == "paid"
    # What is shown has to be passed to confirm it: a second Enter does nothing, the next stop of Tab is the button.
    page.keyboard.press("Enter")
    assert at_bank.states()["A"] == "paid"
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Frigi og bokfør")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Det er frigitt og bokført.")).to_be_visible()
    assert at_bank.states()["A"] == "returned"
    page.goto(live_server.url + address_of(held))
    looks_right(page, "settled")
    assert told == []


def test_what_is_refused_is_said_beside_what_was_written(page: Page, live_server: LiveServer, held: Deviation) -> None:
    page.goto(live_server.url + address_of(held))
    page.get_by_label("Frigi", exact=True).check()
    page.get_by_label("Det du fant ut").fill("Prøver en gang til")
    page.get_by_role("button", name="Se hva det gjør").click()

    expect(page.get_by_role("alert")).to_contain_text("Det passer fortsatt ikke")
    expect(page.get_by_label("Det du fant ut")).to_have_value("Prøver en gang til")
    looks_right(page, "refused")


def test_files_from_banks_and_an_empty_list_look_right(page: Page, live_server: LiveServer, held: Deviation) -> None:
    page.goto(f"{live_server.url}{RELAY}?show=in")
    looks_right(page, "files")
    page.get_by_role("button", name="Legg til side").first.click()
    looks_right(page, "aside")
    page.goto(f"{live_server.url}{RELAY}?show=deviations&state=closed")
    looks_right(page, "empty")
