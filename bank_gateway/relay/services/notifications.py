"""Notifications from banks (camt.054, OCR giro): what is new and known goes to the takers, the rest is kept aside.

Screening marks `staged_entry.withheld`; what is marked leaves the staged tables before the takers see them. The whole
runs set-based, in the transaction of the file, under a lock per account: two files about one account are screened
one after the other.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection as database

from bank_gateway.models import Deviation, DeviationKind, IncomingFile
from bank_gateway.relay.services.headings import Heading
from bank_gateway.relay.services.reports import raise_unclaimed
from bank_gateway.relay.services.staging import StagedFile
from bank_gateway.takers import CAMT054, OCR_GIRO, StagedNotifications, Taker, takers_of
from companies.services import raise_alarm


@dataclass(frozen=True, slots=True)
class Released:
    """The part of a file that is taken later: a notification or one entry of those held, or entries nobody claimed."""

    notification: int | None = None
    entry: int | None = None
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Withheld:
    """What screening kept from the takers, by kind: how many notifications or entries."""

    unknown_accounts: tuple[str, ...]
    possible_repeats: int


def apply_notifications(file: IncomingFile, staged: StagedFile, *, released: Released | None = None) -> Withheld:
    """Screen the staged entries, give the rest to the takers in order, and keep what nobody took as deviations."""
    source = OCR_GIRO if staged.message_type == OCR_GIRO else CAMT054
    takers = takers_of(source)
    with database.cursor() as cursor:
        _list_notifications(cursor, staged.header, released)
        withheld = _screen(cursor, file, source, takers, released)
        accounts = _leave_to_takers(cursor)
        if accounts:
            notifications = _notifications(file, staged, source, accounts, released)
            for taker in takers:
                taker.take_entries(notifications=notifications)
        _keep_unclaimed(cursor, file)
    if released is None:
        _keep_other_parts(file, staged.header)
    return withheld


def _notifications(
    file: IncomingFile, staged: StagedFile, source: str, accounts: tuple[str, ...], released: Released | None
) -> StagedNotifications:
    return StagedNotifications(
        file_id=file.pk,
        connection_id=file.connection_id,
        company_id=file.connection.company_id,
        bank=file.connection.bank,
        message_id=staged.message_id,
        created_at=staged.header.created_at,
        source=source,
        accounts=accounts,
        release=released is not None,
    )


def _list_notifications(cursor: Any, heading: Heading, released: Released | None) -> None:
    """Put the file's notifications into a table beside their entries; of a release only the one it is about."""
    wanted = None if released is None else released.notification
    listed = [notice for notice in heading.notices if wanted is None or notice.number == wanted]
    cursor.execute(
        """DROP TABLE IF EXISTS pg_temp.staged_notification;
           CREATE TEMPORARY TABLE staged_notification
               (number int, id text, account text, period text, copied bool, known bool, withheld text)
               ON COMMIT DROP;
           INSERT INTO staged_notification (number, id, account, period, copied)
           SELECT * FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::bool[])""",
        [
            [notice.number for notice in listed],
            [notice.id for notice in listed],
            [notice.account for notice in listed],
            [notice.period for notice in listed],
            # A copy that a person released is taken as the original.
            [released is None and notice.is_copy for notice in listed],
        ],
    )


def _screen(
    cursor: Any, file: IncomingFile, source: str, takers: tuple[Taker, ...], released: Released | None
) -> Withheld:
    """Mark what the takers don't get, keep it as deviations with alarms, and say what it was."""
    cursor.execute(
        """SELECT account, pg_advisory_xact_lock(hashtextextended(%s || ':' || account, 0))
           FROM (SELECT DISTINCT account FROM staged_notification ORDER BY account) AS accounts""",
        [file.connection.bank],
    )
    accounts = [row[0] for row in cursor.fetchall()]
    known = _known_accounts(takers, bank=file.connection.bank, accounts=accounts)
    if released is not None and (released.entries or released.entry is not None):
        _select_released_entries(cursor, released)
        return Withheld((), 0)
    _screen_notifications(cursor, file, source, known, released)
    repeats = _screen_entries(cursor, file)
    unknown = tuple(account for account in accounts if account not in known)
    _alarm(file, unknown, repeats)
    return Withheld(unknown, repeats)


def _known_accounts(takers: tuple[Taker, ...], *, bank: str, accounts: list[str]) -> set[str]:
    known: set[str] = set()
    for taker in takers:
        known |= taker.known_accounts(bank=bank, accounts=accounts)
    return known


