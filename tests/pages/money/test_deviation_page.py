"""The page of one deviation: what is known, what each decision would do in kroner, nothing before it is confirmed."""

from typing import Any

import pytest
from django.test import Client
from lxml import html as parser

from bank_gateway.models import Deviation
from companies.models import Company, User
from erp_gateway.models import LedgerLine, Message
from payments_in.models import IncomingPayment
from tests.bank_gateway.bank_notices import Entry, Notice, Tx, camt054
from tests.companies.builders import make_company, make_operator
from tests.pages.money.builders import count_queries, make_company_sender, make_incoming, read, receive
from tests.pages.money.conftest import People, signed_in_as
from tests.pages.money.deviations import RELAY, address_of, look, settle_on_page
from tests.remittance.answering import AtBank, books, order_at_bank

A, B, C = "1000.00", "200.00", "30.00"
UNKNOWN = "86011117947"


@pytest.fixture
def operator(db: None) -> User:
    return make_operator()


@pytest.fixture
def central(operator: User) -> Client:
    return signed_in_as(operator)


@pytest.fixture
def at_bank(company: Company) -> AtBank:
    return order_at_bank(make_company_sender(company), A=A, B=B, C=C)


@pytest.fixture
def less_a_fee(at_bank: AtBank) -> Deviation:
    """A return of which the bank kept something, and nobody knows why."""
    at_bank.notify(at_bank.debit("A"))
    at_bank.notify(at_bank.comes_back("A", amount="970.00"))
    return Deviation.objects.get(state="open")


def spaced(html: str) -> str:
    return " ".join(html.replace("\xa0", " ").split())


def cells(html: str) -> list[list[str]]:
    """Return the tables' rows on a page, cell by cell without markup."""
    rows: Any = parser.fromstring(html).xpath("//section[@id='look']//tbody/tr")
    return [[" ".join(cell.text_content().split()).replace("\xa0", " ") for cell in row] for row in rows]


@pytest.mark.parametrize("role", ["viewer", "approver", "autopay_administrator", "customer_administrator"])
def test_it_is_the_operators_alone(people: People, less_a_fee: Deviation, role: str) -> None:
    client = signed_in_as(people[role])

    read(client, address_of(less_a_fee), 403)
    for form in ({"how": "close", "note": "x", "seen": "close"}, {"how": "release:fee", "note": "x"}):
        assert client.post(f"{address_of(less_a_fee)}settle/", form).status_code == 403
    assert Deviation.objects.get().state == "open"


