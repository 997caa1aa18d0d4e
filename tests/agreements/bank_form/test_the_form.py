"""The form for the bank: what stands on it for each bank and direction, and that it can be printed and read."""

import re
from datetime import date
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from pypdf import PdfReader

from agreements.bank_form import form_of
from agreements.kid import KidRule
from agreements.models import Agreement, BankApproval, ContactKind, Kind, Notify
from agreements.services import add_contact
from bank_gateway.profiles import bank_ids, get_profile
from companies.models import Company
from tests.agreements.builders import SEVEN_DIGITS, draft
from tests.companies.builders import SETUP, make_company

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 24)


@pytest.fixture
def company() -> Company:
    return make_company(name="Blåbær & Østers AS")


def text_of(agreement: Agreement, *, on: date = DAY) -> str:
    pages = PdfReader(BytesIO(form_of(agreement, on=on).content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def remittance(company: Company, **fields: Any) -> Agreement:
    given = {"customer_id": "974760673", "division": "0001", "approvers_required": 2, **fields}
    return draft(company=company, kind=Kind.REMITTANCE, account="12345678903", **given)


def incoming(company: Company, **fields: Any) -> Agreement:
    return draft(company=company, kind=Kind.INCOMING, account="12345678903", kid=[SEVEN_DIGITS], **fields)


@pytest.mark.parametrize("bank", bank_ids())
@pytest.mark.parametrize("transfers_direct", [False, True])
def test_each_bank_gets_a_form_for_each_direction(bank: str, transfers_direct: bool, company: Company) -> None:
    for make, title in ((remittance, "Avtale om utbetaling"), (incoming, "Avtale om innbetaling")):
        said = text_of(make(company, bank=bank, transfers_direct=transfers_direct))

        assert title in said
        assert get_profile(bank).name in said
        assert ("Overføring av direkte avtale" in said) is transfers_direct
        assert ("Ny avtale" in said) is not transfers_direct


def test_what_was_filled_in_stands_on_it(company: Company) -> None:
    agreement = remittance(company, bank_approval=BankApproval.RGB)
    add_contact(agreement=agreement, kind=ContactKind.REJECTS, email="avvist@blabaer.example", actor=SETUP)

    said = text_of(agreement)

    for words in (
        "Blåbær & Østers AS", "1234 56 78903", "NO", "DNBANOKK", "974760673", "0001", "pain.001.001.03",
        "pain.002.001.03", "camt.054.001.02", "Regnskapsgodkjente betalinger", "avvist@blabaer.example",
        "24. nov. 2026", "Sted og dato", "Signatur for kontohaver", "versjon 1.0", f"Avtale nr. {agreement.number}",
    ):  # fmt: skip
        assert words in said, words


def test_kid_definitions_stand_with_their_positions(company: Company) -> None:
    rules = [SEVEN_DIGITS, KidRule(length=12, modulus="mod11"), KidRule(length=25, modulus="mod10", invoice=(3, 24))]
    agreement = draft(company=company, kind=Kind.INCOMING, kid=rules, notify=Notify.OCR)

    said = text_of(agreement)

    for words in ("MOD10", "MOD11", "1–4", "5–6", "3–24", "kundeenhet-ID"):
        assert words in said, words


def test_it_says_on_every_page_that_it_is_not_the_banks_own(company: Company) -> None:
    reader = PdfReader(BytesIO(form_of(remittance(company), on=DAY).content))

    for number, page in enumerate(reader.pages, start=1):
        said = page.extract_text()
        assert "Ikke bankens eget skjema" in said
        assert f"Side {number} av {len(reader.pages)}" in said


def test_the_same_agreement_on_the_same_day_is_the_same_bytes(company: Company) -> None:
    agreement = remittance(company)

    assert form_of(agreement, on=DAY).content == form_of(agreement, on=DAY).content
    assert form_of(agreement, on=DAY).content != form_of(agreement, on=date(2026, 11, 25)).content


def test_every_font_is_embedded(company: Company) -> None:
    reader = PdfReader(BytesIO(form_of(remittance(company), on=DAY).content))
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]  # a PDF's own dictionary

    assert fonts
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts), [font["/BaseFont"] for font in fonts]


def test_long_names_wrap_and_nothing_leaves_the_paper() -> None:
    name = "Nordmøre og Romsdal Skipsutstyr, Rørleggerbedrift og Blikkenslagerverksted Eftf. " * 2
    company = make_company(name=name[:150])
    agreement = remittance(company, customer_id="W" * 35, division="M" * 35)
    for number in range(12):
        address = f"mottaker-nummer-{number}-med-et-langt-navn@regnskapsbyraa.example"
        add_contact(agreement=agreement, kind=ContactKind.REJECTS, email=address, actor=SETUP)

    content = form_of(agreement, on=DAY).content
    document = pypdfium2.PdfDocument(content)

    assert len(document) <= 3
    for page in document:
        ink = page.render(scale=1).to_pil().convert("L")
        width, height = ink.size
        for edge in (ink.crop((0, 0, 20, height)), ink.crop((width - 20, 0, width, height))):
            assert edge.getextrema()[0] > 200, "something is drawn in the margin"


def test_a_form_is_norwegian_whatever_the_reader_reads(company: Company) -> None:
    from django.utils.translation import override

    agreement = remittance(company)
    with override("en"):
        english = form_of(agreement, on=DAY).content
    with override("nb"):
        norwegian = form_of(agreement, on=DAY).content

    assert english == norwegian


def test_its_name_is_a_plain_name(company: Company) -> None:
    assert form_of(remittance(company), on=DAY).name == "avtale-dnb-remittance-1-2026-11-24.pdf"
