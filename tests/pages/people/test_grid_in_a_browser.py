"""The grid of users and companies in a real browser: by keyboard alone, undone, and told of another administrator."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from companies.models import Company, Customer, Role, RoleGrant, User
from companies.services import grant_role, revoke_role
from tests.companies.builders import SETUP, make_company, make_customer, make_customer_admin, make_user
from tests.pages.money.test_alarms_in_a_browser import _FITS, _LEVELS, open_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Playwright's loop runs in this thread; Django would refuse its queries beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture
def office(transactional_db: None) -> Customer:
    return make_customer("Fjordregnskap AS")


@pytest.fixture
def firms(office: Customer) -> list[Company]:
    names = ("Fjord Varme AS", "Grenland Elektro og Automasjon AS", "Nordlys Bakeri AS", "Ås Bygg AS", "Øst Rør AS")
    return [make_company(customer=office, name=name) for name in names]


@pytest.fixture
def boss(office: Customer) -> User:
    make_customer_admin(customer=office)
    return make_customer_admin(customer=office)


@pytest.fixture
def kari(firms: list[Company]) -> User:
    names = ("Kari Nordmann", "Ola Hansen", "Eva Marie Sørensen-Bakkegård", "Per Ås")
    made = [make_user(company=firms[0], roles=(Role.VIEWER,), name=name) for name in names]
    return made[0]


@pytest.fixture
def page(office: Customer, boss: User, kari: User, browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    context = open_as(boss, browser, live_server)
    opened = context.new_page()
    told: list[Any] = []
    opened.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: told.append(str(error)))
    opened.goto(f"{live_server.url}/customers/{office.pk}/users/")
    yield opened
    context.close()
    assert [each for each in told if "status of 5" in each or "policy" in each.lower()] == []


def roles(user: User, company: Company) -> set[str]:
    return set(RoleGrant.objects.filter(user=user, company=company).values_list("role", flat=True))


def box(page: Page, user: str, company: str, right: str) -> Any:
    return page.get_by_role("group", name=f"{user}, {company}").get_by_role("checkbox", name=right, exact=True)


def said(page: Page, text: str) -> None:
    expect(page.locator("#grid-said")).to_contain_text(text)


def test_by_keyboard_alone_one_ticks_moves_and_undoes(page: Page, kari: User, firms: list[Company]) -> None:
    box(page, "Kari Nordmann", "Fjord Varme AS", "Lesetilgang").focus()
    expect(page.locator("#grid-hint")).to_contain_text("Kari Nordmann, Fjord Varme AS · Lesetilgang: Ser utbetalinger")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    said(page, "Lagret: Kari Nordmann · Fjord Varme AS · Opplaster.")
    assert roles(kari, firms[0]) == {"viewer", "uploader"}
    expect(box(page, "Kari Nordmann", "Fjord Varme AS", "Opplaster")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    said(page, "Filoverføring")
    assert roles(kari, firms[0]) == {"viewer", "uploader", "file_transfer"}

    page.keyboard.press("Control+z")
    said(page, "ikke lenger Filoverføring")
    page.keyboard.press("Control+z")
    said(page, "ikke lenger Opplaster")

    assert roles(kari, firms[0]) == {"viewer"}
    expect(box(page, "Kari Nordmann", "Fjord Varme AS", "Opplaster")).not_to_be_checked()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#grid-hint")).to_contain_text("Ola Hansen, Fjord Varme AS")
    page.keyboard.press("Escape")
    expect(page.locator("#q")).to_be_focused()


def test_ticks_in_quick_succession_are_all_saved(page: Page, kari: User, firms: list[Company]) -> None:
    for right in ("Opplaster", "Filoverføring", "AutoPay-administrator"):
        box(page, "Kari Nordmann", "Nordlys Bakeri AS", right).check()
    said(page, "AutoPay-administrator")
    page.wait_for_load_state("networkidle")
    assert roles(kari, firms[2]) == {"uploader", "file_transfer", "autopay_administrator"}
    for right in ("Opplaster", "Filoverføring", "AutoPay-administrator"):
        expect(box(page, "Kari Nordmann", "Nordlys Bakeri AS", right)).to_be_checked()


def test_an_approver_is_marked_as_pending(page: Page, kari: User, firms: list[Company]) -> None:
    tick = box(page, "Kari Nordmann", "Fjord Varme AS", "Godkjenner")
    tick.click()
    said(page, "Det gjelder når en annen administrator bekrefter det")
    mark = page.get_by_role("group", name="Kari Nordmann, Fjord Varme AS").locator(".pending")
    expect(mark).to_be_visible()
    expect(mark).to_contain_text("venter på en annen administrator")
    assert roles(kari, firms[0]) == {"viewer"}


def test_another_administrators_change_is_told_and_shown(page: Page, kari: User, firms: list[Company]) -> None:
    revoke_role(user=kari, company=firms[0], role=Role.VIEWER, actor=SETUP)
    box(page, "Kari Nordmann", "Fjord Varme AS", "Lesetilgang").uncheck()
    said(page, "i mellomtiden. Det står slik det vises nå")
    grant_role(user=kari, company=firms[0], role=Role.UPLOADER, actor=SETUP)
    box(page, "Kari Nordmann", "Fjord Varme AS", "Filoverføring").check()
    said(page, "Filoverføring")
    expect(box(page, "Kari Nordmann", "Fjord Varme AS", "Opplaster")).to_be_checked()


def test_what_was_not_saved_does_not_look_saved(
    page: Page, office: Customer, boss: User, kari: User, firms: list[Company]
) -> None:
    office.administrators.filter(user=boss).delete()
    tick = box(page, "Kari Nordmann", "Fjord Varme AS", "Opplaster")
    tick.click()
    expect(page.locator("#toasts .toast")).to_contain_text("Tjeneren klarte ikke dette")
    expect(tick).not_to_be_checked()
    assert roles(kari, firms[0]) == {"viewer"}


def test_the_search_answers_while_one_writes(page: Page) -> None:
    page.locator("#q").fill("sørensen")
    expect(page.locator("tbody th[scope=row]")).to_have_count(1)
    page.locator("#company").fill("øst")
    expect(page.locator(".rights-grid thead th")).to_have_count(2)
    assert "q=s" in page.url
    box(page, "Eva Marie Sørensen-Bakkegård", "Øst Rør AS", "Lesetilgang").check()
    said(page, "Øst Rør AS")


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_grid_fits_and_is_accessible(page: Page, firms: list[Company], width: int, theme: Any) -> None:
    box(page, "Kari Nordmann", "Fjord Varme AS", "Godkjenner").click()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    assert page.evaluate(_FITS)
    found = Axe().run(page, options=_LEVELS)
    assert found.violations_count == 0, found.generate_report()
    if os.environ.get("SHOTS"):
        page.screenshot(path=f"{os.environ['SHOTS']}/grid-{width}-{theme}.png")
