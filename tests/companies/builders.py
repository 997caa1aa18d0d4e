"""People and companies for tests, made by the services that make real ones."""

from itertools import count

from companies.actors import Actor
from companies.models import Company, Customer, Role, User
from companies.services import create_company, create_customer, create_user, grant_role, make_customer_administrator
from companies.services import make_operator as grant_operator

SETUP = Actor.system("set-up")
_numbers = count(1)
_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)


def org_number(seed: int) -> str:
    """Return a valid organisation number near a seed, worked out here and not by the code under test."""
    for body in range(80_000_000 + seed * 7, 99_999_999):
        digits = f"{body:08d}"
        check = -sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11
        if check != 10:
            return f"{digits}{check}"
    raise AssertionError("no number left")


def make_customer(name: str = "Fjordregnskap AS") -> Customer:
    """Make a customer with a number of its own."""
    return create_customer(number=f"C{next(_numbers):05d}", name=name, actor=SETUP)


def make_company(*, customer: Customer | None = None, name: str = "Blåbær og Bru AS") -> Company:
    """Make a company with an organisation number of its own, of a new customer unless given."""
    return create_company(
        customer=customer or make_customer(),
        org_number=org_number(next(_numbers)),
        name=name,
        address="Storgata 1",
        postcode="0155",
        town="Oslo",
        actor=SETUP,
    )


def make_user(*, company: Company | None = None, roles: tuple[Role, ...] = (), name: str = "Kari Nordmann") -> User:
    """Make a user with roles in a company, without a password."""
    user = create_user(email=f"user{next(_numbers)}@fjord.example", name=name, actor=SETUP)
    for role in roles:
        if company is None:
            raise ValueError("a role is held in a company")
        grant_role(user=user, company=company, role=role, actor=SETUP)
    return user


def make_customer_admin(*, customer: Customer) -> User:
    """Make a user who administers a customer."""
    user = make_user(name="Ada Byrå")
    make_customer_administrator(user=user, customer=customer, actor=SETUP)
    return user


def make_operator() -> User:
    """Make an operator."""
    user = make_user(name="Olav Sentral")
    grant_operator(user=user, actor=SETUP)
    return user
