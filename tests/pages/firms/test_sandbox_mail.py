"""The sandbox's mail in the portal: read as text, in the sandbox only."""

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.PUBLIC_URL = "http://localhost:8000"


def send(subject: str, body: str, html: str = "") -> None:
    mail = EmailMultiAlternatives(subject, body, to=["kari@fjord.example"])
    if html:
        mail.attach_alternative(html, "text/html")
    mail.send()


def first_link(client: Client) -> str:
    page = client.get("/sandbox/mail/").content.decode()
    return page.split('card-title wrap"><a href="', 1)[1].split('"', 1)[0]


def test_the_newest_mail_stands_first_and_its_link_to_the_portal_works(client: Client) -> None:
    send("Første", "a")
    send("Andre æøå", "Se her:\n\nhttp://localhost:8000/order/?a=1&b=2\n\nhttp://ond.example/x")

    page = client.get("/sandbox/mail/").content.decode()
    assert page.index("Andre æøå") < page.index("Første")
    shown = client.get(first_link(client)).content.decode()
    assert '<a href="/order/?a=1&amp;b=2">http://localhost:8000/order/?a=1&amp;b=2</a>' in shown
    assert "http://ond.example/x" in shown
    assert 'href="http://ond.example' not in shown


def test_nothing_of_a_mail_is_html(client: Client) -> None:
    send("<b>x</b>", "<script>alert(1)</script>", html="<h1>HTML-DEL</h1>")

    shown = client.get(first_link(client)).content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "HTML-DEL" not in shown
    assert "<b>x</b>" not in shown


def test_a_text_with_the_separator_of_mails_is_no_second_mail_with_a_head(client: Client) -> None:
    send("Ett", "a\n" + "-" * 79 + "\nSubject: Falsk\nTo: x@y.example\n\nb")

    assert client.get("/sandbox/mail/").status_code == 200


@pytest.mark.parametrize(
    "name", ["..%2F..%2Fseeded.json", "20261124-080000-1.log", "seeded.json", "%2Fetc%2Fpasswd", "a.log"]
)
def test_a_name_that_is_no_mail_is_not_found(client: Client, tmp_path: Path, name: str) -> None:
    (tmp_path / "seeded.json").write_text("HEMMELIG")
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "seeded.json").write_text("HEMMELIG")
    (tmp_path / "mail" / "20261124-080000-2.log").symlink_to(tmp_path / "seeded.json")

    for each in (name, "20261124-080000-2.log"):
        answer = client.get(f"/sandbox/mail/{each}/0/")
        assert answer.status_code == 404
        assert "HEMMELIG" not in answer.content.decode()


def test_an_empty_catch_all_says_how_a_mail_comes_there(client: Client) -> None:
    assert "Ingen e-post ennå" in client.get("/sandbox/mail/").content.decode()


def test_outside_the_sandbox_there_is_no_such_page(client: Client, settings: Any) -> None:
    send("Hemmelig", "a")
    link = first_link(client)
    settings.SANDBOX = False

    assert client.get("/sandbox/mail/").status_code == 404
    assert client.get(link).status_code == 404
