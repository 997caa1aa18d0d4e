"""The pages of alarms and pauses in a real browser: readable for all, worked by keys, clicked twice, in two tabs."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from bank_gateway.relay.services import pause_outgoing
from companies.actors import Actor
from companies.models import Alarm, AuditEvent, Company, Role, User
from companies.services import acknowledge_alarm, clear_alarm, raise_alarm
from tests.companies.builders import make_company, make_operator, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Playwright's loop runs in this thread; Django would refuse its queries beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CENTRAL = "/central/alarms/"
_LEVELS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.fixture
def firm(transactional_db: None) -> Company:
    return make_company(name="Fjord Varme AS")


@pytest.fixture
def operator(firm: Company) -> User:
    return make_operator()


@pytest.fixture
def administrator(firm: Company) -> User:
    return make_user(company=firm, roles=(Role.AUTOPAY_ADMINISTRATOR,))


def alarm(key: str, company: Company | None, code: str, severity: str = "amber", **params: Any) -> Alarm:
    company_id = company.pk if company else None
    return raise_alarm(code=code, severity=severity, company_id=company_id, params=params, dedupe_key=key)


@pytest.fixture
def alarms(firm: Company, operator: User) -> list[Alarm]:
    """Raise alarms of all sorts: red and amber, to close and not, taken and over, of long words."""
    several = {"count": 2, "message_id": "R-2026-0001-" + "9" * 23, "from_status": "stopped"}
    found = [
        alarm("a", firm, "debit_contradicts_state", "red", **several),
        alarm("b", firm, "ledger_batch_failed", number=41, reason="Leverandør 5001 finnes ikke" * 9),
        alarm("c", None, "bank_line_down", "red", bank="nordea", reason="Connection refused"),
        *(alarm(f"d{n}", firm, "bank_account_unknown", bank="dnb", name=f"CAMT-{n}.xml") for n in range(4)),
        alarm("e", firm, "approval_too_late", count=1, message_id="R-1", day="2026-11-24"),
        alarm("f", firm, "outgoing_delivered_late", "red", name="P-1.xml"),
    ]
    acknowledge_alarm(alarm_id=found[-1].pk, user=operator)
    clear_alarm(dedupe_key="d0")
    return found


def open_as(user: User, browser: Browser, live_server: LiveServer, **options: Any) -> BrowserContext:
    client = Client()
    client.force_login(user)
    context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
    name = django_settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    return context


@pytest.fixture
def page(operator: User, browser: Browser, live_server: LiveServer, alarms: list[Alarm]) -> Iterator[Page]:
    context = open_as(operator, browser, live_server)
    opened = context.new_page()
    opened.goto(live_server.url + CENTRAL)
    yield opened
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 900, 1440])
def test_every_state_of_the_pages_is_accessible_fits_and_keeps_the_policy(
    theme: str, width: int, operator: User, administrator: User, browser: Browser, live_server: LiveServer,
    firm: Company, alarms: list[Alarm],
) -> None:  # fmt: skip
    pause_outgoing(scope="company", company_id=firm.pk, actor=Actor.user(administrator), reason="Bytter bank " * 20)
    pause_outgoing(scope="whole", actor=Actor.user(operator), reason="Vi venter på klarsignal")
    told: list[str] = []
    own = f"/c/{firm.pk}/"
    for user, addresses in (
        (operator, (CENTRAL, f"{CENTRAL}?show=taken", f"{CENTRAL}?show=over", f"{CENTRAL}?kind=nothing")),
        (administrator, (f"{own}alarms/", f"{own}pauses/", own)),
    ):
        context = open_as(
            user, browser, live_server, viewport={"width": width, "height": 844}, color_scheme=theme,
            reduced_motion="reduce",
        )  # fmt: skip
        opened = context.new_page()
        opened.on("console", lambda message: told.append(message.text))
        opened.on("pageerror", lambda error: told.append(str(error)))
        for address in addresses:
            opened.goto(live_server.url + address)
            opened.evaluate("document.querySelectorAll('details.alarm-more').forEach(each => each.open = true)")
            found = Axe().run(opened, options=_LEVELS)
            assert found.violations_count == 0, (address, found.generate_report())
            assert opened.evaluate(_FITS), address
        context.close()
    assert told == []


def test_keys_walk_the_list_unfold_and_take(page: Page, alarms: list[Alarm], operator: User) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    first = page.locator(".alarm").nth(1)
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(first.locator("dl")).to_be_visible()
    page.keyboard.press("k")
    expect(page.locator(".alarm").nth(0)).to_be_focused()
    page.keyboard.press("t")
    page.get_by_text("Du har tatt alarmen.").wait_for()
    assert AuditEvent.objects.filter(action="alarm.acknowledged", actor_user_id=operator.pk).count() == 2


def test_a_double_click_takes_and_closes_once(page: Page, alarms: list[Alarm], live_server: LiveServer) -> None:
    page.locator(".alarm", has_text="Linjen til Nordea").get_by_role("button", name="Ta den").dblclick()
    page.get_by_text("Du har tatt alarmen.").wait_for()
    assert AuditEvent.objects.filter(action="alarm.acknowledged").count() == 2

    page.locator(".alarm", has_text="R-2026-0001").get_by_role("button", name="Lukk alarmen").click()
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_label("Det du fant ut")).to_be_focused()
    dialog.get_by_label("Det du fant ut").fill("Banken har tilbakeført")
    dialog.get_by_role("button", name="Lukk alarmen").dblclick()
    page.get_by_text("Alarmen er lukket.").wait_for()
    assert AuditEvent.objects.filter(action="alarm.closed").count() == 1


def test_two_tabs_and_going_back_end_calmly(page: Page, alarms: list[Alarm], live_server: LiveServer) -> None:
    other = page.context.new_page()
    other.goto(live_server.url + CENTRAL)
    for tab in (page, other):
        tab.locator(".alarm", has_text="Linjen til Nordea").get_by_role("button", name="Ta den").click()
        tab.get_by_text("Du har tatt alarmen.").wait_for()
    clear_alarm(dedupe_key="b")
    other.locator(".alarm", has_text="bunt 41").get_by_role("button", name="Ta den").click()
    other.get_by_text("Alarmen er over allerede").wait_for()
    other.go_back()
    expect(other.get_by_role("heading", name="Alarmer", exact=True)).to_be_visible()


def test_a_new_alarm_announces_itself_without_moving_what_one_reads(
    page: Page, alarms: list[Alarm], firm: Company
) -> None:
    listed = page.locator(".alarm").count()
    alarm("new", firm, "bank_file_quarantined", "red", name="NY.xml", bank="dnb")
    page.evaluate("htmx.ajax('GET', document.querySelector('#alarm-news').getAttribute('hx-get'), '#alarm-news')")
    news = page.get_by_role("link", name="1 ny alarm er kommet")
    news.wait_for()
    assert page.locator(".alarm").count() == listed
    news.click()
    expect(page.locator(".alarm", has_text="NY.xml")).to_be_visible()


def test_without_script_one_reads_takes_and_puts_on_hold(
    administrator: User, operator: User, browser: Browser, live_server: LiveServer, firm: Company, alarms: list[Alarm]
) -> None:
    context = open_as(operator, browser, live_server, java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + CENTRAL)
    page.locator(".alarm", has_text="Linjen til Nordea").get_by_role("button", name="Ta den").click()
    assert page.get_by_text("Du har tatt alarmen.").is_visible()
    context.close()
