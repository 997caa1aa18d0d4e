"""Terms by version with who and when; licences; DI-Elbet on the customer's own company; what blocks meanwhile."""

import pytest
from django.db import DatabaseError, connection, transaction

from autopay_portal.core.errors import ConflictError, NotFoundError
from companies.account import get_account
from companies.models import Company, Customer, Licence, LicenceKind, Service, TermsAcceptance, TermsOfService
from companies.services import (
    accept_newest_terms,
    activate_di_elbet,
    activate_service,
    ask_for_di_elbet,
    register_di_elbet,
)
from tests.companies.builders import SETUP, make_company, make_customer, make_customer_admin, make_operator
from tests.companies.firms.builders import letters_to, license_customer, publish

pytestmark = pytest.mark.django_db


def lacking(customer: Customer) -> list[str]:
    return [each.code for each in get_account(customer_id=customer.pk).lacking]


def test_what_is_missing_is_named_until_nothing_is() -> None:
    customer = make_customer()
    administrator = make_customer_admin(customer=customer)
    assert lacking(customer) == ["terms_not_accepted", "licence_missing", "licence_missing"]

    accept_newest_terms(customer_id=customer.pk, terms_id=publish().pk, user=administrator)
    assert lacking(customer) == ["licence_missing"]
    register_di_elbet(customer_id=customer.pk, actor=SETUP)
    assert lacking(customer) == ["licence_not_activated"]
    own = make_company(customer=customer)
    activate_di_elbet(customer_id=customer.pk, company_id=own.pk, actor=SETUP)
    assert lacking(customer) == []
    own.refresh_from_db()
    assert own.is_own


def test_a_new_version_asks_again_and_blocks_new_companies_while_those_in_use_go_on() -> None:
    customer = make_customer()
    administrator = make_customer_admin(customer=customer)
    license_customer(customer, user=administrator)
    running, coming = make_company(customer=customer), make_company(customer=customer)
    activate_service(company=running, service=Service.AUTOPAY, actor=SETUP)

    newer = publish("2")

    assert get_account(customer_id=customer.pk).asks_again
    with pytest.raises(ConflictError, match="terms_not_accepted"):
        activate_service(company=coming, service=Service.AUTOPAY, actor=SETUP)
    assert running.services.filter(service=Service.AUTOPAY).exists()
    accept_newest_terms(customer_id=customer.pk, terms_id=newer.pk, user=administrator)
    activate_service(company=coming, service=Service.AUTOPAY, actor=SETUP)
    assert TermsAcceptance.objects.filter(customer=customer).count() == 2


def test_what_was_read_is_what_is_accepted() -> None:
    customer = make_customer()
    read = publish("1")
    publish("2")

    with pytest.raises(ConflictError, match="terms_outdated"):
        accept_newest_terms(customer_id=customer.pk, terms_id=read.pk, user=make_customer_admin(customer=customer))
    assert not TermsAcceptance.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE companies_termsofservice SET text_nb = 'annet'",
        "DELETE FROM companies_termsofservice",
        "UPDATE companies_termsacceptance SET accepted_at = now()",
        "DELETE FROM companies_termsacceptance",
    ],
)
def test_terms_and_acceptances_never_change(change: str) -> None:
    license_customer(make_customer())

    with pytest.raises(DatabaseError, match="never change"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert TermsOfService.objects.get().text_nb == "Vilkår 1"


def test_di_elbet_is_activated_on_ones_own_company_only_and_may_move() -> None:
    customer = make_customer()
    first = license_customer(customer)
    second = make_company(customer=customer)
    with pytest.raises(NotFoundError):
        activate_di_elbet(customer_id=customer.pk, company_id=make_company().pk, actor=SETUP)

    activate_di_elbet(customer_id=customer.pk, company_id=second.pk, actor=SETUP)

    assert Licence.objects.get(customer=customer, kind=LicenceKind.DI_ELBET).activated_on == second
    assert list(Company.objects.filter(customer=customer, is_own=True)) == [second]
    assert first.pk != second.pk


def test_di_elbet_is_not_activated_before_it_is_registered() -> None:
    company = make_company()
    with pytest.raises(ConflictError, match="licence_missing"):
        activate_di_elbet(customer_id=company.customer_id, company_id=company.pk, actor=SETUP)


def test_central_is_asked_once_a_day_and_the_administrators_are_told_when_it_is_registered() -> None:
    operator = make_operator()
    customer = make_customer()
    administrator = make_customer_admin(customer=customer)

    assert ask_for_di_elbet(customer_id=customer.pk, actor=SETUP)
    assert not ask_for_di_elbet(customer_id=customer.pk, actor=SETUP)
    assert letters_to(operator.email) == ["di_elbet_asked"]
    register_di_elbet(customer_id=customer.pk, actor=SETUP)
    register_di_elbet(customer_id=customer.pk, actor=SETUP)
    assert letters_to(administrator.email) == ["di_elbet_registered"]
