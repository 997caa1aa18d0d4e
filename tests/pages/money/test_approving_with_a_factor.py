"""Approving where two-step verification is demanded: each time a fresh answer, and what an attacker tries instead."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.test import Client

from agreements.models import Agreement, TwoStep
from companies.actors import Actor
from companies.models import AuditEvent, Company, FactorConfirmation
from companies.second_factor.codes import use_totp_code
from companies.services import set_password
from companies.services.factors import propose_confirmation, set_two_step
from companies.services.proposals import confirm
from remittance.models import Approval, Remittance
from remittance.services.approve import approve_remittance
from tests.companies.builders import SETUP
from tests.companies.second_factor.apps import code_of, enrol_app
from tests.pages.money.builders import make_company_sender, read, send, some
from tests.pages.money.conftest import People, signed_in_as
from tests.remittance.builders import Sender

PASSWORD = "et langt passord til prøver"


@pytest.fixture(autouse=True)
def _nobody_tried_yet() -> None:
    cache.clear()


@pytest.fixture
def sender(company: Company) -> Sender:
    set_two_step(company_id=company.pk, actor=SETUP)
    return make_company_sender(company, approvers=1)


@pytest.fixture
def page(company: Company) -> str:
    return f"/c/{company.pk}/approvals/"


def approve(client: Client, page: str, remittance: Remittance, **answer: str) -> str:
    remittance.refresh_from_db()
    sent = client.post(f"{page}{remittance.pk}/approve/", {"seen_hash": remittance.content_hash, **answer})
    assert sent.status_code == 302
    return " ".join(str(message) for message in get_messages(sent.wsgi_request))


def given() -> list[tuple[str, str]]:
    return list(Approval.objects.filter(voided_at=None).values_list("decision", "means"))


def test_a_code_approves_and_stands_with_the_approval(sender: Sender, page: str, people: People) -> None:
    waiting = send(sender, *some(2))
    secret = enrol_app(people["approver"])
    client = signed_in_as(people["approver"])
    html = read(client, page)
    assert 'autocomplete="one-time-code"' in html
    approve(client, page, waiting, code=code_of(secret))

    assert given() == [("approved", "totp")]
    assert "autentiseringsapp" in read(client, f"{page.removesuffix('approvals/')}remittances/{waiting.pk}/")
    assert AuditEvent.objects.get(action="remittance.approved").details["means"] == "totp"


def test_a_code_that_was_used_is_refused_wherever_it_was_used(sender: Sender, page: str, people: People) -> None:
    waiting = send(sender, *some(1))
    secret = enrol_app(people["approver"])
    code = code_of(secret)
    assert use_totp_code(user=people["approver"], code=code)

    assert "Ikke godkjent" in approve(signed_in_as(people["approver"]), page, waiting, code=code)
    assert given() == []


def test_a_factor_shown_a_moment_ago_approves_nothing(sender: Sender, page: str, people: People) -> None:
    waiting = send(sender, *some(1))
    secret = enrol_app(people["approver"])
    client = signed_in_as(people["approver"])
    assert client.post("/me/step-up/", {"code": code_of(secret)}).status_code == 302

    assert "Ikke godkjent" in approve(client, page, waiting)
    assert given() == []


def test_nobody_approves_without_a_factor(sender: Sender, page: str, people: People) -> None:
    waiting = send(sender, *some(1))
    client = signed_in_as(people["approver"])

    assert "/me/#factors" in read(client, page)
    assert "har ingen" in approve(client, page, waiting, code="123456")
    with pytest.raises(Exception, match="second_factor_needed"):
        approve_remittance(remittance_id=waiting.pk, user=people["approver"], seen_hash=waiting.content_hash)
    assert given() == []


def test_another_persons_code_is_refused(sender: Sender, page: str, people: People) -> None:
    waiting = send(sender, *some(1))
    enrol_app(people["approver"])
    other = enrol_app(people["viewer"])

    assert "Ikke godkjent" in approve(signed_in_as(people["approver"]), page, waiting, code=code_of(other))
    assert given() == []


def test_a_new_factor_approves_after_a_day_or_when_another_has_confirmed_it(
    sender: Sender, page: str, people: People, company: Company
) -> None:
    waiting = send(sender, *some(1))
    approver = people["approver"]
    secret = enrol_app(approver, age=timedelta(hours=23, minutes=59))
    client = signed_in_as(approver)
    assert "for ny" in read(client, page)
    assert "24 timer" in approve(client, page, waiting, code=code_of(secret))
    factor_id = Authenticator.objects.get(user=approver).pk
    proposal = propose_confirmation(user=approver, authenticator_id=factor_id, customer_id=company.customer_id)
    with pytest.raises(Exception, match=r"proposal_own|not_found|user_lacks_role"):
        confirm(proposal_id=proposal.pk, actor=Actor.user(approver))
    assert given() == []
    confirm(proposal_id=proposal.pk, actor=Actor.user(people["customer_administrator"]))

    assert FactorConfirmation.objects.get().customer_id == company.customer_id
    approve(client, page, waiting, code=code_of(secret))
    assert given() == [("approved", "totp")]


def test_a_confirmation_at_one_customer_counts_at_no_other(
    sender: Sender, page: str, people: People, company: Company
) -> None:
    waiting = send(sender, *some(1))
    approver = people["approver"]
    secret = enrol_app(approver, age=timedelta(0))
    other = people.stranger.role_grants.get().company.customer
    FactorConfirmation.objects.create(
        authenticator=Authenticator.objects.get(user=approver),
        customer=other,
        confirmed_by=people.stranger,
        confirmed_at=approver.created_at,
    )

    assert "24 timer" in approve(signed_in_as(approver), page, waiting, code=code_of(secret))
    assert given() == []


def test_a_changed_content_is_refused_although_the_code_was_right(sender: Sender, page: str, people: People) -> None:
    waiting = send(sender, *some(1))
    secret = enrol_app(people["approver"])
    client = signed_in_as(people["approver"])
    sent = client.post(f"{page}{waiting.pk}/approve/", {"seen_hash": "0" * 64, "code": code_of(secret)})

    assert sent.status_code == 302
    assert given() == []


def test_two_tabs_with_one_code_approve_once(sender: Sender, page: str, people: People) -> None:
    first, second = send(sender, *some(1)), send(sender, *some(1))
    secret = enrol_app(people["approver"])
    client, code = signed_in_as(people["approver"]), code_of(secret)
    approve(client, page, first, code=code)

    assert "Ikke godkjent" in approve(client, page, second, code=code)
    assert Approval.objects.get().remittance_id == first.pk


def test_an_agreement_that_never_asks_takes_the_password(sender: Sender, page: str, people: People) -> None:
    Agreement.objects.update(two_step=TwoStep.NONE)
    waiting = send(sender, *some(1))
    approve(signed_in_as(people["approver"]), page, waiting)

    assert given() == [("approved", "password")]


def test_an_old_session_is_asked_for_the_password(company: Company, page: str, people: People) -> None:
    waiting = send(make_company_sender(company, approvers=1), *some(1))
    approver = people["approver"]
    set_password(user=approver, password=PASSWORD, actor=SETUP)
    approver.refresh_from_db()
    client = signed_in_as(approver)
    with time_machine.travel(time.time() + 16 * 60, tick=True):
        assert 'name="password"' in read(client, page)
        assert "passordet" in approve(client, page, waiting)
        assert "passordet" in approve(client, page, waiting, password="feil passord altså")
        assert given() == []
        approve(client, page, waiting, password=PASSWORD)

    assert given() == [("approved", "password")]


def test_who_enrolled_a_factor_shows_it_where_none_is_demanded_too(company: Company, page: str, people: People) -> None:
    waiting = send(make_company_sender(company, approvers=1), *some(1))
    secret = enrol_app(people["approver"])
    client = signed_in_as(people["approver"])
    assert "Ikke godkjent" in approve(client, page, waiting)
    approve(client, page, waiting, code=code_of(secret))

    assert given() == [("approved", "totp")]


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id": 1}', "x" * 30_000, '{"response": {}}', "[[[["])
def test_rubbish_is_no_assertion(sender: Sender, page: str, people: People, answer: str) -> None:
    waiting = send(sender, *some(1))
    enrol_app(people["approver"])
    client = signed_in_as(people["approver"])
    asked: Any = client.post(f"{page}{waiting.pk}/challenge/", {"seen_hash": waiting.content_hash}).json()
    approve(client, page, waiting, credential=answer, challenge=asked["challenge"], code="")

    assert re.fullmatch(r"[0-9a-f-]{36}", asked["challenge"])
    assert given() == []
