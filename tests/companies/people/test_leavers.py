"""A leaver: one action ends all he has at a customer, after showing what it stops; elsewhere he keeps it."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import NotFoundError
from companies.access import companies_visible_to
from companies.actors import Actor
from companies.departure_queries import ErpName, Posting, Stop, _providers, get_departure, register_stops
from companies.models import AuditEvent, Company, Customer, CustomerMember, Employee, ErpUser, Role, User
from companies.services import (
    choose_posting_employee,
    grant_role,
    grant_salary_access,
    link_employee,
    set_posting_employee,
)  # fmt: skip
from companies.services.departures import end_membership
from tests.companies.builders import SETUP, make_company, make_operator
from tests.companies.people.conftest import invited, member_of


@pytest.fixture
def busy(customer: Customer, firm: Company, sister: Company, ada: User, kari: User) -> User:
    """Kari, who sends, approves, sees salary, and stands on both companies' batches; Ada is second in one."""
    grant_role(user=kari, company=sister, role=Role.APPROVER, actor=SETUP)
    grant_salary_access(user=kari, company=sister, actor=SETUP)
    set_posting_employee(company=firm, employee=link_employee(user=kari, company=firm, actor=SETUP), actor=SETUP)
    link_employee(user=kari, company=sister, actor=SETUP)
    link_employee(user=ada, company=sister, actor=SETUP)
    now = machine_now()
    ErpUser.objects.create(company=firm, user=kari, first_used_at=now, last_used_at=now)
    ErpUser.objects.create(company=sister, user=kari, first_used_at=now, last_used_at=now - timedelta(days=100))
    return kari


def leave(customer: Customer, user: User, actor: User) -> bool:
    return end_membership(customer_id=customer.pk, member_id=member_of(user, customer).pk, actor=Actor.user(actor))


def test_it_is_shown_first_what_stops(
    customer: Customer, firm: Company, sister: Company, ada: User, busy: User
) -> None:
    register_stops(lambda user, customer_id, most: [Stop(firm.name, f"{user.name} {most}")])
    try:
        shown = get_departure(member=member_of(busy, customer), administers=False, reader=ada)
    finally:
        _providers.pop()

    assert (shown.companies, shown.approves_in, shown.sees_salary_in) == (2, 1, 1)
    assert (shown.administers, shown.elsewhere, shown.own) == (False, False, False)
    [erp] = shown.erp_names
    assert isinstance(erp, ErpName)
    assert erp.company == firm.name
    assert list(shown.postings) == [Posting(firm.name, ""), Posting(sister.name, ada.name)]
    assert list(shown.stops) == [Stop(firm.name, "Kari Nordmann 20")]


def test_the_rule_shown_is_the_rule_applied(
    customer: Customer, firm: Company, sister: Company, ada: User, busy: User
) -> None:
    shown = {
        each.company: each.next_name
        for each in get_departure(member=member_of(busy, customer), administers=False, reader=ada).postings
    }
    leave(customer, busy, ada)
    for company in (firm, sister):
        after = choose_posting_employee(company_id=company.pk)
        assert shown[company.name] == ("" if after is None else after.name)


def test_one_action_ends_everything_with_an_event_in_each_companys_audit(
    customer: Customer, firm: Company, sister: Company, ada: User, busy: User
) -> None:
    assert leave(customer, busy, ada)

    assert not companies_visible_to(user=busy).exists()
    assert not Employee.objects.filter(user=busy).exists()
    assert not busy.salary_accesses.exists()
    assert not CustomerMember.objects.filter(user=busy).exists()
    firm.refresh_from_db()
    assert firm.posting_employee is None
    ended = {each.chain_id: each.details["rights"] for each in AuditEvent.objects.filter(action="rights.ended")}
    assert ended == {str(firm.pk): ["viewer", "employee"], str(sister.pk): ["approver", "salary", "employee"]}
    assert AuditEvent.objects.filter(action="member.left", actor_user_id=ada.pk).count() == 1
    assert ErpUser.objects.filter(user=busy).count() == 2


def test_who_has_no_other_customer_is_signed_out_at_once(
    customer: Customer, firm: Company, ada: User, kari: User
) -> None:
    theirs, others = Client(), Client()
    theirs.force_login(kari)
    others.force_login(ada)
    leave(customer, kari, ada)
    assert theirs.get("/companies/").status_code == 302
    assert others.get("/companies/").status_code == 200
    assert Session.objects.count() == 1


def test_who_is_at_another_customer_too_keeps_that_and_his_session(
    customer: Customer, firm: Company, ada: User, kari: User
) -> None:
    elsewhere = make_company(name="Åpen Fangst AS")
    grant_role(user=kari, company=elsewhere, role=Role.APPROVER, actor=SETUP)
    client = Client()
    client.force_login(kari)
    leave(customer, kari, ada)
    assert list(companies_visible_to(user=kari)) == [elsewhere]
    assert client.get(f"/c/{elsewhere.pk}/").status_code == 200
    assert client.get(f"/c/{firm.pk}/").status_code == 404


def test_an_operator_stays_signed_in(customer: Customer, firm: Company, ada: User) -> None:
    operator = make_operator()
    grant_role(user=operator, company=firm, role=Role.VIEWER, actor=SETUP)
    client = Client()
    client.force_login(operator)
    leave(customer, operator, ada)
    assert client.get("/companies/").status_code == 200


def test_somebody_invited_is_taken_back_and_can_be_invited_again(customer: Customer, ada: User) -> None:
    member = invited(customer, ada)
    end_membership(customer_id=customer.pk, member_id=member.pk, actor=Actor.user(ada))
    with pytest.raises(NotFoundError):
        end_membership(customer_id=customer.pk, member_id=member.pk, actor=Actor.user(ada))
    invited(customer, ada)
