"""Second factors in a browser: enrolled, used to sign in and approve, lost and recovered; a key made anew.

The passkey is Chromium's virtual authenticator; the ERP is the real client, which signs all the while.
"""

import os
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from autopay_client.client import Client as ErpClient
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from autopay_portal.core.clocks import business_today, machine_now
from bank_gateway.norway.calendar import next_bank_day
from companies.models import Company, Letter, Role, User
from companies.services import create_signing_key, set_password
from companies.services.factors import set_two_step
from remittance.models import Approval, Payment, Remittance
from tests.companies.builders import SETUP, make_company, make_customer_admin, make_user
from tests.companies.second_factor.apps import code_of, enrol_app
from tests.pages.money.builders import make_company_sender, send
from tests.remittance.builders import payment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PASSWORD = "et langt passord til prøver"


@pytest.fixture(autouse=True)
def _own_world(settings: Any, tmp_path: Path, live_server: LiveServer) -> None:
    settings.VAULT_DIR = tmp_path / "vault"
    settings.PUBLIC_URL = live_server.url
    cache.clear()


@pytest.fixture
def firm(transactional_db: None) -> Company:
    company = make_company(name="Fjord Varme AS")
    set_two_step(company_id=company.pk, actor=SETUP)
    return company


@pytest.fixture
def siri(firm: Company) -> User:
    user = make_user(company=firm, roles=(Role.APPROVER,), name="Siri Lund")
    set_password(user=user, password=PASSWORD, actor=SETUP)
    return user


@pytest.fixture
def waiting(firm: Company) -> Remittance:
    day = next_bank_day(business_today() + timedelta(days=2)).isoformat()
    sender = make_company_sender(firm, approvers=1)
    return send(sender, payment(1, execution_date=day, kid=None, message="Faktura 1"), message_id="R-REISEN")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", locale="nb")
    opened = context.new_page()
    yield opened
    context.close()


def plug_in_passkey(page: Page) -> Any:
    """Give a page a virtual authenticator that holds its user for verified; return its session and id."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def sign_in(page: Page, base: str, user: User) -> None:
    page.goto(f"{base}/account/login/")
    page.get_by_label("E-post").fill(user.email)
    page.get_by_label("Passord", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Logg inn", exact=True).click()


def next_code(secret: str) -> str:
    """Return a code that wasn't used before: of the step after the one that may have been."""
    return code_of(secret, steps=1)


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def test_enrolled_used_and_recovered_after_a_lost_phone(
    page: Page, live_server: LiveServer, firm: Company, siri: User, waiting: Remittance
) -> None:
    base = live_server.url
    sign_in(page, base, siri)
    page.goto(f"{base}/me/")
    page.get_by_role("link", name="Registrer autentiseringsapp").click()
    page.get_by_label("Passord").fill(PASSWORD)
    page.get_by_role("button", name="Gå videre").click()
    secret = page.locator("code.secret").inner_text().strip()
    page.get_by_label("Kode fra appen").fill(code_of(secret))
    page.get_by_role("button", name="Registrer").click()
    expect(page.get_by_role("heading", name="Gjenopprettingskoder")).to_be_visible()
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10

    plug_in_passkey(page)
    page.goto(f"{base}/me/factors/passkeys/add/")
    if page.get_by_label("Kode fra appen").count():
        page.get_by_label("Kode fra appen").fill(next_code(secret))
        page.get_by_role("button", name="Gå videre").click()
    page.get_by_label("Hva du kaller den").fill("Siris telefon")
    page.get_by_role("button", name="Legg til passnøkkel").click()
    expect(page.get_by_text("Passnøkkel: Siris telefon")).to_be_visible()

    sign_out(page)
    page.goto(f"{base}/account/login/")
    page.get_by_role("button", name="Logg inn med passnøkkel").click()
    expect(page.get_by_text("Siri Lund").first).to_be_visible()

    page.goto(f"{base}/c/{firm.pk}/approvals/")
    expect(page.get_by_text("for ny til å godkjenne")).to_be_visible()
    Authenticator.objects.update(created_at=machine_now() - timedelta(days=2))
    page.reload()
    page.get_by_role("button", name="Godkjenn R-REISEN med passnøkkel").click()
    expect(page.get_by_text("R-REISEN er godkjent")).to_be_visible()
    assert Approval.objects.get().means == "passkey"

    # The phone is gone: a recovery code signs in, once, and two administrators end what was on it.
    sign_out(page)
    sign_in(page, base, siri)
    page.get_by_label("Kode fra appen, eller en gjenopprettingskode").fill(codes[0])
    page.get_by_role("button", name="Logg inn", exact=True).click()
    expect(page.get_by_text("Siri Lund").first).to_be_visible()
    recover_by_two(page, base, firm, siri)
    assert not Authenticator.objects.filter(user=siri).exists()
    assert Letter.objects.filter(kind="factors_reset", recipient=siri.email).exists()
    sign_in(page, base, siri)
    expect(page.get_by_text("Siri Lund").first).to_be_visible()


