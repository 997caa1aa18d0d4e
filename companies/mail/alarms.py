"""That mail itself fails is an alarm, seen on the page where it can't be mailed."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from autopay_portal.core.errors import noop
from companies.alarm_kinds import AlarmKind, register_alarm_kinds
from companies.watches import Watch, register_watch


def _show_reason(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the mail server said last, or that nobody has tried."""
    return {"reason": params.get("reason") or gettext("none was tried. See that the worker of the queue mail runs.")}


KINDS = (
    AlarmKind(
        code="mail_not_sent",
        name=noop("Mail isn't delivered"),
        says=noop("%(count)s mails about alarms aren't delivered: %(reason)s"),
        says_one=noop("A mail about alarms isn't delivered: %(reason)s"),
        means=noop("No money is touched by it, but whoever should act may not know of an alarm."),
        do=noop("Look at the mail server and its settings, and watch this page until mails go out again."),
        ends=noop("It is over when the mails are delivered: they are tried again by themselves."),
        shows=_show_reason,
    ),
    AlarmKind(
        code="mail_address_refused",
        name=noop("Mail address refused"),
        says=noop("The mail server refuses an address that should be told of alarms: %(reason)s"),
        means=noop("No money is touched by it, but nobody at that address is told of alarms."),
        do=noop("Correct the address in the list that it stands on."),
        ends=noop("It is over when a mail to it is delivered, or after thirty days."),
    ),
)
_NOT_SENT = """
SELECT 'mail_not_sent', NULL::uuid, NULL::uuid, 'mail', '',
       jsonb_build_object('count', count(*),
           'reason', (array_agg(last_error ORDER BY attempts DESC) FILTER (WHERE last_error <> ''))[1]),
       min(due_at), NULL::text
  FROM companies_alarmmail WHERE sent_at IS NULL AND given_up_at IS NULL AND due_at <= %(machine)s HAVING count(*) > 0
"""
_REFUSED = """
SELECT 'mail_address_refused:' || md5(refused.recipient), NULL::uuid, NULL::uuid, 'mail', '',
       jsonb_build_object('reason', max(refused.last_error)), NULL::timestamptz, 'amber'
  FROM companies_alarmmail AS refused
 WHERE refused.given_up_at > now() - interval '30 days'
   AND NOT EXISTS (SELECT 1 FROM companies_alarmmail AS later
                    WHERE later.recipient = refused.recipient AND later.sent_at > refused.given_up_at)
 GROUP BY refused.recipient
"""


def register() -> None:
    """Add the alarms about mail to the catalogue, and what watches them."""
    register_alarm_kinds(KINDS)
    register_watch(Watch("mail_not_sent", _NOT_SENT, lambda now: {"machine": now.machine}))
    register_watch(Watch("mail_address_refused", _REFUSED))
