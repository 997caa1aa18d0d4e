"""Faults switched by a person on the banks' page, in a browser."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from bank_gateway.simulator.faults import kinds
from tests.bank_gateway.simulator.orders import OUR_ACCOUNT
from tests.bank_gateway.simulator.three_banks import BankCustomer

pytestmark = pytest.mark.browser
# What a browser notes of every refused or broken call, and some are here on purpose.
_OF_A_CALL = "Failed to load resource"


@pytest.fixture(autouse=True)
def _no_faults(standing_bank: BankCustomer) -> Iterator[None]:
    yield
    put(standing_bank, [])


@pytest.fixture
def page(browser: Browser, standing_bank: BankCustomer) -> Iterator[Page]:
    """The page in Norwegian; what the browser complains of fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []
    opened = context.new_page()
    opened.on("console", lambda said: complaints.append(said.text) if not said.text.startswith(_OF_A_CALL) else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(standing_bank.simulator.addresses["control"])
    yield opened
    context.close()
    assert complaints == []


def put(bank: BankCustomer, faults: list[dict[str, Any]]) -> None:
    url = f"{bank.simulator.addresses['banks']['nordea']}/faults"
    assert requests.put(url, json=faults, timeout=30).status_code == 200


def on(bank: BankCustomer) -> list[dict[str, Any]]:
    """Return the faults that are on, without what they did."""
    found = bank.simulator.get("banks/nordea/faults")
    return [{name: each[name] for name in each.keys() - {"tried", "hits", "withheld"}} for each in found]


def open_faults(page: Page) -> None:
    if not page.locator("details").evaluate("one => one.open"):
        page.locator("summary").click()


def row(page: Page, fault: str) -> Locator:
    return page.locator(f"tr[data-fault={fault}]")


def press(page: Page, button: str) -> None:
    """Press a button that loads the page anew."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def test_a_person_switches_faults_on_and_off_and_sees_what_is_on(page: Page, standing_bank: BankCustomer) -> None:
    open_faults(page)
    row(page, "answer_twice").get_by_role("checkbox").check()
    row(page, "answer_twice").get_by_label("Hvor mye").fill("3")
    half = row(page, "half_file_from_bank")
    half.get_by_role("checkbox").check()
    half.get_by_role("combobox").select_option("probability")
    half.get_by_label("Hvor mye").fill("0.125")
    half.get_by_label("Frø").fill("99")
    half.get_by_label("Sekunder").fill("4.5")
    press(page, "Bruk")

    assert on(standing_bank) == [
        {"fault": "answer_twice", "times": 3, "seed": 1, "seconds": 20.0},
        {"fault": "half_file_from_bank", "probability": 0.125, "seed": 99, "seconds": 4.5},
    ]
    expect(page.locator("summary")).to_have_text("Feil: 2")
    expect(half.get_by_label("Hvor mye")).to_have_value("0.125")
    row(page, "answer_twice").get_by_role("checkbox").uncheck()
    press(page, "Bruk")
    assert [each["fault"] for each in on(standing_bank)] == ["half_file_from_bank"]
    press(page, "Fjern alle feil")
    assert on(standing_bank) == []


def test_what_the_bank_refuses_is_marked_and_changes_nothing(page: Page, standing_bank: BankCustomer) -> None:
    put(standing_bank, [{"fault": "silence", "times": 1}])
    page.reload()
    row(page, "slow_line").get_by_role("checkbox").check()
    row(page, "slow_line").get_by_label("Hvor mye").fill("0")
    row(page, "out_of_order").get_by_role("checkbox").check()
    row(page, "out_of_order").get_by_label("Sekunder").fill("5000")

    page.get_by_role("button", name="Bruk").click()

    expect(page.get_by_role("status")).to_contain_text("Ikke endret")
    marked = page.locator("[aria-invalid]")
    assert [each.get_attribute("aria-label") for each in marked.all()] == [
        "Svar kommer i omvendt rekkefølge, Sekunder",
        "Treg linje, Hvor mye",
    ]
    assert [each["fault"] for each in on(standing_bank)] == ["silence"]


def test_all_faults_can_be_removed_whatever_stands_in_the_fields(page: Page, standing_bank: BankCustomer) -> None:
    put(standing_bank, [{"fault": "silence", "times": 1}])
    page.reload()
    row(page, "silence").get_by_label("Hvor mye").fill("")

    press(page, "Fjern alle feil")

    assert on(standing_bank) == []


def test_a_bank_that_is_gone_is_said(page: Page) -> None:
    open_faults(page)
    page.route("**/faults", lambda route: route.abort())

    page.get_by_role("button", name="Bruk").click()

    expect(page.get_by_role("status")).to_have_text("Banken svarte ikke. Last siden på nytt og se hva som er på.")


def test_what_faults_did_is_shown(page: Page, standing_bank: BankCustomer) -> None:
    put(standing_bank, [{"fault": "silence", "times": 1}])
    body = {"org_number": "974760673", "account": OUR_ACCOUNT, "direction": "incoming"}
    standing_bank.post("agreements", body, status=201)
    payment = {"account": OUR_ACCOUNT, "amount": "1.00", "message": "Hei"}
    name = standing_bank.post("incoming", payment, status=201)["files"][0]
    page.reload()

    expect(row(page, "silence").locator("td").nth(6)).to_have_text("1")
    expect(row(page, "silence").locator("td").nth(7)).to_have_text("1")
    expect(page.locator("h3:has-text('Hva feilene har gjort') + div tbody tr").first).to_contain_text(name)


@pytest.mark.parametrize(("language", "theme"), [("nb", "light"), ("en", "dark")])
@pytest.mark.parametrize("width", [1440, 390])
def test_everybody_can_use_it(
    browser: Browser, standing_bank: BankCustomer, language: str, theme: Any, width: int
) -> None:
    put(standing_bank, [{"fault": name, "times": 1} for name in kinds.ALL])
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.goto(f"{standing_bank.simulator.addresses['control']}/?lang={language}")

    assert page.evaluate("document.documentElement.scrollWidth") == width
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.response["violations"] == []
    context.close()
