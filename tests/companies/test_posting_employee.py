"""The posting employee: the one set, or the one the written rule finds."""

import pytest

from autopay_portal.core.errors import DomainError
from companies.models import Company, Employee, Role
from companies.services import choose_posting_employee, link_employee, revoke_role, set_posting_employee
from tests.companies.builders import SETUP, make_company, make_customer_admin, make_user

pytestmark = pytest.mark.django_db


def _employee(company: Company, name: str) -> Employee:
    user = make_user(company=company, roles=(Role.VIEWER,), name=name)
    return link_employee(user=user, company=company, actor=SETUP)


def test_nobody_linked_means_nobody_chosen() -> None:
    company = make_company()
    make_user(company=company, roles=(Role.AUTOPAY_ADMINISTRATOR,))
    assert choose_posting_employee(company_id=company.pk) is None


def test_the_one_set_stands_and_the_batch_says_so() -> None:
    company = make_company()
    _employee(company, "Eldst")
    chosen = _employee(company, "Valgt")
    set_posting_employee(company=company, employee=chosen, actor=SETUP)
    choice = choose_posting_employee(company_id=company.pk)
    assert choice is not None
    assert (choice.id, choice.name, choice.chosen_by) == (chosen.pk, "Valgt", "setting")


def test_blank_means_the_one_linked_the_longest_who_has_rights() -> None:
    company = make_company()
    without_rights = make_user(name="Uten rett")
    link_employee(user=without_rights, company=company, actor=SETUP)
    oldest = _employee(company, "Eldst")
    _employee(company, "Yngst")
    choice = choose_posting_employee(company_id=company.pk)
    assert choice is not None
    assert (choice.id, choice.chosen_by) == (oldest.pk, "rule")
    assert choose_posting_employee(company_id=company.pk) == choice


def test_one_who_lost_his_rights_or_was_set_inactive_no_longer_stands() -> None:
    company = make_company()
    chosen, second, third = (_employee(company, name) for name in ("En", "To", "Tre"))
    set_posting_employee(company=company, employee=chosen, actor=SETUP)
    revoke_role(user=chosen.user, company=company, role=Role.VIEWER, actor=SETUP)
    second.user.is_active = False
    second.user.save()
    choice = choose_posting_employee(company_id=company.pk)
    assert choice is not None
    assert (choice.id, choice.chosen_by) == (third.pk, "rule")


def test_a_customer_administrator_has_rights_too() -> None:
    company = make_company()
    admin = make_customer_admin(customer=company.customer)
    employee = link_employee(user=admin, company=company, actor=SETUP)
    choice = choose_posting_employee(company_id=company.pk)
    assert choice is not None
    assert choice.id == employee.pk


def test_another_companys_employee_cannot_be_set() -> None:
    stranger = _employee(make_company(), "Fremmed")
    with pytest.raises(DomainError) as refusal:
        set_posting_employee(company=make_company(), employee=stranger, actor=SETUP)
    assert refusal.value.code == "not_an_employee"