def recover_by_two(page: Page, base: str, firm: Company, lost: User) -> None:
    administrators = [make_customer_admin(customer=firm.customer) for _ in range(2)]
    for user in administrators:
        set_password(user=user, password=PASSWORD, actor=SETUP)
    member = lost.memberships.get()
    sign_out(page)
    sign_in(page, base, administrators[0])
    page.goto(f"{base}/customers/{firm.customer_id}/users/{member.pk}/")
    page.get_by_role("button", name="Be om at totrinnsbekreftelsen hans avsluttes").click()
    expect(page.get_by_text("Bedt om.")).to_be_visible()
    sign_out(page)
    sign_in(page, base, administrators[1])
    page.goto(f"{base}/customers/{firm.customer_id}/proposals/")
    page.get_by_role("button", name=re.compile("^Bekreft")).click()
    expect(page.get_by_text("Bekreftet og gjort.")).to_be_visible()
    sign_out(page)


def test_a_content_that_changed_meanwhile_is_not_approved_by_the_passkey(
    page: Page, live_server: LiveServer, firm: Company, siri: User, waiting: Remittance
) -> None:
    base = live_server.url
    sign_in(page, base, siri)
    plug_in_passkey(page)
    page.goto(f"{base}/me/factors/passkeys/add/")
    page.get_by_label("Passord").fill(PASSWORD)
    page.get_by_role("button", name="Gå videre").click()
    page.get_by_role("button", name="Legg til passnøkkel").click()
    expect(page.get_by_role("heading", name="Gjenopprettingskoder")).to_be_visible()
    Authenticator.objects.update(created_at=machine_now() - timedelta(days=2))
    page.goto(f"{base}/c/{firm.pk}/approvals/")
    Payment.objects.filter(remittance=waiting).update(creditor_account="12345678903")
    page.get_by_role("button", name="Godkjenn R-REISEN med passnøkkel").click()
    page.wait_for_load_state()

    expect(page.locator("#toasts .toast").first).to_be_visible()
    assert not Approval.objects.exists()


def test_a_key_is_made_anew_while_the_erp_keeps_signing(page: Page, live_server: LiveServer, firm: Company) -> None:
    base = live_server.url
    anne = make_user(company=firm, roles=(Role.AUTOPAY_ADMINISTRATOR,), name="Anne Vik")
    erp = make_user(company=firm, roles=(Role.FILE_TRANSFER,), name="ERP hos Fjord")
    set_password(user=anne, password=PASSWORD, actor=SETUP)
    secret = enrol_app(anne)
    old = create_signing_key(company_id=firm.pk, actor=SETUP)
    asking = Signing(ErpClient(portal=base, key_id=str(old.key_id), secret=old.secret, user=erp.email))
    asking.start()
    try:
        sign_in(page, base, anne)
        page.get_by_label("Kode fra appen, eller en gjenopprettingskode").fill(code_of(secret))
        page.get_by_role("button", name="Logg inn", exact=True).click()
        expect(page.get_by_text("Anne Vik").first).to_be_visible()
        page.goto(f"{base}/c/{firm.pk}/administration/")
        page.get_by_role("button", name="Generer ny signeringsnøkkel").first.click()
        expect(page.get_by_text("ERP-systemet slutter å virke")).to_be_visible()
        page.get_by_label("1 time: lim den inn nå").check()
        page.locator("#new-key").get_by_role("button", name="Generer ny signeringsnøkkel").click()
        expect(page.get_by_role("heading", name="Ny signeringsnøkkel")).to_be_visible()
        key_id, new_secret = page.locator(".key-field").all_inner_texts()
        asking.go_on_for(5)
        asking.client = ErpClient(portal=base, key_id=key_id, secret=new_secret, user=erp.email)
        asking.go_on_for(5)
    finally:
        asking.stop()

    assert asking.refusals == []
    assert asking.answers >= 10


class Signing(Thread):
    """An ERP that asks again and again, and keeps what it was refused."""

    def __init__(self, client: ErpClient) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.answers = 0
        self.refusals: list[str] = []
        self._over = Event()

    def run(self) -> None:
        while not self._over.is_set():
            try:
                self.client.setup_check()
                self.answers += 1
            except Exception as error:
                self.refusals.append(repr(error))
            self._over.wait(0.05)

    def go_on_for(self, answers: int) -> None:
        """Wait until so many more were answered, or something was refused."""
        wanted, late = self.answers + answers, time.monotonic() + 30
        while self.answers < wanted and not self.refusals and time.monotonic() < late:
            self._over.wait(0.02)

    def stop(self) -> None:
        self._over.set()
        self.join(timeout=30)
