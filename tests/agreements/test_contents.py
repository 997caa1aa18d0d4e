"""What stands in an agreement, and what the database refuses."""

from typing import Any

import pytest
from django.db import IntegrityError

from agreements.kid import KidRule
from agreements.models import Agreement, BankApproval, Contact, ContactKind, KidDefinition, Kind, PaidEvidence
from agreements.queries import confirmed_contacts, row_of
from agreements.services import add_contact, close_agreement, confirm_contact, set_kid_definitions
from autopay_portal.core.errors import ConflictError, DomainError, text_of
from companies.models import AuditEvent
from tests.agreements.builders import SEVEN_DIGITS, account_number, draft, make_active
from tests.companies.builders import SETUP, make_company

pytestmark = pytest.mark.django_db


def test_numbers_run_per_company_and_a_given_one_is_kept() -> None:
    company = make_company()
    assert [draft(company=company).number for _ in range(2)] == [1, 2]
    assert draft(company=make_company()).number == 1
    assert draft(company=company, number=17).number == 17
    assert draft(company=company).number == 18
    with pytest.raises(ConflictError) as refusal:
        draft(company=company, number=2)
    assert (refusal.value.code, refusal.value.params) == ("agreement_number_taken", {"number": 2})


@pytest.mark.parametrize("account", ["12345678904", "1234.56.78903", "NO9386011117947", "1234567890", ""])
def test_an_account_that_is_none_is_refused(account: str) -> None:
    with pytest.raises(DomainError) as refusal:
        draft(company=make_company(), account=account)
    assert refusal.value.code == "agreement_account_invalid"


def test_one_account_has_one_agreement_of_each_kind_in_a_company_until_it_is_closed() -> None:
    company, account = make_company(), account_number()
    first = draft(company=company, account=account)
    draft(company=company, account=account, kind=Kind.INCOMING)
    draft(company=make_company(), account=account)
    draft(company=company, account=account, bank_agreement_id="other")
    with pytest.raises(ConflictError) as refusal:
        draft(company=company, account=account)
    assert refusal.value.code == "agreement_exists"
    close_agreement(agreement_id=first.pk, actor=SETUP)
    assert draft(company=company, account=account).status == "draft"


def test_what_proves_that_a_payment_is_paid_is_a_debit_or_the_banks_word() -> None:
    with pytest.raises(DomainError) as refusal:
        draft(company=make_company(), paid_evidence=PaidEvidence.CAMT053)
    assert refusal.value.code == "agreement_evidence_unsupported"
    assert "camt053" in text_of(refusal.value.code, refusal.value.params)
    assert not Agreement.objects.exists()
    assert draft(company=make_company(), paid_evidence=PaidEvidence.ACSC).paid_evidence == "acsc"


@pytest.mark.parametrize(
    "fields",
    [
        {"approvers_required": 5},
        {"approvers_required": -1},
        {"approvers_required": 0, "bank_approval": BankApproval.RGB},
    ],
)
def test_approvers_are_0_to_4_and_none_means_approval_in_the_net_bank(fields: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as refusal:
        draft(company=make_company(), **fields)
    assert refusal.value.code == "agreement_approvers_invalid"
    agreement = draft(company=make_company())
    with pytest.raises(IntegrityError):
        Agreement.objects.filter(pk=agreement.pk).update(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"account": "1234567890"},
        {"kind": "other"},
        {"bank": "other"},
        {"status": "other"},
        {"unplaced_ledger_account": "1500"},
        {"status": "active"},
    ],
)
def test_the_database_refuses_what_no_agreement_can_be(fields: dict[str, Any]) -> None:
    agreement = draft(company=make_company())
    with pytest.raises(IntegrityError):
        Agreement.objects.filter(pk=agreement.pk).update(**fields)


def test_two_companies_cannot_both_be_confirmed_for_one_account() -> None:
    account = account_number()
    first, second = draft(company=make_company(), account=account), draft(company=make_company(), account=account)
    Agreement.objects.filter(pk=first.pk).update(status="confirmed_by_bank")
    with pytest.raises(IntegrityError):
        Agreement.objects.filter(pk=second.pk).update(status="confirmed_by_bank")


