"""Every page that shows a payment as paid says so when only the bank's word shows it."""

import pytest
from django.test import Client

from companies.models import Company
from remittance.models import Payment
from tests.pages.money.builders import make_company_sender, read
from tests.pages.money.conftest import People, signed_in_as
from tests.remittance.answering import AtBank, order_at_bank

WORD = "på bankens ord"


@pytest.fixture
def trusting(company: Company) -> AtBank:
    return order_at_bank(make_company_sender(company, paid_evidence="acsc"), A="1000.00", B="200.00")


@pytest.fixture
def reader(people: People) -> Client:
    return signed_in_as(people["viewer"])


def pages(company: Company, at_bank: AtBank) -> dict[str, str]:
    remittance = at_bank.remittance()
    payment = Payment.objects.get(end_to_end_id="A", remittance=remittance)
    base = f"/c/{company.pk}/"
    return {
        "start": base,
        "list": f"{base}remittances/",
        "remittance": f"{base}remittances/{remittance.pk}/",
        "payment": f"{base}payments/{payment.pk}/",
    }


def test_it_stands_on_every_page_that_shows_the_payment(company: Company, trusting: AtBank, reader: Client) -> None:
    trusting.report(A="ACSC", at="2026-11-24T10:00:00")
    Payment.objects.update(bank_date="2026-11-24")

    shown = {name: read(reader, address) for name, address in pages(company, trusting).items()}

    assert "1\xa0000,00 NOK av det som gikk ut, står på bankens ord alene" in shown["start"]
    assert f"1 {WORD}" in shown["list"]
    assert "1 betaling er betalt på bankens ord alene" in shown["remittance"]
    assert shown["remittance"].count(f">{WORD}<") == 1
    assert "Betalt på bankens ord" in shown["payment"]
    assert "svakere enn en bokført belastning" in shown["payment"]


def test_it_is_gone_when_the_debit_has_come(company: Company, trusting: AtBank, reader: Client) -> None:
    trusting.report(A="ACSC", at="2026-11-24T10:00:00")
    trusting.notify(trusting.debit("A"))

    shown = {name: read(reader, address) for name, address in pages(company, trusting).items()}

    assert [name for name, html in shown.items() if f">{WORD}<" in html or "står på bankens ord" in html] == []
    assert "svakere enn en bokført belastning" not in shown["payment"]
    # What happened stays in the course of events.
    assert "Betalt på bankens ord" in shown["payment"]
    assert "Belastet, som banken hadde sagt" in shown["payment"]


def test_in_english_too(company: Company, trusting: AtBank, people: People) -> None:
    trusting.report(A="ACSC", at="2026-11-24T10:00:00")

    html = read(signed_in_as(people["viewer"], "en"), pages(company, trusting)["payment"])

    assert "Paid on the bank&#x27;s word" in html
