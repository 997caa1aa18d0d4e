"""The design system in a real browser: readable for all, whole at a phone's width, silent under the policy."""

import os
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from companies.models import Company, Role, User
from companies.services import grant_role
from tests.companies.builders import SETUP, make_company, make_user
from tests.pages.banks import Banks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Playwright's loop runs in this thread; Django would refuse its queries beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
TABLET = {"width": 900, "height": 1200}
GALLERY_TARGETS = ".button, .bar-button, .menu a, .card-title a, select, input:not([type=checkbox], [type=hidden])"


@pytest.fixture
def firm(transactional_db: None) -> Company:
    return make_company(name="Fjord Varme AS")


@pytest.fixture
def reader(firm: Company) -> User:
    user = make_user(company=firm, roles=(Role.VIEWER,), name="Kari Nordmann")
    second = make_company(customer=firm.customer, name="Ås Bygg AS")
    grant_role(user=user, company=second, role=Role.VIEWER, actor=SETUP)
    return user


def open_as(reader: User, browser: Browser, live_server: LiveServer, **options: object) -> BrowserContext:
    client = Client()
    client.force_login(reader)
    context = browser.new_context(**options)  # type: ignore[arg-type]
    name = django_settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    return context


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[DESK, TABLET, PHONE], ids=["desk", "tablet", "phone"])
def page(
    request: pytest.FixtureRequest, theme: str, reader: User, browser: Browser, live_server: LiveServer
) -> Iterator[Page]:
    context = open_as(reader, browser, live_server, viewport=request.param, color_scheme=theme, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def test_the_gallery_is_accessible_fits_and_keeps_the_policy(
    page: Page, live_server: LiveServer, firm: Company
) -> None:
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))

    for address in ("/design/", f"/c/{firm.pk}/", "/companies/"):
        page.goto(live_server.url + address)
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), address

    assert told == []


def test_targets_on_a_phone_are_large_enough_for_a_thumb(
    reader: User, browser: Browser, live_server: LiveServer
) -> None:
    context = open_as(reader, browser, live_server, viewport=PHONE, has_touch=True)
    page = context.new_page()
    page.goto(live_server.url + "/design/")

    small = page.evaluate(
        """selector => [...document.querySelectorAll(selector)]
            .filter(target => target.checkVisibility() && !target.matches('.button.small'))
            .filter(target => target.getBoundingClientRect().height < 44)
            .map(target => target.outerHTML.slice(0, 90))""",
        GALLERY_TARGETS,
    )
    context.close()

    assert small == []


def test_one_key_opens_the_switcher_and_the_keyboard_chooses(
    reader: User, browser: Browser, live_server: LiveServer, firm: Company
) -> None:
    context = open_as(reader, browser, live_server, viewport=DESK)
    page = context.new_page()
    page.goto(f"{live_server.url}/c/{firm.pk}/")

    page.keyboard.press("c")
    page.locator("#companies-found a", has_text="Fjord Varme AS").wait_for()
    # Faster than the answer: Enter belongs to what is written, not to what is still listed.
    page.keyboard.type("ås")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: str(firm.pk) not in url)

    assert page.locator(".company-name").inner_text() == "Ås Bygg AS"
    context.close()


def test_keys_of_one_letter_can_be_turned_off(
    reader: User, browser: Browser, live_server: LiveServer, firm: Company
) -> None:
    context = open_as(reader, browser, live_server, viewport=DESK)
    page = context.new_page()
    page.goto(f"{live_server.url}/c/{firm.pk}/")

    page.locator(".who details summary").click()
    page.get_by_role("button", name="Hurtigtaster").click()
    page.keyboard.press("Escape")
    page.keyboard.press("c")

    assert page.locator("dialog[open]").count() == 0
    context.close()


def test_the_page_works_without_script(reader: User, browser: Browser, live_server: LiveServer, firm: Company) -> None:
    context = open_as(reader, browser, live_server, viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/c/{firm.pk}/")

    assert page.get_by_role("link", name="Oversikt").is_visible()
    page.locator(".switch").click()

    assert page.get_by_role("link", name="Ås Bygg AS").is_visible()
    context.close()


def test_while_the_banks_play_the_bar_says_so_and_shows_the_time_they_have_reached(
    reader: User, browser: Browser, live_server: LiveServer, firm: Company, banks: Banks
) -> None:
    banks.done.clear()
    context = open_as(reader, browser, live_server, viewport=DESK)
    page = context.new_page()
    page.goto(f"{live_server.url}/c/{firm.pk}/")
    page.locator(".clock summary").click()
    page.get_by_role("button", name="Til neste tidsfrist").click()

    page.get_by_text("Bankene spiller …").wait_for(state="visible")
    banks.now = "2026-11-25T13:30:00+01:00"
    page.locator("#clock-time", has_text="13:30").wait_for()
    banks.now = "2026-11-25T14:00:00+01:00"
    banks.done.set()

    page.get_by_text("Klokken er ons. 25. nov. 14:00.").wait_for()
    page.locator("#clock-time", has_text="14:00").wait_for()
    assert not page.get_by_text("Bankene spiller …").is_visible()
    context.close()
