"""Letters: what kinds there are, how one reads, and sending those that wait, one at a time, until each is sent.

A room registers its kinds in `AppConfig.ready`; `companies.services.write_letter` writes one. What fails is tried later
by itself: one address that hangs, or one letter that isn't wanted, costs no other letter anything.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.utils.functional import Promise
from django.utils.translation import gettext, override

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.secrets import UnableToDecryptError, decrypt
from companies.models import Letter
from companies.plain_text import one_line

logger = logging.getLogger(__name__)

_LEASE_SECONDS = 120
_MOST_AT_ONCE = 50
_LONGEST_RUN_SECONDS = 20
# So many failures of the line in a row mean that the server is down, not that one address hangs.
_FAILURES_IN_A_ROW = 2
_FIRST_WAIT, _LONGEST_WAIT = 15, 1800
# What can't be delivered for so long is old news, and its link has run out or soon will.
_TRIED_FOR = timedelta(days=5)
_PERMANENT = 500
_CLAIM = """
WITH first AS (
    SELECT id FROM companies_letter
     WHERE sent_at IS NULL AND given_up_at IS NULL AND next_attempt_at <= %(now)s
       AND coalesce(lease_until, '-infinity') < clock_timestamp()
     ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE companies_letter AS letter SET attempts = attempts + 1,
       lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
  FROM first WHERE letter.id = first.id
RETURNING letter.id
"""


@dataclass(frozen=True, slots=True)
class LetterKind:
    """What one kind of letter says: English msgids (lazy) with `%(name)s` for its parameters.

    Never amounts, payees, account numbers or secrets (security.md 17); the link stands below the body by itself.
    """

    code: str
    subject: Promise | str
    body: Promise | str


_kinds: dict[str, LetterKind] = {}


def register_letter(kind: LetterKind) -> None:
    """Add a kind of letter. Raises ValueError for a code that has another text already."""
    if _kinds.setdefault(kind.code, kind) != kind:
        raise ValueError(f"letter {kind.code} has two texts")


def letter_kind(code: str) -> LetterKind:
    """Return a kind by its code. Raises KeyError for one that no room registered."""
    return _kinds[code]


def words_of_letter(letter: Letter) -> tuple[str, str]:
    """Return subject and body in the letter's language; the subject is one line, whatever its parameters hold."""
    kind, params = letter_kind(letter.kind), one_line_each(letter.params)
    with override(letter.language):
        subject = f"AutoPay: {kind.subject % params}"
        paragraphs = (
            str(kind.body % params),
            f"{settings.PUBLIC_URL}{letter.path}{_secret_of(letter)}",
            gettext("AutoPay never asks for passwords or approvals by mail."),
        )
    return " ".join(subject.split()), "\n\n".join(paragraphs) + "\n"


def one_line_each(params: Mapping[str, Any]) -> dict[str, str]:
    """Return parameters as a mail may hold them: one line each, without control characters."""
    return {name: one_line(str(value)) for name, value in params.items()}


def send_letters() -> int:
    """Send what is due and return how many letters the server took; what isn't sent in some seconds waits.

    Whoever failed is tried later, and the others go on, unless the line fails twice in a row.
    """
    sent = failures = 0
    server = get_connection()
    until = monotonic() + _LONGEST_RUN_SECONDS
    while sent < _MOST_AT_ONCE and failures < _FAILURES_IN_A_ROW and monotonic() < until:
        letter = _claim()
        if letter is None:
            break
        try:
            sent += _send(letter, server)
            failures = 0
        except (OSError, SMTPException) as error:
            _put_off(letter, error)
            failures += 1
    return sent


def _claim() -> Letter | None:
    with database.cursor() as cursor:
        cursor.execute(_CLAIM, {"lease": _LEASE_SECONDS, "now": machine_now()})
        row = cursor.fetchone()
    return None if row is None else Letter.objects.get(pk=row[0])


def _send(letter: Letter, server: BaseEmailBackend) -> bool:
    """Send one letter; return whether it went. Raises OSError or SMTPException when the line to the server failed."""
    try:
        message = _message(letter, server)
        message.message()
    except ValueError as error:  # Of such an address no mail can be made.
        return _put_off(letter, error, give_up=True)
    except (KeyError, UnableToDecryptError) as error:  # A key ring or a version that doesn't know it: others go on.
        return _put_off(letter, error)
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        return _put_off(letter, error, give_up=all(code >= _PERMANENT for code, _ in error.recipients.values()))
    except SMTPDataError as error:
        return _put_off(letter, error, give_up=error.smtp_code >= _PERMANENT)
    done = {"sent_at": machine_now(), "lease_until": None, "last_error": "", "secret_encrypted": None}
    Letter.objects.filter(pk=letter.pk).update(**done)
    return True


def _message(letter: Letter, server: BaseEmailBackend) -> EmailMessage:
    subject, body = words_of_letter(letter)
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    headers = {
        # The same whenever it is sent, so that a repeat can be known as one (RFC 5322, 3.6.4).
        "Message-ID": f"<{letter.pk}@{host}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": letter.language,
    }
    return EmailMessage(subject=subject, body=body, to=[letter.recipient], connection=server, headers=headers)


def _secret_of(letter: Letter) -> str:
    if letter.secret_encrypted is None:
        return ""
    return decrypt(bytes(letter.secret_encrypted), context=secret_context(letter)).decode("ascii")


def secret_context(letter: Letter) -> str:
    """Return what a letter's secret is bound to, so that it can't be moved to another."""
    return f"letter:{letter.pk}"


def _put_off(letter: Letter, error: Exception, *, give_up: bool = False) -> bool:
    now = machine_now()
    give_up = give_up or now - letter.created_at > _TRIED_FOR
    changes: dict[str, Any] = {
        "lease_until": None,
        "last_error": " ".join(f"{type(error).__name__}: {error}".split())[:300],
        "next_attempt_at": now + timedelta(seconds=min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(letter.attempts - 1, 16))),
    }
    if give_up:
        changes |= {"given_up_at": now, "secret_encrypted": None}
    Letter.objects.filter(pk=letter.pk).update(**changes)
    logger.warning("A letter isn't delivered: %s", type(error).__name__)
    return False
