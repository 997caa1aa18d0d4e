"""Every page of money in a real browser: whole at any width, readable for all, silent under the policy."""

import os
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from companies.models import Company, Role, User
from companies.services import grant_role
from tests.companies.builders import SETUP, make_company, make_operator
from tests.pages.money.builders import (
    answer,
    make_company_sender,
    make_incoming,
    receive,
    send,
    some,
)
from tests.pages.money.doubts import doubt_delivery
from tests.pages.money.test_alarms_in_a_browser import open_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Playwright's loop runs in this thread; Django would refuse its queries beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

_LEVELS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
_SIZES = """() => ["body", "h1", ".table td"].map(each => document.querySelector(each))
    .map(each => each && getComputedStyle(each)).map(style => style && [style.fontSize, style.lineHeight])"""


@pytest.fixture
def firm(transactional_db: None) -> Company:
    return make_company(name="Fjord Varme AS")


@pytest.fixture
def pages(firm: Company) -> list[str]:
    """Make something of every sort, and return the addresses of the pages that show it."""
    home, relay = f"/c/{firm.pk}/", "/central/relay/"
    sender = make_company_sender(firm)
    remittance = send(sender, *some(3))
    answer(remittance, "pain002/own_pain.002.001.03_1_technical_actc.xml")
    incoming = make_incoming(firm, account="15032080119")
    doubted = doubt_delivery(send(sender, *some(5)[3:]))
    # Held, for it looks like the first.
    waiting = send(sender, *some(3))
    receive(incoming.connection, "SIM-" + "LANGT-NAVN-" * 6 + ".xml", b"<not-a-message>")
    payment = remittance.payments.order_by("position")[0]
    return [
        home, f"{home}remittances/", f"{home}remittances/{remittance.pk}/", f"{home}remittances/{waiting.pk}/",
        f"{home}payments/{payment.pk}/", f"{home}approvals/", f"{home}incoming/", f"{home}ledger-batches/",
        relay, f"{relay}?show=out", f"{relay}?show=in", f"{relay}?show=deviations", f"{relay}doubts/",
        f"{relay}doubts/{doubted.pk}/",
    ]  # fmt: skip


@pytest.fixture
def reader(firm: Company) -> User:
    operator = make_operator()
    grant_role(user=operator, company=firm, role=Role.APPROVER, actor=SETUP)
    return operator


@pytest.mark.parametrize("width", [390, 900, 1440])
def test_every_page_fits_is_accessible_and_keeps_the_policy(
    width: int, reader: User, browser: Browser, live_server: LiveServer, pages: list[str]
) -> None:
    told: list[Any] = []
    context = open_as(reader, browser, live_server, viewport={"width": width, "height": 844}, reduced_motion="reduce")
    page = context.new_page()
    page.on("console", lambda message: told.append((page.url, message.text)))
    page.on("pageerror", lambda error: told.append((page.url, str(error))))
    for address in pages:
        page.goto(live_server.url + address)
        assert page.evaluate(_FITS), address
        found = Axe().run(page, options=_LEVELS)
        assert found.violations_count == 0, (address, found.generate_report())
    context.close()
    assert told == []
