"""The wizard: short steps that are kept, two tabs told apart, and an agreement at the end."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.test import Client

from agreements.models import Agreement, AgreementTest, Contact, Draft
from bank_gateway.profiles import get_profile
from companies.models import Company, Letter
from tests.agreements.builders import make_active
from tests.companies.builders import make_company
from tests.pages.agreements.walking import (
    ACCOUNT,
    BANK,
    INCOMING_ACCOUNT,
    INCOMING_BANK,
    INCOMING_TERMS,
    TERMS,
    Wizard,
)
from tests.pages.money.conftest import People, signed_in_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(people: People) -> Client:
    return signed_in_as(people["customer_administrator"])


@pytest.fixture
def wizard(client: Client, company: Company) -> Wizard:
    return Wizard(client, company)


def said(answer: Any) -> str:
    return unescape(answer.content.decode())


def test_four_steps_make_an_agreement_with_everything_that_was_filled_in(wizard: Wizard) -> None:
    wizard.fill_all()
    answer = wizard.finish()

    agreement = Agreement.objects.get()
    assert answer.headers["Location"] == f"/c/{wizard.company.pk}/agreements/{agreement.pk}/"
    kept = {name: getattr(agreement, name) for name in (
        "status", "kind", "bank", "account", "customer_id", "division", "approvers_required", "bank_approval",
        "hold_duplicates", "auto_post", "erp_active", "transfers_direct",
    )}  # fmt: skip
    assert kept == {
        "status": "draft", "kind": "remittance", "bank": "dnb", "account": "12345678903", "customer_id": "974760673",
        "division": "0001", "approvers_required": 2, "bank_approval": "rgb", "hold_duplicates": True,
        "auto_post": False, "erp_active": False, "transfers_direct": False,
    }  # fmt: skip
    assert set(Contact.objects.values_list("email", "kind", "confirmed_at")) == {
        ("avvist@fjord.example", "rejects", None), ("sjef@fjord.example", "rejects", None),
    }  # fmt: skip
    assert set(Letter.objects.values_list("recipient", "kind")) == {
        ("avvist@fjord.example", "contact_asked"), ("sjef@fjord.example", "contact_asked"),
    }  # fmt: skip


def test_it_is_tested_at_first_save_and_kept_whatever_the_test_says(wizard: Wizard) -> None:
    wizard.fill_all()
    wizard.finish()

    test = AgreementTest.objects.get()
    assert not test.passed
    assert {check["name"] for check in test.checks} >= {"signature", "agreements", "bank_line"}
    page = said(wizard.client.get(f"/c/{wizard.company.pk}/agreements/{test.agreement_id}/"))
    assert "Noe mangler" in page


def test_an_incoming_agreement_has_its_kid_definitions(wizard: Wizard) -> None:
    wizard.fill_all(bank=INCOMING_BANK, account=INCOMING_ACCOUNT, terms=INCOMING_TERMS)
    wizard.finish()

    agreement = Agreement.objects.get()
    definition = agreement.kid_definitions.get()
    assert (agreement.notify, agreement.unplaced_ledger_account) == ("ocr", "2900")
    assert (definition.length, definition.customer_from, definition.invoice_to) == (7, 1, 6)


def test_the_companys_name_stands_on_every_step(wizard: Wizard) -> None:
    for step, answers in (("bank", BANK), ("account", ACCOUNT), ("terms", TERMS)):
        assert "<strong>Fjord Varme AS</strong>" in wizard.page(step)
        wizard.fill(step, answers)
    assert "<strong>Fjord Varme AS</strong>" in wizard.page("summary")


def test_one_may_leave_and_come_back(wizard: Wizard, client: Client, company: Company) -> None:
    wizard.fill("bank", BANK)

    listed = said(client.get(f"/c/{company.pk}/agreements/"))
    assert wizard.base + "bank/" in listed
    (chosen,) = re.findall(r'<input type="radio" name="bank"[^>]*checked[^>]*>', wizard.page("bank"))
    assert 'value="dnb"' in chosen


def test_a_step_waits_for_the_one_before_it(wizard: Wizard) -> None:
    answer = wizard.client.get(f"{wizard.base}terms/")

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{wizard.base}bank/")


def test_the_other_tab_is_told_and_overwrites_nothing(wizard: Wizard) -> None:
    wizard.fill("bank", BANK)
    seen = wizard.seen("account")
    assert wizard.fill("account", ACCOUNT, seen=seen).status_code == 302

    other = wizard.fill("account", {**ACCOUNT, "account": "15036123408"}, seen=seen)

    assert other.status_code == 409
    assert "i en annen fane" in said(other)
    assert "12345678903" in said(other)
    assert wizard.draft.answers["account"]["account"] == "12345678903"


def test_the_same_sent_twice_is_kept_once(wizard: Wizard) -> None:
    seen = wizard.seen("bank")

    assert [wizard.fill("bank", BANK, seen=seen).status_code for _ in range(2)] == [302, 302]


def test_finishing_twice_and_going_back_find_the_one_agreement(wizard: Wizard) -> None:
    wizard.fill_all()
    first, second = wizard.finish(), wizard.finish()

    assert first.headers["Location"] == second.headers["Location"]
    assert Agreement.objects.count() == 1
    back = wizard.client.get(f"{wizard.base}account/")
    assert back.headers["Location"] == first.headers["Location"]


def test_another_direction_empties_the_terms_that_hung_on_it(wizard: Wizard) -> None:
    wizard.fill_all()
    wizard.fill("bank", INCOMING_BANK)

    assert "terms" not in wizard.draft.answers
    assert wizard.client.get(f"{wizard.base}summary/").headers["Location"] == f"{wizard.base}terms/"


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ("1234.56.78904", "kontonummer"), ("123", "kontonummer"), ("NO9386011117940", "kontonummer"),
        ("<script>", "kontonummer"),
    ],
)  # fmt: skip
def test_an_account_that_is_none_is_refused_beside_its_field(wizard: Wizard, account: str, words: str) -> None:
    wizard.fill("bank", BANK)
    answer = wizard.fill("account", {**ACCOUNT, "account": account})

    assert answer.status_code == 422
    assert words in said(answer)
    assert "<script>" not in answer.content.decode().replace("<script src", "")


def test_an_account_that_looks_like_another_banks_is_asked_about_and_taken(
    wizard: Wizard, monkeypatch: pytest.MonkeyPatch
) -> None:
    wizard.fill("bank", BANK)
    known = replace(get_profile("dnb"), account_ranges=((1500, 1699),))
    monkeypatch.setattr("agreements.views.wizard.profile_of", lambda _answers: known)
    words = "ser ikke ut som en av bankens"

    assert wizard.fill("account", {**ACCOUNT, "account": "15036123408"}).status_code == 302
    assert words not in unescape(wizard.page("account"))
    assert wizard.fill("account", ACCOUNT).status_code == 302
    assert words in unescape(wizard.page("account"))


def test_a_taken_account_is_said_without_telling_whose(wizard: Wizard) -> None:
    theirs = make_active(company=make_company(name="Hemmelig Eier AS"))
    wizard.fill("bank", BANK)
    answer = wizard.fill("account", {**ACCOUNT, "account": theirs.account})

    assert answer.status_code == 422
    assert "Det finnes allerede en avtale av dette slaget" in said(answer)
    assert "Hemmelig" not in said(answer)


def test_an_account_that_is_taken_meanwhile_is_refused_at_the_end(wizard: Wizard) -> None:
    wizard.fill_all()
    make_active(company=make_company(name="Hemmelig Eier AS"), account="12345678903")
    answer = wizard.finish()

    assert answer.headers["Location"] == f"{wizard.base}summary/"
    assert not Agreement.objects.filter(company=wizard.company).exists()


def test_no_approver_here_means_the_net_bank(wizard: Wizard) -> None:
    wizard.fill("bank", BANK)
    wizard.fill("account", ACCOUNT)
    refused = wizard.fill("terms", {**TERMS, "approvers_required": "0"})
    taken = wizard.fill("terms", {**TERMS, "approvers_required": "0", "bank_approval": "in_net_bank"})

    assert (refused.status_code, taken.status_code) == (422, 302)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kid1_length": "30"}, "25"), ({"kid1_customer_to": "7"}, "posisjon"), ({"kid1_customer_to": ""}, "osisjon"),
        ({"kid2_length": "7", "kid2_modulus": "mod11"}, "KID-definisjon 2"),
        ({"kid1_length": ""}, "KID-definisjon 1"),
    ],
)  # fmt: skip
def test_a_kid_definition_that_can_not_be_is_refused(wizard: Wizard, changes: dict[str, str], words: str) -> None:
    wizard.fill("bank", INCOMING_BANK)
    wizard.fill("account", INCOMING_ACCOUNT)
    answer = wizard.fill("terms", {**INCOMING_TERMS, **changes})

    assert answer.status_code == 422
    assert words in said(answer)


def test_the_summary_beside_fills_while_one_types_and_keeps_nothing(wizard: Wizard) -> None:
    wizard.fill("bank", BANK)
    answer = wizard.client.post(f"{wizard.base}account/so-far/", {**ACCOUNT, "account": "12345678903"})

    assert "1234 56 78903" in said(answer).replace("\xa0", " ")
    assert "account" not in wizard.draft.answers
    half = wizard.client.post(f"{wizard.base}account/so-far/", {"account": "1234"})
    assert half.status_code == 200


@pytest.mark.parametrize(
    ("kid", "words"),
    [
        ("0010017", ["Gyldig etter definisjon 1, MOD10", "0010", "01"]),
        ("0010018", ["krever MOD10, som ikke stemmer"]),
        ("001001", ["Ingen definisjon av denne lengden", "neste kontrollsiffer ville vært 7 (MOD10)"]),
        ("00-1", ["bindestrek"]), ("x", ["bindestrek"]), ("", []),
    ],
)  # fmt: skip
def test_a_kid_is_tried_while_one_types(client: Client, company: Company, kid: str, words: list[str]) -> None:
    answer = client.post(f"/c/{company.pk}/agreements/try-kid/", {**INCOMING_TERMS, "try_kid": kid})

    assert answer.status_code == 200
    for each in words:
        assert each in said(answer)


def test_a_draft_thrown_away_is_gone_and_nothing_was_ordered(wizard: Wizard) -> None:
    wizard.fill_all()
    wizard.client.post(f"{wizard.base}discard/")

    assert not Draft.objects.exists()
    assert not Agreement.objects.exists()
    assert wizard.client.get(f"{wizard.base}bank/").status_code == 404


def test_beginning_twice_takes_the_draft_that_was_begun(client: Client, company: Company) -> None:
    assert Wizard(client, company).base == Wizard(client, company).base
    assert Draft.objects.count() == 1
