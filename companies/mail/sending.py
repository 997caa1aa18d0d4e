"""Sending mails, one at a time, until each is sent: a mail server that is down costs nobody else anything.

What is due for one reader is claimed together by a lease, goes out as one mail, and is marked sent when the server has
taken it. Who is killed between the two leaves one mail that is sent again when the lease has run out, under the same
Message-ID.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from time import monotonic
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.db.models import Count, F, Max, QuerySet, Value
from django.db.models.functions import Greatest

from autopay_portal.core.clocks import machine_now
from companies.mail.texts import Told, words_of
from companies.models import Alarm, AlarmMail, Audience

logger = logging.getLogger(__name__)

_LEASE_SECONDS = 120
_MOST_AT_ONCE = 50
# A server that takes a mail only slowly mustn't keep its worker from everything else.
_LONGEST_RUN_SECONDS = 20
_FIRST_WAIT, _LONGEST_WAIT = 15, 600
_PERMANENT = 500
_DUE = """
sent_at IS NULL AND given_up_at IS NULL AND next_attempt_at <= %(now)s
    AND coalesce(lease_until, '-infinity') < clock_timestamp()
"""
_CLAIM = f"""
WITH first AS (
    SELECT audience, recipient, language FROM companies_alarmmail WHERE {_DUE}
     ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
), mine AS (
    SELECT mail.id FROM companies_alarmmail AS mail JOIN first USING (audience, recipient, language)
     WHERE {_DUE} ORDER BY mail.id FOR UPDATE OF mail SKIP LOCKED
)
UPDATE companies_alarmmail AS mail SET attempts = attempts + 1,
       lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
  FROM mine WHERE mail.id = mine.id
RETURNING mail.id
"""
_Mails = Sequence[AlarmMail]


class _ServerDownError(Exception):
    """The mail server takes no mail now: no other one needs to be tried."""


def send_mails() -> int:
    """Send what is due and return how many mails the server took; stops at the first sign that it is down.

    What isn't sent within some seconds waits for the next run.
    """
    sent = 0
    server = get_connection()
    until = monotonic() + _LONGEST_RUN_SECONDS
    while sent < _MOST_AT_ONCE and monotonic() < until and (mails := _claim()):
        try:
            sent += _send_what_stands(mails, server)
        except _ServerDownError:
            break
    return sent


def _claim() -> _Mails:
    """Take what is due for the reader who has waited longest; empty where nobody waits."""
    with database.cursor() as cursor:
        cursor.execute(_CLAIM, {"lease": _LEASE_SECONDS, "now": machine_now()})
        claimed = [key for (key,) in cursor.fetchall()]
    return list(AlarmMail.objects.select_related("company").filter(pk__in=claimed).order_by("pk"))


def _send_what_stands(mails: _Mails, server: BaseEmailBackend) -> bool:
    """Send a reader's mails as one, but for those of which every alarm is over, or (at Central) taken, meanwhile."""
    standing = _standing(mails)
    quiet = [mail.pk for mail in mails if not standing[mail.company_id]]
    AlarmMail.objects.filter(pk__in=quiet).delete()
    left = [mail for mail in mails if standing[mail.company_id]]
    return bool(left) and _send(Told(left, standing), server)


def _standing(mails: _Mails) -> dict[UUID | None, int]:
    """Return by company how many alarms aren't over; for Central (None) of all, how many nobody has taken."""
    alarms = Alarm.objects.filter(cleared_at=None)
    if mails[0].audience == Audience.CENTRAL:
        return {None: alarms.filter(acknowledged_at=None).count()}
    companies = [mail.company_id for mail in mails if mail.company_id is not None]
    counted = alarms.filter(company_id__in=companies).values_list("company_id").annotate(Count("pk")).order_by()
    standing: dict[UUID | None, int] = dict.fromkeys(companies, 0)
    return {**standing, **dict(counted)}


def _send(told: Told, server: BaseEmailBackend) -> bool:
    try:
        message = _message(told, server)
        message.message()
    except ValueError as error:  # Such an address no mail can be made for.
        return _put_off(told.mails, error, give_up=True)
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        return _put_off(told.mails, error, give_up=all(code >= _PERMANENT for code, _ in error.recipients.values()))
    except SMTPDataError as error:  # This mail isn't wanted, or not now; others may be.
        return _put_off(told.mails, error)
    except (OSError, SMTPException) as error:
        _wait_for_server(told.mails, error)
        raise _ServerDownError from error
    _rows(told.mails).update(sent_at=machine_now(), lease_until=None, last_error="")
    return True


def _message(told: Told, server: BaseEmailBackend) -> EmailMessage:
    subject, body = words_of(told)
    return EmailMessage(
        subject=subject,
        body=body,
        to=[told.mails[0].recipient],
        connection=server,
        headers={"Message-ID": _message_id(told.mails), "Auto-Submitted": "auto-generated"},
    )


def _message_id(mails: _Mails) -> str:
    """Return the same id whenever these are sent, so that a repeat can be known as one (RFC 5322, 3.6.4)."""
    return f"<{mails[0].pk}@{urlsplit(settings.PUBLIC_URL).hostname or 'localhost'}>"


def _rows(mails: _Mails) -> QuerySet[AlarmMail]:
    return AlarmMail.objects.filter(pk__in=[mail.pk for mail in mails])


def _put_off(mails: _Mails, error: Exception, *, give_up: bool = False) -> bool:
    """Give mails up that no server will take from us, or try them later; others go on meanwhile."""
    now = machine_now()
    _rows(mails).update(
        lease_until=None,
        last_error=_said(error),
        given_up_at=now if give_up else None,
        next_attempt_at=now + _wait(mails[0].attempts),
    )
    return False


def _wait_for_server(mails: _Mails, error: Exception) -> None:
    """Put off every mail: each would only wait for the same server."""
    logger.warning("The mail server takes no mail: %s", _said(error))
    unsent = AlarmMail.objects.filter(sent_at=None, given_up_at=None)
    tries = unsent.aggregate(most=Max("attempts"))["most"] or 1
    _rows(mails).update(lease_until=None, last_error=_said(error))
    unsent.update(next_attempt_at=Greatest(F("due_at"), Value(machine_now() + _wait(tries))))


def _wait(tries: int) -> timedelta:
    return timedelta(seconds=min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(tries - 1, 16)))


def _said(error: Exception) -> str:
    """Return what the server said in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
