"""Agreements in a browser, in both languages: a whole life with the bank's form; convert; an account that is shared."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from pytest_django.live_server_helper import LiveServer

from agreements.models import Agreement, Share
from autopay_portal.core.clocks import business_today
from bank_gateway.channels.lines import close_lines
from bank_gateway.norway.calendar import next_bank_day
from companies.models import Company, LicenceKind, Role, User
from companies.models.customers import Service
from companies.services import accept_terms, activate_di_elbet, activate_service, publish_terms, register_licence
from remittance.models import Remittance
from remittance.services.advance import advance_remittance
from tests.agreements.builders import use_autopay
from tests.bank_gateway.simulator.running import Simulator
from tests.companies.builders import SETUP, make_company, make_customer_admin, make_operator, make_user
from tests.erp_gateway.builders import make_erp
from tests.journeys.test_follow_a_remittance import Opener
from tests.remittance.builders import Sender, make_sender, order, payment
from tests.restore.office import forget_time

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Playwright's loop runs in this thread; Django would refuse its queries beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

ACCOUNT = "15036123408"


@dataclass(frozen=True)
class Words:
    """What the pages say on the way, in one language."""

    language: str
    new: str
    following: str
    make: str
    order: str
    sent: str
    confirm: str
    activate: str
    test: str
    passed: str
    switch_on: str
    accept: str
    approve: str


WORDS = (
    Words(
        "nb", "Ny avtale", "Neste", "Opprett avtalen", "Bestill den", "Skjemaet er sendt til banken", "Bekreft",
        "Sett aktiv", "Test nå", "Bestått", "Slå på for ERP-systemet", "Godta", "Godkjenn",
    ),
    Words(
        "en", "New agreement", "Next", "Make the agreement", "Order it", "The form is sent to the bank", "Confirm",
        "Set active", "Test now", "Passed", "Switch on for the ERP", "Accept", "Approve",
    ),
)  # fmt: skip
LANGUAGES = pytest.mark.parametrize("words", WORDS, ids=[words.language for words in WORDS])


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture
def banks(tmp_path: Path, settings: Any) -> Iterator[Simulator]:
    running = Simulator(tmp_path / "banks")
    running.start()
    settings.BANKS_URL, settings.SANDBOX = running.addresses["control"], True
    forget_time()
    yield running
    close_lines()
    running.stop()
    forget_time()


@pytest.fixture
def opener(browser: Browser, live_server: LiveServer) -> Iterator[Opener]:
    opened = Opener(browser, live_server)
    yield opened
    for context in opened.contexts:
        context.close()


@pytest.fixture
def firm(transactional_db: None) -> Company:
    """A company in which everything but the agreement is in place."""
    company = make_erp(Role.FILE_TRANSFER, company=make_company(name="Fjord Varme AS")).company
    user = make_customer_admin(customer=company.customer)
    terms = publish_terms(version="1", text_nb="vilkår", text_en="terms", actor=SETUP)
    accept_terms(customer=company.customer, terms=terms, user=user)
    for kind in LicenceKind:
        register_licence(customer=company.customer, kind=kind, actor=SETUP)
    own = make_company(customer=company.customer, name="Byråets egen klient")
    activate_di_elbet(customer_id=company.customer_id, company_id=own.pk, actor=SETUP)
    activate_service(company=company, service=Service.AUTOPAY, actor=SETUP)
    return company


@pytest.fixture
def administrator(firm: Company) -> User:
    return make_user(company=firm, roles=(Role.AUTOPAY_ADMINISTRATOR,), name="Kari Nordmann")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(rf"^\s*{re.escape(name)}")).first.click()


@LANGUAGES
def test_an_agreement_through_its_whole_life(
    words: Words, opener: Opener, live_server: LiveServer, firm: Company, administrator: User, banks: Simulator
) -> None:
    page = opener.open(administrator, words.language)
    page.goto(f"{live_server.url}/c/{firm.pk}/agreements/")
    press(page, words.new)
    page.get_by_role("radio", name="DNB").check()
    press(page, words.following)
    page.locator("[name=account]").fill("1503 61 23408")
    page.locator("[name=division]").fill("0001")
    expect(page.locator("#so-far")).to_contain_text("0001")
    press(page, words.following)
    page.locator("[name=approvers_required][value='1']").check()
    press(page, words.following)
    expect(page.locator("main")).to_contain_text("Fjord Varme AS")
    press(page, words.make)

    agreement = Agreement.objects.get(company=firm)
    with page.expect_download() as saved:
        page.locator("a[download]").click()
    form = Path(saved.value.path()).read_bytes()
    said = " ".join(each.extract_text() for each in PdfReader(BytesIO(form)).pages)
    assert "Fjord Varme AS" in said
    assert "1503 61 23408" in said

    press(page, words.order)
    press(page, words.sent)
    central = opener.open(make_operator(), words.language)
    central.goto(f"{live_server.url}/central/agreements/")
    central.get_by_role("link", name="Fjord Varme AS").click()
    central.locator("form[action$='/confirm/'] button").click()
    page.reload()
    press(page, words.activate)
    press(page, words.test)
    expect(page.locator("#test-title + form, .checks").first).to_be_visible()
    expect(page.locator("main")).to_contain_text(words.passed)
    press(page, words.switch_on)

    expect(page.locator(".life [aria-current]")).to_be_visible()
    agreement.refresh_from_db()
    assert (agreement.status, agreement.erp_active, agreement.last_test_ok) == ("active", True, True)
    (account,) = [each for each in banks.get("banks/dnb/accounts")["results"] if each["account"] == ACCOUNT]
    assert account
    assert opener.told == []


@LANGUAGES
def test_convert_is_refused_and_then_done(
    words: Words, opener: Opener, live_server: LiveServer, transactional_db: None
) -> None:
    day = next_bank_day(business_today() + timedelta(days=1))
    sender = make_sender(Role.FILE_TRANSFER, company=make_company(name="Fjord Varme AS"))
    user = make_user(company=sender.company, roles=(Role.AUTOPAY_ADMINISTRATOR,))
    answer = sender.send_json(order(payment(7, execution_date=day.isoformat()), account=sender.agreement.account))
    remittance = Remittance.objects.get(pk=answer.json()["id"])
    page = opener.open(user, words.language)
    page.goto(f"{live_server.url}/c/{sender.company.pk}/agreements/convert/?number={sender.agreement.number}")
    page.locator("[name=switch_date]").fill((business_today() + timedelta(days=30)).isoformat())
    page.locator("[name=nothing_open]").check()
    page.locator("main form button").last.click()
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("main table")).to_contain_text("INV-7")

    cancel(sender, remittance)
    page.locator("main form button").last.click()
    page.wait_for_url(f"**/agreements/{sender.agreement.pk}/")
    expect(page.locator("#conversion-title")).to_be_visible()
    assert Agreement.objects.get(pk=sender.agreement.pk).conversion.switch_date > business_today()
    # The refusal is a 409, which Chromium notes as a resource that failed.
    assert [each for each in opener.told if "409" not in each] == []


def cancel(sender: Sender, remittance: Remittance) -> None:
    answer = sender.erp.post(f"remittances/{remittance.pk}/cancel", {})
    assert answer.status_code == 200, answer.json()


@LANGUAGES
def test_an_account_is_shared_sent_from_and_signed_for(
    words: Words, opener: Opener, live_server: LiveServer, transactional_db: None
) -> None:
    owner = make_sender(company=make_company(name="Eier Drift AS"), approvers_required=1)
    payroll = make_erp(Role.FILE_TRANSFER, company=make_company(name="Lønnskontoret AS"))
    offers = make_user(company=owner.company, roles=(Role.AUTOPAY_ADMINISTRATOR,), name="Eva Eier")
    accepts = make_user(company=payroll.company, roles=(Role.AUTOPAY_ADMINISTRATOR,), name="Lars Lønn")
    signer = make_user(company=owner.company, roles=(Role.APPROVER,), name="Siv Signer")
    # Nobody else administers the owner's customer: an offer waits for nobody there but for the one who may confirm.
    confirms = make_customer_admin(customer=owner.company.customer)

    page = opener.open(offers, words.language)
    page.goto(f"{live_server.url}/c/{owner.company.pk}/agreements/{owner.agreement.pk}/")
    page.locator("#share-org").fill(payroll.company.org_number)
    page.locator("form[action$='/share/'] button").click()
    second = opener.open(confirms, words.language)
    second.goto(f"{live_server.url}/customers/{owner.company.customer_id}/proposals/")
    second.locator("form[action$='/confirm/'] button").first.click()
    expect(second.locator(".toast").first).to_be_visible()
    assert Share.objects.get().status == "invited"

    other = opener.open(accepts, words.language)
    other.goto(f"{live_server.url}/c/{payroll.company.pk}/agreements/")
    press(other, words.accept)
    other.wait_for_url("**/agreements/*/")
    shared = Agreement.objects.get(company=payroll.company)
    use_autopay(payroll.company)
    # Its test says what the payroll firm's own set-up lacks; what is proven here is who signs.
    shared.erp_active = True
    shared.save(update_fields=["erp_active"])

    day = next_bank_day(business_today() + timedelta(days=2)).isoformat()
    sender = Sender(erp=payroll, agreement=shared)
    sent = sender.send_json(order(payment(1, execution_date=day), account=shared.account, message_id="LØNN-1"))
    remittance = Remittance.objects.get(pk=sent.json()["id"])
    advance_remittance(remittance_id=remittance.pk)
    signing = opener.open(signer, words.language)
    signing.goto(f"{live_server.url}/c/{owner.company.pk}/approvals/")
    expect(signing.locator("main")).to_contain_text("Lønnskontoret AS")
    press(signing, words.approve)
    expect(signing.locator(".toast").first).to_be_visible()
    remittance.refresh_from_db()
    assert remittance.status == "approved"
    assert opener.told == []
