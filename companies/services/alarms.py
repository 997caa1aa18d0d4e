"""Raising, acknowledging and clearing alarms."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg2.extras import Json

from autopay_portal.core.clocks import business_now, machine_now
from autopay_portal.core.errors import NotFoundError
from autopay_portal.core.ids import uuid7
from companies.actors import Actor
from companies.models import Alarm, Severity, User
from companies.services.audit import record_audit


def raise_alarm(
    *,
    code: str,
    severity: Severity | str,
    company_id: UUID | None,
    subject_kind: str = "",
    subject_id: UUID | str = "",
    params: Mapping[str, Any] | None = None,
    dedupe_key: str,
) -> Alarm:
    """Raise an alarm, or raise the open one of the same `dedupe_key` again, and return it.

    Raised again it keeps when it began, counts, takes the newer parameters, and from amber becomes red
    but never the other way; then an acknowledgement falls away, since it was of something milder.
    Joins the caller's transaction; the row's lock is held until that ends.
    """
    now = business_now()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO companies_alarm AS alarm (id, code, severity, company_id, subject_kind, subject_id, params,
                   dedupe_key, raised_at, last_raised_at, times_raised, recorded_at)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 1, %s)
               ON CONFLICT (dedupe_key) WHERE cleared_at IS NULL DO UPDATE SET
                   last_raised_at = greatest(alarm.last_raised_at, excluded.last_raised_at),
                   times_raised = alarm.times_raised + 1,
                   params = excluded.params,
                   severity = CASE WHEN alarm.severity = 'red' THEN 'red' ELSE excluded.severity END,
                   acknowledged_at = CASE WHEN alarm.severity = 'amber' AND excluded.severity = 'red'
                                          THEN NULL ELSE alarm.acknowledged_at END,
                   acknowledged_by_id = CASE WHEN alarm.severity = 'amber' AND excluded.severity = 'red'
                                             THEN NULL ELSE alarm.acknowledged_by_id END
               RETURNING id""",
            [
                uuid7(),
                code,
                Severity(severity).value,
                company_id,
                subject_kind,
                str(subject_id),
                Json(dict(params or {})),
                dedupe_key,
                now,
                now,
                machine_now(),
            ],
        )
        (alarm_id,) = cursor.fetchone()
    return Alarm.objects.get(pk=alarm_id)


def clear_alarm(*, dedupe_key: str) -> bool:
    """Clear the open alarm of a key, because what it told of is over; return whether there was one."""
    cleared = Alarm.objects.filter(dedupe_key=dedupe_key, cleared_at=None).update(cleared_at=business_now())
    return cleared > 0


@transaction.atomic
def acknowledge_alarm(*, alarm_id: UUID, user: User) -> Alarm:
    """Note that a user has seen an open alarm and takes it; it stays open. The first to do so stands."""
    alarm = Alarm.objects.select_for_update().filter(pk=alarm_id, cleared_at=None).first()
    if alarm is None:
        raise NotFoundError()
    if alarm.acknowledged_at is None:
        alarm.acknowledged_at = business_now()
        alarm.acknowledged_by = user
        alarm.save(update_fields=["acknowledged_at", "acknowledged_by"])
        record_audit(
            company_id=alarm.company_id,
            actor=Actor.user(user),
            action="alarm.acknowledged",
            subject_kind="alarm",
            subject_id=alarm.pk,
            details={"code": alarm.code},
        )
    return alarm