def _select_released_entries(cursor: Any, released: Released) -> None:
    wanted = released.entries or ((released.entry,) if released.entry is not None else ())
    cursor.execute(
        """UPDATE staged_entry SET withheld = 'not_released'
           WHERE entry <> ALL (%s) OR notification_no <> coalesce(%s, notification_no)""",
        [list(wanted), released.notification],
    )


def _screen_notifications(
    cursor: Any, file: IncomingFile, source: str, known: set[str], released: Released | None
) -> None:
    """Withhold notifications of unknown accounts and repeated ones; note the others as seen.

    A copy whose original never came stays open for a person; one whose original was applied needs nobody.
    """
    cursor.execute("UPDATE staged_notification SET known = account = ANY(%s)", [sorted(known)])
    cursor.execute(
        """WITH first AS (
               SELECT DISTINCT ON (account, id, period) number, account, id, period FROM staged_notification
               WHERE known AND NOT copied ORDER BY account, id, period, number),
           seen AS (
               INSERT INTO bank_gateway_seennotification
                   (id, bank, account, notification_id, period, source, file_id, seen_at)
               SELECT uuidv7(), %(bank)s, account, id, period, %(source)s, %(file)s, clock_timestamp() FROM first
               ON CONFLICT (bank, account, source, notification_id, period) DO NOTHING
               RETURNING account, notification_id, period),
           fresh AS (
               SELECT first.number FROM first JOIN seen
               ON (seen.account, seen.notification_id, seen.period) = (first.account, first.id, first.period))
           UPDATE staged_notification AS notification
           SET withheld = CASE WHEN NOT known THEN 'unknown_account' ELSE 'repeated_notification' END
           WHERE NOT known OR copied OR number NOT IN (SELECT number FROM fresh)""",
        {"bank": file.connection.bank, "source": source, "file": file.pk},
    )
    cursor.execute(
        """INSERT INTO bank_gateway_deviation
               (id, kind, state, file_id, notification, account, currency, direction, reference, created_at, note)
           SELECT uuidv7(), withheld,
                  CASE WHEN withheld = 'repeated_notification' AND EXISTS (
                      SELECT 1 FROM bank_gateway_seennotification AS seen
                      WHERE (seen.bank, seen.account, seen.source, seen.notification_id)
                          = (%s, notification.account, %s, notification.id)) THEN 'closed' ELSE 'open' END,
                  %s, number, left(account, 34), '', '', left(id, 140), clock_timestamp(), ''
           FROM staged_notification AS notification WHERE withheld IS NOT NULL""",
        [file.connection.bank, source, file.pk],
    )
    if cursor.rowcount or released is not None:
        cursor.execute(
            """UPDATE staged_entry SET withheld = coalesce(notification.withheld, 'not_released')
               FROM staged_entry AS entry
               LEFT JOIN staged_notification AS notification ON notification.number = entry.notification_no
               WHERE entry.entry = staged_entry.entry
                 AND (notification.number IS NULL OR notification.withheld IS NOT NULL)"""
        )


# Same account, day, amount, currency, direction and references, in the entry and in its transactions in any order.
# A bank's entry reference (NtryRef) is unique only inside a notification, so it says nothing here.
_FINGERPRINTS = """
    UPDATE staged_entry AS entry
    SET fingerprint = encode(sha256(convert_to(concat_ws(chr(31), %s::text, entry.account, entry.currency,
            entry.amount, entry.direction, coalesce(entry.reversal, false), entry.booking_date,
            coalesce(trim(entry.bank_reference), ''), coalesce(entry.batch_message_id, ''),
            coalesce(entry.batch_payment_information_id, ''), entry.transaction_count,
            coalesce(inside.digest, 0)), 'UTF8')), 'hex')
    FROM staged_entry AS same
    LEFT JOIN (SELECT entry, sum(hashtextextended(concat_ws(chr(31), amount, coalesce(end_to_end_id, ''),
                   coalesce(instruction_id, ''), coalesce(message_id, ''), coalesce(payment_information_id, ''),
                   coalesce(trim(bank_reference), ''), coalesce(kid, ''), coalesce(debtor_account, '')), 0)::numeric)
                   AS digest
               FROM staged_transaction GROUP BY entry) AS inside ON inside.entry = same.entry
    WHERE same.entry = entry.entry AND entry.withheld IS NULL
"""


