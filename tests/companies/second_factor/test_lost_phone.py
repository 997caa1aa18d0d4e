"""A lost phone: two administrators end the factors, or AutoPay Central with the only one; all are told."""

from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from companies.actors import Actor
from companies.models import AuditEvent, Company, CustomerMember, Letter, Role, User
from companies.services.factors import propose_reset
from companies.services.proposals import confirm
from tests.companies.builders import make_company, make_customer_admin, make_operator, make_user
from tests.companies.second_factor.apps import enrol_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def siri(company: Company) -> User:
    user = make_user(company=company, roles=(Role.APPROVER,), name="Siri Lund")
    enrol_app(user)
    return user


def member(user: User) -> CustomerMember:
    return CustomerMember.objects.get(user=user)


def ask(by: User, user: User) -> UUID:
    held = member(user)
    return propose_reset(member_id=held.pk, customer_id=held.customer_id, actor=Actor.user(by)).pk


def test_two_administrators_end_the_factors_and_all_are_told(company: Company, siri: User) -> None:
    first, second = make_customer_admin(customer=company.customer), make_customer_admin(customer=company.customer)
    browser = Client()
    browser.force_login(siri)
    proposal = ask(first, siri)
    assert Authenticator.objects.exists()
    with pytest.raises(Exception, match="proposal_own"):
        confirm(proposal_id=proposal, actor=Actor.user(first))
    confirm(proposal_id=proposal, actor=Actor.user(second))

    assert not Authenticator.objects.exists()
    assert browser.get("/me/").status_code == 302
    everybody = {siri.email, first.email, second.email}
    for kind in ("factors_reset_asked", "factors_reset"):
        assert set(Letter.objects.filter(kind=kind).values_list("recipient", flat=True)) == everybody
    assert AuditEvent.objects.filter(action="factor.all_reset", subject_id=str(siri.pk)).exists()


def test_whom_it_is_about_can_not_confirm_it_himself(company: Company) -> None:
    first, lost = make_customer_admin(customer=company.customer), make_customer_admin(customer=company.customer)
    enrol_app(lost)
    proposal = ask(first, lost)
    with pytest.raises(Exception, match="not_found"):
        confirm(proposal_id=proposal, actor=Actor.user(lost))

    assert Authenticator.objects.exists()


def test_central_is_the_second_where_there_is_one_administrator_and_only_there(company: Company, siri: User) -> None:
    only, central = make_customer_admin(customer=company.customer), make_operator()
    proposal = ask(only, siri)
    other = make_customer_admin(customer=company.customer)
    with pytest.raises(Exception, match="not_found"):
        confirm(proposal_id=proposal, actor=Actor.user(central))
    User.objects.filter(pk=other.pk).update(is_active=False)
    confirm(proposal_id=proposal, actor=Actor.user(central))

    assert not Authenticator.objects.exists()


def test_nobody_of_another_customer_has_a_say(company: Company, siri: User) -> None:
    stranger = make_customer_admin(customer=make_company().customer)
    first = make_customer_admin(customer=company.customer)
    proposal = ask(first, siri)
    with pytest.raises(Exception, match="not_found"):
        confirm(proposal_id=proposal, actor=Actor.user(stranger))

    assert Authenticator.objects.exists()


def test_a_factor_enrolled_meanwhile_is_not_ended_by_what_was_asked_before(company: Company, siri: User) -> None:
    first, second = make_customer_admin(customer=company.customer), make_customer_admin(customer=company.customer)
    proposal = ask(first, siri)
    Authenticator.objects.all().delete()
    enrol_app(siri)
    with pytest.raises(Exception, match="proposal_stale"):
        confirm(proposal_id=proposal, actor=Actor.user(second))

    assert Authenticator.objects.exists()
