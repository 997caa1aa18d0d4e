"""From notices to mails: a red alarm makes a mail at once, amber ones when the first of them has waited long enough.

What waits for the same reader goes along. An alarm that is over by then is passed over in silence.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from autopay_portal.core.clocks import machine_now
from companies.mail.contacts import contact_source
from companies.models import Alarm, AlarmMail, AlarmNotice, Audience, Severity, User

_LOCK = 0x616C_6D61_696C
# An address that can stand in a header: printable ASCII, no spaces, no line ends.
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")


@transaction.atomic
def gather_mails() -> int:
    """Turn the notices that are due into mails and return how many notices that were; one gathers at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    now = machine_now()
    notices = list(AlarmNotice.objects.filter(gathered_at=None).select_related("alarm").order_by("pk"))
    over = [notice for notice in notices if notice.alarm.cleared_at is not None]
    told = [
        *over,
        *_tell_central(_due(notices, now, Audience.CENTRAL), now),
        *_tell_companies(_due(notices, now, Audience.COMPANY), now),
    ]
    return AlarmNotice.objects.filter(pk__in=[notice.pk for notice in told]).update(gathered_at=now)


def _due(notices: Iterable[AlarmNotice], now: datetime, audience: Audience) -> dict[UUID | None, list[AlarmNotice]]:
    """Return by company (None: Central) the notices of those who are to be told now, with what goes along."""
    groups: dict[UUID | None, list[AlarmNotice]] = defaultdict(list)
    for notice in notices:
        if notice.audience == audience and notice.alarm.cleared_at is None:
            groups[notice.alarm.company_id if audience == Audience.COMPANY else None].append(notice)
    return {key: group for key, group in groups.items() if any(notice.due_at <= now for notice in group)}


def _tell_central(groups: Mapping[UUID | None, list[AlarmNotice]], now: datetime) -> list[AlarmNotice]:
    notices = groups.get(None, [])
    if notices:
        waiting = _waiting(None)
        for user in User.objects.filter(operator_row__isnull=False, is_active=True).order_by("pk"):
            mail = AlarmMail(audience=Audience.CENTRAL, recipient=user.email, language=user.language, waiting=waiting)
            _put(mail, notices, now)
    return notices


def _tell_companies(groups: Mapping[UUID | None, list[AlarmNotice]], now: datetime) -> list[AlarmNotice]:
    for company_id, notices in groups.items():
        if company_id is not None:
            _tell_company(company_id, notices, now)
    return [notice for notices in groups.values() for notice in notices]


def _tell_company(company_id: UUID, notices: list[AlarmNotice], now: datetime) -> None:
    """Write to each contact once, of the alarms about the agreements whose list it is on."""
    agreements = {notice.alarm.agreement_id for notice in notices}
    addresses = contact_source().addresses_of(company_id=company_id, agreement_ids=agreements)
    by_address: dict[str, list[AlarmNotice]] = defaultdict(list)
    for notice in notices:
        for address in addresses.get(notice.alarm.agreement_id, ()):
            by_address[address].append(notice)
    waiting = _waiting(company_id) if by_address else 0
    for address, concerning in sorted(by_address.items()):
        mail = AlarmMail(audience=Audience.COMPANY, company_id=company_id, recipient=address, waiting=waiting)
        _put(mail, concerning, now)


def _waiting(company_id: UUID | None) -> int:
    """Return how many alarms nobody has taken, of a company or of all."""
    alarms = Alarm.objects.filter(cleared_at=None, acknowledged_at=None)
    return (alarms if company_id is None else alarms.filter(company_id=company_id)).count()


def _put(mail: AlarmMail, notices: list[AlarmNotice], now: datetime) -> None:
    """Store a mail, or add to one to the same reader that surely wasn't delivered: after a silence comes one mail."""
    if not _ADDRESS.fullmatch(mail.recipient):
        return
    red = sum(notice.severity == Severity.RED for notice in notices)
    same = {"audience": mail.audience, "company_id": mail.company_id, "recipient": mail.recipient}
    unsent = AlarmMail.objects.filter(**same, sent_at=None, given_up_at=None, lease_until=None)
    earlier = unsent.select_for_update(skip_locked=True).order_by("pk").first()
    if earlier is not None:
        AlarmMail.objects.filter(pk=earlier.pk).update(
            new_red=F("new_red") + red, new_amber=F("new_amber") + len(notices) - red, waiting=mail.waiting
        )
        return
    mail.new_red, mail.new_amber = red, len(notices) - red
    mail.created_at = mail.next_attempt_at = now
    mail.save(force_insert=True)
