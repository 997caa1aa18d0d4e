"""Invitations: a token that works once, for 14 days, opens nobody's account, and stands nowhere in the clear."""

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import connection

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from companies.models import Customer, CustomerAdministrator, Invitation, Letter, User
from companies.services import create_user, invitations
from tests.companies.builders import SETUP, make_customer
from tests.companies.firms.builders import link_of

pytestmark = pytest.mark.django_db
EMAIL = "kari@nytt.example"


@pytest.fixture
def customer() -> Customer:
    return make_customer()


def invite(customer: Customer, *, administrator: bool = True) -> str:
    """Invite somebody and return the token that his letter holds."""
    invitations.invite(
        customer_id=customer.pk, email=EMAIL, name="Kari Ny", language="nb", actor=SETUP, administrator=administrator
    )
    return link_of(Letter.objects.order_by("-pk")[0]).split("/")[2]


def accept(token: str) -> User:
    return invitations.accept(token=token, name="Kari Nordmann", password="et langt passord")


def test_accepting_makes_the_user_with_name_and_password_and_the_administrator(customer: Customer) -> None:
    user = accept(invite(customer))

    assert (user.email, user.name) == (EMAIL, "Kari Nordmann")
    assert user.check_password("et langt passord")
    assert CustomerAdministrator.objects.get(customer=customer).user == user


def test_one_who_is_no_administrator_becomes_none(customer: Customer) -> None:
    accept(invite(customer, administrator=False))

    assert not CustomerAdministrator.objects.exists()


def test_a_link_works_once(customer: Customer) -> None:
    token = invite(customer)
    accept(token)

    for again in (lambda: accept(token), lambda: invitations.find_open(token=token)):
        with pytest.raises(NotFoundError, match="invitation_ended"):
            again()


def test_a_link_is_too_old_after_fourteen_days(customer: Customer) -> None:
    token = invite(customer)
    with time_machine.travel(machine_now() + timedelta(days=13, hours=23), tick=False):
        assert not invitations.find_open(token=token).has_account
    with time_machine.travel(machine_now() + timedelta(days=14), tick=False), pytest.raises(NotFoundError):
        accept(token)


def test_a_new_letter_ends_the_link_of_the_one_before(customer: Customer) -> None:
    first = invite(customer)
    again = invitations.send_again(
        invitation_id=Invitation.objects.get(withdrawn_at=None).pk, customer_id=customer.pk, actor=SETUP
    )
    assert again.administrator
    with pytest.raises(NotFoundError):
        accept(first)
    accept(link_of(Letter.objects.order_by("-pk")[0]).split("/")[2])


def test_a_withdrawn_invitation_opens_nothing(customer: Customer) -> None:
    token = invite(customer)
    invitations.withdraw(invitation_id=Invitation.objects.get().pk, customer_id=customer.pk, actor=SETUP)

    with pytest.raises(NotFoundError):
        accept(token)
    assert not User.objects.filter(email=EMAIL).exists()


def test_another_customers_invitation_is_not_found(customer: Customer) -> None:
    invite(customer)
    for deed in (invitations.withdraw, invitations.send_again):
        with pytest.raises(NotFoundError):
            deed(invitation_id=Invitation.objects.get().pk, customer_id=make_customer().pk, actor=SETUP)


def test_a_link_never_changes_a_password_that_somebody_has(customer: Customer) -> None:
    known = create_user(email=EMAIL, name="Kari Kjent", password="hennes eget passord", actor=SETUP)
    token = invite(customer)

    assert invitations.find_open(token=token).has_account
    with pytest.raises(ConflictError, match="sign_in_to_accept"):
        accept(token)
    known.refresh_from_db()
    assert known.check_password("hennes eget passord")
    assert not CustomerAdministrator.objects.exists()

    invitations.accept_as(token=token, user=known)
    assert CustomerAdministrator.objects.get().user == known


def test_nobody_accepts_what_is_anothers(customer: Customer) -> None:
    other = create_user(email="per@nytt.example", name="Per", password="hans eget passord", actor=SETUP)
    token = invite(customer)

    with pytest.raises(ConflictError, match="invitation_of_another"):
        invitations.accept_as(token=token, user=other)


def test_who_has_left_is_not_let_in_again_by_a_link(customer: Customer) -> None:
    left = create_user(email=EMAIL, name="Kari", actor=SETUP)
    left.is_active = False
    left.save()

    with pytest.raises(ConflictError, match="account_ended"):
        accept(invite(customer))
    left.refresh_from_db()
    assert not left.has_usable_password()


def test_the_token_stands_nowhere_in_the_database(customer: Customer) -> None:
    token = invite(customer)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT string_agg(i::text, '') FROM companies_invitation AS i)"
            " || (SELECT string_agg(l::text, '') FROM companies_letter AS l)"
            " || (SELECT string_agg(e::text, '') FROM companies_auditevent AS e)"
            " || (SELECT string_agg(p::text, '') FROM companies_auditpersonal AS p)"
        )
        everything = cursor.fetchone()[0]
    assert token not in everything
    assert token.encode().hex() not in everything


def test_whoever_listens_is_told_in_the_same_transaction(customer: Customer) -> None:
    heard: list[tuple[UUID, User]] = []

    def hear(customer_id: UUID, user: User) -> None:
        heard.append((customer_id, user))

    invitations.register_acceptance(hear)
    try:
        user = accept(invite(customer))
    finally:
        invitations._accepted.remove(hear)
    assert heard == [(customer.pk, user)]


@pytest.mark.parametrize("email", ["kari", "kåri@x.example", "a@b", "kari@x.example\nBcc: y@z.example"])
def test_what_is_no_address_is_refused(customer: Customer, email: str) -> None:
    with pytest.raises(DomainError, match="email_invalid"):
        invitations.invite(customer_id=customer.pk, email=email, name="x", language="nb", actor=SETUP)
