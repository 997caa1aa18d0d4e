"""Signing keys on their pages: seen with a fresh factor only, made with an overlap, ended at once."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.test import Client

from autopay_portal.core.clocks import machine_now
from companies.actors import Actor
from companies.models import AuditEvent, Company, Letter, Proposal, Role, SigningKey, User
from companies.queries import live_signing_keys
from companies.services import (
    create_signing_key,
    get_live_signing_key,
    link_employee,
    note_key_used,
    regenerate_signing_key,
    revoke_role,
    sweep_ended_keys,
)
from companies.services.keys import NewKey
from companies.services.proposals import confirm
from tests.companies.builders import SETUP, make_company, make_customer_admin, make_user
from tests.companies.second_factor.apps import code_of, enrol_app
from tests.pages.money.builders import count_queries


@pytest.fixture(autouse=True)
def _nobody_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def anne(company: Company) -> User:
    return make_user(company=company, roles=(Role.AUTOPAY_ADMINISTRATOR,), name="Anne Vik")


@pytest.fixture
def key(company: Company) -> NewKey:
    return create_signing_key(company_id=company.pk, actor=SETUP)


def fresh(user: User) -> Client:
    """Return a browser in which a person has just shown his second factor."""
    secret = enrol_app(user)
    client = Client()
    client.force_login(user)
    assert client.post("/me/step-up/", {"code": code_of(secret)}).status_code == 302
    return client


def here(company: Company) -> str:
    return f"/c/{company.pk}/administration/"


def secret_in(answer: Any) -> str:
    found = re.search(r'class="key-field">([\w-]{43})<', answer.content.decode())
    assert found
    return found[1]


def regenerate(client: Client, company: Company, seen: Any, overlap: str) -> Any:
    return client.post(here(company) + "key/", {"seen_key": str(seen), "overlap": overlap})


def test_a_key_is_shown_only_to_who_has_just_shown_his_factor(company: Company, anne: User, key: NewKey) -> None:
    client = Client()
    client.force_login(anne)
    answer = client.post(here(company) + f"key/{key.key_id}/", headers={"Referer": f"http://testserver{here(company)}"})
    assert answer.headers["Location"] == f"/me/step-up/?next=%2Fc%2F{company.pk}%2Fadministration%2F"
    part = client.post(here(company) + f"key/{key.key_id}/", headers={"HX-Request": "true"})
    assert (part.status_code, part.content) == (204, b"")
    assert part.headers["HX-Redirect"].startswith("/me/step-up/")
    assert not AuditEvent.objects.filter(action="signing_key.shown").exists()

    answer = fresh(anne).post(here(company) + f"key/{key.key_id}/")
    assert secret_in(answer) == key.secret
    assert "no-store" in answer.headers["Cache-Control"]
    assert AuditEvent.objects.filter(action="signing_key.shown").count() == 1


def test_five_minutes_later_it_is_asked_again(company: Company, anne: User, key: NewKey) -> None:
    client = fresh(anne)
    with time_machine.travel(machine_now() + timedelta(minutes=5, seconds=2), tick=False):
        answer = client.post(here(company) + f"key/{key.key_id}/")
    assert answer.headers["Location"].startswith("/me/step-up/")


def test_no_page_of_keys_holds_a_secret(company: Company, anne: User, key: NewKey) -> None:
    administrator = make_customer_admin(customer=company.customer)
    pages = [(administrator, f"/customers/{company.customer_id}/autopay/companies/"), (anne, here(company))]
    for user, address in pages:
        html = fresh(user).get(address).content.decode()
        assert str(key.key_id)[-4:] in html
        assert key.secret not in html


def test_old_and_new_work_until_the_second_that_was_said(company: Company, anne: User, key: NewKey) -> None:
    made = regenerate(fresh(anne), company, key.key_id, "hour")
    new = SigningKey.objects.exclude(pk=key.key_id).get()
    assert get_live_signing_key(key_id=new.pk).secret == secret_in(made)
    ends = SigningKey.objects.get(pk=key.key_id).ends_at
    assert ends is not None
    assert timedelta(minutes=59) < ends - machine_now() <= timedelta(hours=1)

    with time_machine.travel(ends - timedelta(milliseconds=1), tick=False):
        assert get_live_signing_key(key_id=key.key_id).secret == key.secret
        assert sweep_ended_keys() == 0
    with time_machine.travel(ends, tick=False):
        with pytest.raises(Exception, match="key_revoked"):
            get_live_signing_key(key_id=key.key_id)
        assert [row.id for row in live_signing_keys(company_id=company.pk)] == [new.pk]
        assert sweep_ended_keys() == 1
        assert sweep_ended_keys() == 0
    assert SigningKey.objects.get(pk=key.key_id).revoked_at == ends


def test_without_overlap_the_old_one_ends_at_once(company: Company, anne: User, key: NewKey) -> None:
    regenerate(fresh(anne), company, key.key_id, "none")

    with pytest.raises(Exception, match="key_revoked"):
        get_live_signing_key(key_id=key.key_id)
    assert len(live_signing_keys(company_id=company.pk)) == 1


def test_a_second_click_makes_no_second_key(company: Company, anne: User, key: NewKey) -> None:
    client = fresh(anne)
    regenerate(client, company, key.key_id, "day")
    again = regenerate(client, company, key.key_id, "none")

    assert again.status_code == 302
    assert any("Ingenting er gjort" in str(message) for message in get_messages(again.wsgi_request))
    assert get_live_signing_key(key_id=key.key_id)
    assert len(live_signing_keys(company_id=company.pk)) == 2


def test_a_third_key_is_refused_while_two_work(company: Company, anne: User, key: NewKey) -> None:
    client = fresh(anne)
    regenerate(client, company, key.key_id, "day")
    newest = live_signing_keys(company_id=company.pk)[0].id
    regenerate(client, company, newest, "hour")
    assert len(live_signing_keys(company_id=company.pk)) == 2

    regenerate(client, company, newest, "none")
    assert [row.id for row in live_signing_keys(company_id=company.pk)] != [newest]
    assert len(live_signing_keys(company_id=company.pk)) == 1


def test_an_overlap_that_is_over_leaves_room_for_a_new_key_before_the_sweep(
    company: Company, anne: User, key: NewKey
) -> None:
    regenerate(fresh(anne), company, key.key_id, "hour")
    newest = live_signing_keys(company_id=company.pk)[0].id
    with time_machine.travel(machine_now() + timedelta(hours=2), tick=False):
        regenerate_signing_key(
            company_id=company.pk, seen_key_id=newest, overlap=timedelta(hours=1), actor=Actor.user(anne)
        )
        assert len(live_signing_keys(company_id=company.pk)) == 2


def test_revoke_now_ends_both_and_tells_the_others(company: Company, anne: User, key: NewKey) -> None:
    administrator = make_customer_admin(customer=company.customer)
    client = fresh(anne)
    regenerate(client, company, key.key_id, "day")
    client.post(here(company) + "key/revoke/")

    assert live_signing_keys(company_id=company.pk) == []
    told = set(Letter.objects.values_list("kind", "recipient"))
    assert {("key_made", administrator.email), ("keys_revoked", administrator.email)} <= told
    assert not {recipient for kind, recipient in told if kind.startswith("key")} & {anne.email}
    assert not Letter.objects.filter(params__icontains=key.secret).exists()


def test_companies_are_found_by_name_and_number_and_paged(company: Company) -> None:
    administrator = make_customer_admin(customer=company.customer)
    for number in range(60):
        made = make_company(customer=company.customer, name=f"Klient {number:02}")
        create_signing_key(company_id=made.pk, actor=SETUP)
    client = Client()
    client.force_login(administrator)
    address = f"/customers/{company.customer_id}/autopay/companies/"
    assert "Fjord Varme AS" in client.get(address, {"q": "varme"}).content.decode()
    assert "Fjord Varme AS" in client.get(address, {"q": company.org_number[2:7]}).content.decode()
    assert "Klient 59" in client.get(address, {"page": "2"}).content.decode()
    assert "Klient 59" not in client.get(address).content.decode()
    assert count_queries(client, address) <= 10


def test_a_companys_page_takes_few_queries_however_many_sign_there(company: Company, anne: User, key: NewKey) -> None:

    for number in range(30):
        user = make_user(company=company, roles=(Role.FILE_TRANSFER,), name=f"Bruker {number}")
        note_key_used(key=get_live_signing_key(key_id=key.key_id), user_id=user.pk, address="10.0.0.7")
        link_employee(user=user, company=company, actor=SETUP)
    client = Client()
    client.force_login(anne)
    html = client.get(here(company)).content.decode()
    assert "10.0.0.7" in html
    assert count_queries(client, here(company)) <= 10


def test_who_lost_his_role_is_shown_as_refused(company: Company, anne: User, key: NewKey) -> None:

    user = make_user(company=company, roles=(Role.FILE_TRANSFER,), name="ERP-brukeren")
    note_key_used(key=get_live_signing_key(key_id=key.key_id), user_id=user.pk)
    client = Client()
    client.force_login(anne)
    assert "Avvist: ingen rolle" not in client.get(here(company)).content.decode()
    revoke_role(user=user, company=company, role=Role.FILE_TRANSFER, actor=SETUP)

    assert "Avvist: ingen rolle" in client.get(here(company)).content.decode()


def test_the_posting_employee_is_set_and_blank_shows_the_rule(company: Company, anne: User) -> None:

    employee = link_employee(user=anne, company=company, actor=SETUP)
    other = link_employee(user=anne, company=make_company(), actor=SETUP)
    client = Client()
    client.force_login(anne)
    assert "valgt av regelen" in client.get(here(company)).content.decode()
    client.post(here(company) + "employee/", {"employee": str(employee.pk)})
    company.refresh_from_db()
    assert company.posting_employee_id == employee.pk
    client.post(here(company) + "employee/", {"employee": str(other.pk)})
    company.refresh_from_db()
    assert company.posting_employee_id == employee.pk
    client.post(here(company) + "employee/", {"employee": ""})
    company.refresh_from_db()
    assert company.posting_employee_id is None


def test_two_step_is_turned_on_at_once_and_off_by_two(company: Company) -> None:
    first, second = make_customer_admin(customer=company.customer), make_customer_admin(customer=company.customer)
    client = fresh(first)
    client.post(here(company) + "two-step/", {"demand": "on"})
    company.refresh_from_db()
    assert company.two_step
    client.post(here(company) + "two-step/")
    company.refresh_from_db()
    assert company.two_step

    confirm(proposal_id=Proposal.objects.get().pk, actor=Actor.user(second))
    company.refresh_from_db()
    assert not company.two_step
