"""Where mail is handed over, and that a real SMTP server gets it."""

import os
import signal
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

import pytest
from django.db import connection

from autopay_portal.env import MailServer, read_mail_server
from companies.mail.gathering import gather_mails
from companies.mail.sending import send_mails
from companies.models import AlarmMail
from companies.services import raise_alarm
from tests.companies.builders import make_operator


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("smtp://post.example", MailServer("post.example", 587, "", "", starttls=True, tls=False)),
        (
            "smtps://autopay:s%40crt@post.example:4650",
            MailServer("post.example", 4650, "autopay", "s@crt", starttls=False, tls=True),
        ),
        ("smtp+plain://localhost", MailServer("localhost", 25, "", "", starttls=False, tls=False)),
    ],
)
def test_an_address_says_where_and_how_encrypted(address: str, expected: MailServer) -> None:
    assert read_mail_server(address) == expected


@pytest.mark.parametrize("address", ["", "post.example", "http://post.example", "smtp://"])
def test_anything_else_stops_the_start_and_shows_no_password(address: str) -> None:
    with pytest.raises(ValueError, match="AUTOPAY_MAIL_SERVER"):
        read_mail_server(address)


class _Smtp(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as one mail takes."""

    taken: list[bytes] = []
    # Whether it says that it has taken a mail; who isn't told waits.
    answers = threading.Event()
    got = threading.Event()

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self._take()
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")

    def _take(self) -> None:
        self.wfile.write(b"354 go on\r\n")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        _Smtp.taken.append(b"".join(lines))
        _Smtp.got.set()
        _Smtp.answers.wait(20)
        self.wfile.write(b"250 taken\r\n")


@pytest.fixture
def smtp(settings: Any) -> Iterator[list[bytes]]:
    _Smtp.taken = []
    _Smtp.answers.set()
    _Smtp.got.clear()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.server_address[1]
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield _Smtp.taken
        server.shutdown()


@pytest.mark.django_db
def test_a_real_server_gets_the_mail(smtp: list[bytes]) -> None:
    operator = make_operator()
    raise_alarm(code="bank_line_down", severity="red", company_id=None, dedupe_key="a")
    gather_mails()
    assert send_mails() == 1
    (mail,) = smtp
    assert b"To: " + operator.email.encode() in mail
    assert b"Auto-Submitted: auto-generated" in mail
    assert AlarmMail.objects.get().sent_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_while_it_sends_leaves_one_repeat_under_the_same_id(smtp: list[bytes]) -> None:
    make_operator()
    raise_alarm(code="bank_line_down", severity="red", company_id=None, dedupe_key="a")
    gather_mails()
    _Smtp.answers.clear()
    connection.close()
    child = os.fork()
    if not child:
        send_mails()
        os._exit(0)
    assert _Smtp.got.wait(20)
    os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    _Smtp.answers.set()

    assert send_mails() == 0  # Its lease stands.
    AlarmMail.objects.update(lease_until="2026-01-01T00:00:00Z")
    assert send_mails() == 1
    assert send_mails() == 0

    first, second = (message_from_bytes(mail) for mail in smtp)
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_payload() == second.get_payload()


@pytest.mark.django_db
def test_a_server_that_isnt_there_leaves_the_mail_for_later(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    make_operator()
    raise_alarm(code="bank_line_down", severity="red", company_id=None, dedupe_key="a")
    gather_mails()
    assert send_mails() == 0
    mail = AlarmMail.objects.get()
    assert (mail.sent_at, mail.given_up_at, mail.lease_until, mail.attempts) == (None, None, None, 1)
