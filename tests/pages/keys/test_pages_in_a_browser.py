"""One's own page, signing keys and a company's administration, at a desk and on a phone, in both themes."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from companies.models import Company, Role
from companies.services import create_signing_key, get_live_signing_key, grant_role, link_employee, note_key_used
from companies.services.factors import set_two_step
from tests.companies.builders import SETUP, make_company, make_customer_admin, make_user
from tests.companies.second_factor.apps import code_of, enrol_app
from tests.companies.second_factor.passkeys import Passkey
from tests.pages.money.builders import make_company_sender, send, some

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

WIDTHS = (1440, 390)
THEMES = ("light", "dark")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture(autouse=True)
def _nobody_tried_yet(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"
    cache.clear()


@pytest.fixture
def firm(transactional_db: None) -> Company:
    company = make_company(name="Fjord Varme AS")
    set_two_step(company_id=company.pk, actor=SETUP)
    sender = make_company_sender(company, approvers=1)
    send(sender, *some(2))
    key = create_signing_key(company_id=company.pk, actor=SETUP)
    user = make_user(company=company, roles=(Role.FILE_TRANSFER,), name="ERP hos Fjord")
    gone = make_user(company=company, name="Per som sluttet")
    for person in (user, gone):
        note_key_used(key=get_live_signing_key(key_id=key.key_id), user_id=person.pk, address="10.0.0.7")
    link_employee(user=user, company=company, actor=SETUP)
    return company


@pytest.fixture
def context(browser: Browser, live_server: LiveServer, firm: Company) -> Iterator[BrowserContext]:
    """A browser of an administrator who approves too, and has just shown his factor."""
    user = make_customer_admin(customer=firm.customer)

    grant_role(user=user, company=firm, role=Role.APPROVER, actor=SETUP)
    secret = enrol_app(user)
    Passkey(user)
    client = Client()
    client.force_login(user)
    client.post("/me/step-up/", {"code": code_of(secret)})
    opened = browser.new_context(reduced_motion="reduce")
    name = settings.SESSION_COOKIE_NAME
    opened.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    yield opened
    opened.close()


def pages_of(firm: Company) -> dict[str, str]:
    return {
        "me": "/me/",
        "step-up": "/me/step-up/",
        "passkey": "/me/factors/passkeys/add/",
        "app": "/me/factors/app/remove/",
        "codes": "/me/factors/codes/new/",
        "password": "/account/password/change/",
        "keys": f"/customers/{firm.customer_id}/autopay/companies/",
        "administration": f"/c/{firm.pk}/administration/",
        "approvals": f"/c/{firm.pk}/approvals/",
    }


def faults_of(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES)
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:120]}"
        for fault in found.response["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_serious_stands_in_anybodys_way(
    context: BrowserContext, live_server: LiveServer, firm: Company, width: int, theme: str
) -> None:
    context.add_cookies([{"name": "theme", "value": theme, "url": live_server.url}])
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.set_viewport_size({"width": width, "height": 900})
    pictures = os.environ.get("PICTURES")
    faults = {}
    for name, address in pages_of(firm).items():
        page.goto(live_server.url + address)
        if pictures:
            page.screenshot(path=f"{pictures}/{name}-{width}-{theme}.png", full_page=True)
        faults[name] = faults_of(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} is wider than the window"

    assert {name: found for name, found in faults.items() if found} == {}
    assert told == []


def test_a_key_is_shown_beside_its_company_and_copied(
    context: BrowserContext, live_server: LiveServer, firm: Company
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page = context.new_page()
    page.goto(f"{live_server.url}/customers/{firm.customer_id}/autopay/companies/")
    page.get_by_role("button", name="Vis og kopier").click()
    page.get_by_role("button", name="Kopier", exact=True).click()
    page.get_by_text("Kopiert").wait_for()

    shown = page.locator(".key-field").inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    assert len(shown) == 43
