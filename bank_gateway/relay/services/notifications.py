"""Notifications from banks (camt.054, OCR giro): what is new and known goes to the takers, the rest is kept aside.

The whole runs set-based, in the transaction of the file, under a lock per account.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection as database

from bank_gateway.models import Deviation, DeviationKind, IncomingFile
from bank_gateway.relay.services.headings import Heading
from bank_gateway.relay.services.reports import raise_unclaimed
from bank_gateway.relay.services.screening import (
    LIST_NOTIFICATIONS,
    SCREEN,
    SCREEN_ENTRIES,
    Screened,
    screen_entries,
)
from bank_gateway.relay.services.staging import StagedFile
from bank_gateway.takers import CAMT054, OCR_GIRO, EntryDecision, StagedNotifications, Taker, takers_of
from companies.services import raise_alarm


@dataclass(frozen=True, slots=True)
class Released:
    """The part of a file that is taken later: a notification, or entries, and what a person decided of the one."""

    notification: int | None = None
    entries: tuple[int, ...] = ()
    decision: EntryDecision = EntryDecision.NONE
    fee: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was kept from the takers, or left by them: accounts without an agreement, and deviations by their ids."""

    unknown_accounts: tuple[str, ...]
    possible_repeats: int
    unclaimed: tuple[UUID, ...]


def apply_notifications(file: IncomingFile, staged: StagedFile, *, released: Released | None = None) -> Outcome:
    """Screen the staged entries, give the rest to the takers in order, and keep what nobody took as deviations."""
    source = OCR_GIRO if staged.message_type == OCR_GIRO else CAMT054
    takers = takers_of(source)
    with database.cursor() as cursor:
        accounts = _list_notifications(cursor, file, staged.header, released)
        known = _known_accounts(takers, bank=file.connection.bank, accounts=accounts)
        screened = _screen(cursor, file, source, known, released)
        if screened.accounts:
            notifications = _notifications(file, staged, source, screened.accounts, released)
            for taker in takers:
                taker.take_entries(notifications=notifications)
        unclaimed = _keep_unclaimed(cursor, file)
    by_entry = released is not None and bool(released.entries)
    unknown = () if by_entry else tuple(account for account in accounts if account not in known)
    _alarm(file, unknown, screened.possible_repeats)
    if released is None:
        _keep_other_parts(file, staged.header)
    return Outcome(unknown, screened.possible_repeats, unclaimed)


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
        decision=released.decision if released else EntryDecision.NONE,
        decided_fee=released.fee if released else None,
    )


def _list_notifications(
    cursor: Any, file: IncomingFile, heading: Heading, released: Released | None
) -> tuple[str, ...]:
    """Put the file's notifications, of a release the one it is about, into a table; lock and return their accounts."""
    wanted = None if released is None else released.notification
    listed = [notice for notice in heading.notices if wanted is None or notice.number == wanted]
    cursor.execute(
        LIST_NOTIFICATIONS,
        {
            "bank": file.connection.bank,
            "number": [notice.number for notice in listed],
            "id": [notice.id for notice in listed],
            "account": [notice.account for notice in listed],
            "period": [notice.period for notice in listed],
            # A copy that a person released is taken as the original.
            "copied": [released is None and notice.is_copy for notice in listed],
        },
    )
    return tuple(account for account, _lock in cursor.fetchall())


def _known_accounts(takers: tuple[Taker, ...], *, bank: str, accounts: tuple[str, ...]) -> set[str]:
    known: set[str] = set()
    for taker in takers:
        asked = [account for account in accounts if account not in known]
        known |= taker.known_accounts(bank=bank, accounts=asked) if asked else set()
    return known


def _screen(cursor: Any, file: IncomingFile, source: str, known: set[str], released: Released | None) -> Screened:
    """Withhold what the takers don't get. Of entries that are taken later nothing more is asked."""
    if released is not None and released.entries:
        chosen = {"entries": list(released.entries), "number": released.notification}
        return screen_entries(cursor, SCREEN_ENTRIES, chosen)
    parameters = {
        "known": sorted(known), "bank": file.connection.bank, "source": source, "file": file.pk,
        "release": released is not None,
    }  # fmt: skip
    return screen_entries(cursor, SCREEN, parameters)


def _keep_unclaimed(cursor: Any, file: IncomingFile) -> tuple[UUID, ...]:
    """Keep what nobody took as deviations and return their ids: an entry whole, or of one that was taken in part the
    transactions that are left. Of what may be salary no payment is named."""
    cursor.execute(_KEEP_UNCLAIMED, [file.pk])
    kept = tuple(row[0] for row in cursor.fetchall())
    if kept:
        raise_unclaimed(file, len(kept))
    return kept


_KEEP_UNCLAIMED = """
INSERT INTO bank_gateway_deviation
    (id, kind, state, file_id, notification, entry, transaction, line, account, amount, currency, direction,
     booking_date, reference, reason, details, created_at, note)
SELECT uuidv7(), 'unclaimed', 'open', %s, entry.notification_no, entry.entry, part.transaction,
       coalesce(part.line, entry.line), left(entry.account, 34), coalesce(part.amount, entry.amount),
       entry.currency, entry.direction, entry.booking_date,
       left(coalesce(part.end_to_end_id, part.bank_reference,
                     CASE WHEN NOT coalesce(entry.held_details ? 'salary', false) THEN sole.end_to_end_id END,
                     entry.bank_reference, entry.batch_payment_information_id, ''), 140),
       coalesce(entry.held, CASE entry.direction WHEN 'CRDT' THEN 'credit_of_nobody' ELSE 'debit_of_nobody' END),
       coalesce(entry.held_details, '{}'), clock_timestamp(), ''
  FROM staged_entry AS entry
  LEFT JOIN (SELECT DISTINCT entry FROM staged_transaction WHERE taken_by IS NOT NULL) AS begun USING (entry)
  LEFT JOIN staged_transaction AS part
         ON part.entry = entry.entry AND part.taken_by IS NULL AND begun.entry IS NOT NULL
  LEFT JOIN LATERAL (SELECT min(end_to_end_id) AS end_to_end_id FROM staged_transaction t WHERE t.entry = entry.entry
                     HAVING count(*) = 1) AS sole ON true
 WHERE entry.taken_by IS NULL AND (begun.entry IS NULL OR part.entry IS NOT NULL)
RETURNING id
"""


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
