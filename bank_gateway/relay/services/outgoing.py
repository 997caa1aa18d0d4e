"""Files to banks: queued once with their bytes fixed, withdrawn by a conditional update, claimed by fence and lease."""

import re
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection as database
from django.db import transaction

from autopay_portal.core.clocks import business_now, machine_now
from autopay_portal.core.errors import DomainError
from autopay_portal.core.vault import StoredFile
from bank_gateway.models import Connection, DoubtKind, EndedBy, OutgoingFile, OutgoingState
from bank_gateway.relay import journal
from bank_gateway.relay.dispatch import send_soon
from bank_gateway.relay.services.doubting import alarm_doubt, end_doubt, open_doubt
from bank_gateway.takers import listener_of
from companies.actors import Actor
from companies.services import record_audit

# A sweep holds a row for milliseconds; a worker that answers for longer has the file.
_LOCK_TRIES = 10
_LOCK_PAUSE = 0.03
_WITHDRAW = """
    UPDATE bank_gateway_outgoingfile SET state = 'withdrawn', closed_at = clock_timestamp()
    WHERE id = (SELECT id FROM bank_gateway_outgoingfile WHERE id = %s AND state = ANY (%s) AND renames = 0
                FOR UPDATE SKIP LOCKED)
"""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(xml|txt)")


@transaction.atomic
def queue_outgoing(
    *,
    company_id: UUID,
    connection_id: UUID,
    subject_kind: str,
    subject_id: UUID,
    generation: int,
    bank_message_id: str,
    name: str,
    stored: StoredFile,
    agreement_id: UUID | None = None,
    order_key: str = "",
    line_of: UUID | None = None,
) -> OutgoingFile:
    """Queue a file of the vault for the bank and return it; it's tried right after the caller's commit.

    The bytes, the bank's message id and the name never change again. `name` ends in .xml or .txt.
    `agreement_id` is what an operator may pause it by; `order_key` names the order behind it for ever, so that it's
    known again where a restored database has forgotten that it was sent. `line_of` is the company whose line it goes
    over where that isn't the file's own: the account's owner, who shares it. Raises DomainError
    `outgoing_name_invalid`, `connection_of_another_company`; IntegrityError when the message id, the name or the
    generation was used before.
    """
    if not _NAME.fullmatch(name):
        raise DomainError("outgoing_name_invalid", params={"name": name[:100]})
    if not Connection.objects.filter(pk=connection_id, company_id=line_of or company_id).exists():
        raise DomainError("connection_of_another_company")
    listener_of(subject_kind)
    outgoing = OutgoingFile.objects.create(
        company_id=company_id,
        connection_id=connection_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        generation=generation,
        agreement_id=agreement_id,
        bank_message_id=bank_message_id,
        order_key=order_key,
        name=name,
        sha256=stored.sha256,
        size=stored.size,
        path=stored.path,
        queued_business_at=business_now(),
    )
    send_soon(outgoing.pk)
    return outgoing


@transaction.atomic
def withdraw_outgoing(*, outgoing_id: UUID, actor: Actor) -> bool:
    """Take a queued file back and return True, or return False when its upload has begun before (money first).

    One conditional update decides against the send: queued becomes withdrawn here or uploading there. A file that
    was ever uploaded and proved not to have left is queued again but can't be withdrawn: its generation stands.
    """
    withdrawn = take_back(outgoing_id=outgoing_id)
    if withdrawn:
        outgoing = OutgoingFile.objects.get(pk=outgoing_id)
        record_audit(
            company_id=outgoing.company_id,
            actor=actor,
            action="outgoing_file.withdrawn",
            subject_kind="outgoing_file",
            subject_id=outgoing_id,
            details={"bank_message_id": outgoing.bank_message_id, "name": outgoing.name},
        )
    return withdrawn


def take_back(*, outgoing_id: UUID, uploading: bool = False) -> bool:
    """Withdraw a queued file without ever waiting for its row's lock, and without the audit; return whether it was.

    The caller holds its remittance, and who holds the file may wait for that. A lock held longer than a moment is a
    worker's that has the file. With `uploading` also one that is being uploaded and not yet delivered: its worker then
    finds that it has lost it. That is for a room that takes its own file back because the bank has spoken.
    """
    states = ["queued", "uploading"] if uploading else ["queued"]
    for _ in range(_LOCK_TRIES):
        with database.cursor() as cursor:
            cursor.execute(_WITHDRAW, [outgoing_id, states])
            if cursor.rowcount:
                outgoing = OutgoingFile.objects.select_related("connection").get(pk=outgoing_id)
                note_in_journal(outgoing, event="withdrawn", attempt=outgoing.attempt)
                return True
            cursor.execute(
                "SELECT state = ANY (%s) AND renames = 0 FROM bank_gateway_outgoingfile WHERE id = %s",
                [states, outgoing_id],
            )
            found = cursor.fetchone()
        if found is None or not found[0]:
            return False
        time.sleep(_LOCK_PAUSE)
    return False


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's hold on a file: the fence number, and the file as it was claimed."""

    outgoing: OutgoingFile
    attempt: int


