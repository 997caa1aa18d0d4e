"""Companies: numbers as people write them, changes that don't overwrite each other, and taking one out of use."""

import threading
from typing import Any

import pytest
from django.db import connection

from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from companies import blockers, company_lookup
from companies.blockers import Blocker, register_blockers
from companies.company_lookup import FoundCompany, look_up, read_unit
from companies.models import AuditEvent, Company, Service
from companies.org_numbers import is_valid_org_number, normalise_org_number
from companies.services import (
    activate_service,
    create_company,
    deactivate_company,
    reactivate_company,
    switch_service_off,
    update_company,
)
from companies.services.company_changes import fingerprint
from tests.companies.builders import SETUP, make_company, make_customer
from tests.companies.firms.builders import license_customer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "written",
    ["974760673", "974 760 673", "974.760.673", "NO974760673MVA", "no 974 760 673 mva", " 974\u00a0760\u00a0673 MVA",
     "974-760-673"],
)  # fmt: skip
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    company = create_company(
        customer=make_customer(), org_number=written, name="X", address="Y", postcode="0155", town="Oslo", actor=SETUP
    )
    assert company.org_number == "974760673"


@pytest.mark.parametrize("written", ["974760674", "97476067", "9747606730", "٩٧٤٧٦٠٦٧٣", "abc", "NO974760674MVA", ""])
def test_what_is_no_number_is_none(written: str) -> None:
    assert not is_valid_org_number(normalise_org_number(written))


def test_every_field_at_fault_is_named() -> None:
    with pytest.raises(DomainError) as refused:
        create_company(
            customer=make_customer(), org_number="1", name="x" * 151, address=" ", postcode="0155", town="a\x00b",
            actor=SETUP,
        )  # fmt: skip
    assert [(fault.pointer, fault.code) for fault in refused.value.errors] == [
        ("/org_number", "org_number_invalid"),
        ("/name", "field_too_long"),
        ("/address", "field_missing"),
        ("/town", "field_too_long"),
    ]


def change(company: Company, *, seen: str | None = None, name: str = "Nytt Navn AS") -> Company:
    return update_company(
        company_id=company.pk, customer_id=company.customer_id, seen=seen or fingerprint(company), name=name,
        address="Ny gate 2", postcode="5003", town="Bergen", actor=SETUP,
    )  # fmt: skip


def test_a_change_is_audited_with_its_fields_and_nothing_when_nothing_changed() -> None:
    company = make_company()
    changed = change(company)
    change(changed)

    assert (changed.name, changed.town) == ("Nytt Navn AS", "Bergen")
    event = AuditEvent.objects.get(action="company.changed")
    assert event.details == {"fields": ["name", "address", "postcode", "town"]}


def test_of_two_who_change_the_same_company_the_second_is_told() -> None:
    company = make_company()
    seen = fingerprint(company)
    change(company, seen=seen)

    with pytest.raises(ConflictError, match="company_changed"):
        change(company, seen=seen, name="Et Annet AS")
    company.refresh_from_db()
    assert company.name == "Nytt Navn AS"


def test_another_customers_company_is_not_found() -> None:
    company, other = make_company(), make_customer()
    for deed in (deactivate_company, reactivate_company):
        with pytest.raises(NotFoundError):
            deed(company_id=company.pk, customer_id=other.pk, actor=SETUP)


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> list[Blocker]:
    """What is under way in every company."""
    found: list[Blocker] = []
    monkeypatch.setattr(blockers, "_sources", {})
    register_blockers("test", lambda _company: found)
    return found


def take_out(company: Company) -> Company:
    return deactivate_company(company_id=company.pk, customer_id=company.customer_id, actor=SETUP)


