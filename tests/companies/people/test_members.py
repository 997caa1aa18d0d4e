"""Who is among a customer's users, and that inviting somebody tells nothing about him."""

import re

import pytest

from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from companies.actors import Actor
from companies.mail.letters import words_of_letter
from companies.models import Company, Customer, CustomerMember, Letter, Role, RoleGrant, User
from companies.people_queries import get_grid
from companies.services import grant_role
from companies.services.departures import end_membership
from companies.services.invitations import accept, find_open
from companies.services.inviting import invite_again
from companies.services.members import accept_membership, keep_members
from companies.services.rights import set_rights
from tests.companies.builders import SETUP, make_company, make_user
from tests.companies.people.conftest import invited, member_of


def test_whoever_gets_a_right_is_among_the_users_once(customer: Customer, firm: Company, kari: User) -> None:
    grant_role(user=kari, company=firm, role=Role.UPLOADER, actor=SETUP)
    assert member_of(kari, customer).accepted_at is not None
    assert CustomerMember.objects.filter(customer=customer).count() == 1


def test_inviting_somebody_who_is_at_another_customer_reveals_nothing_about_him(
    customer: Customer, firm: Company, ada: User
) -> None:
    elsewhere = make_user(company=make_company(name="Hemmelig Fangst AS"), roles=(Role.VIEWER,), name="Hemmelig Navn")
    known = invited(customer, ada, email=elsewhere.email.upper(), name="Per Antatt")
    new = invited(customer, ada, email="aldri@sett.example", name="Ny Bruker")
    hidden = {"id", "_state", "email", "name", "invited_at"}
    assert {k: v for k, v in vars(known).items() if k not in hidden} == {
        k: v for k, v in vars(new).items() if k not in hidden
    }
    assert "Hemmelig" not in str([row.member.name for row in get_grid(customer_id=customer.pk).rows])

    accept_membership(customer_id=customer.pk, user=elsewhere)

    assert member_of(elsewhere, customer).name == "Hemmelig Navn"


def test_one_address_is_invited_once(customer: Customer, firm: Company, ada: User, kari: User) -> None:
    invited(customer, ada)
    for email in ("NY@fjord.example", kari.email):
        with pytest.raises(ConflictError) as refusal:
            invited(customer, ada, email=email)
        assert refusal.value.code == "member_exists"


@pytest.mark.parametrize(
    ("email", "name", "code"),
    [("kåre@fjord.example", "K", "email_invalid"), ("a@b.no\r\nBcc: x@y.no", "K", "email_invalid"),
     ("a@b.no", "  ", "field_missing")],
)  # fmt: skip
def test_what_cannot_be_a_user_is_refused(customer: Customer, ada: User, email: str, name: str, code: str) -> None:
    with pytest.raises(DomainError) as refusal:
        invited(customer, ada, email=email, name=name)
    assert refusal.value.code == code


def test_a_line_end_in_a_name_is_a_space(customer: Customer, ada: User) -> None:
    assert invited(customer, ada, name="Per\r\nBcc: x").name == "Per Bcc: x"


def test_nobody_becomes_a_member_whom_nobody_invited(customer: Customer, ada: User) -> None:
    assert accept_membership(customer_id=customer.pk, user=make_user()) is None


def test_a_member_follows_his_users_name_and_address(customer: Customer, firm: Company, ada: User, kari: User) -> None:
    invited(customer, ada, email="kari.ny@fjord.example")
    kari.name, kari.email, kari.language = "Kari Hansen", "kari.ny@fjord.example", "en"
    kari.save()
    member = member_of(kari, customer)
    assert (member.name, member.email, member.language) == ("Kari Hansen", "kari.ny@fjord.example", "en")
    # Two rows of one address became one when the invitation is accepted.
    accept_membership(customer_id=customer.pk, user=kari)
    assert CustomerMember.objects.filter(customer=customer, email=kari.email).count() == 1


def test_the_people_of_a_company_follow_it_to_its_new_customer(firm: Company, kari: User) -> None:
    firm.customer = make_company().customer
    firm.save()
    keep_members(company=firm)
    assert member_of(kari, firm.customer)


def test_an_invitation_goes_by_mail_and_accepting_it_makes_a_member(
    customer: Customer, firm: Company, ada: User
) -> None:
    member = invited(customer, ada)
    set_rights(
        customer_id=customer.pk, member_id=member.pk, company_id=firm.pk, wanted=frozenset({"uploader"}),
        seen=frozenset(), actor=Actor.user(ada),
    )  # fmt: skip

    token = token_of(Letter.objects.get(kind="invitation"))
    user = accept(token=token, name="Ny Navnesen", password="en lang setning 7")

    assert member_of(user, customer).name == "Ny Navnesen"
    assert RoleGrant.objects.get(user=user, company=firm).role == "uploader"


def test_a_second_invitation_ends_the_first_and_one_who_is_taken_off_the_users_has_none(
    customer: Customer, ada: User
) -> None:
    member = invited(customer, ada)
    invite_again(customer_id=customer.pk, member_id=member.pk, actor=Actor.user(ada))
    first, second = Letter.objects.filter(kind="invitation").order_by("created_at")
    with pytest.raises(NotFoundError):
        find_open(token=token_of(first))
    assert find_open(token=token_of(second))

    end_membership(customer_id=customer.pk, member_id=member.pk, actor=Actor.user(ada))

    with pytest.raises(NotFoundError):
        find_open(token=token_of(second))


def test_who_has_accepted_needs_no_invitation(customer: Customer, firm: Company, ada: User, kari: User) -> None:
    with pytest.raises(ConflictError) as refusal:
        invite_again(customer_id=customer.pk, member_id=member_of(kari, customer).pk, actor=Actor.user(ada))
    assert refusal.value.code == "member_accepted"


def token_of(letter: Letter) -> str:
    """Return the token that stands behind a letter's link."""
    found = re.search(r"/invitations/([^/\s]+)/", words_of_letter(letter)[1])
    assert found is not None
    return found[1]