# What isn't paused, waits, and whose lease (of a worker that died before the rename) has run out.
_CLAIM = """
    UPDATE bank_gateway_outgoingfile AS file
    SET state = 'uploading', attempt = file.attempt + 1,
        lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
    WHERE file.id = (
        SELECT waiting.id FROM bank_gateway_outgoingfile AS waiting
        JOIN bank_gateway_connection AS line ON line.id = waiting.connection_id
        WHERE waiting.id = %(id)s
          AND (waiting.state = 'queued' AND coalesce(waiting.next_attempt_at, '-infinity') <= clock_timestamp()
               OR waiting.state = 'uploading' AND waiting.lease_until < clock_timestamp())
          AND NOT EXISTS (
              SELECT 1 FROM bank_gateway_pause AS pause
              WHERE pause.lifted_at IS NULL
                AND (pause.scope = 'whole' OR pause.bank = line.bank
                     OR pause.company_id IN (waiting.company_id, line.company_id)
                     OR pause.agreement_id = waiting.agreement_id))
          AND NOT EXISTS (
              SELECT 1 FROM bank_gateway_forgottenupload AS forgotten
              WHERE forgotten.bank = line.bank AND forgotten.settled_at IS NULL
                AND (forgotten.bank_message_id = waiting.bank_message_id
                     OR waiting.order_key <> '' AND forgotten.order_key = waiting.order_key))
        FOR UPDATE OF waiting SKIP LOCKED)
    RETURNING file.attempt
"""


def claim_outgoing(*, outgoing_id: UUID, lease: float) -> Claim | None:
    """Claim a waiting file for `lease` seconds by PostgreSQL's clock; None when it isn't to be sent now or by us."""
    with database.cursor() as cursor:
        cursor.execute(_CLAIM, {"id": outgoing_id, "lease": lease})
        claimed = cursor.fetchone()
    if claimed is None:
        return None
    outgoing = OutgoingFile.objects.select_related("connection").get(pk=outgoing_id)
    return Claim(outgoing=outgoing, attempt=claimed[0])


def extend_lease(claim: Claim, *, lease: float) -> bool:
    """Extend our lease and return True, or return False when the file isn't ours any more."""
    with database.cursor() as cursor:
        cursor.execute(
            """UPDATE bank_gateway_outgoingfile
               SET lease_until = clock_timestamp() + make_interval(secs => %s)
               WHERE id = %s AND attempt = %s AND state = 'uploading' AND lease_until > clock_timestamp()""",
            [lease, claim.outgoing.pk, claim.attempt],
        )
        return bool(cursor.rowcount)


def begin_rename(claim: Claim) -> bool:
    """Commit "renaming, attempt n" if the file is still ours and return whether it was. Call outside a transaction."""
    with database.cursor() as cursor:
        cursor.execute(
            """UPDATE bank_gateway_outgoingfile
               SET state = 'renaming', renames = renames + 1, renaming_at = clock_timestamp(),
                   first_renaming_business_at = coalesce(first_renaming_business_at, %s)
               WHERE id = %s AND attempt = %s AND state = 'uploading' AND lease_until > clock_timestamp()""",
            [business_now(), claim.outgoing.pk, claim.attempt],
        )
        return bool(cursor.rowcount)


def give_up_rename(claim: Claim) -> None:
    """Take "renaming" back by the worker that knows it didn't rename; changes nothing if another has seen it."""
    OutgoingFile.objects.filter(pk=claim.outgoing.pk, attempt=claim.attempt, state=OutgoingState.RENAMING).update(
        state=OutgoingState.QUEUED, lease_until=None, renames=claim.outgoing.renames
    )


def put_back(claim: Claim, *, reason: str, wait: float) -> None:
    """Queue a file again whose upload failed before the rename, to be tried after `wait` seconds."""
    with database.cursor() as cursor:
        cursor.execute(
            """UPDATE bank_gateway_outgoingfile
               SET state = 'queued', lease_until = NULL, failures = failures + 1, last_error = %s,
                   next_attempt_at = clock_timestamp() + make_interval(secs => %s), hinted_at = NULL
               WHERE id = %s AND attempt = %s AND state = 'uploading'""",
            [reason, wait, claim.outgoing.pk, claim.attempt],
        )


