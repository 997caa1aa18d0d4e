"""From the order to a passed set-up check, 200 companies from a file, and two tabs on two companies, in a browser."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from agreements.setup_check import check_setup
from companies.access import PERMISSIONS
from companies.mail.letters import send_letters
from companies.models import Company, CompanyImport, Customer, Role, User
from tests.agreements.builders import make_active
from tests.companies.builders import make_company, make_customer, make_customer_admin, make_operator, org_number
from tests.companies.firms.builders import publish
from tests.pages.money.test_alarms_in_a_browser import open_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
# Playwright's loop runs in this thread; Django would refuse its queries beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

EMAIL, PASSWORD = "kari.ny@nytt.example", "en lang setning 7"


@dataclass(frozen=True)
class Words:
    """What the pages say on the way, in one language."""

    language: str
    order: str
    accept: str
    invited: str
    take: str
    sign_in: str
    accept_terms: str
    create: str
    fetch: str
    activate_own: str
    activate: str
    in_use: str
    blocked: str
    read: str
    imports: str
    imported: str


WORDS = (
    Words(
        "nb", "Bestill", "Godta", "Du er invitert", "Ta imot invitasjonen", "Logg inn", "Godta vilkårene",
        "Opprett bedrift", "Hent fra registeret", "Aktiver DI-Elbet", "Aktiver AutoPay", "I bruk", "sperret",
        "Les filen", "Importer 195 bedrifter", "195 bedrifter er importert",
    ),
    Words(
        "en", "Order", "Accept", "You are invited", "Accept the invitation", "Sign in", "Accept the terms",
        "Create company", "Fetch from the register", "Activate DI-Elbet", "Activate AutoPay", "In use", "blocked",
        "Read the file", "Import 195 companies", "195 companies are imported",
    ),
)  # fmt: skip
in_both = pytest.mark.parametrize("words", WORDS, ids=lambda words: words.language)
Opens = Callable[[User | None, str], Page]


@pytest.fixture
def opens(browser: Browser, live_server: LiveServer) -> Iterator[Opens]:
    """Return what opens a window of somebody in a language."""
    with ExitStack() as windows:

        def opened(user: User | None, language: str) -> Page:
            context = open_as(user, browser, live_server) if user else browser.new_context()
            windows.callback(context.close)
            name = django_settings.LANGUAGE_COOKIE_NAME
            context.add_cookies([{"name": name, "value": language, "url": live_server.url}])
            return context.new_page()

        yield opened


@pytest.fixture
def _mail(settings: Settings, tmp_path: Path, live_server: LiveServer) -> None:
    given: Any = settings
    given.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    given.EMAIL_FILE_PATH = tmp_path / "mail"
    given.PUBLIC_URL = live_server.url
    given.COMPANY_LOOKUP = "simulated"


@in_both
@pytest.mark.usefixtures("_mail")
def test_from_the_order_to_a_passed_set_up_check(words: Words, opens: Opens, live_server: LiveServer) -> None:
    operator = make_operator()
    publish("2026-1")

    page = opens(None, words.language)
    order(page, live_server, words)
    central = opens(operator, words.language)
    central.goto(f"{live_server.url}/central/orders/")
    central.get_by_role("button", name=f"{words.accept} Nytt Regnskap AS").click()
    expect(central.locator(".toast")).to_contain_text("Nytt Regnskap AS")

    send_letters()
    accept_invitation(page, words)
    page.get_by_role("button", name=words.accept_terms).click()
    customer = Customer.objects.get(number="20001")
    create_by_number(page, live_server, words, customer)
    activate_own(page, live_server, words, customer)
    company = switch_on(page, live_server, words, customer)

    page.goto(f"{live_server.url}/go/getting-started/?org_number=974%20760%20673")
    expect(page).to_have_url(f"{live_server.url}/c/{company.pk}/getting-started/")
    expect(page.locator(".ticks li[data-tone=done]")).to_have_count(2)
    # The bank's side has journeys of its own.
    make_active(company=company)
    check = check_setup(company=company, permissions=PERMISSIONS[Role.FILE_TRANSFER])
    assert [(each["name"], each["detail"]) for each in check.checks if not each["ok"]] == []
    page.reload()
    expect(page.locator(".ticks li[data-tone=done]")).to_have_count(4)


def order(page: Page, live_server: LiveServer, words: Words) -> None:
    page.goto(f"{live_server.url}/order/")
    page.locator("#id_customer_number").fill("20 001")
    page.locator("#id_company_name").fill("Nytt Regnskap AS")
    page.locator("#id_name").fill("Kari Ny")
    page.locator("#id_email").fill(EMAIL)
    page.get_by_role("button", name=words.order, exact=True).click()
    page.wait_for_url("**/order/taken/")


def accept_invitation(page: Page, words: Words) -> None:
    """Read the mail in the sandbox, follow its link, choose a password and sign in."""
    page.locator(".entrance a[href='/sandbox/mail/']").click()
    page.get_by_role("link", name=words.invited).click()
    page.locator(".letter a").first.click()
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name=words.take).click()
    page.locator("#id_login").fill(EMAIL)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name=words.sign_in, exact=True).click()
    page.wait_for_url("**/account/")


def create_by_number(page: Page, live_server: LiveServer, words: Words, customer: Customer) -> None:
    """Have the register fill the form, and make the company; the same again is refused."""
    page.goto(f"{live_server.url}/customers/{customer.pk}/companies/new/")
    page.locator("#id_org_number").fill("NO 974.760.673 MVA")
    page.get_by_role("button", name=words.fetch).click()
    expect(page.locator("#id_town")).not_to_have_value("")
    page.locator("#new-company").get_by_role("button", name=words.create).dblclick()
    page.wait_for_url("**/getting-started/")
    assert Company.objects.get().org_number == "974760673"


def activate_own(page: Page, live_server: LiveServer, words: Words, customer: Customer) -> None:
    page.goto(f"{live_server.url}/customers/{customer.pk}/services/")
    expect(page.locator("tbody")).to_contain_text(words.blocked)
    page.goto(f"{live_server.url}/customers/{customer.pk}/account/")
    page.get_by_role("button", name=words.activate_own).click()
    expect(page.locator(".notice[data-tone=done]")).to_be_visible()


def switch_on(page: Page, live_server: LiveServer, words: Words, customer: Customer) -> Company:
    page.goto(f"{live_server.url}/customers/{customer.pk}/services/")
    page.get_by_role("button", name=words.activate).click()
    expect(page.locator("tbody .badge").first).to_contain_text(words.in_use)
    return Company.objects.get()


def file_of(folder: Path) -> Path:
    """Write a file of 200 companies, five of whose lines are bad."""
    lines = [f"{org_number(700_000 + place)};Firma {place} AS;Gata {place};0155;Oslo" for place in range(200)]
    lines[9] = "123456789;Feil Nummer AS;Gata 1;0155;Oslo"
    lines[49] = f"{org_number(710_000)};;Gata 1;0155;Oslo"
    lines[99] = f"{org_number(710_001)};Uten Adresse AS;;0155;Oslo"
    lines[149] = ";Uten Nummer AS;Gata 1;0155;Oslo"
    lines[199] = f"{org_number(710_002)};Uten Sted AS;Gata 1;0155;"
    path = folder / "bedrifter.csv"
    path.write_text("\r\n".join(["Orgnr;Navn;Adresse;Postnr;Poststed", *lines]), encoding="latin-1")
    return path


@in_both
def test_two_hundred_companies_with_five_bad_lines(
    words: Words, opens: Opens, live_server: LiveServer, tmp_path: Path
) -> None:
    customer = make_customer()
    page = opens(make_customer_admin(customer=customer), words.language)
    page.goto(f"{live_server.url}/customers/{customer.pk}/imports/")
    page.locator("#file").set_input_files(file_of(tmp_path))
    page.get_by_role("button", name=words.read).click()

    expect(page.locator("tbody tr")).to_have_count(5)
    assert page.locator("tbody tr th").all_inner_texts() == ["11", "51", "101", "151", "201"]
    assert not Company.objects.exists()
    page.get_by_role("button", name=words.imports).dblclick()
    expect(page.locator(".notice[data-tone=done]")).to_contain_text(words.imported)
    assert Company.objects.filter(customer=customer).count() == 195

    # Back to where the button was, and once more: nothing is imported twice.
    page.go_back()
    if page.get_by_role("button", name=words.imports).count():
        page.get_by_role("button", name=words.imports).click()
    page.goto(f"{live_server.url}/customers/{customer.pk}/imports/{CompanyImport.objects.get().pk}/")
    expect(page.locator(".notice[data-tone=done]")).to_contain_text(words.imported)
    assert Company.objects.count() == 195


@in_both
def test_two_tabs_stand_on_two_companies(words: Words, opens: Opens, live_server: LiveServer) -> None:
    customer = make_customer()
    first, second = (make_company(customer=customer, name=name) for name in ("Første Firma AS", "Andre Firma AS"))
    one = opens(make_customer_admin(customer=customer), words.language)
    one.goto(f"{live_server.url}/c/{first.pk}/getting-started/")
    other = one.context.new_page()
    other.goto(f"{live_server.url}/c/{second.pk}/getting-started/")

    one.reload()
    for page, company in ((one, first), (other, second)):
        expect(page.locator(".bar .company-name")).to_have_text(company.name)
        expect(page.locator(".page-head .lede")).to_contain_text(company.name)

    # The same company in both: whoever comes second is told, and loses nothing that the first saved.
    for page in (one, other):
        page.goto(f"{live_server.url}/customers/{customer.pk}/companies/{first.pk}/")
    one.locator("#id_name").fill("Først Lagret AS")
    one.locator("form:has(#id_name) button.main").click()
    expect(one.locator("h1")).to_have_text("Først Lagret AS")
    other.locator("#id_name").fill("Sist Lagret AS")
    other.locator("form:has(#id_name) button.main").click()
    expect(other.locator(".notice[data-tone=wants-you]")).to_contain_text("Først Lagret AS")
    first.refresh_from_db()
    assert first.name == "Først Lagret AS"
