"""Looking for what has stood still too long, set by set: raises its alarms, makes them worse, and clears them.

The house's rows are read and never changed here: time alone moves no payment, resends no file and fails nothing.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction

from autopay_portal.core.clocks import business_now, machine_now
from companies.alarm_limits import Clock, grace, limit_of, moments
from companies.services.alarms import NOTICES, notice_parameters
from companies.watches import Ending, Now, Watch, endings, watches

logger = logging.getLogger(__name__)

_LOCK = 0x616C_6172_6D73

# What is open before anything is looked for: an alarm that is raised while the sweep looks isn't taken for over.
_BEFORE = """
CREATE TEMP TABLE alarm_before ON COMMIT DROP AS
SELECT id, code, dedupe_key, subject_id, times_raised FROM companies_alarm
 WHERE cleared_at IS NULL AND code = ANY (%s)
"""
_FOUND = """
CREATE TEMP TABLE alarm_found (
    code text NOT NULL, dedupe_key text PRIMARY KEY, company_id uuid, agreement_id uuid, subject_kind text NOT NULL,
    subject_id text NOT NULL, params jsonb NOT NULL, since timestamptz, severity text
) ON COMMIT DROP
"""
_FIND = """
INSERT INTO alarm_found SELECT %(watch_code)s, found.* FROM ({query}) AS found ON CONFLICT DO NOTHING
"""
_SIGHT = """
INSERT INTO companies_alarmsighting AS sighting (dedupe_key, code, since_at, seen_at)
SELECT found.dedupe_key, found.code, coalesce(CASE WHEN limits.business THEN found.since END, %(business)s), %(machine)s
  FROM alarm_found AS found JOIN alarm_limits AS limits USING (code)
ON CONFLICT (dedupe_key) DO NOTHING
"""
_FORGET = """
DELETE FROM companies_alarmsighting AS sighting
 WHERE sighting.code = ANY (%(codes)s)
   AND NOT EXISTS (SELECT 1 FROM alarm_found AS found WHERE found.dedupe_key = sighting.dedupe_key)
"""
_LIMITS = """
CREATE TEMP TABLE alarm_limits ON COMMIT DROP AS
SELECT * FROM unnest(%(codes)s::text[], %(amber)s::timestamptz[], %(red)s::timestamptz[], %(clocks)s::boolean[])
    AS limits (code, amber_before, red_before, business)
"""
_JUDGE = """
UPDATE alarm_found AS found SET severity = judged.severity, since = judged.since
  FROM (SELECT each.dedupe_key,
               coalesce(each.severity,
                        CASE WHEN stood.since <= limits.red_before THEN 'red'
                             WHEN stood.since <= limits.amber_before THEN 'amber' END) AS severity,
               CASE WHEN limits.business THEN stood.since ELSE sighting.since_at END AS since
          FROM alarm_found AS each
          JOIN companies_alarmsighting AS sighting USING (dedupe_key)
          JOIN alarm_limits AS limits ON limits.code = each.code
         CROSS JOIN LATERAL (SELECT coalesce(
             each.since, CASE WHEN limits.business THEN sighting.since_at ELSE sighting.seen_at END) AS since) AS stood
       ) AS judged
 WHERE judged.dedupe_key = found.dedupe_key
"""
_OVERDUE = """
UPDATE companies_alarmsighting AS sighting
   SET overdue_at = CASE WHEN found.severity IS NOT NULL THEN %(machine)s::timestamptz END
  FROM alarm_found AS found
 WHERE found.dedupe_key = sighting.dedupe_key AND (found.severity IS NULL) <> (sighting.overdue_at IS NULL)
"""
_RAISE = f"""
WITH raised AS (
    INSERT INTO companies_alarm (id, code, severity, company_id, agreement_id, subject_kind, subject_id, params,
        dedupe_key, since_at, raised_at, last_raised_at, times_raised, recorded_at, closing_note)
    SELECT uuidv7(), found.code, found.severity, found.company_id, found.agreement_id, found.subject_kind,
           found.subject_id, found.params, found.dedupe_key, found.since, %(business)s, %(business)s, 1, %(machine)s, ''
      FROM alarm_found AS found JOIN companies_alarmsighting AS sighting USING (dedupe_key)
     WHERE found.severity IS NOT NULL AND sighting.overdue_at <= %(machine)s::timestamptz - %(grace)s::interval
     ORDER BY found.dedupe_key
    ON CONFLICT (dedupe_key) WHERE cleared_at IS NULL DO NOTHING
    RETURNING id, severity, code, company_id, NULL::text AS was
), noticed AS ({NOTICES})
SELECT count(*) FROM raised
"""
# Whoever holds an alarm is about to change it: the next sweep sees what came of that. Waiting could be a deadlock.
_WORSEN = f"""
WITH free AS (
    SELECT alarm.id FROM companies_alarm AS alarm JOIN alarm_found AS found USING (dedupe_key)
     WHERE alarm.cleared_at IS NULL AND found.severity IS NOT NULL
       AND (alarm.severity = 'amber' AND found.severity = 'red' OR alarm.params IS DISTINCT FROM found.params)
       FOR UPDATE OF alarm SKIP LOCKED
), raised AS (
    UPDATE companies_alarm AS alarm SET
        params = found.params,
        severity = CASE WHEN alarm.severity = 'red' THEN 'red' ELSE found.severity END,
        last_raised_at = CASE WHEN alarm.severity = found.severity THEN alarm.last_raised_at ELSE %(business)s END,
        acknowledged_at = CASE WHEN alarm.severity = 'amber' AND found.severity = 'red'
                               THEN NULL ELSE alarm.acknowledged_at END,
        acknowledged_by_id = CASE WHEN alarm.severity = 'amber' AND found.severity = 'red'
                                  THEN NULL ELSE alarm.acknowledged_by_id END
      FROM alarm_found AS found
     WHERE alarm.id IN (SELECT id FROM free) AND found.dedupe_key = alarm.dedupe_key
    RETURNING new.id, new.severity, new.code, new.company_id, old.severity AS was
), noticed AS ({NOTICES})
SELECT count(*) FILTER (WHERE was <> severity) FROM raised
"""
_CLEAR = """
UPDATE companies_alarm SET cleared_at = %(business)s WHERE id IN (
    SELECT alarm.id FROM companies_alarm AS alarm JOIN alarm_before AS before USING (id)
     WHERE alarm.cleared_at IS NULL AND alarm.times_raised = before.times_raised AND {over}
       FOR UPDATE OF alarm SKIP LOCKED)
