"""One remittance followed in a browser, in both languages: it waits, two approve it, the bank answers, it moves."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from autopay_portal.core.clocks import business_today
from bank_gateway.norway.calendar import next_bank_day
from companies.models import Company, Role, User
from remittance.models import Payment, Remittance
from remittance.services.advance import advance_remittance
from tests.companies.builders import make_company, make_operator, make_user
from tests.erp_gateway.ledger_builders import make_batch
from tests.pages.money.builders import answer, make_company_sender, make_incoming, receive_sample, send
from tests.remittance.builders import Sender, payment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Playwright's loop runs in this thread; Django would refuse its queries beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
RECEIVED = "pain002/own_pain.002.001.03_1_technical_actc.xml"
PARTLY = "pain002/own_pain.002.001.03_2_business_part.xml"


@dataclass(frozen=True)
class Words:
    """What the pages say on the way, in one language."""

    language: str
    waits: str
    approve: str
    one_more: str
    received: str
    rejected: str
    own_words: str
    close: str


WORDS = (
    Words(
        "nb", "Venter på godkjenning", "Godkjenn", "Det mangler 1 til", "Mottatt av bank", "Avvist av bank",
        "Bankens egne ord:", "Lukk",
    ),
    Words(
        "en", "Awaiting approval", "Approve", "1 more is needed", "Received by the bank", "Rejected by the bank",
        "The bank's own words:", "Close",
    ),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture
def firm(transactional_db: None) -> Company:
    return make_company(name="Fjord Varme AS")


@pytest.fixture
def sender(firm: Company) -> Sender:
    return make_company_sender(firm, approvers=2)


@pytest.fixture
def approvers(firm: Company) -> list[User]:
    return [make_user(company=firm, roles=(Role.APPROVER,), name=name) for name in ("Ola Berg", "Eva Dal")]


@pytest.fixture
def waiting(sender: Sender) -> Remittance:
    day = next_bank_day(business_today() + timedelta(days=2)).isoformat()
    ordered = [
        payment(
            number, end_to_end_id=f"LEV-2026-00010{number}", execution_date=day, kid=None, message=f"Faktura {number}"
        )
        for number in (1, 2, 3, 4)
    ]
    return send(sender, *ordered, message_id="R-REISEN")


class Opener:
    """Opens browsers as people, and keeps what their pages complained of."""

    def __init__(self, browser: Browser, server: LiveServer) -> None:
        self.browser = browser
        self.server = server
        self.told: list[str] = []
        self.contexts: list[BrowserContext] = []

    def open(self, user: User, language: str = "nb", **options: Any) -> Page:
        """Return a page of a person who is signed in."""
        client = Client()
        client.force_login(user)
        given = {"viewport": DESK, "reduced_motion": "reduce", **options}
        context = self.browser.new_context(**given)
        name = django_settings.SESSION_COOKIE_NAME
        context.add_cookies(
            [
                {"name": name, "value": client.cookies[name].value, "url": self.server.url},
                {"name": "django_language", "value": language, "url": self.server.url},
            ]
        )
        page = context.new_page()
        page.on("console", lambda message: self.told.append(message.text))
        page.on("pageerror", lambda error: self.told.append(str(error)))
        self.contexts.append(context)
        return page


@pytest.fixture
def opener(browser: Browser, live_server: LiveServer) -> Iterator[Opener]:
    opened = Opener(browser, live_server)
    yield opened
    for context in opened.contexts:
        context.close()


@pytest.mark.parametrize("words", WORDS, ids=[words.language for words in WORDS])
def test_from_waiting_to_the_banks_answer(
    opener: Opener, live_server: LiveServer, firm: Company, approvers: list[User], waiting: Remittance, words: Words
) -> None:
    first, second = (opener.open(user, words.language) for user in approvers)
    base = f"{live_server.url}/c/{firm.pk}"

    first.goto(f"{base}/remittances/{waiting.pk}/")
    expect(first.locator("#moving .sum-state")).to_contain_text(words.waits)
    second.goto(f"{base}/approvals/")
    second.get_by_role("button", name=f"{words.approve} R-REISEN", exact=True).dblclick()
    expect(second.locator(".toast")).to_contain_text(words.one_more)
    # What the one has decided stands on the other's page by itself.
    expect(first.locator("#moving")).to_contain_text("Eva Dal", timeout=10_000)

    first.goto(f"{base}/approvals/")
    first.get_by_role("button", name=f"{words.approve} R-REISEN", exact=True).click()
    expect(first.locator(".toast")).to_contain_text("R-REISEN")
    assert Remittance.objects.get().status == "approved"

    first.goto(f"{base}/remittances/{waiting.pk}/")
    advance_remittance(remittance_id=waiting.pk)
    answer(waiting, RECEIVED)
    expect(first.locator("#moving .sum-state")).to_contain_text(words.received, timeout=10_000)
    expect(first.locator("#rows tr").first).to_contain_text(words.received)

    answer(waiting, PARTLY)
    expect(first.locator("#rows tr").first).to_contain_text(words.rejected, timeout=10_000)
    first.locator("#rows a").first.click()
    beside = first.locator("#beside")
    expect(beside).to_contain_text(words.own_words)
    expect(beside).to_contain_text("own_pain.002.001.03_2_business_part.xml")
    assert "payment=" in first.url
    first.reload()
    expect(beside).to_contain_text(words.own_words)
    beside.get_by_role("button", name=words.close).click()
    expect(beside).to_be_empty()
    assert "payment=" not in first.url
    assert opener.told == []


def test_who_was_signed_out_meanwhile_is_led_to_the_sign_in(
    opener: Opener, live_server: LiveServer, firm: Company, approvers: list[User], waiting: Remittance
) -> None:
    page = opener.open(approvers[0])
    page.goto(f"{live_server.url}/c/{firm.pk}/remittances/{waiting.pk}/")

    Session.objects.all().delete()

    page.wait_for_url(re.compile(r"/account/login/\?next=/c/"), timeout=10_000)
    expect(page.locator("#moving")).to_have_count(0)


def test_on_a_phone_a_payment_is_a_page_and_one_can_approve(
    opener: Opener, live_server: LiveServer, firm: Company, approvers: list[User], waiting: Remittance
) -> None:
    page = opener.open(approvers[0], viewport=PHONE, has_touch=True)
    page.goto(f"{live_server.url}/c/{firm.pk}/remittances/{waiting.pk}/")

    page.locator("#rows a").first.tap()
    page.wait_for_url("**/payments/*/")
    page.goto(f"{live_server.url}/c/{firm.pk}/approvals/")
    page.get_by_role("button", name="Godkjenn R-REISEN", exact=True).tap()

    expect(page.locator(".toast")).to_contain_text("Det mangler 1 til")


def test_without_script_everything_can_still_be_done(
    opener: Opener, live_server: LiveServer, firm: Company, approvers: list[User], waiting: Remittance
) -> None:
    page = opener.open(approvers[0], java_script_enabled=False)
    page.goto(f"{live_server.url}/c/{firm.pk}/remittances/{waiting.pk}/")

    page.locator("#rows a").first.click()
    page.wait_for_url("**/payments/*/")
    page.goto(f"{live_server.url}/c/{firm.pk}/approvals/")
    page.get_by_role("button", name="Godkjenn R-REISEN", exact=True).click()

    expect(page.locator(".toast")).to_contain_text("Det mangler 1 til")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_accessible_fits_and_keeps_the_policy(
    opener: Opener,
    live_server: LiveServer,
    firm: Company,
    approvers: list[User],
    waiting: Remittance,
    sender: Sender,
    theme: str,
    size: dict[str, int],
) -> None:
    receive_sample(make_incoming(firm, unplaced_ledger_account=None), "ocr-giro/own_basic.txt")
    sender.send_json({"message_id": "X", "debtor_account": "1", "payments": [payment(1)]})
    batch, paid = make_batch(firm), Payment.objects.first()
    assert paid is not None
    here = f"/c/{firm.pk}/"
    page = opener.open(approvers[0], viewport=size, color_scheme=theme)
    for address in (
        here, f"{here}remittances/", f"{here}remittances/?show=refused", f"{here}remittances/?q=nothing",
        f"{here}remittances/{waiting.pk}/?payment={paid.pk}", f"{here}payments/{paid.pk}/", f"{here}approvals/",
        f"{here}incoming/", f"{here}ledger-batches/", f"{here}ledger-batches/{batch.pk}/",
    ):  # fmt: skip
        _look(page, live_server.url + address, size)
    central = opener.open(make_operator(), viewport=size, color_scheme=theme)
    for show in ("", "?show=out", "?show=in", "?show=deviations"):
        _look(central, f"{live_server.url}/central/relay/{show}", size)
    assert opener.told == []


def _look(page: Page, address: str, size: dict[str, int]) -> None:
    page.goto(address)
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, f"{address}\n{found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], address
