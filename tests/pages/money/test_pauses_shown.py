"""Pauses stand on every page that they concern, in the reader's words, and are laid and lifted by whoever may."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db.models import F
from django.test import Client

from bank_gateway.models import OutgoingFile, Pause
from bank_gateway.relay.services import pause_outgoing, sweep
from companies.actors import Actor
from companies.models import Alarm, AuditEvent, Company, User
from companies.services import sweep_alarms
from remittance.models import Payment
from tests.agreements.builders import make_active
from tests.companies.builders import make_company, make_operator
from tests.pages.money.builders import answer, count_queries, make_company_sender, read, send, some
from tests.pages.money.conftest import People, signed_in_as
from tests.remittance.builders import Sender

RELAY = "/central/relay/"
REASON = "Banken har meldt om feil"


@pytest.fixture
def sender(company: Company) -> Sender:
    return make_company_sender(company)


@pytest.fixture
def operator(people: People) -> User:
    return people["operator"]


def pause(by: User, **covers: Any) -> Pause:
    return pause_outgoing(actor=Actor.user(by), reason=REASON, **covers)


def page_of(company: Company) -> str:
    return f"/c/{company.pk}/pauses/"


@pytest.mark.parametrize("scope", ["whole", "bank", "company", "agreement"])
def test_it_stands_on_every_page_that_it_concerns(
    people: People, company: Company, sender: Sender, operator: User, scope: str
) -> None:
    remittance = send(sender, *some(1))
    each: dict[str, dict[str, Any]] = {
        "whole": {},
        "bank": {"bank": "dnb"},
        "company": {"company_id": company.pk},
        "agreement": {"agreement_id": sender.agreement.pk},
    }
    covers = each[scope]
    title = {
        "whole": "Alle utbetalinger til alle banker står på vent",
        "bank": "Utbetalinger til DNB står på vent",
        "company": "Utbetalingene til Fjord Varme AS står på vent",
        "agreement": "Utbetalinger fra konto 1234\xa056\xa078903 står på vent",
    }[scope]
    viewer = signed_in_as(people["viewer"])
    pages = [
        f"/c/{company.pk}/{page}"
        for page in ("", "remittances/", f"remittances/{remittance.pk}/", "approvals/", "pauses/")
    ]
    for page in pages:
        assert REASON not in read(viewer, page)
    pause(operator, scope=scope, **covers)

    for page in pages:
        html = read(viewer, page)
        assert title in html, page
        assert REASON in html, page
        assert "AutoPay-sentralen" in html, page
        assert operator.name not in html, page
        assert "1 fil" in html, page
    relay = read(signed_in_as(operator), RELAY)
    assert REASON in relay
    assert operator.name in relay
    assert "1 fil venter på grunn av den" in relay


def test_it_stands_on_no_page_that_it_does_not_concern(
    people: People, company: Company, sender: Sender, operator: User
) -> None:
    other = make_company(name="Annen AS")
    foreign = make_active(company=other)
    second = make_active(company=company)
    remittance = send(sender, *some(1))
    pause(operator, scope="bank", bank="nordea")
    pause(operator, scope="company", company_id=other.pk)
    pause(operator, scope="agreement", agreement_id=foreign.pk)
    pause(operator, scope="agreement", agreement_id=second.pk)
    viewer = signed_in_as(people["viewer"])

    start = read(viewer, f"/c/{company.pk}/")
    one = read(viewer, f"/c/{company.pk}/remittances/{remittance.pk}/")

    assert start.count(REASON) == 1
    assert "Annen AS" not in start
    assert REASON not in one


def test_what_has_left_is_held_by_nothing(people: People, company: Company, sender: Sender, operator: User) -> None:
    remittance = send(sender, *some(1))
    OutgoingFile.objects.update(state="sent")
    answer(remittance, "pain002/own_pain.002.001.03_1_technical_actc.xml")
    pause(operator, scope="whole")
    one = read(signed_in_as(people["viewer"]), f"/c/{company.pk}/remittances/{remittance.pk}/")
    assert REASON not in one


def test_answers_still_come_in_while_everything_is_on_hold(company: Company, sender: Sender, operator: User) -> None:
    remittance = send(sender, *some(1))
    OutgoingFile.objects.update(state="sent")
    pause(operator, scope="whole")
    answer(remittance, "pain002/own_pain.002.001.03_1_technical_actc.xml")
    assert set(Payment.objects.values_list("status", flat=True)) == {"received_by_bank"}


@pytest.mark.parametrize(("role", "may"), [
    ("viewer", False), ("uploader", False), ("file_transfer", False), ("approver", False),
    ("autopay_administrator", True), ("customer_administrator", True), ("operator", True),
])  # fmt: skip
def test_administrators_put_their_own_company_on_hold_and_nobody_else_does(
    people: People, company: Company, sender: Sender, role: str, may: bool
) -> None:
    client = signed_in_as(people[role])
    html = read(client, page_of(company))
    posted = client.post(page_of(company), {"what": "all", "reason": REASON})
    assert ("Sett utbetalinger på vent" in html) == may
    assert posted.status_code == (302 if may else 403)
    assert Pause.objects.filter(scope="company", company=company).exists() == may
    if may:
        event = AuditEvent.objects.get(action="outgoing.paused")
        assert event.actor_user_id == people[role].pk


def test_a_stranger_finds_no_such_page(people: People, company: Company, sender: Sender, operator: User) -> None:
    laid = pause(operator, scope="company", company_id=company.pk)
    client = signed_in_as(people.stranger)
    read(client, page_of(company), 404)
    read(client, f"{page_of(company)}{laid.pk}/lift/", 404)
    assert client.post(page_of(company), {"what": "all", "reason": "x"}).status_code == 404
    assert client.post(f"{page_of(company)}{laid.pk}/lift/").status_code == 404
    assert Pause.objects.filter(lifted_at=None).count() == 1


def test_another_companys_agreement_is_no_choice(people: People, company: Company, sender: Sender) -> None:
    foreign = make_active(company=make_company())
    client = signed_in_as(people["autopay_administrator"])
    for what in (str(foreign.pk), "everything", ""):
        assert client.post(page_of(company), {"what": what, "reason": REASON}).status_code == 422
    assert not Pause.objects.exists()


def test_an_agreement_is_put_on_hold_and_lifted_with_a_question_in_between(
    people: People, company: Company, sender: Sender
) -> None:
    send(sender, *some(1))
    administrator = people["autopay_administrator"]
    client = signed_in_as(administrator)
    client.post(page_of(company), {"what": str(sender.agreement.pk), "reason": REASON})
    laid = Pause.objects.get()
    assert laid.agreement_id == sender.agreement.pk
    lift = f"{page_of(company)}{laid.pk}/lift/"
    assert lift in read(client, page_of(company))

    question = read(client, lift)
    assert "1 fil går til banken innen et minutt" in question
    assert Pause.objects.filter(lifted_at=None).exists()

    client.post(lift)
    assert not Pause.objects.filter(lifted_at=None).exists()
    again = client.post(lift)
    assert again.status_code == 302
    assert any("ikke lenger" in str(said) for said in get_messages(again.wsgi_request))
    history = read(client, f"{page_of(company)}?show=lifted")
    assert history.count(administrator.name) >= 2
    assert REASON in history


def test_what_central_laid_is_centrals_to_lift(
    people: People, company: Company, sender: Sender, operator: User
) -> None:
    client = signed_in_as(people["autopay_administrator"])
    for covers in (
        {"scope": "company", "company_id": company.pk},
        {"scope": "agreement", "agreement_id": sender.agreement.pk},
        {"scope": "bank", "bank": "dnb"},
        {"scope": "whole"},
    ):
        laid = pause(operator, **covers)
        lift = f"{page_of(company)}{laid.pk}/lift/"
        assert lift not in read(client, page_of(company))
        assert client.post(lift).status_code == 403
        assert signed_in_as(operator).post(lift).status_code == 302
    assert not Pause.objects.filter(lifted_at=None).exists()


def test_central_is_asked_before_it_lifts_and_told_when_somebody_was_faster(
    company: Company, sender: Sender, operator: User
) -> None:
    send(sender, *some(1))
    laid = pause(operator, scope="bank", bank="dnb")
    client = signed_in_as(operator)
    lift = f"{RELAY}pauses/{laid.pk}/lift/"
    assert "1 fil går til banken innen et minutt" in read(client, lift)
    client.post(lift)
    late = client.post(lift)
    assert any("allerede" in str(said) for said in get_messages(late.wsgi_request))


def test_a_pause_that_holds_files_for_long_is_an_alarm_that_ends_with_it(
    company: Company, sender: Sender, operator: User, settings: Any
) -> None:
    settings.ALARM_GRACE_SECONDS = 0
    send(sender, *some(1))
    laid = pause(operator, scope="bank", bank="dnb")
    sweep_alarms()
    assert not Alarm.objects.exists()
    Pause.objects.update(since_at=F("since_at") - timedelta(hours=5))
    OutgoingFile.objects.update(queued_business_at=F("queued_business_at") - timedelta(hours=5))
    sweep_alarms()
    assert Alarm.objects.get(code="pause_holds_files").severity == "amber"
    assert sweep().outgoing == ()
    Pause.objects.filter(pk=laid.pk).update(lifted_at=F("since_at"))
    sweep_alarms()
    assert not Alarm.objects.filter(code="pause_holds_files", cleared_at=None).exists()


def test_pauses_cost_the_same_however_many_there_are(
    people: People, company: Company, sender: Sender, operator: User
) -> None:
    send(sender, *some(1))
    viewer = signed_in_as(people["viewer"])
    for covers in ({"scope": "whole"}, {"scope": "agreement", "agreement_id": sender.agreement.pk}):
        pause(operator, **covers)
    pages = [page_of(company), f"/c/{company.pk}/remittances/", f"/c/{company.pk}/approvals/"]
    before = [count_queries(viewer, page) for page in pages]
    pause(operator, scope="bank", bank="dnb")
    pause(make_operator(), scope="company", company_id=company.pk)
    assert [count_queries(viewer, page) for page in pages] == before
    assert before[0] <= 10, before


def test_words_of_a_reason_are_only_words(people: People, company: Company, sender: Sender, operator: User) -> None:
    pause_outgoing(scope="whole", actor=Actor.user(operator), reason="<script>alert(1)</script>")
    for client in (signed_in_as(people["viewer"]), signed_in_as(operator)):
        html = read(client, page_of(company))
        assert "<script>alert(1)" not in html
        assert "&lt;script&gt;" in html


@pytest.mark.parametrize("page", ["alarms/", "pauses/"])
def test_nobody_is_led_to_the_sign_in(company: Company, page: str) -> None:
    assert Client().get(f"/c/{company.pk}/{page}").status_code == 302
