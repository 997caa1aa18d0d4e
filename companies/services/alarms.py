"""Raising, acknowledging, closing and clearing alarms."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from psycopg2.extras import Json

from autopay_portal.core.clocks import business_now, machine_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from autopay_portal.core.ids import uuid7
from companies.actors import Actor
from companies.alarm_kinds import Handler, codes_handled_by, codes_told_to_companies, kind_of
from companies.models import Alarm, Severity, User
from companies.services.audit import record_audit

_GATHER_SECONDS = 900

# Who is to be told of the alarms in `raised` (id, severity, code, company_id, was): a red one at once, amber ones
# when some have gathered. AutoPay Central isn't told of an amber one that is the company's own task, since it stands on
# its page, but is when nobody has done it and it is red. Stands in the statement that raises, so that no alarm is
# without its notice.
NOTICES = """
    INSERT INTO companies_alarmnotice (id, alarm_id, severity, audience, due_at)
    SELECT uuidv7(), raised.id, raised.severity, told.audience,
           CASE WHEN raised.severity = 'red' THEN %(machine)s ELSE %(machine)s + %(gather)s END
    FROM raised CROSS JOIN (VALUES ('central'), ('company')) AS told (audience)
    WHERE (raised.was IS NULL OR raised.was = 'amber' AND raised.severity = 'red')
      AND CASE told.audience WHEN 'central' THEN raised.severity = 'red' OR raised.code <> ALL (%(own)s)
               ELSE raised.company_id IS NOT NULL AND raised.code = ANY (%(told)s) END
    ON CONFLICT DO NOTHING
"""
_RAISE = f"""
WITH raised AS (
    INSERT INTO companies_alarm AS alarm (id, code, severity, company_id, agreement_id, subject_kind, subject_id,
        params, dedupe_key, since_at, raised_at, last_raised_at, times_raised, recorded_at, closing_note)
    VALUES (%(id)s, %(code)s, %(severity)s, %(company)s, %(agreement)s, %(subject_kind)s, %(subject_id)s, %(params)s,
        %(key)s, %(since)s, %(business)s, %(business)s, 1, %(machine)s, '')
    ON CONFLICT (dedupe_key) WHERE cleared_at IS NULL DO UPDATE SET
        last_raised_at = greatest(alarm.last_raised_at, excluded.last_raised_at),
        times_raised = alarm.times_raised + 1,
        params = excluded.params,
        agreement_id = coalesce(excluded.agreement_id, alarm.agreement_id),
        severity = CASE WHEN alarm.severity = 'red' THEN 'red' ELSE excluded.severity END,
        acknowledged_at = CASE WHEN alarm.severity = 'amber' AND excluded.severity = 'red'
                               THEN NULL ELSE alarm.acknowledged_at END,
        acknowledged_by_id = CASE WHEN alarm.severity = 'amber' AND excluded.severity = 'red'
                                  THEN NULL ELSE alarm.acknowledged_by_id END
    RETURNING new.id, new.severity, new.code, new.company_id, old.severity AS was
), noticed AS ({NOTICES})
SELECT id FROM raised
"""


def raise_alarm(
    *,
    code: str,
    severity: Severity | str,
    company_id: UUID | None,
    agreement_id: UUID | None = None,
    subject_kind: str = "",
    subject_id: UUID | str = "",
    params: Mapping[str, Any] | None = None,
    dedupe_key: str,
    since: datetime | None = None,
) -> Alarm:
    """Raise an alarm, or raise the open one of the same `dedupe_key` again, and return it.

    Raised again it keeps when it began, counts, takes the newer parameters, and from amber becomes red
    but never the other way; then an acknowledgement falls away, since it was of something milder.
    New or worse, it is told by mail. `since` is the business time since which its cause stands, if not from now.
    Joins the caller's transaction; the row's lock is held until that ends.
    """
    now = business_now()
    with connection.cursor() as cursor:
        cursor.execute(
            _RAISE,
            {
                "id": uuid7(), "code": code, "severity": Severity(severity).value, "company": company_id,
                "agreement": agreement_id, "subject_kind": subject_kind, "subject_id": str(subject_id),
                "params": Json(dict(params or {})), "key": dedupe_key, "since": since or now, "business": now,
                **notice_parameters(machine_now()),
            },
        )  # fmt: skip
        (alarm_id,) = cursor.fetchone()
    return Alarm.objects.get(pk=alarm_id)


def notice_parameters(machine: datetime) -> dict[str, Any]:
    """Return the parameters of NOTICES."""
    gather = timedelta(seconds=float(getattr(settings, "ALARM_MAIL_GATHER_SECONDS", _GATHER_SECONDS)))
    own = codes_handled_by(Handler.COMPANY)
    return {"machine": machine, "gather": gather, "told": codes_told_to_companies(), "own": own}


def clear_alarm(*, dedupe_key: str) -> bool:
    """Clear the open alarm of a key, because what it told of is over; return whether there was one."""
    cleared = Alarm.objects.filter(dedupe_key=dedupe_key, cleared_at=None).update(cleared_at=business_now())
    return cleared > 0


@transaction.atomic
def acknowledge_alarm(*, alarm_id: UUID, user: User) -> Alarm:
    """Note that a user has seen an open alarm and takes it; it stays open. The first to do so stands.

    Raises NotFoundError for one that is over or never was.
    """
    alarm = _lock_open(alarm_id)
    if alarm.acknowledged_at is None:
        alarm.acknowledged_at = business_now()
        alarm.acknowledged_by = user
        alarm.save(update_fields=["acknowledged_at", "acknowledged_by"])
        _audit(alarm, user, "alarm.acknowledged")
    return alarm


@transaction.atomic
def acknowledge_alarms(*, code: str, company_id: UUID | None, user: User) -> int:
    """Note that a user takes every waiting alarm of one kind, of a company or (None) of all; return how many."""
    waiting = Alarm.objects.filter(code=code, cleared_at=None, acknowledged_at=None)
    if company_id is not None:
        waiting = waiting.filter(company_id=company_id)
    taken = waiting.update(acknowledged_at=business_now(), acknowledged_by=user)
    if taken:
        record_audit(
            company_id=company_id,
            actor=Actor.user(user),
            action="alarm.acknowledged_all",
            subject_kind="alarm",
            details={"code": code, "count": taken},
        )
    return taken


@transaction.atomic
def close_alarm(*, alarm_id: UUID, user: User, note: str) -> Alarm:
    """End an open alarm that nothing but a person's word can end, with a note of what was found.

    Raises NotFoundError for one that is over or never was, ConflictError `alarm_ends_by_itself`, DomainError
    `alarm_note_missing`.
    """
    if not note.strip():
        raise DomainError("alarm_note_missing")
    alarm = _lock_open(alarm_id)
    kind = kind_of(alarm.code)
    if kind is not None and kind.closed_by is None:
        raise ConflictError("alarm_ends_by_itself")
    alarm.cleared_at = business_now()
    alarm.closed_by = user
    alarm.closing_note = note.strip()
    alarm.save(update_fields=["cleared_at", "closed_by", "closing_note"])
    _audit(alarm, user, "alarm.closed")
    return alarm


def _lock_open(alarm_id: UUID) -> Alarm:
    alarm = Alarm.objects.select_for_update().filter(pk=alarm_id, cleared_at=None).first()
    if alarm is None:
        raise NotFoundError()
    return alarm


def _audit(alarm: Alarm, user: User, action: str) -> None:
    record_audit(
        company_id=alarm.company_id,
        actor=Actor.user(user),
        action=action,
        subject_kind="alarm",
        subject_id=alarm.pk,
        details={"code": alarm.code},
    )
