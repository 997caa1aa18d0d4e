"""Ending doubt by evidence: the final name or an answer says that it left, a lone part that it didn't.

An answer is seen where reports are applied; here the bank's folder is looked at. What two operators have agreed on is
carried out here too, after a last look.
"""

from uuid import UUID

from django.db import transaction

from autopay_portal.core.clocks import business_now
from bank_gateway.channels.errors import BankChannelError
from bank_gateway.channels.sftp import Channel
from bank_gateway.models import Doubt, DoubtKind, EndedBy, FolderShows, OutgoingFile, OutgoingState
from bank_gateway.relay import journal
from bank_gateway.relay.dispatch import send_soon
from bank_gateway.relay.evidence import too_early
from bank_gateway.relay.lines import OpenChannel, open_channel
from bank_gateway.relay.resending import may_send_same_file
from bank_gateway.relay.services.deciding import carry_out, drop_changed
from bank_gateway.relay.services.doubting import end_doubt, note_look, payments_in_doubt
from bank_gateway.relay.services.health import note_failure, note_heard
from bank_gateway.relay.services.outgoing import mark_in_doubt, mark_sent
from bank_gateway.relay.services.restored import settle_forgotten
from bank_gateway.relay.services.sending import send_outgoing
from bank_gateway.takers import listener_of


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
    """Look for evidence about a file in doubt, carry out what was decided, and return the state it has afterwards.

    The bank confirmed the rename and only our own note of it was lost: the channel journal has it, and it's sent. So
    it is when it's found under its final name, or the bank has answered or debited it. Only a part, no answer, and
    longer ago than lease, longest transfer and the bank's answer time together: it never left. Where the bank would
    know a second copy, the part is removed, which no late rename survives, and the same bytes are queued again;
    elsewhere that is for two operators (money.md 2.6). Neither: it stays in doubt.
    """
    outgoing = OutgoingFile.objects.select_related("connection").get(pk=outgoing_id)
    doubt = Doubt.objects.filter(outgoing=outgoing, ended_at=None).first()
    if doubt is None:
        return OutgoingState(outgoing.state)
    if doubt.kind != DoubtKind.DELIVERY:
        _end_without_payments(outgoing_id)
    elif _is_known_to_have_left(outgoing):
        _note_it_left(outgoing)
    else:
        _look_at_bank(doubt, outgoing, channel_of)
    return OutgoingState(OutgoingFile.objects.values_list("state", flat=True).get(pk=outgoing_id))


@transaction.atomic
def _end_without_payments(outgoing_id: UUID) -> None:
    """End a doubt about payments when none of them is in doubt any more: the bank has debited them, say."""
    outgoing = OutgoingFile.objects.select_for_update().get(pk=outgoing_id)
    if payments_in_doubt(outgoing):
        return
    if outgoing.state == OutgoingState.IN_DOUBT:
        outgoing.state = OutgoingState.ANSWERED
        outgoing.save(update_fields=["state"])
    end_doubt(outgoing_id, by=EndedBy.EVIDENCE)


def _is_known_to_have_left(outgoing: OutgoingFile) -> bool:
    if journal.was_renamed(outgoing=str(outgoing.pk), attempt=outgoing.attempt):
        return True
    return listener_of(outgoing.subject_kind).standing(outgoing=outgoing).proves_receipt


def _note_it_left(outgoing: OutgoingFile) -> None:
    with transaction.atomic():
        mark_sent(outgoing_id=outgoing.pk, attempt=outgoing.attempt, business_at=business_now())
        settle_forgotten(outgoing)


def _look_at_bank(doubt: Doubt, outgoing: OutgoingFile, channel_of: OpenChannel) -> None:
    try:
        _examine(doubt, outgoing, channel_of(outgoing.connection))
        note_heard(outgoing.connection)
    except BankChannelError as error:
        note_failure(outgoing.connection, error)


def _examine(doubt: Doubt, outgoing: OutgoingFile, channel: Channel) -> None:
    shows = _folder(outgoing, channel)
    if shows == FolderShows.FINAL:
        _note_it_left(outgoing)
        return
    _note_shown(doubt, shows)
    doubt.refresh_from_db()
    if doubt.agreed_at is None and not (shows == FolderShows.PART and may_send_same_file(outgoing, doubt.kind)):
        return
    if too_early(outgoing) or not _folder_is_cleared(doubt, outgoing, channel):
        return
    if doubt.agreed_at is None:
        _queue_again(outgoing)
    else:
        carry_out(outgoing_id=outgoing.pk)


def _folder(outgoing: OutgoingFile, channel: Channel) -> FolderShows:
    final = channel.find_outgoing(outgoing.name)
    if final is not None:
        return FolderShows.FINAL if final.size == outgoing.size else FolderShows.OTHER_SIZE
    part = channel.find_outgoing(outgoing.part_name(outgoing.attempt))
    return FolderShows.NOTHING if part is None else FolderShows.PART


def _note_shown(doubt: Doubt, shows: FolderShows) -> None:
    """Note what the folder shows; a decision made while it showed something else counts no more."""
    if doubt.folder_shows == shows:
        note_look(doubt, shows)
        return
    with transaction.atomic():
        drop_changed(outgoing_id=doubt.outgoing_id)
        note_look(doubt, shows)


def _folder_is_cleared(doubt: Doubt, outgoing: OutgoingFile, channel: Channel) -> bool:
    """Remove the part of the attempt that was renaming and return whether nothing can be delivered any more.

    A part that lay there and is gone when it's to be removed may have been renamed this moment: nothing is concluded.
    A bank that lets nobody remove a file leaves the look, which the wait before makes proof enough: the worker's own
    deadline has passed long ago.
    """
    part = outgoing.part_name(outgoing.attempt)
    try:
        was_there = channel.remove_part(part)
    except BankChannelError as error:
        if not error.permanent:
            raise
        was_there = channel.find_outgoing(part) is not None
    if doubt.folder_shows == FolderShows.PART and not was_there:
        _note_shown(doubt, FolderShows.NOTHING)
        return False
    final = channel.find_outgoing(outgoing.name)
    return final is None or doubt.folder_shows == FolderShows.OTHER_SIZE


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
    end_doubt(outgoing.pk, by=EndedBy.EVIDENCE)
    send_soon(outgoing.pk)
