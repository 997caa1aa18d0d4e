"""Finding work that nobody was told of: the broker may lose everything, the database doesn't."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection as database

from autopay_portal.core.clocks import business_now
from bank_gateway.profiles import bank_ids, get_profile
from bank_gateway.relay.limits import limits

# A hint is given again after this long: the first may have been lost, or wait behind others.
_HINT_AGAIN_SECONDS = 20
_MOST_AT_ONCE = 200
_EXAMINE_AGAIN_SECONDS = 10
_OFFER_AGAIN_SECONDS = 20
# Each of them is read again.
_MOST_KEPT_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Work:
    """What a sweep found: files out to send, to settle or to examine, and files in to apply."""

    outgoing: tuple[UUID, ...]
    incoming: tuple[UUID, ...]
    # Files from banks that were applied, and of which something may be taken now that nobody knew then.
    kept: tuple[UUID, ...] = ()


def sweep() -> Work:
    """Find what waits in the database, note what the banks should have answered, and return what to hint at."""
    note_unanswered()
    return Work(
        outgoing=(*find_outgoing_work(), *find_doubts()),
        incoming=tuple(find_incoming_work()),
        kept=tuple(find_kept_answers()),
    )


def find_outgoing_work() -> list[UUID]:
    """Return files that wait to be sent, or whose upload was broken off, and note that they were pointed out."""
    return _claim_hints(
        """UPDATE bank_gateway_outgoingfile AS hinted SET hinted_at = clock_timestamp()
            WHERE hinted.id IN (
                SELECT file.id FROM bank_gateway_outgoingfile AS file
                WHERE (file.state = 'queued' AND coalesce(file.next_attempt_at, '-infinity') <= clock_timestamp()
                       OR file.state IN ('uploading', 'renaming') AND file.lease_until < clock_timestamp())
                  AND coalesce(file.hinted_at, '-infinity') < clock_timestamp() - make_interval(secs => %s)
                  AND file.created_at < clock_timestamp() - interval '2 seconds'
                  AND (file.state = 'renaming' OR NOT EXISTS (
                      SELECT 1 FROM bank_gateway_pause AS pause
                      JOIN bank_gateway_connection AS line ON line.id = file.connection_id
                      WHERE pause.lifted_at IS NULL
                        AND (pause.scope = 'whole' OR pause.bank = line.bank
                             OR pause.company_id IN (file.company_id, line.company_id)
                             OR pause.agreement_id = file.agreement_id)))
                ORDER BY file.id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING hinted.id""",
        [_HINT_AGAIN_SECONDS, _MOST_AT_ONCE],
    )


def find_doubts() -> list[UUID]:
    """Return files in doubt that the bank wasn't looked at for lately."""
    return _claim_hints(
        """UPDATE bank_gateway_outgoingfile AS doubted SET examined_at = clock_timestamp()
           WHERE doubted.id IN (
               SELECT file.id FROM bank_gateway_outgoingfile AS file
               JOIN bank_gateway_doubt AS doubt ON doubt.outgoing_id = file.id AND doubt.ended_at IS NULL
               WHERE coalesce(file.examined_at, '-infinity') < clock_timestamp() - make_interval(secs => %s)
               ORDER BY file.id LIMIT %s FOR UPDATE OF file SKIP LOCKED)
           RETURNING doubted.id""",
        [_EXAMINE_AGAIN_SECONDS, _MOST_AT_ONCE],
    )


def find_incoming_work() -> list[UUID]:
    """Return stored files from banks that weren't applied yet, and note that they were pointed out."""
    return _claim_hints(
        """UPDATE bank_gateway_incomingfile AS hinted SET hinted_at = clock_timestamp()
           WHERE hinted.id IN (
               SELECT file.id FROM bank_gateway_incomingfile AS file
               WHERE file.state = 'stored' AND coalesce(file.next_attempt_at, '-infinity') <= clock_timestamp()
                 AND coalesce(file.hinted_at, '-infinity') < clock_timestamp() - make_interval(secs => %s)
                 AND file.stored_at < clock_timestamp() - interval '2 seconds'
               ORDER BY file.id LIMIT %s FOR UPDATE SKIP LOCKED)
           RETURNING hinted.id""",
        [_HINT_AGAIN_SECONDS, _MOST_AT_ONCE],
    )


def find_kept_answers() -> list[UUID]:
    """Return applied files that may answer what is known by now, and set when they are looked at again.

    A report on a file that didn't exist then and does now; and, after a restore, debits that nobody claimed: their
    orders may have been sent again.
    """
    return _claim_hints(
        """UPDATE bank_gateway_incomingfile AS kept
           SET next_attempt_at = clock_timestamp() + make_interval(secs => %s)
           WHERE kept.id IN (
               SELECT file.id FROM bank_gateway_incomingfile AS file
               WHERE file.state = 'applied' AND coalesce(file.next_attempt_at, '-infinity') <= clock_timestamp()
                 AND file.id IN (
                     SELECT open.file_id FROM bank_gateway_deviation AS open
                     JOIN bank_gateway_incomingfile AS of ON of.id = open.file_id
                     WHERE open.state = 'open'
                       AND (open.kind = 'unknown_message' AND EXISTS (
                               SELECT 1 FROM bank_gateway_outgoingfile AS known
                               WHERE known.connection_id = of.connection_id AND known.bank_message_id = open.reference
                                 AND known.state <> 'withdrawn')
                            OR open.kind = 'unclaimed' AND open.direction = 'DBIT' AND open.entry IS NOT NULL
                               AND of.stored_at >= (SELECT min(found_at) FROM bank_gateway_forgottenupload)))
               ORDER BY file.id LIMIT %s FOR UPDATE SKIP LOCKED)
           RETURNING kept.id""",
        [_OFFER_AGAIN_SECONDS, _MOST_KEPT_AT_ONCE],
    )


def find_connections_due() -> list[UUID]:
    """Return the lines whose bank is to be looked at now, and set when they are due next."""
    return _claim_hints(
        """UPDATE bank_gateway_connection AS due
           SET next_fetch_at = clock_timestamp() + make_interval(secs => %s)
           WHERE due.id IN (
               SELECT line.id FROM bank_gateway_connection AS line
               WHERE coalesce(line.next_fetch_at, '-infinity') <= clock_timestamp()
                 AND coalesce(line.fetch_lease_until, '-infinity') <= clock_timestamp()
               ORDER BY line.next_fetch_at NULLS FIRST LIMIT %s FOR UPDATE SKIP LOCKED)
           RETURNING due.id""",
        [limits().poll, _MOST_AT_ONCE],
    )


def note_unanswered() -> int:
    """Note which sent files the bank hasn't answered within its answer time, for the lists; return how many are new.

    By the business clock. The file stays sent: no answer is not a failure, and nothing is sent again. The alarm about
    it is the sweep of alarms' (`relay/watches.py`).
    """
    banks = bank_ids()
    with database.cursor() as cursor:
        cursor.execute(
            """UPDATE bank_gateway_outgoingfile SET no_answer_alarm_at = clock_timestamp() WHERE id IN (
               SELECT file.id FROM bank_gateway_outgoingfile AS file
               JOIN bank_gateway_connection AS line ON line.id = file.connection_id
               JOIN unnest(%s::text[], %s::interval[]) AS profile (bank, answer_time) USING (bank)
               WHERE file.state = 'sent' AND file.no_answer_alarm_at IS NULL
                 AND file.sent_business_at < %s - profile.answer_time
               FOR UPDATE OF file SKIP LOCKED)""",
            [list(banks), [get_profile(bank).answer_time for bank in banks], business_now()],
        )
        return int(cursor.rowcount)


def no_answer_key(outgoing_id: UUID) -> str:
    """Return the alarm key of a file that the bank hasn't answered."""
    return f"bank_answer_missing:{outgoing_id}"


def _claim_hints(statement: str, parameters: Sequence[float]) -> list[UUID]:
    with database.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [row[0] for row in cursor.fetchall()]
