"""The page of what takes two administrators."""

import pytest
from django.test import Client

from companies.models import Company, Customer, Proposal, ProposalState, User
from companies.services import make_customer_administrator
from tests.companies.builders import SETUP, make_customer
from tests.companies.proposals.conftest import Deeds, proposed
from tests.pages.money.builders import count_queries, read
from tests.pages.money.conftest import signed_in_as


def address(customer: Customer, rest: str = "") -> str:
    return f"/customers/{customer.pk}/proposals/{rest}"


def test_the_second_administrator_sees_it_counted_and_confirms_it(
    customer: Customer, firm: Company, ada: User, bo: User, deeds: Deeds
) -> None:
    proposal = proposed(customer, ada, company_id=firm.pk)
    client = signed_in_as(bo)
    html = read(client, address(customer))
    assert "Lower to 1" in html
    assert "Fjord Varme AS" in html
    assert 'menu-number" data-tone="wants-you">1<' in html

    answer = client.post(address(customer, f"{proposal.pk}/confirm/"), follow=True)

    assert "Bekreftet og gjort" in answer.content.decode()
    assert deeds.done == [({"to": 1}, bo.name)]
    assert "Lower to 1" in read(client, address(customer, "?show=decided"))
    assert "Ingenting venter på deg" in read(client, address(customer))


def test_the_proposer_can_only_withdraw_it(customer: Customer, ada: User, bo: User, deeds: Deeds) -> None:
    proposal = proposed(customer, ada)
    client = signed_in_as(ada)
    html = read(client, address(customer))
    assert "/withdraw/" in html
    assert "/confirm/" not in html
    assert "menu-number" not in html

    answer = client.post(address(customer, f"{proposal.pk}/confirm/"), follow=True)
    assert "En annen administrator må bekrefte det" in answer.content.decode()
    client.post(address(customer, f"{proposal.pk}/withdraw/"))

    proposal.refresh_from_db()
    assert proposal.state == ProposalState.WITHDRAWN


def test_a_second_click_says_that_it_is_decided(customer: Customer, ada: User, bo: User, deeds: Deeds) -> None:
    proposal = proposed(customer, ada)
    client = signed_in_as(bo, "en")
    for _ in range(2):
        answer = client.post(address(customer, f"{proposal.pk}/confirm/"), follow=True)
    assert "decided already (Confirmed and done)" in answer.content.decode()
    assert len(deeds.done) == 1


@pytest.mark.usefixtures("deeds")
def test_the_only_administrator_is_told_what_that_means(customer: Customer, ada: User) -> None:
    proposed(customer, ada)
    assert "Du er den eneste administratoren" in read(signed_in_as(ada), address(customer))
    assert "eneste administrator, med en gang" in read(signed_in_as(ada), address(customer, "?show=decided"))


@pytest.mark.usefixtures("deeds")
def test_a_proposal_under_another_customers_address_is_not_found(
    customer: Customer, ada: User, bo: User, firm: Company
) -> None:
    proposal = proposed(customer, ada)
    other = make_customer()
    make_customer_administrator(user=bo, customer=other, actor=SETUP)
    answer = signed_in_as(bo).post(address(other, f"{proposal.pk}/confirm/"))
    assert answer.status_code == 404
    assert Proposal.objects.get(pk=proposal.pk).state == ProposalState.OPEN


@pytest.mark.usefixtures("deeds")
def test_the_page_takes_as_many_queries_for_a_hundred_as_for_one(customer: Customer, ada: User, bo: User) -> None:
    client: Client = signed_in_as(bo)
    proposed(customer, ada)
    one = count_queries(client, address(customer))
    for number in range(120):
        proposed(customer, ada, subject_id=f"b-{number}")
    assert count_queries(client, address(customer)) == one <= 10
    assert "Eldre" in read(client, address(customer))