@transaction.atomic
def mark_sent(*, outgoing_id: UUID, attempt: int, business_at: datetime) -> bool:
    """Note that the file lies at the bank under its final name, tell its room, and return whether it was news.

    Also ends a doubt that another worker noted meanwhile, and stops the same bytes from going again: the rename's own
    answer is proof. A file that the bank has answered already only gets its time. One that was given up by a decision
    isn't sent by it: that is for `_report_late_delivery`.
    """
    outgoing = OutgoingFile.objects.select_for_update().get(pk=outgoing_id)
    if outgoing.attempt != attempt or outgoing.sent_at is not None or outgoing.state == OutgoingState.WITHDRAWN:
        return False
    news = outgoing.state in (OutgoingState.RENAMING, OutgoingState.IN_DOUBT, OutgoingState.QUEUED)
    if news:
        outgoing.state = OutgoingState.SENT
    outgoing.sent_at = _database_now()
    outgoing.sent_business_at = business_at
    outgoing.lease_until = None
    outgoing.failures = 0
    outgoing.save(update_fields=["state", "sent_at", "sent_business_at", "lease_until", "failures"])
    if news:
        listener_of(outgoing.subject_kind).sent(outgoing=outgoing)
        end_doubt(outgoing.pk, by=EndedBy.EVIDENCE)
    return news


@transaction.atomic
def note_delivered_after_all(*, outgoing_id: UUID, attempt: int, business_at: datetime) -> bool:
    """Note that a file has reached the bank which was given up because the bank didn't have it; return whether it was.

    Its room takes back what it can of what it made in its place.
    """
    given_up = OutgoingFile.objects.select_for_update().filter(
        pk=outgoing_id, attempt=attempt, state=OutgoingState.WITHDRAWN, renames__gt=0
    )
    outgoing = given_up.first()
    if outgoing is None:
        return False
    outgoing.state = OutgoingState.SENT
    outgoing.sent_at = _database_now()
    outgoing.sent_business_at = business_at
    outgoing.save(update_fields=["state", "sent_at", "sent_business_at"])
    listener_of(outgoing.subject_kind).shows_life(outgoing=outgoing)
    listener_of(outgoing.subject_kind).sent(outgoing=outgoing)
    end_doubt(outgoing.pk, by=EndedBy.EVIDENCE)
    return True


@transaction.atomic
def mark_in_doubt(*, outgoing_id: UUID, attempt: int, only_expired: bool) -> bool:
    """Note that nobody knows whether the file left, raise the alarm, tell its room; never sends again.

    With `only_expired` only if the lease of the worker that renames has run out. Returns whether it was noted.
    """
    outgoing = (
        OutgoingFile.objects.select_for_update(skip_locked=only_expired)
        .filter(pk=outgoing_id, attempt=attempt, state=OutgoingState.RENAMING)
        .first()
    )
    if outgoing is None or (only_expired and not _lease_expired(outgoing)):
        return False
    put_in_doubt(outgoing)
    return True


def put_in_doubt(outgoing: OutgoingFile) -> None:
    """Put a locked file in doubt, with alarm, in the caller's transaction."""
    outgoing.state = OutgoingState.IN_DOUBT
    outgoing.lease_until = None
    outgoing.save(update_fields=["state", "lease_until"])
    open_doubt(outgoing, DoubtKind.DELIVERY)
    listener_of(outgoing.subject_kind).in_doubt(outgoing=outgoing)
    alarm_doubt(outgoing)


def note_in_journal(outgoing: OutgoingFile, *, event: journal.Event, attempt: int) -> None:
    """Write what happens to a file into the channel journal, and return when it is on disk."""
    journal.append(
        journal.JournalLine(
            event=event,
            outgoing=str(outgoing.pk),
            attempt=attempt,
            bank=outgoing.connection.bank,
            message_id=outgoing.bank_message_id,
            name=outgoing.name,
            sha256=outgoing.sha256,
            at=machine_now().isoformat(),
            order=outgoing.order_key,
            generation=outgoing.generation,
            company=str(outgoing.company_id),
        )
    )


def _lease_expired(outgoing: OutgoingFile) -> bool:
    return outgoing.lease_until is None or outgoing.lease_until < _database_now()


def _database_now() -> datetime:
    with database.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]  # type: ignore[no-any-return]
