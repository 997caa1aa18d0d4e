"""The pages of agreements in a real browser: whole at any width, in both themes, readable for all, worked by keys."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from agreements.models import Agreement, ContactKind, Draft, Kind
from agreements.services import add_contact, confirm_contact, import_activation_file, note_mandates, order_agreement
from agreements.services.sharing import invite_to_share
from bank_gateway.relay.services.rotating import make_next_key
from companies.actors import Actor
from companies.models import Company, Role, User
from tests.agreements.builders import SEVEN_DIGITS, draft, make_active
from tests.companies.builders import SETUP, make_company, make_customer_admin, make_operator, make_user
from tests.pages.money.test_alarms_in_a_browser import open_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Playwright's loop runs in this thread; Django would refuse its queries beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

_LEVELS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
# Where pictures are wanted, for somebody to look at.
_PICTURES = os.environ.get("PICTURES", "")
BANK = {"bank": "dnb", "kind": "remittance", "origin": "new"}
ACCOUNT = {
    "account": "12345678903", "customer_id": "974760673", "division": "0001", "bank_agreement_id": "",
    "bank_ledger_account": "1920", "interim_ledger_account": "", "supplier_ledger_account": "2400",
    "salary_ledger_account": "2930", "tax_ledger_account": "", "pension_ledger_account": "",
    "intercompany_ledger_account": "", "fee_ledger_account": "7770",
}  # fmt: skip


@pytest.fixture
def firm(transactional_db: None) -> Company:
    return make_company(name="Fjord Varme og Energisentral AS")


@pytest.fixture
def administrator(firm: Company) -> User:
    return make_customer_admin(customer=firm.customer)


@pytest.fixture
def operator(firm: Company) -> User:
    return make_operator()


def make_drafts(firm: Company, user: User) -> dict[str, Draft]:
    incoming = {**BANK, "kind": "incoming"}
    return {
        "begun": Draft.objects.create(company=firm, begun_by=user, answers={"bank": BANK}),
        "remittance": Draft.objects.create(company=firm, begun_by=user, answers={"bank": BANK, "account": ACCOUNT}),
        "incoming": Draft.objects.create(company=firm, begun_by=user, answers={"bank": incoming, "account": ACCOUNT}),
    }


def make_everything(firm: Company, user: User) -> list[str]:
    """Make something of every sort, and return the addresses of the pages that show it."""
    drafts, home = make_drafts(firm, user), f"/c/{firm.pk}/agreements/"
    active = make_active(company=firm, approvers_required=1, bank_approval="rgb", customer_id="974760673")
    other = make_company(name="Lønnskontoret i Indre Sunnfjord AS")
    invite_to_share(agreement_id=active.pk, org_number=other.org_number, user=user)
    owner = make_active(company=make_company(name="Eier Drift AS"))
    people = make_user(company=owner.company, roles=(Role.AUTOPAY_ADMINISTRATOR,))
    invite_to_share(agreement_id=owner.pk, org_number=firm.org_number, user=people)
    contact = add_contact(agreement=active, kind=ContactKind.REJECTS, email="avvist@fjord.example", actor=SETUP)
    confirm_contact(contact_id=contact.pk, actor=SETUP)
    add_contact(agreement=active, kind=ContactKind.REJECTS, email="sjef-for-regnskap@fjord.example", actor=SETUP)
    note_mandates(agreement=active, signers=2, holders=[], user=user)
    incoming = make_active(company=firm, kind=Kind.INCOMING, kid=[SEVEN_DIGITS], notify="ocr")
    drafted = draft(company=firm)
    return [
        home, f"{home}?show=ended", f"{home}convert/", f"{home}{active.pk}/", f"{home}{active.pk}/close/",
        f"{home}{incoming.pk}/", f"{home}{drafted.pk}/", f"{home}drafts/{drafts['begun'].pk}/bank/",
        f"{home}drafts/{drafts['begun'].pk}/account/", f"{home}drafts/{drafts['remittance'].pk}/terms/",
        f"{home}drafts/{drafts['incoming'].pk}/terms/",
    ]  # fmt: skip


def make_centrals(firm: Company, operator: User) -> list[str]:
    """Make what AutoPay Central looks at, and return the addresses."""
    ordered = order_agreement(agreement_id=draft(company=firm, division="1").pk, actor=SETUP)
    line = make_active(company=firm).connection
    assert line is not None
    make_next_key(connection_id=line.pk, actor=Actor.user(operator))
    lines = b"account;bank_agreement_id;customer_id;date;result\n12345678903;;;2026-11-24;activated\n"
    file = import_activation_file(bank="dnb", name="avtaler-november.csv", content=lines, user=operator)
    return [
        "/central/agreements/", f"/central/agreements/{ordered.pk}/", f"/central/agreements/files/{file.pk}/",
        "/central/connections/", f"/central/connections/{line.pk}/",
    ]  # fmt: skip


def look(page: Page, address: str, *, name: str, told: list[Any]) -> None:
    page.on("console", lambda message: told.append((page.url, message.text)))
    page.on("pageerror", lambda error: told.append((page.url, str(error))))
    page.goto(address)
    assert page.evaluate(_FITS), address
    if _PICTURES:
        page.screenshot(path=str(Path(_PICTURES) / f"{name}.png"), full_page=True)
    found = Axe().run(page, options=_LEVELS)
    assert found.violations_count == 0, (address, found.generate_report())


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1440, "dark"), (1440, "light"), (390, "dark")])
@pytest.mark.parametrize("who", ["company", "central"])
def test_every_page_fits_is_accessible_and_keeps_the_policy(
    who: str, width: int, theme: str, firm: Company, administrator: User, operator: User, browser: Browser,
    live_server: LiveServer,
) -> None:  # fmt: skip
    user = administrator if who == "company" else operator
    addresses = make_everything(firm, user) if who == "company" else make_centrals(firm, user)
    told: list[Any] = []
    context = open_as(
        user, browser, live_server, viewport={"width": width, "height": 900}, reduced_motion="reduce",
        color_scheme=theme,
    )  # fmt: skip
    for number, address in enumerate(addresses):
        page = context.new_page()
        look(page, live_server.url + address, name=f"{who}-{number:02d}-{width}-{theme}", told=told)
        page.close()
    context.close()
    assert told == []


def test_the_wizard_is_walked_by_keys_alone(
    firm: Company, administrator: User, browser: Browser, live_server: LiveServer
) -> None:
    context = open_as(administrator, browser, live_server, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{live_server.url}/c/{firm.pk}/agreements/")
    page.get_by_role("button", name="Ny avtale").focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="DNB").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.get_by_label("Kontonummer").focus()
    page.keyboard.type("1234.56.78903")
    expect(page.locator("#so-far")).to_contain_text("1234")
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="2", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Opprett avtalen").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/agreements/*/")
    assert Agreement.objects.get(company=firm).account == "12345678903"
    context.close()


def test_a_kid_is_tried_as_one_types(
    firm: Company, administrator: User, browser: Browser, live_server: LiveServer
) -> None:
    drafts = make_drafts(firm, administrator)
    context = open_as(administrator, browser, live_server, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{live_server.url}/c/{firm.pk}/agreements/drafts/{drafts['incoming'].pk}/terms/")
    for label, value in (("Lengde", "7"), ("Kunde fra", "1"), ("Kunde til", "4")):
        page.get_by_label(label).first.fill(value)
    page.get_by_label("Prøv en KID").press_sequentially("0010017", delay=10)
    expect(page.locator("#kid-trial")).to_contain_text("Gyldig etter definisjon 1, MOD10")
    expect(page.locator("#kid-trial")).to_contain_text("0010")
    if _PICTURES:
        page.screenshot(path=str(Path(_PICTURES) / "kid.png"), full_page=True)
    context.close()