def test_a_stranger_and_nobody_get_nothing(people: People, less_a_fee: Deviation, central: Client) -> None:
    html = read(signed_in_as(people.stranger), address_of(less_a_fee), 403)
    assert "970" not in html
    assert Client().get(address_of(less_a_fee)).status_code == 302
    assert Client().post(f"{address_of(less_a_fee)}settle/").status_code == 302
    assert central.get(f"{RELAY}deviations/{less_a_fee.file_id}/").status_code == 404
    assert central.get(f"{address_of(less_a_fee)}settle/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_operator())
    assert strict.post(f"{address_of(less_a_fee)}settle/", {"how": "close", "note": "x"}).status_code == 403


def test_it_says_what_is_known_and_what_each_decision_means(central: Client, less_a_fee: Deviation) -> None:
    html = spaced(read(central, address_of(less_a_fee)))

    for text in (
        "Inn på kontoen", "970,00", "1 på 1 000,00 NOK", 'value="release"', 'value="release:fee"', 'value="close"',
        "Betalingen er returnert, og bankens gebyr er 30,00 NOK.",
        "970,00 NOK på konto 1234 56 78903 kommer aldri til regnskapet herfra.", "Se hva det gjør",
    ):  # fmt: skip
        assert text in html


def test_a_look_shows_every_krone_it_would_move_and_moves_none(
    central: Client, less_a_fee: Deviation, at_bank: AtBank, company: Company
) -> None:
    told, lines = Message.objects.count(), LedgerLine.objects.count()

    html = look(central, less_a_fee, how="release:fee", note="Banken sier gebyr")

    assert cells(html) == [
        [company.name, at_bank.remittance().message_id, "Betalt", "Returnert", "1", "1 000,00 NOK"],
        [company.name, "1920", "970,00", ""],
        [company.name, "2400", "", "1 000,00"],
        [company.name, "7770", "30,00", ""],
    ]
    assert "Banken sier gebyr" in html
    assert at_bank.states()["A"] == "paid"
    assert (Message.objects.count(), LedgerLine.objects.count()) == (told, lines)
    assert Deviation.objects.get().state == "open"


def test_confirmed_it_does_just_that_once(
    central: Client, less_a_fee: Deviation, at_bank: AtBank, operator: User
) -> None:
    settle_on_page(central, less_a_fee, how="release:fee", note="Banken sier gebyr")

    assert at_bank.states()["A"] == "returned"
    assert books() == {"7770": "30.00", "1920": "-30.00"}
    settled = Deviation.objects.get()
    assert (settled.state, settled.note, settled.resolved_by) == ("released", "Banken sier gebyr", operator)
    html = read(central, address_of(less_a_fee))
    assert operator.name in html
    assert "Banken sier gebyr" in html
    assert 'name="how"' not in html
    again = central.post(f"{address_of(less_a_fee)}settle/", {"how": "release:fee", "note": "x", "seen": "y"})
    assert again.status_code == 409
    assert "Noen har allerede avklart dette avviket." in again.content.decode()
    assert books() == {"7770": "30.00", "1920": "-30.00"}


def test_what_was_not_seen_is_not_done(central: Client, less_a_fee: Deviation, at_bank: AtBank) -> None:
    answer = central.post(
        f"{address_of(less_a_fee)}settle/", {"how": "release:fee", "note": "Gebyr <b>", "seen": "noe annet"}
    )

    assert answer.status_code == 409
    html = answer.content.decode()
    assert "er endret siden du så det" in html
    assert "Gebyr &lt;b&gt;</textarea>" in html
    assert at_bank.states()["A"] == "paid"


def test_what_changed_between_the_look_and_the_confirmation_is_shown_anew(central: Client, at_bank: AtBank) -> None:
    at_bank.report(A="RJCT", at="2026-11-24T12:00:00")
    at_bank.notify(at_bank.lump("A", "B", "C"))
    held = Deviation.objects.get(state="open")
    seen = look(central, held, how="release:lump_with_ended")
    at_bank.report(B="RJCT", at="2026-11-24T13:00:00")

    mark = seen.split('name="seen" value="')[1].split('"')[0]
    form = {"how": "release:lump_with_ended", "note": "Hele gruppen", "seen": mark}
    assert central.post(f"{address_of(held)}settle/", form).status_code == 409

    assert set(at_bank.states().values()) == {"rejected_by_bank", "received_by_bank"}
    shown = cells(look(central, held, how="release:lump_with_ended"))
    assert sorted(row[2:5] for row in shown if row[3] == "Betalt") == [
        ["Avvist av bank", "Betalt", "2"], ["Mottatt av bank", "Betalt", "1"],
    ]  # fmt: skip


def test_what_still_fits_nothing_says_why_and_offers_no_confirmation(central: Client, less_a_fee: Deviation) -> None:
    answer = central.post(f"{address_of(less_a_fee)}settle/", {"how": "release", "note": "Prøver"})

    assert answer.status_code == 409
    html = spaced(answer.content.decode())
    assert "Det passer fortsatt ikke" in html
    assert 'name="seen"' not in html
    assert "Prøver</textarea>" in html


@pytest.mark.parametrize(("form", "status"), [({"note": "x"}, 422), ({"how": "close", "note": " "}, 422)])
def test_a_form_that_lacks_something_says_what(
    central: Client, less_a_fee: Deviation, form: dict[str, str], status: int
) -> None:
    answer = central.post(f"{address_of(less_a_fee)}settle/", form)

    assert answer.status_code == status
    assert 'role="alert"' in answer.content.decode()
    assert Deviation.objects.get().state == "open"


def test_closing_is_seen_and_confirmed_too(central: Client, less_a_fee: Deviation, at_bank: AtBank) -> None:
    html = spaced(look(central, less_a_fee, how="close", note="Ført for hånd"))
    assert "Lukk: dette skjer" in html
    assert "970,00 NOK" in html
    assert Deviation.objects.get().state == "open"

    settle_on_page(central, less_a_fee, how="close", note="Ført for hånd")

    assert Deviation.objects.get().state == "closed"
    assert at_bank.states()["A"] == "paid"


def test_an_unknown_account_tells_when_its_agreement_has_come_and_what_a_release_books(
    central: Client, company: Company
) -> None:
    agreement = make_incoming(company, notify="camt054")
    entries = [
        Entry("640.00", "CRDT", [Tx("640.00", kid="0010017")]),
        Entry("60.00", "CRDT", [Tx("60.00", text="Depositum")]),
    ]
    receive(agreement.connection, "SIM-U.xml", camt054(Notice("N-1", UNKNOWN, entries)))
    held = Deviation.objects.get()
    assert "har fått avtalen sin" not in read(central, address_of(held))
    refused = central.post(f"{address_of(held)}settle/", {"how": "release", "note": "For tidlig"})
    assert refused.status_code == 409

    make_incoming(make_company(name="Ny Kunde AS"), account=UNKNOWN, notify="camt054", unplaced_ledger_account=None)
    assert "har fått avtalen sin" in read(central, address_of(held))
    html = look(central, held)

    assert "2 innbetalinger på 700,00 NOK tas inn for Ny Kunde AS" in spaced(html)
    assert "Av disse holdes 1 på 60,00 NOK" in spaced(html)
    assert cells(html) == [["Ny Kunde AS", "1500", "", "640,00"], ["Ny Kunde AS", "1920", "640,00", ""]]
    assert not IncomingPayment.objects.exists()
    settle_on_page(central, held)
    assert sorted(IncomingPayment.objects.values_list("amount", flat=True)) == [6_000, 64_000]


def test_no_salary_is_named_and_no_payee(central: Client, company: Company) -> None:
    at_bank = order_at_bank(make_company_sender(company), category="salary", A=A, B=B)
    at_bank.report(A="PDNG", at="2026-11-24T12:00:00")
    at_bank.notify(at_bank.lump("B"))
    held = Deviation.objects.get()

    html = read(central, address_of(held)) + look(central, held, how="release:lump_without_pending")

    assert "Strøm &amp; Nett" not in html
    assert "Faktura" not in html
    assert [row[1] for row in cells(html.split("</html>")[1])] == [at_bank.remittance().message_id, "1920", "2930"]


def test_it_speaks_english_too(operator: User, less_a_fee: Deviation) -> None:
    english = signed_in_as(operator, "en")

    html = look(english, less_a_fee, how="release:fee")

    assert "Release as a fee: this happens" in html
    assert "Release and book" in html


def test_the_list_leads_to_each_and_costs_the_same_however_many_there_are(central: Client, at_bank: AtBank) -> None:
    at_bank.notify(at_bank.debit("A", amount="999.00", txs=[at_bank.tx("A", amount="999.00")]))
    before = count_queries(central, f"{RELAY}?show=deviations")
    for number in range(2, 6):
        at_bank.notify(at_bank.debit("A", amount=f"99{number}.00", txs=[at_bank.tx("A", amount=f"99{number}.00")]))

    html = read(central, f"{RELAY}?show=deviations")

    for each in Deviation.objects.all():
        assert f'href="{address_of(each)}"' in html
    assert count_queries(central, f"{RELAY}?show=deviations") == before
