"""Letters about rights: ten ticks within minutes are one mail, one that was taken back is none, proposals are told."""

from datetime import timedelta

import pytest
import time_machine

from autopay_portal.core.clocks import machine_now
from companies.mail.letters import words_of_letter
from companies.mail.rights import write_rights_letters
from companies.models import Company, Customer, Letter, RightsNotice, User
from tests.companies.people.conftest import member_of
from tests.companies.people.test_rights import tick


@pytest.fixture(autouse=True)
def _several(sister: Company) -> None:
    """Have a second company, so that one letter tells of both."""


def later(minutes: int = 6) -> time_machine.travel:
    return time_machine.travel(machine_now() + timedelta(minutes=minutes), tick=False)


def letters(kind: str) -> list[Letter]:
    return list(Letter.objects.filter(kind=kind).order_by("created_at"))


def test_ten_ticks_in_five_minutes_are_one_mail(
    customer: Customer, firm: Company, sister: Company, ada: User, kari: User
) -> None:
    for company in (firm, sister):
        for right in ("uploader", "file_transfer", "autopay_administrator", "salary"):
            tick(member_of(kari, customer), company, ada, wanted=right)
    assert write_rights_letters() == 0

    with later():
        assert (write_rights_letters(), write_rights_letters()) == (1, 0)

    [letter] = letters("rights_given")
    subject, body = words_of_letter(letter)
    assert (letter.recipient, subject) == (kari.email, "AutoPay: Du har fått nye rettigheter hos Fjordregnskap AS")
    assert "Fjord Varme AS (AutoPay-administrator, Filoverføring, Opplaster, Ser lønn); Ås Bygg AS (" in body
    assert "Lesetilgang" not in body
    assert not RightsNotice.objects.exists()


def test_what_was_taken_back_within_minutes_is_told_to_nobody(
    customer: Customer, firm: Company, ada: User, kari: User
) -> None:
    member = member_of(kari, customer)
    tick(member, firm, ada, wanted="viewer uploader", seen="viewer")
    tick(member, firm, ada, wanted="viewer", seen="viewer uploader")
    with later():
        assert write_rights_letters() == 0
    assert not Letter.objects.exists()


def test_what_is_given_after_the_mail_is_another_mail(customer: Customer, firm: Company, ada: User, kari: User) -> None:
    member = member_of(kari, customer)
    tick(member, firm, ada, wanted="uploader")
    with later():
        write_rights_letters()
        tick(member, firm, ada, wanted="uploader file_transfer", seen="uploader")
    with later(12):
        write_rights_letters()
    second = words_of_letter(letters("rights_given")[1])[1]
    assert ("Filoverføring" in second, "Opplaster" in second) == (True, False)


def test_the_other_administrators_are_told_once_that_something_waits(
    customer: Customer, firm: Company, sister: Company, ada: User, bo: User, kari: User
) -> None:
    for company in (firm, sister):
        tick(member_of(kari, customer), company, ada, wanted="approver")
    [letter] = letters("proposal_waits")
    assert letter.recipient == bo.email
    assert letter.path == f"/customers/{customer.pk}/proposals/"
    body = words_of_letter(letter)[1]
    assert ada.name in body
    assert "Kari" not in body
    assert "Fjord Varme" not in body