"""
_OVER_BY_WATCH = """alarm.code = ANY (%(codes)s) AND NOT EXISTS (
    SELECT 1 FROM alarm_found AS found WHERE found.dedupe_key = alarm.dedupe_key AND found.severity IS NOT NULL)"""
_OVER_BY_ENDING = "alarm.code = %(ending_code)s AND alarm.subject_id NOT IN ({query})"


class UnableToWatchError(Exception):
    """Some of what should be looked at couldn't be; the rest was, and its alarms stand."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many alarms a sweep raised, made worse and cleared."""

    raised: int = 0
    worsened: int = 0
    cleared: int = 0


def sweep_alarms() -> Swept:
    """Run every watch and every ending once, and return what came of it; nothing while another sweep runs.

    A watch whose statement fails leaves its alarms as they are and hides none of the others. Raises
    UnableToWatchError after the others were done.
    """
    failed: list[str] = []
    now = Now(business=business_now(), machine=machine_now())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return Swept()
        cursor.execute(_BEFORE, [[*(watch.code for watch in watches()), *(ending.code for ending in endings())]])
        cursor.execute(_FOUND)
        looked = [watch for watch in watches() if _try(cursor, watch, now, failed)]
        swept = _settle(cursor, [watch.code for watch in looked], now)
        ended = sum(_end(cursor, ending, now, failed) for ending in endings())
        cursor.execute("DROP TABLE alarm_before, alarm_found, alarm_limits")
    if failed:
        raise UnableToWatchError(", ".join(failed))
    return Swept(raised=swept.raised, worsened=swept.worsened, cleared=swept.cleared + ended)


def _try(cursor: Any, watch: Watch, now: Now, failed: list[str]) -> bool:
    try:
        with transaction.atomic():
            cursor.execute(_FIND.format(query=watch.query), {"watch_code": watch.code, **watch.params(now)})
    except DatabaseError:
        logger.exception("Unable to look for %s", watch.code)
        failed.append(watch.code)
        return False
    return True


def _settle(cursor: Any, codes: Sequence[str], now: Now) -> Swept:
    """Turn what was found into alarms: see it, judge it by the limits, raise, worsen and clear."""
    place = {"codes": list(codes), "business": now.business, "grace": grace(), **notice_parameters(now.machine)}
    cursor.execute(_LIMITS, {**place, **_limits(codes, now)})
    for statement in (_SIGHT, _FORGET, _JUDGE, _OVERDUE):
        cursor.execute(statement, place)
    cursor.execute(_RAISE, place)
    raised = cursor.fetchone()[0]
    cursor.execute(_WORSEN, place)
    worsened = cursor.fetchone()[0]
    cursor.execute(_CLEAR.format(over=_OVER_BY_WATCH), place)
    return Swept(raised=raised, worsened=worsened, cleared=cursor.rowcount)


def _limits(codes: Sequence[str], now: Now) -> dict[str, list[Any]]:
    """Return the columns of the limits: moments before which something must have come to be amber, and red."""
    limits = [limit_of(code) for code in codes]
    bounds = [
        (None, None) if limit is None else moments(limit, business=now.business, machine=now.machine)
        for limit in limits
    ]
    return {
        "amber": [amber for amber, _ in bounds],
        "red": [red for _, red in bounds],
        "clocks": [limit is None or limit.clock is Clock.BUSINESS for limit in limits],
    }


def _end(cursor: Any, ending: Ending, now: Now, failed: list[str]) -> int:
    statement = _CLEAR.format(over=_OVER_BY_ENDING.format(query=ending.query))
    try:
        with transaction.atomic():
            cursor.execute(statement, {"business": now.business, "ending_code": ending.code})
            return int(cursor.rowcount)
    except DatabaseError:
        logger.exception("Unable to tell what of %s is over", ending.code)
        failed.append(ending.code)
        return 0