def test_payments_under_way_stop_it_and_everything_else_is_only_said(way: list[Blocker]) -> None:
    company = make_company()
    way += [Blocker("Én avtale er aktiv.", stops=False), Blocker("To betalinger er på vei.", stops=True)]
    with pytest.raises(ConflictError) as refused:
        take_out(company)
    assert refused.value.code == "company_busy"
    assert refused.value.params["what"] == "To betalinger er på vei."

    way.pop()
    assert take_out(company).deactivated_at is not None
    assert take_out(company).deactivated_at is not None
    assert AuditEvent.objects.filter(action="company.deactivated").count() == 1


def test_it_can_be_taken_into_use_again_as_it_was(way: list[Blocker]) -> None:
    company = make_company()
    take_out(company)
    with pytest.raises(ConflictError, match="company_deactivated"):
        activate_service(company=company, service=Service.EXPENSE, actor=SETUP)

    back = reactivate_company(company_id=company.pk, customer_id=company.customer_id, actor=SETUP)
    assert back.deactivated_at is None
    activate_service(company=company, service=Service.EXPENSE, actor=SETUP)


def test_ones_own_company_stays_while_di_elbet_is_on_it(way: list[Blocker]) -> None:
    own = license_customer(make_customer())
    with pytest.raises(ConflictError, match="own_company_stays"):
        take_out(own)


def test_autopay_is_not_switched_off_while_payments_are_under_way(way: list[Blocker]) -> None:
    customer = make_customer()
    license_customer(customer)
    company = make_company(customer=customer)
    activate_service(company=company, service=Service.AUTOPAY, actor=SETUP)
    way.append(Blocker("To betalinger er på vei.", stops=True))

    with pytest.raises(ConflictError, match="company_busy"):
        switch_service_off(company=company, service=Service.AUTOPAY, actor=SETUP)
    way.clear()
    assert switch_service_off(company=company, service=Service.AUTOPAY, actor=SETUP)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_make_the_same_company_at_once_one_is_refused_as_for_anybody_elses() -> None:
    customers = [make_customer(), make_customer()]
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def make(place: int) -> None:
        start.wait(5)
        try:
            create_company(
                customer=customers[place], org_number="974760673", name="X", address="Y", postcode="0155",
                town="Oslo", actor=SETUP,
            )  # fmt: skip
            outcomes.append("made")
        except ConflictError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=make, args=(place,)) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(outcomes) == ["company_exists", "made"]


def test_a_company_is_looked_up_by_its_number_in_the_sandbox(settings: Any) -> None:
    settings.COMPANY_LOOKUP = "simulated"
    found = look_up(org_number="NO 974 760 673 MVA")
    assert found is not None
    assert found.org_number == "974760673"
    assert all((found.name, found.address, found.postcode, found.town))
    assert look_up(org_number="889640782") is not None


def test_what_is_off_asks_nobody_and_what_is_no_number_is_not_looked_up(settings: Any) -> None:
    settings.COMPANY_LOOKUP = "off"
    assert not company_lookup.is_on()
    with pytest.raises(DomainError, match="lookup_off"):
        look_up(org_number="974760673")
    settings.COMPANY_LOOKUP = "enhetsregisteret"
    with pytest.raises(DomainError, match="org_number_invalid"):
        look_up(org_number="974760674/../x")


def test_what_the_register_answers_is_read_with_care() -> None:
    answer = (
        '{"organisasjonsnummer": "974760673", "navn": "REGISTERENHETEN\\u0000 I  BRØNNØYSUND", "forretningsadresse":'
        ' {"adresse": ["Havnegata 48", null, "2. etasje"], "postnummer": "8900", "poststed": "BRØNNØYSUND"}}'
    )
    assert read_unit(answer.encode(), number="974760673") == FoundCompany(
        "974760673", "REGISTERENHETEN I BRØNNØYSUND", "Havnegata 48, 2. etasje", "8900", "BRØNNØYSUND"
    )
    assert read_unit(answer.encode(), number="889640782") is None
    for rubbish in (b"", b"[]", b"{}", b'{"organisasjonsnummer": 1, "navn": "x", "forretningsadresse": 3}', b"<html>"):
        with pytest.raises(DomainError, match="lookup_unavailable"):
            read_unit(rubbish, number="974760673")