def test_up_to_three_kid_definitions_of_different_lengths() -> None:
    rules = [SEVEN_DIGITS, KidRule(length=12, modulus="mod11"), KidRule(length=25, modulus="mod10", invoice=(9, 24))]
    agreement = draft(company=make_company(), kind=Kind.INCOMING, kid=rules)
    assert row_of(agreement).kid == tuple(rules)
    set_kid_definitions(agreement=agreement, rules=[SEVEN_DIGITS], actor=SETUP)
    assert row_of(Agreement.objects.get(pk=agreement.pk)).kid == (SEVEN_DIGITS,)
    assert AuditEvent.objects.filter(action="agreement.kid_definitions", subject_id=str(agreement.pk)).count() == 1


@pytest.mark.parametrize(
    ("rules", "bad"),
    [
        ([SEVEN_DIGITS, KidRule(length=7, modulus="mod11")], [("/kid/1", "kid_length_twice")]),
        (
            [KidRule(length=length, modulus="mod10") for length in (5, 6, 7, 8)],
            [("/kid/3", "kid_definitions_too_many")],
        ),
        (
            [KidRule(length=1, modulus="mod10"), KidRule(length=7, modulus="mod10", customer=(3, 2))],
            [("/kid/0", "kid_length_invalid"), ("/kid/1", "kid_positions_invalid")],
        ),
    ],
)
def test_bad_kid_definitions_are_all_named_and_nothing_changes(
    rules: list[KidRule], bad: list[tuple[str, str]]
) -> None:
    agreement = draft(company=make_company(), kind=Kind.INCOMING, kid=[SEVEN_DIGITS])
    with pytest.raises(DomainError) as refusal:
        set_kid_definitions(agreement=agreement, rules=rules, actor=SETUP)
    assert [(error.pointer, error.code) for error in refusal.value.errors] == bad
    assert row_of(agreement).kid == (SEVEN_DIGITS,)


@pytest.mark.parametrize(
    "fields",
    [
        {"slot": 4},
        {"slot": 1},
        {"length": 7},
        {"length": 26},
        {"modulus": "mod97"},
        {"customer_from": 1},
        {"customer_from": 3, "customer_to": 2},
        {"invoice_from": 0, "invoice_to": 2},
        {"invoice_from": 5, "invoice_to": 9},
    ],
)
def test_the_database_refuses_a_definition_that_can_not_be(fields: dict[str, Any]) -> None:
    agreement = draft(company=make_company(), kind=Kind.INCOMING, kid=[SEVEN_DIGITS])
    with pytest.raises(IntegrityError):
        KidDefinition.objects.create(**{"agreement": agreement, "slot": 2, "length": 9, "modulus": "mod10", **fields})


def test_mail_goes_only_to_addresses_that_have_been_confirmed() -> None:
    agreement = make_active(company=make_company())
    contact = add_contact(agreement=agreement, kind=ContactKind.REJECTS, email="a@fjord.example", actor=SETUP)
    add_contact(agreement=agreement, kind=ContactKind.REJECTS, email="b@fjord.example", actor=SETUP)
    assert add_contact(agreement=agreement, kind=ContactKind.REJECTS, email="a@fjord.example", actor=SETUP) == contact
    assert confirmed_contacts(agreement_id=agreement.pk, kind=ContactKind.REJECTS) == []
    confirm_contact(contact_id=contact.pk, actor=SETUP)
    assert confirmed_contacts(agreement_id=agreement.pk, kind=ContactKind.REJECTS) == ["a@fjord.example"]
    assert confirmed_contacts(agreement_id=agreement.pk, kind=ContactKind.APPROVERS) == []


@pytest.mark.parametrize("email", ["", "a", "a@b\r\nBcc: c@d.example", "a b@fjord.example"])
def test_what_is_no_address_or_holds_a_line_end_is_refused(email: str) -> None:
    with pytest.raises(DomainError) as refusal:
        add_contact(agreement=draft(company=make_company()), kind=ContactKind.REJECTS, email=email, actor=SETUP)
    assert refusal.value.code == "contact_email_invalid"
    assert not Contact.objects.exists()
