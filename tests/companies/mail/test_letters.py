"""Letters: sent until sent, apart from one another, their secrets erased, their heads unbroken."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection

from autopay_portal.core.errors import DomainError
from companies.mail.letters import LetterKind, register_letter, send_letters
from companies.models import Letter
from companies.services import write_letter
from companies.tasks import mail_alarms
from tests.companies.mail.conftest import Move, Post, down, refuse

pytestmark = pytest.mark.django_db
register_letter(LetterKind(code="test_letter", subject="Welcome, %(name)s", body="Dear %(name)s, this is for you."))


def write(to: str = "kari@fjord.example", **more: Any) -> Letter:
    given: dict[str, Any] = {"language": "nb", "kind": "test_letter", "params": {"name": "Kari"}, "path": "/x/", **more}
    return write_letter(to=to, **given)


def test_a_letter_is_sent_once_by_the_mail_task_with_a_link_on_the_public_address(post: type[Post], move: Move) -> None:
    letter = write(path="/order/")

    mail_alarms()
    mail_alarms()

    (sent,) = post.taken
    assert sent.to == ["kari@fjord.example"]
    assert sent.subject == "AutoPay: Welcome, Kari"
    assert "Dear Kari" in sent.body
    assert "\nhttps://autopay.example/order/\n" in sent.body
    assert sent.extra_headers["Message-ID"] == f"<{letter.pk}@autopay.example>"
    letter.refresh_from_db()
    assert letter.sent_at is not None


def test_a_name_with_line_ends_breaks_no_head(post: type[Post], move: Move) -> None:
    write(params={"name": "Kari\r\nBcc: alle@ond.example\n\nx\x00\u2028y"})

    send_letters()

    (sent,) = post.taken
    assert sent.subject == "AutoPay: Welcome, Kari Bcc: alle@ond.example x y"
    assert "Bcc" not in {name for name, _ in sent.message().items()}


@pytest.mark.parametrize(
    "address", ["kari@fjord.example\nBcc: x@y.example", "kari", "a@b@c.example", "kåri@fjord.example"]
)
def test_what_is_no_address_is_refused_before_it_is_written(address: str) -> None:
    with pytest.raises(DomainError) as refused:
        write(address)

    assert refused.value.code == "email_invalid"
    assert Letter.objects.count() == 0


@pytest.mark.parametrize("path", ["https://ond.example/", "//ond.example/", "/x\ny", "/x y", ""])
def test_a_link_leads_nowhere_but_to_the_portal(path: str) -> None:
    with pytest.raises(ValueError, match="path below"):
        write(path=path)


def test_a_secret_is_encrypted_until_it_is_sent_and_erased_then(post: type[Post], move: Move) -> None:
    letter = write(path="/invitations/", secret="s3cret-Token/")

    with connection.cursor() as cursor:
        cursor.execute("SELECT letter::text FROM companies_letter AS letter")
        row = cursor.fetchone()[0]
    assert "s3cret" not in row
    assert b"s3cret".hex() not in row
    send_letters()

    assert "https://autopay.example/invitations/s3cret-Token/" in post.taken[0].body
    letter.refresh_from_db()
    assert letter.secret_encrypted is None


def test_one_address_that_hangs_costs_nobody_else_anything(post: type[Post], move: Move) -> None:
    def hang(message: EmailMessage) -> None:
        if message.to == ["hangs@fjord.example"]:
            raise TimeoutError("timed out")

    post.before = staticmethod(hang)
    write("hangs@fjord.example")
    for number in range(5):
        write(f"user{number}@fjord.example")

    assert send_letters() == 5
    assert send_letters() == 0
    asked = post.asked
    move(timedelta(seconds=20))
    write("later@fjord.example")
    assert send_letters() == 1
    assert post.asked == asked + 2
    assert Letter.objects.get(recipient="hangs@fjord.example").attempts == 2


def test_a_server_that_is_down_is_asked_twice_a_run_and_delivers_all_when_it_is_back(
    post: type[Post], move: Move
) -> None:
    post.before = staticmethod(down)
    for number in range(6):
        write(f"user{number}@fjord.example")

    assert send_letters() == 0
    assert post.asked == 2

    post.before = staticmethod(lambda _message: None)
    move(timedelta(minutes=1))
    assert send_letters() == 6


def test_who_is_refused_for_good_is_given_up_and_his_secret_erased(post: type[Post], move: Move) -> None:
    post.before = staticmethod(refuse)
    letter = write(secret="abc")

    assert send_letters() == 0

    letter.refresh_from_db()
    assert letter.given_up_at is not None
    assert letter.secret_encrypted is None
    move(timedelta(days=1))
    send_letters()
    assert post.asked == 1


def test_a_letter_that_isnt_wanted_now_is_tried_later_and_given_up_after_days(post: type[Post], move: Move) -> None:
    def busy(_message: EmailMessage) -> None:
        raise smtplib.SMTPDataError(451, b"try later")

    post.before = staticmethod(busy)
    letter = write()
    for _ in range(14):
        send_letters()
        move(timedelta(hours=12))

    letter.refresh_from_db()
    assert letter.given_up_at is not None
    assert letter.attempts == 12


def test_who_is_killed_between_sending_and_noting_it_leaves_a_lease_that_runs_out(post: type[Post], move: Move) -> None:
    def die(_message: EmailMessage) -> None:
        raise KeyboardInterrupt

    post.after = staticmethod(die)
    letter = write(secret="abc/")
    with pytest.raises(KeyboardInterrupt):
        send_letters()
    post.after = staticmethod(lambda _message: None)
    assert send_letters() == 0

    Letter.objects.update(lease_until=None)
    assert send_letters() == 1
    first, second = post.taken
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert first.body == second.body
    letter.refresh_from_db()
    assert letter.sent_at is not None


def test_two_kinds_of_one_code_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two texts"):
        register_letter(LetterKind(code="test_letter", subject="Other", body="Other"))
