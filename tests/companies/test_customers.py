"""Customers, companies, licences and the services in use."""

import pytest
from django.db import IntegrityError

from autopay_portal.core.clocks import business_now
from autopay_portal.core.errors import ConflictError, DomainError
from companies.models import Company, Licence, LicenceKind, Service
from companies.queries import has_accepted_terms, missing_licences, uses_service
from companies.services import (
    accept_terms,
    activate_di_elbet,
    activate_service,
    create_company,
    deactivate_service,
    publish_terms,
    register_licence,
)
from tests.companies.builders import SETUP, make_company, make_customer, make_user

pytestmark = pytest.mark.django_db


def _create(**changed: str) -> Company:
    fields = {"org_number": "974760673", "name": "A", "address": "B 1", "postcode": "0001", "town": "C"}
    return create_company(customer=make_customer(), actor=SETUP, **{**fields, **changed})


def test_a_company_is_made_with_its_organisation_number_written_as_nine_digits() -> None:
    # 974760673 is Brønnøysundregistrene's own number: a vector from outside.
    assert _create(org_number="974 760 673").org_number == "974760673"


@pytest.mark.parametrize("number", ["974760674", "97476067", "9747606733", "97476067a", "٩٧٤٧٦٠٦٧٣"])
def test_an_organisation_number_with_a_wrong_digit_or_form_is_refused(number: str) -> None:
    with pytest.raises(DomainError) as refusal:
        _create(org_number=number)
    assert [error.code for error in refusal.value.errors] == ["org_number_invalid"]
    assert not Company.objects.exists()


def test_every_missing_field_is_named() -> None:
    with pytest.raises(DomainError) as refusal:
        _create(name=" ", postcode="", org_number="1")
    assert {error.pointer for error in refusal.value.errors} == {"/name", "/postcode", "/org_number"}


def test_a_company_that_exists_is_refused_alike_whoever_owns_it() -> None:
    first = _create()
    refusals = []
    for customer in (first.customer, make_customer()):
        with pytest.raises(ConflictError) as refusal:
            create_company(
                customer=customer, org_number="974760673", name="x", address="x", postcode="x", town="x", actor=SETUP
            )
        refusals.append((refusal.value.code, refusal.value.params, refusal.value.extra))
    assert refusals[0] == refusals[1] == ("company_exists", {}, {})


def test_the_database_refuses_a_second_company_with_the_number() -> None:
    company = make_company()
    with pytest.raises(IntegrityError):
        Company.objects.create(customer=make_customer(), org_number=company.org_number, name="x")


def test_autopay_is_switched_on_only_with_terms_and_both_licences() -> None:
    company = make_company()

    def refusal_code() -> tuple[str, dict[str, object]]:
        with pytest.raises(ConflictError) as refusal:
            activate_service(company=company, service=Service.AUTOPAY, actor=SETUP)
        return refusal.value.code, refusal.value.params

    assert refusal_code() == ("terms_not_accepted", {})
    terms = publish_terms(version="1", text_nb="Vilkår", text_en="Terms", actor=SETUP)
    accept_terms(customer=company.customer, terms=terms, user=make_user())
    assert has_accepted_terms(company=company)
    assert refusal_code() == ("licence_missing", {"licence": "DI-Elbet"})
    assert missing_licences(company=company) == [LicenceKind.DI_ELBET]
    register_licence(customer=company.customer, kind=LicenceKind.DI_ELBET, actor=SETUP)
    assert refusal_code() == ("licence_not_activated", {"licence": "DI-Elbet"})
    own = make_company(customer=company.customer)
    activate_di_elbet(customer_id=company.customer_id, company_id=own.pk, actor=SETUP)
    activate_service(company=company, service=Service.AUTOPAY, actor=SETUP)
    assert uses_service(company=company, service=Service.AUTOPAY)
    assert deactivate_service(company=company, service=Service.AUTOPAY, actor=SETUP)
    assert not uses_service(company=company, service=Service.AUTOPAY)


def test_accepting_the_terms_registers_the_autopay_licence_once() -> None:
    customer, user = make_customer(), make_user()
    terms = publish_terms(version="1", text_nb="Vilkår", text_en="Terms", actor=SETUP)
    first = accept_terms(customer=customer, terms=terms, user=user)
    assert accept_terms(customer=customer, terms=terms, user=make_user()).accepted_by == user
    assert first.accepted_at <= business_now()
    assert [licence.kind for licence in Licence.objects.filter(customer=customer)] == [LicenceKind.AUTOPAY]


def test_another_service_needs_no_licence() -> None:
    company = make_company()
    activate_service(company=company, service=Service.EXPENSE, actor=SETUP)
    assert uses_service(company=company, service=Service.EXPENSE)
