"""A user invited, given roles in the grid by keyboard, in by the link of the mail: he sees what he may, nb and en."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core import mail
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from autopay_portal.core.clocks import machine_now
from companies.mail.letters import send_letters
from companies.mail.rights import write_rights_letters
from companies.models import Company, Customer, RoleGrant, User
from tests.companies.builders import make_company, make_customer, make_customer_admin
from tests.pages.money.test_alarms_in_a_browser import open_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Playwright's loop runs in this thread; Django would refuse its queries beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

EMAIL, PASSWORD = "per.ny@fjord.example", "en lang setning 7"


@dataclass(frozen=True)
class Words:
    """What the pages say on the way, in one language."""

    language: str
    new_user: str
    first_name: str
    last_name: str
    invite: str
    roles: tuple[str, str]
    saved: str
    proposed: str
    four_eyes: str
    confirm: str
    accept: str
    name: str
    password: str
    sign_in: str
    no_right: str


WORDS = (
    Words(
        "nb", "Ny bruker", "Fornavn", "Etternavn", "Inviter", ("Opplaster", "Godkjenner"), "Lagret:", "Foreslått:",
        "Fire øyne", "Bekreft", "Ta imot invitasjonen", "Navn", "Passord", "Logg inn", "Avtaler",
    ),
    Words(
        "en", "New user", "First name", "Last name", "Invite", ("Uploader", "Approver"), "Saved:", "Proposed:",
        "Four eyes", "Confirm", "Accept the invitation", "Name", "Password", "Sign in", "Agreements",
    ),
)  # fmt: skip


@pytest.fixture
def office(transactional_db: None) -> Customer:
    return make_customer("Fjordregnskap AS")


@pytest.fixture
def firm(office: Customer) -> Company:
    return make_company(customer=office, name="Fjord Varme AS")


Opens = Callable[[User | None, str], Page]


@pytest.fixture
def opens(browser: Browser, live_server: LiveServer) -> Iterator[Opens]:
    """Return what opens a window of somebody in a language."""
    with ExitStack() as windows:

        def opened(user: User | None, language: str) -> Page:
            context: BrowserContext = open_as(user, browser, live_server) if user else browser.new_context()
            windows.callback(context.close)
            context.add_cookies(
                [{"name": django_settings.LANGUAGE_COOKIE_NAME, "value": language, "url": live_server.url}]
            )
            return context.new_page()

        yield opened


@pytest.mark.timeout(240)
@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.language)
def test_from_an_invitation_to_what_one_may(
    words: Words, office: Customer, firm: Company, opens: Opens, live_server: LiveServer
) -> None:
    ada, bo = make_customer_admin(customer=office), make_customer_admin(customer=office)
    users = f"{live_server.url}/customers/{office.pk}/users/"

    page = opens(ada, words.language)
    page.goto(users)
    invite(page, words)
    tick_by_keyboard(page, words)
    assert not RoleGrant.objects.filter(company=firm).exists()

    second = opens(bo, words.language)
    second.goto(f"{live_server.url}/customers/{office.pk}/proposals/")
    second.get_by_role("button", name=words.confirm).first.click()
    expect(second.locator("#toasts")).to_be_visible()

    new = opens(None, words.language)
    new.goto(link_of_the_mail(live_server))
    accept_and_sign_in(new, words)
    new.goto(f"{live_server.url}/")

    expect(new.locator(".bar .company-name")).to_have_text("Fjord Varme AS")
    expect(new.get_by_role("navigation").first).not_to_contain_text(words.four_eyes)
    user = User.objects.get(email=EMAIL)
    assert set(user.role_grants.values_list("role", flat=True)) == {"uploader", "approver"}
    answer = new.goto(users)
    assert answer is not None
    assert answer.status == 404
    assert_one_mail_about_his_rights_later(ada, bo)


def invite(page: Page, words: Words) -> None:
    page.get_by_role("link", name=words.new_user).first.click()
    page.locator("#id_email").fill(EMAIL)
    page.get_by_label(words.first_name).fill("Per")
    page.get_by_label(words.last_name).fill("Ny")
    page.get_by_role("button", name=words.invite).click()
    expect(page.locator("tbody th[scope=row]")).to_contain_text("Per Ny")


def tick_by_keyboard(page: Page, words: Words) -> None:
    """Come to the grid by Tab, tick two rights with arrows and space."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if (
            page.evaluate("document.activeElement.closest('[data-grid]')?.tagName && document.activeElement.type")
            == "checkbox"
        ):
            break
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator("#grid-said")).to_contain_text(f"{words.saved} Per Ny · Fjord Varme AS · {words.roles[0]}")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator("#grid-said")).to_contain_text(f"{words.proposed} Per Ny · Fjord Varme AS · {words.roles[1]}")


def link_of_the_mail(live_server: LiveServer) -> str:
    send_letters()
    [letter] = [each for each in mail.outbox if each.to == [EMAIL]]
    found = re.search(r"(/invitations/\S+)", str(letter.body))
    assert found is not None
    return live_server.url + found[1]


def accept_and_sign_in(page: Page, words: Words) -> None:
    page.locator("#id_name").fill("Per Ny")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name=words.accept).click()
    page.locator("#id_login").fill(EMAIL)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name=words.sign_in, exact=True).click()
    page.wait_for_load_state()


def assert_one_mail_about_his_rights_later(*administrators: Any) -> None:
    """What waited for his acceptance he was told of by the invitation; nobody else got more than the proposal's."""
    with time_machine.travel(machine_now() + timedelta(minutes=6), tick=False):
        write_rights_letters()
        send_letters()
    assert {each.to[0] for each in mail.outbox} == {EMAIL, administrators[1].email}
