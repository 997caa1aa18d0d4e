"""Signing in with a second factor, enrolling one, and what a stolen session can't do."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from companies.models import AuditEvent, Company, Letter, Role, User
from companies.services import set_password
from companies.services.factors import seed_app, set_two_step
from tests.companies.builders import SETUP, make_user
from tests.companies.second_factor.apps import code_of, enrol_app

PASSWORD = "et langt passord til prøver"


@pytest.fixture(autouse=True)
def _nobody_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def siri(company: Company) -> User:
    user = make_user(company=company, roles=(Role.APPROVER,), name="Siri Lund")
    set_password(user=user, password=PASSWORD, actor=SETUP)
    return user


def sign_in(client: Client, user: User) -> Any:
    return client.post("/account/login/", {"login": user.email, "password": PASSWORD})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def recovery_codes(client: Client) -> list[str]:
    return re.findall(r"<li>(\d{8})</li>", client.get("/me/factors/codes/").content.decode())


def test_who_has_a_factor_is_asked_for_it_and_its_code_works_once(client: Client, siri: User) -> None:
    secret = enrol_app(siri)
    assert sign_in(client, siri).headers["Location"] == "/account/factor/"
    assert not signed_in(client)
    code = code_of(secret)
    client.post("/account/factor/", {"code": code})
    assert signed_in(client)

    other = Client()
    sign_in(other, siri)
    again = other.post("/account/factor/", {"code": code})
    assert not signed_in(other)
    assert 'id="code_fault"' in again.content.decode()


def test_a_seeded_factor_is_asked_only_where_a_company_demands_it(client: Client, siri: User, company: Company) -> None:
    seed_app(user=siri)
    sign_in(client, siri)
    assert signed_in(client)

    set_two_step(company_id=company.pk, actor=SETUP)
    other = Client()
    assert sign_in(other, siri).headers["Location"] == "/account/factor/"
    assert not signed_in(other)


def test_one_enrols_an_app_after_giving_the_password_again(client: Client, siri: User) -> None:
    sign_in(client, siri)
    first = client.get("/me/factors/app/")
    assert first.headers["Location"].startswith("/account/reauthenticate/")
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    html = client.get("/me/factors/app/").content.decode()
    secret = re.search(r'class="mono secret">([A-Z2-7]+)<', html)
    assert secret
    assert secret[1] not in str(dict(client.session.items())), "the secret lies open in the session"
    client.post("/me/factors/app/", {"code": code_of(secret[1])})

    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert AuditEvent.objects.filter(action="factor.added").count() == 2
    assert Letter.objects.filter(kind="factor_added", recipient=siri.email).exists()
    codes = recovery_codes(client)
    assert len(codes) == 10
    assert "seed" in Authenticator.objects.get(type="recovery_codes").data
    assert re.fullmatch(r"[0-9a-f]{200,}", Authenticator.objects.get(type="recovery_codes").data["seed"])

    lost = Client()
    sign_in(lost, siri)
    lost.post("/account/factor/", {"code": codes[0]})
    assert signed_in(lost)
    again = Client()
    sign_in(again, siri)
    again.post("/account/factor/", {"code": codes[0]})
    assert not signed_in(again)


@pytest.mark.parametrize("address", ["/me/factors/app/", "/me/factors/passkeys/add/", "/me/factors/codes/new/"])
def test_a_stolen_session_can_enrol_nothing(siri: User, address: str) -> None:
    thief = Client()
    thief.force_login(siri)
    before = Authenticator.objects.count()
    for method in (thief.get, thief.post):
        assert method(address).status_code == 302
    assert Authenticator.objects.count() == before


def test_who_has_a_factor_can_not_change_it_by_the_password_alone(siri: User) -> None:
    enrol_app(siri)
    thief = Client()
    thief.force_login(siri)
    answer = thief.post("/account/reauthenticate/", {"password": PASSWORD})

    assert answer.headers["Location"].startswith("/me/step-up/")
    assert thief.get("/me/factors/passkeys/add/").headers["Location"].startswith("/me/step-up/")
    assert thief.post("/me/factors/app/remove/").headers["Location"].startswith("/me/step-up/")
    assert Authenticator.objects.count() == 1


def test_showing_the_factor_leads_back(siri: User) -> None:
    secret = enrol_app(siri)
    client = Client()
    client.force_login(siri)
    code = code_of(secret)
    answer = client.post("/me/step-up/?next=/me/factors/passkeys/add/", {"code": code})

    assert answer.headers["Location"] == "/me/factors/passkeys/add/"
    assert client.get("/me/factors/passkeys/add/").status_code == 200
    assert client.post("/me/step-up/", {"code": code}).status_code == 422


def test_showing_the_factor_leads_nowhere_else(siri: User) -> None:
    secret = enrol_app(siri)
    client = Client()
    client.force_login(siri)
    answer = client.post("/me/step-up/", {"code": code_of(secret), "next": "https://ond.example/"})

    assert answer.headers["Location"] == "/me/"


def test_wrong_codes_in_a_row_must_wait(siri: User) -> None:
    secret = enrol_app(siri)
    client = Client()
    client.force_login(siri)
    for _ in range(12):
        client.post("/me/step-up/", {"code": "000000"})
    # The right one too: nobody guesses his way through.
    assert client.post("/me/step-up/", {"code": code_of(secret)}).status_code == 422


def test_a_password_reset_keeps_the_factors(client: Client, siri: User) -> None:
    secret = enrol_app(siri)
    set_password(user=siri, password=PASSWORD + " nytt", actor=SETUP)
    client.post("/account/login/", {"login": siri.email, "password": PASSWORD + " nytt"})

    assert not signed_in(client)
    client.post("/account/factor/", {"code": code_of(secret)})
    assert signed_in(client)
    assert client.session["signed_in_at"] > time.time() - 60
