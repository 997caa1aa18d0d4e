"""Ending doubt by evidence: the final name or an answer says that it left, a lone part that it didn't.

An answer is seen where reports are applied; here the bank's folder is looked at.
"""

from uuid import UUID

from django.db import connection as database
from django.db import transaction
from django.db.models.functions import Now

from autopay_portal.core.clocks import business_now
from bank_gateway.channels.errors import BankChannelError
from bank_gateway.channels.sftp import Channel
from bank_gateway.models import OutgoingFile, OutgoingState
from bank_gateway.profiles import get_profile
from bank_gateway.relay import journal
from bank_gateway.relay.dispatch import send_soon
from bank_gateway.relay.limits import limits
from bank_gateway.relay.lines import OpenChannel, open_channel
from bank_gateway.relay.services.health import note_failure, note_heard
from bank_gateway.relay.services.outgoing import doubt_key, mark_in_doubt, mark_sent
from bank_gateway.relay.services.restored import settle_forgotten
from bank_gateway.relay.services.sending import send_outgoing
from bank_gateway.takers import listener_of
from companies.services import clear_alarm


def advance_outgoing(*, outgoing_id: UUID, channel_of: OpenChannel = open_channel) -> None:
    """Do what a file needs next: send it if it waits, note its doubt or look for evidence, or nothing."""
    if send_outgoing(outgoing_id=outgoing_id, channel_of=channel_of):
        return
    note_lost_renames(outgoing_id=outgoing_id)
    examine_doubt(outgoing_id=outgoing_id, channel_of=channel_of)


def note_lost_renames(*, outgoing_id: UUID) -> bool:
    """Put a file in doubt whose worker vanished while it renamed; return whether it was."""
    attempt = (
        OutgoingFile.objects.filter(pk=outgoing_id, state=OutgoingState.RENAMING)
        .values_list("attempt", flat=True)
        .first()
    )
    if attempt is None:
        return False
    return mark_in_doubt(outgoing_id=outgoing_id, attempt=attempt, only_expired=True)


def examine_doubt(*, outgoing_id: UUID, channel_of: OpenChannel = open_channel) -> OutgoingState:
    """Look at the bank for evidence about a file in doubt and return the state it has afterwards.

    The bank confirmed the rename and only our own note of it was lost: the channel journal has it, and it's sent.
    Found under its final name, or answered: sent. Only a part, no answer, and longer ago than lease, longest
    transfer and the bank's answer time together: the part is removed, which no late rename survives, and the same
    bytes are queued again. Neither: it stays in doubt.
    """
    outgoing = OutgoingFile.objects.select_related("connection").get(pk=outgoing_id)
    if outgoing.state != OutgoingState.IN_DOUBT:
        return OutgoingState(outgoing.state)
    if journal.was_renamed(outgoing=str(outgoing.pk), attempt=outgoing.attempt):
        _note_it_left(outgoing)
    else:
        _look_at_bank(outgoing, channel_of)
    OutgoingFile.objects.filter(pk=outgoing_id).update(examined_at=Now())
    return OutgoingState(OutgoingFile.objects.values_list("state", flat=True).get(pk=outgoing_id))


def _look_at_bank(outgoing: OutgoingFile, channel_of: OpenChannel) -> None:
    try:
        _examine(outgoing, channel_of(outgoing.connection))
        note_heard(outgoing.connection)
    except BankChannelError as error:
        note_failure(outgoing.connection, error)


def _examine(outgoing: OutgoingFile, channel: Channel) -> None:
    final = channel.find_outgoing(outgoing.name)
    if final is not None:
        if final.size == outgoing.size:
            _note_it_left(outgoing)
        return
    if _too_early(outgoing):
        return
    if _part_is_left(outgoing, channel) and channel.find_outgoing(outgoing.name) is None:
        _queue_again(outgoing)


def _note_it_left(outgoing: OutgoingFile) -> None:
    mark_sent(outgoing_id=outgoing.pk, attempt=outgoing.attempt, business_at=business_now())
    clear_alarm(dedupe_key=doubt_key(outgoing.pk))


def _part_is_left(outgoing: OutgoingFile, channel: Channel) -> bool:
    """Return whether the part of the attempt that was renaming still lay at the bank, and remove it if we may.

    Once it's gone, no late rename can deliver it. A bank that lets nobody remove a file leaves the look, which the
    wait before makes proof enough: the worker's own deadline has passed long ago.
    """
    part = outgoing.part_name(outgoing.attempt)
    try:
        return channel.remove_part(part)
    except BankChannelError as error:
        if not error.permanent:
            raise
        return channel.find_outgoing(part) is not None


def _too_early(outgoing: OutgoingFile) -> bool:
    """Return whether "not at the bank" can't be concluded yet.

    Lease and longest transfer run by PostgreSQL's clock, the bank's answer time by the business clock.
    """
    answer_time = get_profile(outgoing.connection.bank).answer_time
    if outgoing.in_doubt_business_at is None or business_now() < outgoing.in_doubt_business_at + answer_time:
        return True
    bounds = limits()
    with database.cursor() as cursor:
        cursor.execute(
            """SELECT clock_timestamp() - coalesce(renaming_at, in_doubt_at) < make_interval(secs => %s)
               FROM bank_gateway_outgoingfile WHERE id = %s""",
            [bounds.lease + bounds.longest_transfer, outgoing.pk],
        )
        return bool(cursor.fetchone()[0])


@transaction.atomic
def _queue_again(examined: OutgoingFile) -> None:
    """Queue the same bytes again: it's proved that they never left. An answer that came meanwhile wins."""
    outgoing = (
        OutgoingFile.objects.select_for_update(of=("self",))
        .select_related("connection")
        .filter(pk=examined.pk, attempt=examined.attempt, state=OutgoingState.IN_DOUBT)
        .first()
    )
    if outgoing is None:
        return
    outgoing.state = OutgoingState.QUEUED
    outgoing.in_doubt_at = None
    outgoing.next_attempt_at = None
    outgoing.save(update_fields=["state", "in_doubt_at", "next_attempt_at"])
    settle_forgotten(outgoing)
    listener_of(outgoing.subject_kind).never_left(outgoing=outgoing)
    clear_alarm(dedupe_key=doubt_key(outgoing.pk))
    send_soon(outgoing.pk)
