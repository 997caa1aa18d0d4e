"""Mail about alarms: once per alarm and each time it gets worse, to whom it concerns, and never what it is about."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection

from agreements.models import Agreement, Contact, ContactKind
from autopay_portal.core.clocks import machine_now
from companies.mail.gathering import gather_mails
from companies.mail.sending import send_mails
from companies.models import Alarm, AlarmMail, AlarmNotice, Company, Role, User
from companies.services import acknowledge_alarm, clear_alarm, raise_alarm, sweep_alarms
from tests.agreements.builders import make_active
from tests.companies.builders import make_company, make_operator, make_user
from tests.companies.mail.conftest import Move, Post, down, refuse

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def operator() -> User:
    return make_operator()


def red(key: str = "a", **more: Any) -> Alarm:
    given: dict[str, Any] = {"code": "outgoing_in_doubt", "severity": "red", "company_id": None, **more}
    return raise_alarm(dedupe_key=key, **given)


def amber(key: str = "a", **more: Any) -> Alarm:
    return red(key, severity="amber", **more)


def tell() -> list[EmailMessage]:
    """Do what the task does, and return the mails that it sent."""
    before = len(Post.taken)
    gather_mails()
    send_mails()
    return Post.taken[before:]


def add_contact(agreement: Agreement, email: str, *, confirmed: bool = True, kind: str = ContactKind.REJECTS) -> None:
    Contact.objects.create(
        agreement=agreement, kind=kind, email=email, confirmed_at=machine_now() if confirmed else None
    )


def test_a_red_alarm_is_told_to_every_operator_at_once_and_only_once(
    post: type[Post], move: Move, operator: User
) -> None:
    other = make_operator()
    gone = make_operator()
    gone.is_active = False
    gone.save()
    red()

    sent = tell()

    assert sorted(mail.to[0] for mail in sent) == sorted([operator.email, other.email])
    assert tell() == []
    red()
    move(20 * MINUTE)
    assert tell() == []


def test_amber_alarms_gather_until_the_first_has_waited_a_quarter_of_an_hour(
    post: type[Post], move: Move, operator: User
) -> None:
    amber("a")
    assert tell() == []
    move(14 * MINUTE)
    amber("b")
    assert tell() == []
    move(MINUTE)
    (mail,) = tell()
    assert mail.subject == "AutoPay: 2 nye alarmer"
    assert AlarmMail.objects.get().new_amber == 2
    move(20 * MINUTE)
    assert tell() == []


def test_what_gathers_goes_along_with_a_red_one(post: type[Post], move: Move, operator: User) -> None:
    amber("a")
    red("b")
    (mail,) = tell()
    assert mail.subject == "AutoPay: 1 ny rød alarm"
    assert "Nye alarmer: 2, røde: 1." in mail.body
    move(20 * MINUTE)
    assert tell() == []


def test_what_became_worse_is_told_again(post: type[Post], move: Move, operator: User) -> None:
    amber()
    move(20 * MINUTE)
    assert len(tell()) == 1
    red()
    move(2 * MINUTE)
    assert len(tell()) == 1


def test_what_is_over_before_it_was_told_is_not_told(post: type[Post], move: Move, operator: User) -> None:
    amber("a")
    clear_alarm(dedupe_key="a")
    move(20 * MINUTE)
    assert tell() == []
    assert not AlarmNotice.objects.filter(gathered_at=None).exists()


def test_a_mail_says_how_many_and_where_and_nothing_of_what(post: type[Post], move: Move) -> None:
    company = make_company(name="Hemmelig Fangst AS\r\nBcc: everybody@example.com")
    agreement = make_active(company=company, account="12345678903")
    add_contact(agreement, "regnskap@fangst.example")
    operator = make_operator()
    secret = {"name": "LONN-KARI-NORDMANN.xml", "account": "86011117947", "amount": "125000", "token": "t0ken"}
    red(company_id=company.pk, agreement_id=agreement.pk, params=secret)

    sent = tell()

    assert sorted(mail.to[0] for mail in sent) == sorted([operator.email, "regnskap@fangst.example"])
    for mail in sent:
        raw = mail.message().as_string()
        headers = raw.split("\n\n")[0]
        text = f"{headers}\n{mail.body}"
        for word in (*secret.values(), "12345678903", "outgoing_in_doubt", "Ingen vet om filen"):
            assert word not in text
        assert "Bcc" not in headers
        assert len(mail.subject.splitlines()) == 1
        assert mail.body.count("https://autopay.example/") == mail.body.count("https://")
    by_address = {mail.to[0]: mail.body for mail in sent}
    assert "https://autopay.example/central/alarms/" in by_address[operator.email]
    body = by_address["regnskap@fangst.example"]
    assert f"https://autopay.example/c/{company.pk}/alarms/" in body
    assert "Nye alarmer: 1, røde: 1. Åpne nå: 1." in body
    assert "New alarms: 1, red: 1. Open now: 1." in body


def test_the_confirmed_contacts_of_the_alarms_agreement_are_told_and_no_others(
    post: type[Post], move: Move, company: Company
) -> None:
    first, second = make_active(company=company), make_active(company=company)
    foreign = make_active(company=make_company())
    add_contact(first, "first@fjord.example")
    add_contact(first, "unconfirmed@fjord.example", confirmed=False)
    add_contact(first, "approver@fjord.example", kind=ContactKind.APPROVERS)
    add_contact(second, "second@fjord.example")
    add_contact(foreign, "foreign@other.example")

    red("a", company_id=company.pk, agreement_id=first.pk)
    assert [mail.to for mail in tell()] == [["first@fjord.example"]]

    move(2 * MINUTE)
    red("b", company_id=company.pk)
    assert sorted(mail.to[0] for mail in tell()) == ["first@fjord.example", "second@fjord.example"]


def test_what_the_company_can_do_nothing_about_is_not_mailed_to_it(
    post: type[Post], move: Move, company: Company
) -> None:
    add_contact(make_active(company=company), "first@fjord.example")
    red(code="bank_file_quarantined", company_id=company.pk)
    assert tell() == []


def test_how_many_wait_counts_what_nobody_has_taken(post: type[Post], move: Move, operator: User) -> None:
    red("a")
    tell()
    acknowledge_alarm(alarm_id=Alarm.objects.get().pk, user=operator)
    move(2 * MINUTE)
    red("b")
    (mail,) = tell()
    assert "Venter nå på at noen tar dem: 1." in mail.body


def test_many_alarms_at_once_in_many_companies_are_one_mail_to_who_sees_to_them_all(
    post: type[Post], move: Move
) -> None:
    companies = [make_company(name=f"Klient {number:02} AS") for number in range(25)]
    for company in companies:
        agreement = make_active(company=company)
        add_contact(agreement, "Regnskap@byraa.example")
        for place in range(20):
            red(f"{company.pk}-{place}", company_id=company.pk, agreement_id=agreement.pk)

    (mail,) = tell()

    assert mail.to == ["regnskap@byraa.example"]
    assert mail.subject == "AutoPay: 500 nye røde alarmer"
    norwegian = mail.body.split("\n--\n")[0]
    assert norwegian.count("Nye alarmer: 20, røde: 20. Åpne nå: 20.") == 20
    assert "Og i 5 firmaer til:\nhttps://autopay.example/companies/" in norwegian
    assert AlarmMail.objects.values("sent_at").distinct().count() == 1
    assert tell() == []


def test_who_has_just_been_told_is_told_of_more_after_a_while_and_less_often_the_longer_it_goes_on(
    post: type[Post], move: Move, operator: User
) -> None:
    at = []
    for minute in range(6 * 60):
        red(f"storm-{minute}")
        at += [minute for _ in tell()]
        move(MINUTE)
    assert at == [0, 2, 6, 14, 30, 62, 122, 182, 242, 302]
    new = sum(AlarmMail.objects.filter(sent_at__isnull=False).values_list("new_red", flat=True))
    assert new == 303
    move(timedelta(hours=7))
    tell()
    move(timedelta(hours=7))
    red("after a quiet night")
    assert len(tell()) == 1


def test_what_waits_for_its_reader_is_no_mail_that_cant_be_sent(
    post: type[Post], move: Move, operator: User, settings: Any
) -> None:
    settings.ALARM_GRACE_SECONDS = 0
    for minute in range(40):
        red(f"storm-{minute}")
        tell()
        move(MINUTE)
    assert AlarmMail.objects.filter(sent_at=None).exists()
    sweep_alarms()
    assert not Alarm.objects.filter(code="mail_not_sent").exists()


def test_what_is_over_or_taken_before_its_mail_leaves_is_not_mailed(
    post: type[Post], move: Move, operator: User, company: Company
) -> None:
    agreement = make_active(company=company)
    add_contact(agreement, "first@fjord.example")
    post.before = staticmethod(down)
    alarm = red("a", company_id=company.pk, agreement_id=agreement.pk)
    assert tell() == []
    acknowledge_alarm(alarm_id=alarm.pk, user=operator)
    post.before = staticmethod(lambda _message: None)
    move(MINUTE)
    # Somebody at AutoPay Central sees to it; the company is told all the same, as long as it isn't over.
    assert [mail.to for mail in tell()] == [["first@fjord.example"]]
    move(2 * MINUTE)
    post.before = staticmethod(down)
    red("b", company_id=company.pk, agreement_id=agreement.pk)
    assert tell() == []
    for key in "ab":
        clear_alarm(dedupe_key=key)
    post.before = staticmethod(lambda _message: None)
    move(20 * MINUTE)
    assert tell() == []
    assert not AlarmMail.objects.filter(sent_at=None).exists()


def test_a_contact_who_signs_in_is_written_to_in_the_language_chosen_there(
    post: type[Post], move: Move, company: Company
) -> None:
    user = make_user(company=company, roles=(Role.VIEWER,))
    user.language = "en"
    user.save()
    agreement = make_active(company=company)
    add_contact(agreement, user.email.upper())
    red(company_id=company.pk, agreement_id=agreement.pk)
    (mail,) = tell()
    assert mail.subject == "AutoPay: 1 new red alarm"
    assert "Nye alarmer" not in mail.body


def test_central_is_told_of_a_companys_own_task_when_it_is_red_and_the_company_from_the_start(
    post: type[Post], move: Move, operator: User, company: Company
) -> None:
    agreement = make_active(company=company)
    add_contact(agreement, "first@fjord.example")
    own = {"code": "approval_too_late", "company_id": company.pk, "agreement_id": agreement.pk}
    amber("a", **own)
    move(15 * MINUTE)
    assert [mail.to for mail in tell()] == [["first@fjord.example"]]
    red("a", **own)
    move(2 * MINUTE)
    assert sorted(mail.to[0] for mail in tell()) == sorted(["first@fjord.example", operator.email])


def test_a_mail_that_the_server_doesnt_want_hinders_no_other_and_is_tried_again(
    post: type[Post], move: Move, operator: User
) -> None:
    other = make_operator()

    def dislike_one(message: EmailMessage) -> None:
        if message.to == [operator.email]:
            raise smtplib.SMTPDataError(554, b"looks like spam")

    post.before = staticmethod(dislike_one)
    red()
    assert [mail.to for mail in tell()] == [[other.email]]
    unwanted = AlarmMail.objects.get(recipient=operator.email)
    assert (unwanted.sent_at, unwanted.given_up_at, unwanted.lease_until) == (None, None, None)
    assert "looks like spam" in unwanted.last_error
    post.before = staticmethod(lambda _message: None)
    move(MINUTE)
    assert [mail.to for mail in tell()] == [[operator.email]]


def test_a_slow_server_keeps_its_worker_no_longer_than_some_seconds(
    post: type[Post], move: Move, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        make_operator()
    clock = iter(range(0, 1000, 9))
    monkeypatch.setattr("companies.mail.sending.monotonic", lambda: next(clock))
    red()
    assert [len(tell()) for _ in range(3)] == [2, 2, 1]


def test_an_address_that_no_mail_can_be_made_for_is_given_up_and_hinders_no_other(
    post: type[Post], move: Move, operator: User, company: Company
) -> None:
    agreement = make_active(company=company)
    add_contact(agreement, "a@b@c..example")
    add_contact(agreement, "fine@fjord.example")
    red(company_id=company.pk, agreement_id=agreement.pk)
    assert "fine@fjord.example" in [mail.to[0] for mail in tell()]
    left = AlarmMail.objects.filter(sent_at=None, given_up_at=None)
    assert not left.exists()


def test_an_address_that_could_break_out_of_a_header_gets_nothing(
    post: type[Post], move: Move, company: Company
) -> None:
    agreement = make_active(company=company)
    add_contact(agreement, "a@fjord.example\nBcc: b@fjord.example")
    add_contact(agreement, "fine@fjord.example")
    red(company_id=company.pk, agreement_id=agreement.pk)
    assert [mail.to for mail in tell()] == [["fine@fjord.example"]]


class KilledError(BaseException):
    """What a worker that is killed never catches."""


def _die(_message: EmailMessage) -> None:
    raise KilledError


def let_leases_expire() -> None:
    AlarmMail.objects.filter(lease_until__isnull=False).update(lease_until="2026-01-01T00:00:00Z")


def test_a_worker_killed_after_the_server_took_a_mail_repeats_that_one_and_no_other(
    post: type[Post], move: Move, operator: User
) -> None:
    for _ in range(3):
        make_operator()
    red()
    gather_mails()
    post.after = staticmethod(_die)
    with pytest.raises(KilledError):
        send_mails()
    post.after = staticmethod(lambda _message: None)

    send_mails()
    assert len(post.taken) == 4
    let_leases_expire()
    send_mails()

    addresses = [mail.to[0] for mail in post.taken]
    ids = [mail.message()["Message-ID"] for mail in post.taken]
    assert (len(addresses), len(set(addresses)), len(set(ids))) == (5, 4, 4)
    assert ids[0] == ids[-1]
    send_mails()
    assert len(post.taken) == 5


def test_nothing_is_added_to_a_mail_that_may_have_been_delivered(post: type[Post], move: Move, operator: User) -> None:
    red("a")
    gather_mails()
    post.after = staticmethod(_die)
    with pytest.raises(KilledError):
        send_mails()
    post.after = staticmethod(lambda _message: None)
    red("b")
    gather_mails()
    assert sorted(AlarmMail.objects.values_list("new_red", flat=True)) == [1, 1]


def test_a_dead_server_is_asked_once_and_everything_comes_in_one_mail_when_it_is_back(
    post: type[Post], move: Move, operator: User
) -> None:
    make_operator()
    post.before = staticmethod(down)
    red("a")
    assert tell() == []
    assert post.asked == 1
    assert tell() == []
    assert post.asked == 1
    for key in ("b", "c"):
        move(5 * MINUTE)
        red(key)
        tell()
    assert AlarmMail.objects.count() == 2

    post.before = staticmethod(lambda _message: None)
    move(11 * MINUTE)
    sent = tell()
    assert sorted(mail.to[0] for mail in sent) == sorted(AlarmMail.objects.values_list("recipient", flat=True))
    assert {mail.subject for mail in sent} == {"AutoPay: 3 nye røde alarmer"}


def test_a_dead_server_is_an_alarm_that_ends_when_mail_goes_out(
    post: type[Post], move: Move, operator: User, settings: Any
) -> None:
    settings.ALARM_GRACE_SECONDS = 0
    post.before = staticmethod(down)
    red(code="outgoing_delivered_late")
    tell()
    sweep_alarms()
    assert not Alarm.objects.filter(code="mail_not_sent").exists()
    move(11 * MINUTE)
    tell()
    sweep_alarms()
    alarm = Alarm.objects.get(code="mail_not_sent", cleared_at=None)
    assert "ConnectionRefusedError: nobody listens" in alarm.params["reason"]

    post.before = staticmethod(lambda _message: None)
    move(11 * MINUTE)
    assert tell()
    move(20 * MINUTE)
    tell()
    sweep_alarms()
    assert not Alarm.objects.filter(code="mail_not_sent", cleared_at=None).exists()


def test_a_dead_server_costs_no_alarm_and_no_transaction_anything(post: type[Post], move: Move, operator: User) -> None:
    post.before = staticmethod(down)
    alarm = red()
    tell()
    assert Alarm.objects.get(pk=alarm.pk).cleared_at is None
    assert connection.needs_rollback is False


def test_an_address_that_the_server_refuses_hinders_no_other_and_is_an_alarm(
    post: type[Post], move: Move, operator: User, settings: Any
) -> None:
    settings.ALARM_GRACE_SECONDS = 0
    other = make_operator()

    def know_only_the_other(message: EmailMessage) -> None:
        if message.to != [other.email]:
            refuse(message)

    post.before = staticmethod(know_only_the_other)
    red()
    assert [mail.to for mail in tell()] == [[other.email]]
    given_up = AlarmMail.objects.get(recipient=operator.email)
    assert given_up.given_up_at is not None
    sweep_alarms()
    assert Alarm.objects.filter(code="mail_address_refused", severity="amber", cleared_at=None).count() == 1


def test_two_who_gather_and_send_at_once_send_each_mail_once(post: type[Post], move: Move, operator: User) -> None:
    red()
    gather_mails()
    assert gather_mails() == 0
    AlarmMail.objects.update(lease_until=machine_now() + timedelta(days=365))
    assert send_mails() == 0


@pytest.fixture
def company() -> Company:
    return make_company()
