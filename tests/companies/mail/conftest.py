"""A mail server of this test's own, and alarms to be told of."""

import smtplib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from autopay_portal.translations.compiled import compile_language

compile_language("nb")

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
Move = Callable[[timedelta], None]


class Post(BaseEmailBackend):
    """A mail server that takes what it is told to take; what it took lies in `taken`."""

    taken: list[EmailMessage] = []
    # Called for each mail before it is taken, and after.
    before: Callable[[EmailMessage], None] = staticmethod(lambda _message: None)
    after: Callable[[EmailMessage], None] = staticmethod(lambda _message: None)
    asked = 0

    def send_messages(self, email_messages: Any) -> int:
        for message in email_messages:
            Post.asked += 1
            Post.before(message)
            message.message()
            Post.taken.append(message)
            Post.after(message)
        return len(email_messages)


@pytest.fixture
def post(settings: Any) -> Iterator[type[Post]]:
    settings.EMAIL_BACKEND = f"{__name__}.Post"
    settings.PUBLIC_URL = "https://autopay.example"
    Post.taken, Post.asked = [], 0
    Post.before = Post.after = staticmethod(lambda _message: None)
    yield Post
    Post.before = Post.after = staticmethod(lambda _message: None)


@pytest.fixture
def move() -> Iterator[Move]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller.shift


def down(_message: EmailMessage) -> None:
    """Be a mail server that answers nobody."""
    raise ConnectionRefusedError("nobody listens")


def refuse(message: EmailMessage) -> None:
    """Be a mail server that knows none of its addresses."""
    raise smtplib.SMTPRecipientsRefused(dict.fromkeys(message.to, (550, b"no such user")))