def _screen_entries(cursor: Any, file: IncomingFile) -> int:
    """Withhold what isn't booked, and booked entries that look like one of another file; return how many the latter.

    Two equal entries in one file are two. A booked entry after the same one pending is the booking.
    """
    cursor.execute(_FINGERPRINTS, [file.connection.bank])
    cursor.execute(
        """UPDATE staged_entry AS entry
           SET withheld = CASE WHEN status <> 'BOOK' THEN 'not_booked' ELSE 'possible_repeat' END
           WHERE withheld IS NULL AND (status <> 'BOOK' OR EXISTS (
               SELECT 1 FROM bank_gateway_seenentry AS seen
               WHERE seen.fingerprint = entry.fingerprint AND seen.status = 'BOOK' AND seen.file_id <> %s))""",
        [file.pk],
    )
    cursor.execute(
        """INSERT INTO bank_gateway_seenentry
               (id, bank, account, fingerprint, status, amount, currency, direction, booking_date, file_id, entry)
           SELECT uuidv7(), %s, left(account, 34), fingerprint, status, amount, currency, direction, booking_date,
                  %s, entry
           FROM staged_entry WHERE fingerprint IS NOT NULL
           ON CONFLICT (file_id, entry) DO NOTHING""",
        [file.connection.bank, file.pk],
    )
    cursor.execute(
        """INSERT INTO bank_gateway_deviation
               (id, kind, state, file_id, notification, entry, line, account, amount, currency, direction,
                booking_date, reference, created_at, note)
           SELECT uuidv7(), 'possible_repeat', 'open', %s, notification_no, entry, line, left(account, 34), amount,
                  currency, direction, booking_date, left(coalesce(bank_reference, ''), 140), clock_timestamp(), ''
           FROM staged_entry WHERE withheld = 'possible_repeat'""",
        [file.pk],
    )
    return int(cursor.rowcount)


def _leave_to_takers(cursor: Any) -> tuple[str, ...]:
    """Remove what was withheld from the staged tables and return the accounts that are left."""
    cursor.execute("SELECT DISTINCT withheld IS NULL, account FROM staged_entry")
    found = cursor.fetchall()
    if any(not free for free, _ in found):
        cursor.execute(
            """DELETE FROM staged_transaction
               WHERE entry IN (SELECT entry FROM staged_entry WHERE withheld IS NOT NULL);
               DELETE FROM staged_entry WHERE withheld IS NOT NULL"""
        )
    return tuple(sorted(account for free, account in found if free))


def _keep_unclaimed(cursor: Any, file: IncomingFile) -> None:
    """Keep as deviations the entries that nobody took, or those of their transactions that nobody took."""
    cursor.execute(
        """INSERT INTO bank_gateway_deviation
               (id, kind, state, file_id, notification, entry, transaction, line, account, amount, currency, direction,
                booking_date, reference, created_at, note)
           SELECT uuidv7(), 'unclaimed', 'open', %s, entry.notification_no, entry.entry, part.transaction,
                  coalesce(part.line, entry.line), left(entry.account, 34), coalesce(part.amount, entry.amount),
                  entry.currency, entry.direction, entry.booking_date,
                  left(coalesce(part.end_to_end_id, part.bank_reference, entry.bank_reference, ''), 140),
                  clock_timestamp(), ''
           FROM staged_entry AS entry LEFT JOIN staged_transaction AS part ON part.entry = entry.entry
           WHERE entry.taken_by IS NULL AND part.taken_by IS NULL""",
        [file.pk],
    )
    if cursor.rowcount:
        raise_unclaimed(file, cursor.rowcount)


def _keep_other_parts(file: IncomingFile, heading: Heading) -> None:
    """Keep what stands in the file for another service (AvtaleGiro in an OCR transmission), where it begins."""
    Deviation.objects.bulk_create(
        Deviation(kind=DeviationKind.OTHER_SERVICE, file=file, line=part.first_line, reference=part.service)
        for part in heading.others
    )


def _alarm(file: IncomingFile, unknown: tuple[str, ...], repeats: int) -> None:
    """Raise the alarms for what waits for a person."""
    if unknown:
        raise_alarm(
            code="bank_account_unknown",
            severity="amber",
            company_id=file.connection.company_id,
            subject_kind="incoming_file",
            subject_id=file.pk,
            params={"bank": file.connection.bank, "name": file.name, "accounts": list(unknown[:20])},
            dedupe_key=f"bank_account_unknown:{file.pk}",
        )
    if repeats:
        raise_alarm(
            code="bank_entry_possible_repeat",
            severity="red",
            company_id=file.connection.company_id,
            subject_kind="incoming_file",
            subject_id=file.pk,
            params={"bank": file.connection.bank, "name": file.name, "count": repeats},
            dedupe_key=f"bank_entry_possible_repeat:{file.pk}",
        )
