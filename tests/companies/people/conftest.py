"""A customer with two administrators, two companies and a user."""

import pytest

from companies.actors import Actor
from companies.models import Company, Customer, CustomerMember, Language, Role, User
from companies.services.inviting import invite_member
from tests.companies.builders import make_company, make_customer, make_customer_admin, make_user


@pytest.fixture
def customer(db: None) -> Customer:
    return make_customer("Fjordregnskap AS")


@pytest.fixture
def firm(customer: Customer) -> Company:
    return make_company(customer=customer, name="Fjord Varme AS")


@pytest.fixture
def sister(customer: Customer) -> Company:
    return make_company(customer=customer, name="Ås Bygg AS")


@pytest.fixture
def ada(customer: Customer) -> User:
    return make_customer_admin(customer=customer)


@pytest.fixture
def bo(customer: Customer) -> User:
    return make_customer_admin(customer=customer)


@pytest.fixture
def kari(firm: Company) -> User:
    return make_user(company=firm, roles=(Role.VIEWER,), name="Kari Nordmann")


def member_of(user: User, customer: Customer) -> CustomerMember:
    return CustomerMember.objects.get(user=user, customer=customer)


def invited(
    customer: Customer, actor: User, email: str = "ny@fjord.example", name: str = "Ny Bruker"
) -> CustomerMember:
    return invite_member(customer=customer, email=email, name=name, language=Language.NB, actor=Actor.user(actor))
