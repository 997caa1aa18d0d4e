"""Sending mails, one at a time, until each is sent: a mail server that is down costs nobody else anything.

A mail is claimed by a lease and marked sent when the server has taken it. Who is killed between the two leaves one
mail that is sent again when the lease has run out, under the same Message-ID.
"""

import logging
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.db.models import Max

from autopay_portal.core.clocks import machine_now
from companies.mail.texts import words_of
from companies.models import AlarmMail

logger = logging.getLogger(__name__)

_LEASE_SECONDS = 120
_MOST_AT_ONCE = 50
_FIRST_WAIT, _LONGEST_WAIT = 15, 600
_PERMANENT = 500
_CLAIM = """
UPDATE companies_alarmmail SET attempts = attempts + 1,
       lease_until = clock_timestamp() + make_interval(secs => %s)
 WHERE id = (SELECT id FROM companies_alarmmail
              WHERE sent_at IS NULL AND given_up_at IS NULL AND next_attempt_at <= %s
                AND coalesce(lease_until, '-infinity') < clock_timestamp()
              ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


class _ServerDownError(Exception):
    """The mail server takes no mail now: no other one needs to be tried."""


def send_mails() -> int:
    """Send what is due and return how many mails the server took; stops at the first sign that it is down."""
    sent = 0
    server = get_connection()
    while sent < _MOST_AT_ONCE and (mail := _claim()) is not None:
        try:
            sent += _send(mail, server)
        except _ServerDownError:
            break
    return sent


def _claim() -> AlarmMail | None:
    with database.cursor() as cursor:
        cursor.execute(_CLAIM, [_LEASE_SECONDS, machine_now()])
        claimed = cursor.fetchone()
    return AlarmMail.objects.select_related("company").get(pk=claimed[0]) if claimed else None


def _send(mail: AlarmMail, server: BaseEmailBackend) -> bool:
    subject, body = words_of(mail)
    message = EmailMessage(
        subject=subject,
        body=body,
        to=[mail.recipient],
        connection=server,
        headers={"Message-ID": _message_id(mail), "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        return _note_refused(mail, error)
    except (OSError, SMTPException) as error:
        _wait_for_server(mail, error)
        raise _ServerDownError from error
    AlarmMail.objects.filter(pk=mail.pk).update(sent_at=machine_now(), lease_until=None, last_error="")
    return True


def _message_id(mail: AlarmMail) -> str:
    """Return the same id whenever this mail is sent, so that a repeat can be known as one (RFC 5322, 3.6.4)."""
    return f"<{mail.pk}@{urlsplit(settings.PUBLIC_URL).hostname or 'localhost'}>"


def _note_refused(mail: AlarmMail, error: SMTPRecipientsRefused) -> bool:
    """Give a mail up whose address the server refuses for good; try later where it says "not now"."""
    permanent = all(code >= _PERMANENT for code, _ in error.recipients.values())
    now = machine_now()
    AlarmMail.objects.filter(pk=mail.pk).update(
        lease_until=None,
        last_error=_said(error),
        given_up_at=now if permanent else None,
        next_attempt_at=now + _wait(mail.attempts),
    )
    return False


def _wait_for_server(mail: AlarmMail, error: Exception) -> None:
    """Put off every mail: each would only wait for the same server."""
    logger.warning("The mail server takes no mail: %s", _said(error))
    unsent = AlarmMail.objects.filter(sent_at=None, given_up_at=None)
    tries = unsent.aggregate(most=Max("attempts"))["most"] or 1
    AlarmMail.objects.filter(pk=mail.pk).update(lease_until=None, last_error=_said(error))
    unsent.update(next_attempt_at=machine_now() + _wait(tries))


def _wait(tries: int) -> timedelta:
    return timedelta(seconds=min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(tries - 1, 16)))


def _said(error: Exception) -> str:
    """Return what the server said in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
