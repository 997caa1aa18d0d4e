"""From notices to mails: a red alarm makes a mail at once, amber ones when the first of them has waited long enough.

What waits for the same reader goes along. An alarm that is over by then is passed over in silence.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from autopay_portal.core.clocks import machine_now
from companies.mail.contacts import contact_source
from companies.mail.pace import ToldLately, told_lately
from companies.models import AlarmMail, AlarmNotice, Audience, Severity, User

_LOCK = 0x616C_6D61_696C
# An address that can stand in a header: printable ASCII, no spaces, no line ends.
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")
_Groups = Mapping[UUID | None, list[AlarmNotice]]


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
    central, companies = _due(notices, now, Audience.CENTRAL), _due(notices, now, Audience.COMPANY)
    if central or companies:
        told = told_lately(now=now)
        _tell_central(central, told, now)
        _tell_companies(companies, told, now)
    gathered = [*over, *(notice for groups in (central, companies) for group in groups.values() for notice in group)]
    return AlarmNotice.objects.filter(pk__in=[notice.pk for notice in gathered]).update(gathered_at=now)


def _due(notices: Iterable[AlarmNotice], now: datetime, audience: Audience) -> _Groups:
    """Return by company (None: Central) the notices of those who are to be told now, with what goes along."""
    groups: dict[UUID | None, list[AlarmNotice]] = defaultdict(list)
    for notice in notices:
        if notice.audience == audience and notice.alarm.cleared_at is None:
            groups[notice.alarm.company_id if audience == Audience.COMPANY else None].append(notice)
    return {key: group for key, group in groups.items() if any(notice.due_at <= now for notice in group)}


def _tell_central(groups: _Groups, told: ToldLately, now: datetime) -> None:
    for notices in groups.values():
        for user in User.objects.filter(operator_row__isnull=False, is_active=True).order_by("pk"):
            mail = AlarmMail(audience=Audience.CENTRAL, recipient=user.email, language=user.language)
            _put(mail, notices, told, now)


def _tell_companies(groups: _Groups, told: ToldLately, now: datetime) -> None:
    """Write to each contact of each company, of the alarms about the agreements whose list it is on."""
    concerning: dict[tuple[UUID, str], list[AlarmNotice]] = {}
    for company_id, notices in groups.items():
        if company_id is not None:
            concerning |= {(company_id, address): of for address, of in _by_address(company_id, notices).items()}
    languages = _languages({address for _, address in concerning})
    for (company_id, address), notices in sorted(concerning.items(), key=lambda item: item[0]):
        language = languages.get(address, "")
        mail = AlarmMail(audience=Audience.COMPANY, company_id=company_id, recipient=address, language=language)
        _put(mail, notices, told, now)


def _by_address(company_id: UUID, notices: Iterable[AlarmNotice]) -> Mapping[str, list[AlarmNotice]]:
    agreements = {notice.alarm.agreement_id for notice in notices}
    addresses = contact_source().addresses_of(company_id=company_id, agreement_ids=agreements)
    found: dict[str, list[AlarmNotice]] = defaultdict(list)
    for notice in notices:
        for address in addresses.get(notice.alarm.agreement_id, ()):
            found[address].append(notice)
    return found


def _languages(addresses: Collection[str]) -> Mapping[str, str]:
    """Return the language of those addresses that somebody signs in with."""
    return dict(User.objects.filter(email__in=addresses).values_list("email", "language"))


def _put(mail: AlarmMail, notices: Collection[AlarmNotice], told: ToldLately, now: datetime) -> None:
    """Store a mail, or add to one to the same reader that surely wasn't delivered: after a silence comes one mail."""
    if not _ADDRESS.fullmatch(mail.recipient):
        return
    red = sum(notice.severity == Severity.RED for notice in notices)
    same = {"audience": mail.audience, "company_id": mail.company_id, "recipient": mail.recipient}
    unsent = AlarmMail.objects.filter(**same, sent_at=None, given_up_at=None, lease_until=None)
    earlier = unsent.select_for_update(skip_locked=True).order_by("pk").first()
    if earlier is not None:
        more = {"new_red": F("new_red") + red, "new_amber": F("new_amber") + len(notices) - red}
        AlarmMail.objects.filter(pk=earlier.pk).update(**more)
        return
    mail.new_red, mail.new_amber = red, len(notices) - red
    mail.created_at = now
    mail.due_at = told.next_at(audience=mail.audience, recipient=mail.recipient, now=now)
    mail.next_attempt_at = mail.due_at
    mail.save(force_insert=True)
