"""Users: the e-mail address they sign in with, and that nobody signs himself up."""

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError
from django.http import HttpRequest

from autopay_portal.core.errors import ConflictError, DomainError
from companies.allauth_adapter import InvitedOnlyAdapter
from companies.models import Role, RoleGrant, User
from companies.queries import find_user_in_company
from companies.services import create_user, grant_role, revoke_role
from tests.companies.builders import SETUP, make_company, make_user

pytestmark = pytest.mark.django_db


def test_a_user_is_found_by_his_address_whatever_the_letter_case() -> None:
    company = make_company()
    user = create_user(email="Kari@Fjord.example", name="Kari", actor=SETUP)
    grant_role(user=user, company=company, role=Role.VIEWER, actor=SETUP)
    assert user.email == "kari@fjord.example"
    assert find_user_in_company(company=company, email=" KARI@fjord.EXAMPLE ") == user
    assert find_user_in_company(company=make_company(), email=user.email) is None


def test_one_address_is_one_user() -> None:
    create_user(email="kari@fjord.example", name="Kari", actor=SETUP)
    with pytest.raises(ConflictError) as refusal:
        create_user(email="KARI@fjord.example", name="Kari II", actor=SETUP)
    assert refusal.value.code == "email_taken"


@pytest.mark.parametrize(
    "email", ["", "kari", "kåre@fjord.example", "kari @fjord.example", "k@ri@fjord.example", "a@b"]
)
def test_an_address_that_cannot_stand_in_a_signed_header_is_refused(email: str) -> None:
    with pytest.raises(DomainError) as refusal:
        create_user(email=email, name="Kari", actor=SETUP)
    assert refusal.value.code == "email_invalid"


@pytest.mark.parametrize("email", ["Kari@fjord.example", "kåre@fjord.example"])
def test_the_database_refuses_it_too(email: str) -> None:
    with pytest.raises(IntegrityError):
        User.objects.create(email=email, name="Kari")


def test_sign_in_takes_the_right_password_and_ignores_the_letter_case_of_the_address() -> None:
    user = create_user(email="kari@fjord.example", name="Kari", password="en lang setning 7", actor=SETUP)
    assert user.password.startswith("argon2$")
    request = HttpRequest()
    assert authenticate(request, email="KARI@fjord.example", password="en lang setning 7") == user
    assert authenticate(request, email="kari@fjord.example", password="feil") is None


def test_a_user_without_a_password_cannot_sign_in() -> None:
    user = make_user()
    assert not user.has_usable_password()
    assert authenticate(HttpRequest(), email=user.email, password="") is None


def test_nobody_signs_himself_up() -> None:
    assert InvitedOnlyAdapter().is_open_for_signup(HttpRequest()) is False


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CUSTOMER_ADMINISTRATOR])
def test_roles_over_several_companies_are_not_granted_in_one(role: Role) -> None:
    with pytest.raises(DomainError) as refusal:
        grant_role(user=make_user(), company=make_company(), role=role, actor=SETUP)
    assert refusal.value.code == "role_unknown"


def test_a_role_taken_back_is_gone() -> None:
    company = make_company()
    user = make_user(company=company, roles=(Role.VIEWER,))
    assert revoke_role(user=user, company=company, role=Role.VIEWER, actor=SETUP)
    assert not revoke_role(user=user, company=company, role=Role.VIEWER, actor=SETUP)
    assert not RoleGrant.objects.filter(user=user).exists()
