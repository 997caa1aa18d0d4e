"""Who may do what, as a table of roles and permissions, and what a stranger gets."""

import pytest

from autopay_portal.core.errors import NotFoundError
from companies.access import (
    Permission,
    access_company,
    companies_visible_to,
    may_see_salary,
    permissions_in,
    users_of_company,
)
from companies.errors import UserLacksRoleError
from companies.models import Company, Role, User
from companies.services import grant_role, grant_salary_access, make_operator
from tests.companies import builders
from tests.companies.builders import SETUP, make_company, make_customer_admin, make_user

pytestmark = pytest.mark.django_db

# Written out once more and by hand: the code's own table must say the same.
TABLE = """
                   READ SEND CANCEL FOLLOW_FEED LEASE ADMINISTER_LEDGER APPROVE RELEASE_HELD AGREEMENTS WEBHOOKS SEE_KEYS OPERATE TAKE_ALARMS PAUSE
viewer             x    .    .      .           .     .                 .       .            .          .        .        .       .           .
uploader           x    x    x      .           .     .                 .       .            .          .        .        .       x           .
file_transfer      x    x    x      x           x     .                 .       .            .          .        .        .       x           .
approver           x    .    .      .           .     .                 x       x            .          .        .        .       x           .
autopay_administrator  x x   x      x           x     x                 .       x            x          x        x        .       x           x
customer_administrator x x   x      x           x     x                 .       x            x          x        x        .       x           x
operator           x    .    .      .           .     .                 .       .            .          .        .        x       x           x
"""  # noqa: E501


def _table() -> list[tuple[Role, Permission, bool]]:
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return [
        (Role(role), Permission[name], mark == "x")
        for role, *marks in rows
        for name, mark in zip(head, marks, strict=True)
    ]


def _user_with(role: Role, company: Company) -> User:
    if role == Role.OPERATOR:
        return builders.make_operator()
    if role == Role.CUSTOMER_ADMINISTRATOR:
        return make_customer_admin(customer=company.customer)
    return make_user(company=company, roles=(role,))


def test_the_table_names_every_role_and_every_permission() -> None:
    assert {(role, permission) for role, permission, _ in _table()} == {
        (role, permission) for role in Role for permission in Permission
    }


@pytest.mark.parametrize(("role", "permission", "allowed"), _table())
def test_a_role_allows_exactly_what_the_table_says(role: Role, permission: Permission, allowed: bool) -> None:
    company = make_company()
    user = _user_with(role, company)
    if allowed:
        assert access_company(user=user, company_id=str(company.pk), permission=permission) == company
    else:
        with pytest.raises(UserLacksRoleError) as refusal:
            access_company(user=user, company_id=company.pk, permission=permission)
        assert (refusal.value.code, refusal.value.http_status) == ("user_lacks_role", 403)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OPERATOR])
def test_another_customers_company_is_not_found(role: Role) -> None:
    user = _user_with(role, make_company())
    stranger = make_company()
    with pytest.raises(NotFoundError):
        access_company(user=user, company_id=stranger.pk, permission=Permission.READ)
    assert permissions_in(user=user, company_id=stranger.pk) == frozenset()
    assert stranger not in companies_visible_to(user=user)


@pytest.mark.parametrize(
    "text", ["", "1", "00000000-0000-0000-0000-00000000000g", "x\x00", "01a20bec-36a0-7f8b-b94a-775e32f1cffe"]
)
def test_what_names_no_company_is_not_found(text: str) -> None:
    user = builders.make_operator()
    with pytest.raises(NotFoundError):
        access_company(user=user, company_id=text, permission=Permission.READ)


def test_several_roles_allow_what_any_of_them_does() -> None:
    company = make_company()
    user = make_user(company=company, roles=(Role.APPROVER, Role.UPLOADER))
    found = permissions_in(user=user, company_id=company.pk)
    assert found == {
        Permission.READ,
        Permission.APPROVE,
        Permission.RELEASE_HELD,
        Permission.SEND,
        Permission.CANCEL,
        Permission.TAKE_ALARMS,
    }


def test_a_role_in_one_company_is_none_in_another_of_the_same_customer() -> None:
    company = make_company()
    sister = make_company(customer=company.customer)
    user = make_user(company=company, roles=(Role.APPROVER,))
    assert list(companies_visible_to(user=user)) == [company]
    assert permissions_in(user=user, company_id=sister.pk) == frozenset()


def test_a_customer_administrator_sees_all_companies_of_his_customer_and_no_other() -> None:
    company = make_company()
    sister = make_company(customer=company.customer)
    make_company()
    admin = make_customer_admin(customer=company.customer)
    assert set(companies_visible_to(user=admin)) == {company, sister}


def test_a_user_set_inactive_may_nothing() -> None:
    company = make_company()
    for role in Role:
        user = _user_with(role, company)
        user.is_active = False
        user.save()
        assert not companies_visible_to(user=user).exists()
        assert permissions_in(user=user, company_id=company.pk) == frozenset()


def test_salary_takes_a_right_of_its_own_and_a_role() -> None:
    company = make_company()
    for role in Role:
        assert not may_see_salary(user=_user_with(role, company), company_id=company.pk)
    accountant = make_user(company=company, roles=(Role.VIEWER,))
    grant_salary_access(user=accountant, company=company, actor=SETUP)
    assert may_see_salary(user=accountant, company_id=company.pk)
    assert not may_see_salary(user=accountant, company_id=make_company().pk)
    stranger = make_user()
    grant_salary_access(user=stranger, company=company, actor=SETUP)
    assert not may_see_salary(user=stranger, company_id=company.pk)


def test_an_operator_never_sees_salary_even_with_the_right_and_a_role() -> None:
    company = make_company()
    user = make_user(company=company, roles=(Role.VIEWER,))
    grant_salary_access(user=user, company=company, actor=SETUP)
    make_operator(user=user, actor=SETUP)
    assert not may_see_salary(user=user, company_id=company.pk)


def test_the_users_of_a_company_are_those_with_a_role_in_it_and_its_customers_administrators() -> None:
    company = make_company()
    viewer = make_user(company=company, roles=(Role.VIEWER,))
    admin = make_customer_admin(customer=company.customer)
    builders.make_operator()
    make_user()
    gone = make_user(company=company, roles=(Role.VIEWER,))
    gone.is_active = False
    gone.save()
    assert set(users_of_company(company=company)) == {viewer, admin}


def test_granting_a_role_twice_leaves_one() -> None:
    company = make_company()
    user = make_user()
    first = grant_role(user=user, company=company, role=Role.VIEWER, actor=SETUP)
    assert grant_role(user=user, company=company, role=Role.VIEWER, actor=SETUP) == first
