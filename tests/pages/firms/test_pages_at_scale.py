"""With 2,000 companies every page of the firms takes at most ten database queries, as with twenty."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from companies.models import Company, Customer, Service, ServiceInUse, User
from tests.companies.builders import make_company, make_customer, make_customer_admin, make_operator, org_number
from tests.companies.firms.builders import license_customer
from tests.pages.money.conftest import signed_in_as

pytestmark = pytest.mark.django_db
MOST = 10
PAGES = (
    "/customers/{customer}/companies/",
    "/customers/{customer}/companies/?q=firma",
    "/customers/{customer}/companies/?show=ended",
    "/customers/{customer}/companies/{company}/",
    "/customers/{customer}/companies/new/",
    "/customers/{customer}/imports/",
    "/customers/{customer}/services/",
    "/customers/{customer}/services/?after=1950",
    "/customers/{customer}/account/",
    "/customers/{customer}/account/?change",
    "/customers/{customer}/getting-started/",
    "/c/{company}/getting-started/",
)


@pytest.fixture
def customer() -> Customer:
    return make_customer()


@pytest.fixture
def user(customer: Customer) -> User:
    user = make_customer_admin(customer=customer)
    license_customer(customer, user=user)
    return user


def add_companies(customer: Customer, count: int) -> None:
    numbers = sorted({org_number(200_000 + place) for place in range(2 * count)})[:count]
    made = Company.objects.bulk_create(
        Company(customer=customer, org_number=number, name=f"Firma {place:04d} AS", address="Gata 1", postcode="0155",
                town="Oslo")
        for place, number in enumerate(numbers)
    )  # fmt: skip
    now = timezone.now()
    ServiceInUse.objects.bulk_create(
        ServiceInUse(company=company, service=service, activated_at=now) for company in made for service in Service
    )


@contextmanager
def at_most(number: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as asked:
        yield
    said = "\n".join(query["sql"][:160] for query in asked.captured_queries)
    assert len(asked) <= number, f"{len(asked)} queries:\n{said}"


def timed(client: Client, address: str) -> float:
    times = []
    for _ in range(3):
        begun = perf_counter()
        assert client.get(address).status_code == 200
        times.append(perf_counter() - begun)
    return min(times)


@pytest.mark.parametrize("form", PAGES)
def test_a_page_takes_at_most_ten_queries(customer: Customer, user: User, form: str) -> None:
    add_companies(customer, 2000)
    company = make_company(customer=customer)
    client = signed_in_as(user)
    address = form.format(customer=customer.pk, company=company.pk)
    client.get(address)

    with at_most(MOST):
        answer = client.get(address)
    assert answer.status_code == 200


@pytest.mark.parametrize("form", ["companies/", "services/", "getting-started/"])
def test_it_takes_no_longer_with_two_thousand_than_half_as_much_again(
    customer: Customer, user: User, form: str
) -> None:
    add_companies(customer, 60)
    client = signed_in_as(user)
    address = f"/customers/{customer.pk}/{form}"
    few = timed(client, address)
    Company.objects.filter(name__startswith="Firma").update(name="Gammelt AS")
    add_companies_more(customer)

    assert timed(client, address) < 1.5 * few + 0.02


def add_companies_more(customer: Customer) -> None:
    numbers = sorted({org_number(900_000 + place) for place in range(4000)})[:2000]
    Company.objects.bulk_create(
        Company(customer=customer, org_number=number, name=f"Ny {place:04d} AS", address="Gata 1", postcode="0155",
                town="Oslo")
        for place, number in enumerate(numbers)
    )  # fmt: skip


@pytest.mark.parametrize("show", ["", "answered", "licences", "handovers"])
def test_centrals_page_takes_at_most_ten_queries(show: str) -> None:
    Customer.objects.bulk_create(Customer(number=f"N{place}", name=f"Kunde {place}") for place in range(2000))
    client = signed_in_as(make_operator())
    client.get("/central/orders/")

    with at_most(MOST):
        assert client.get(f"/central/orders/?show={show}").status_code == 200


def test_a_report_of_two_thousand_lines_takes_at_most_ten_queries(customer: Customer, user: User) -> None:
    lines = "\n".join(f"{org_number(300_000 + place)};Firma {place};Gata 1;0155;Oslo" for place in range(2000))
    content = f"orgnr;navn;adresse;postnr;poststed\n{lines}\n".encode()
    client = signed_in_as(user)
    with at_most(25):
        answer = client.post(f"/customers/{customer.pk}/imports/read/", {"file": SimpleUploadedFile("b.csv", content)})
    with at_most(MOST):
        assert client.get(answer.headers["Location"]).status_code == 200
