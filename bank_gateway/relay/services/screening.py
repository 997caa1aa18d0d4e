"""What the takers don't get of a notification: repeats, unknown accounts, what isn't booked, what looks like a repeat.

Everything is said in SQL over the staged rows. What is withheld stays where it is, marked, until the relay has kept it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The file's notifications beside their entries, of a release only the one it is about; then a lock per account: two
# files about one account are screened, and applied, one after the other.
LIST_NOTIFICATIONS = """
DROP TABLE IF EXISTS pg_temp.staged_notification;
CREATE TEMPORARY TABLE staged_notification
    (number int, id text, account text, period text, copied bool, known bool, withheld text) ON COMMIT DROP;
INSERT INTO staged_notification (number, id, account, period, copied)
SELECT * FROM unnest(%(number)s::int[], %(id)s::text[], %(account)s::text[], %(period)s::text[], %(copied)s::bool[]);
SELECT account, pg_advisory_xact_lock(hashtextextended(%(bank)s || ':' || account, 0))
  FROM (SELECT DISTINCT account FROM staged_notification ORDER BY account) AS accounts
"""
# Withhold notifications of unknown accounts and repeated ones; note the others as seen. A copy whose original never
# came stays open for a person; one whose original was applied needs nobody.
_NOTIFICATIONS = """
UPDATE staged_notification SET known = account = ANY(%(known)s);
WITH first AS (
    SELECT DISTINCT ON (account, id, period) number, account, id, period FROM staged_notification
    WHERE known AND NOT copied ORDER BY account, id, period, number),
seen AS (
    INSERT INTO bank_gateway_seennotification (id, bank, account, notification_id, period, source, file_id, seen_at)
    SELECT uuidv7(), %(bank)s, account, id, period, %(source)s, %(file)s, clock_timestamp() FROM first
    ON CONFLICT (bank, account, source, notification_id, period) DO NOTHING
    RETURNING account, notification_id, period),
fresh AS (
    SELECT first.number FROM first JOIN seen
    ON (seen.account, seen.notification_id, seen.period) = (first.account, first.id, first.period))
UPDATE staged_notification AS notification
   SET withheld = CASE WHEN NOT known THEN 'unknown_account' ELSE 'repeated_notification' END
 WHERE NOT known OR copied OR number NOT IN (SELECT number FROM fresh);
INSERT INTO bank_gateway_deviation
    (id, kind, state, file_id, notification, account, currency, direction, reference, created_at, note)
SELECT uuidv7(), withheld,
       CASE WHEN withheld = 'repeated_notification' AND EXISTS (
           SELECT 1 FROM bank_gateway_seennotification AS seen
           WHERE (seen.bank, seen.account, seen.source, seen.notification_id)
               = (%(bank)s, notification.account, %(source)s, notification.id)) THEN 'closed' ELSE 'open' END,
       %(file)s, number, left(account, 34), '', '', left(id, 140), clock_timestamp(), ''
  FROM staged_notification AS notification WHERE withheld IS NOT NULL;
UPDATE staged_entry SET withheld = coalesce(notification.withheld, 'not_released')
  FROM staged_entry AS entry
  LEFT JOIN staged_notification AS notification ON notification.number = entry.notification_no
 WHERE entry.entry = staged_entry.entry AND (notification.number IS NULL OR notification.withheld IS NOT NULL)
   AND (%(release)s OR (SELECT bool_or(withheld IS NOT NULL) FROM staged_notification));
"""
# Same account, day, amount, currency, direction and references, in the entry and in its transactions in any order.
# A bank's entry reference (NtryRef) is unique only inside a notification, so it says nothing here.
_FINGERPRINTS = """
UPDATE staged_entry AS entry
   SET fingerprint = encode(sha256(convert_to(concat_ws(chr(31), %(bank)s::text, entry.account, entry.currency,
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
 WHERE same.entry = entry.entry AND entry.withheld IS NULL;
"""
# Withhold what isn't booked, and booked entries that look like one of another file. Two equal entries in one file are
# two. A booked entry after the same one pending is the booking.
_ENTRIES = """
UPDATE staged_entry AS entry
   SET withheld = CASE WHEN status <> 'BOOK' THEN 'not_booked' ELSE 'possible_repeat' END
 WHERE withheld IS NULL AND (status <> 'BOOK' OR EXISTS (
     SELECT 1 FROM bank_gateway_seenentry AS seen
     WHERE seen.fingerprint = entry.fingerprint AND seen.status = 'BOOK' AND seen.file_id <> %(file)s));
INSERT INTO bank_gateway_seenentry
    (id, bank, account, fingerprint, status, amount, currency, direction, booking_date, file_id, entry)
SELECT uuidv7(), %(bank)s, left(account, 34), fingerprint, status, amount, currency, direction, booking_date,
       %(file)s, entry
  FROM staged_entry WHERE fingerprint IS NOT NULL
ON CONFLICT (file_id, entry) DO NOTHING;
INSERT INTO bank_gateway_deviation
    (id, kind, state, file_id, notification, entry, line, account, amount, currency, direction,
     booking_date, reference, created_at, note)
SELECT uuidv7(), 'possible_repeat', 'open', %(file)s, notification_no, entry, line, left(account, 34), amount,
       currency, direction, booking_date, left(coalesce(bank_reference, ''), 140), clock_timestamp(), ''
  FROM staged_entry WHERE withheld = 'possible_repeat';
"""
_ONLY_ENTRIES = """
UPDATE staged_entry SET withheld = 'not_released'
 WHERE entry <> ALL (%(entries)s) OR notification_no <> coalesce(%(number)s, notification_no);
"""
# What is left to the takers, by account, and how much is held as a possible repeat.
_SUMMARY = """
SELECT array_agg(DISTINCT account ORDER BY account) FILTER (WHERE withheld IS NULL),
       count(*) FILTER (WHERE withheld = 'possible_repeat'), count(*) FILTER (WHERE withheld IS NOT NULL)
  FROM staged_entry
"""
SCREEN = _NOTIFICATIONS + _FINGERPRINTS + _ENTRIES + _SUMMARY
SCREEN_ENTRIES = _ONLY_ENTRIES + _SUMMARY
REMOVE_WITHHELD = """
DELETE FROM staged_transaction WHERE entry IN (SELECT entry FROM staged_entry WHERE withheld IS NOT NULL);
DELETE FROM staged_entry WHERE withheld IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Screened:
    """What screening left to the takers (`accounts`), and how many entries look like repeats."""

    accounts: tuple[str, ...]
    possible_repeats: int


def screen_entries(cursor: Any, statements: str, parameters: Mapping[str, Any]) -> Screened:
    """Withhold what the takers don't get, keep it, and remove it from the staged tables."""
    cursor.execute(statements, parameters)
    accounts, repeats, withheld = cursor.fetchone()
    if withheld:
        cursor.execute(REMOVE_WITHHELD)
    return Screened(tuple(accounts or ()), repeats)
