"""A code of an authenticator app works once, whatever happens to the cache, and secrets lie encrypted."""

from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from companies.models import TotpStep, User
from companies.second_factor import Means
from companies.second_factor.codes import use_totp_code
from tests.companies.builders import make_user
from tests.companies.second_factor.apps import code_of, enrol_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def kari() -> User:
    return make_user(name="Kari Nordmann")


def test_a_code_works_once_even_when_the_cache_is_emptied(kari: User) -> None:
    code = code_of(enrol_app(kari))
    proof = use_totp_code(user=kari, code=code)
    cache.clear()

    assert proof is not None
    assert proof.means == Means.TOTP
    assert use_totp_code(user=kari, code=code) is None


def test_a_code_with_a_space_in_it_is_the_same_code(kari: User) -> None:
    code = code_of(enrol_app(kari))

    assert use_totp_code(user=kari, code=f"{code[:3]} {code[3:]}") is not None
    assert use_totp_code(user=kari, code=code) is None


def test_an_older_code_is_refused_after_a_newer_one(kari: User) -> None:
    secret = enrol_app(kari)
    assert use_totp_code(user=kari, code=code_of(secret, steps=1)) is not None

    assert use_totp_code(user=kari, code=code_of(secret)) is None
    assert use_totp_code(user=kari, code=code_of(secret, steps=-1)) is None


def test_a_code_of_two_minutes_ago_is_refused(kari: User) -> None:
    secret = enrol_app(kari)
    with time_machine.travel(timedelta(minutes=-2), tick=False):
        old = code_of(secret)

    assert use_totp_code(user=kari, code=old) is None
    assert not TotpStep.objects.exists()


@pytest.mark.parametrize("rubbish", ["", "abcdef", "12345", "1234567", "०१२३४५", "\x00", "9" * 400])
def test_rubbish_is_no_code(kari: User, rubbish: str) -> None:
    enrol_app(kari)
    assert use_totp_code(user=kari, code=rubbish) is None


def test_another_users_code_is_refused(kari: User) -> None:
    other = enrol_app(make_user(name="Ola Berg"))
    enrol_app(kari)

    assert use_totp_code(user=kari, code=code_of(other)) is None


def test_the_secret_lies_encrypted(kari: User) -> None:
    secret = enrol_app(kari)
    stored = str(Authenticator.objects.get(user=kari).data)

    assert secret not in stored
    assert secret.encode().hex() not in stored
