"""A passkey's assertion approves what it was made for, once, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from autopay_portal.core.clocks import machine_now
from companies.models import Company, User
from companies.services.factors import set_two_step
from remittance.models import Approval, Remittance
from tests.companies.builders import SETUP
from tests.companies.second_factor.passkeys import PRESENT, Passkey
from tests.pages.money.builders import make_company_sender, send, some
from tests.pages.money.conftest import People, signed_in_as
from tests.remittance.builders import Sender


@pytest.fixture(autouse=True)
def _nobody_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def sender(company: Company) -> Sender:
    set_two_step(company_id=company.pk, actor=SETUP)
    return make_company_sender(company, approvers=2)


@pytest.fixture
def siri(people: People) -> User:
    return people["approver"]


@pytest.fixture
def passkey(siri: User) -> Passkey:
    return Passkey(siri)


@pytest.fixture
def waiting(sender: Sender) -> Remittance:
    return send(sender, *some(2))


@pytest.fixture
def browser(siri: User) -> Client:
    return signed_in_as(siri)


def ask(client: Client, waiting: Remittance, seen: str = "") -> dict[str, Any]:
    address = f"/c/{waiting.company_id}/approvals/{waiting.pk}/challenge/"
    answer = client.post(address, {"seen_hash": seen or waiting.content_hash})
    assert answer.status_code == 200
    asked: dict[str, Any] = answer.json()
    return asked


def approve(client: Client, waiting: Remittance, answer: dict[str, str]) -> None:
    waiting.refresh_from_db()
    address = f"/c/{waiting.company_id}/approvals/{waiting.pk}/approve/"
    assert client.post(address, {"seen_hash": waiting.content_hash, **answer}).status_code == 302


def given() -> list[tuple[str, int | None]]:
    return list(Approval.objects.values_list("means", "factor_id"))


def test_an_assertion_over_what_was_seen_approves_it(browser: Client, waiting: Remittance, passkey: Passkey) -> None:
    asked = ask(browser, waiting)
    assert asked["options"]["publicKey"]["userVerification"] == "required"
    approve(browser, waiting, passkey.answer(asked))

    assert given() == [("passkey", passkey.row.pk)]


def test_a_replayed_assertion_is_refused(browser: Client, waiting: Remittance, passkey: Passkey) -> None:
    answer = passkey.answer(ask(browser, waiting))
    approve(browser, waiting, answer)
    Approval.objects.all().delete()
    approve(browser, waiting, answer)

    assert given() == []


def test_an_assertion_for_another_content_hash_is_refused(
    browser: Client, waiting: Remittance, passkey: Passkey
) -> None:
    approve(browser, waiting, passkey.answer(ask(browser, waiting, seen="ab" * 32)))

    assert given() == []


def test_an_assertion_for_another_remittance_is_refused(
    browser: Client, waiting: Remittance, passkey: Passkey, sender: Sender
) -> None:
    other = send(sender, *some(1))
    approve(browser, waiting, passkey.answer(ask(browser, other)))

    assert given() == []


def test_an_assertion_made_in_another_session_is_refused(siri: User, waiting: Remittance, passkey: Passkey) -> None:
    stolen = passkey.answer(ask(signed_in_as(siri), waiting))
    approve(signed_in_as(siri), waiting, stolen)

    assert given() == []


def test_another_persons_challenge_and_passkey_are_refused(
    browser: Client, waiting: Remittance, passkey: Passkey, people: People
) -> None:
    other = people["customer_administrator"]
    theirs = Passkey(other)
    approve(browser, waiting, theirs.answer(ask(browser, waiting)))
    approve(browser, waiting, passkey.answer(ask(signed_in_as(other), waiting)))

    assert given() == []


@pytest.mark.parametrize(
    "wrong",
    [{"flags": PRESENT}, {"flags": 0}, {"rp": "ond.example"}, {"origin": "https://ond.example"}],
    ids=["holder not verified", "nobody there", "another relying party", "another origin"],
)
def test_an_assertion_that_webauthn_forbids_is_refused(
    browser: Client, waiting: Remittance, passkey: Passkey, wrong: dict[str, Any]
) -> None:
    approve(browser, waiting, passkey.answer(ask(browser, waiting), **wrong))

    assert given() == []


def test_a_challenge_of_the_attackers_own_is_refused(browser: Client, waiting: Remittance, passkey: Passkey) -> None:
    asked = ask(browser, waiting)
    asked["options"]["publicKey"]["challenge"] = "AAAA"
    approve(browser, waiting, passkey.answer(asked))

    assert given() == []


def test_an_answer_after_five_minutes_is_refused(siri: User, waiting: Remittance, passkey: Passkey) -> None:
    browser = signed_in_as(siri)
    answer = passkey.answer(ask(browser, waiting))
    with time_machine.travel(machine_now() + timedelta(minutes=5, seconds=1), tick=True):
        approve(browser, waiting, answer)

    assert given() == []


def test_a_step_up_answer_approves_nothing(browser: Client, waiting: Remittance, passkey: Passkey) -> None:
    asked = browser.post("/me/step-up/options/").json()
    approve(browser, waiting, passkey.answer(asked))

    assert given() == []


def test_a_removed_passkey_approves_nothing(browser: Client, waiting: Remittance, passkey: Passkey) -> None:
    other = Passkey(passkey.row.user)
    answer = passkey.answer(ask(browser, waiting))
    passkey.row.delete()
    approve(browser, waiting, answer)
    assert given() == []

    approve(browser, waiting, other.answer(ask(browser, waiting)))
    assert given() == [("passkey", other.row.pk)]


def test_a_passkey_steps_up(browser: Client, passkey: Passkey) -> None:
    asked = browser.post("/me/step-up/options/").json()
    answer = passkey.answer(asked)
    assert browser.post("/me/step-up/", answer).status_code == 302
    assert browser.post("/me/step-up/", answer).status_code == 422
