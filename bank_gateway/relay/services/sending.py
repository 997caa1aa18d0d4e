"""Sending one file exactly once (money.md section 2): claim, upload a part, say so, rename, say so.

No database transaction is open while the line works. Whatever happens between two commits, the row says how far it
may have come: before `renaming` nothing can have reached the bank under its final name; after it only evidence tells.
"""

import hashlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from autopay_portal.core.clocks import business_now
from autopay_portal.core.vault import read_chunks
from bank_gateway.channels.errors import BankChannelError
from bank_gateway.channels.sftp import Channel
from bank_gateway.relay import journal
from bank_gateway.relay.limits import backoff, limits
from bank_gateway.relay.lines import OpenChannel, open_channel
from bank_gateway.relay.services import outgoing as files
from bank_gateway.relay.services.health import note_failure, note_heard
from bank_gateway.relay.services.restored import doubt_forgotten, hold_if_restored
from companies.services import raise_alarm

logger = logging.getLogger(__name__)

_UPLOAD_BYTES = 1 << 20


class StoredBytesChangedError(Exception):
    """The vault's bytes aren't those whose hash was fixed, or can't be read: somebody must look at the disk."""


class _LeaseLostError(Exception):
    """Another worker may have the file by now; this one changes nothing more."""


def send_outgoing(*, outgoing_id: UUID, channel_of: OpenChannel = open_channel) -> bool:
    """Send a file if it waits and nothing holds it back; return whether this call put it at the bank.

    Safe to call twice at once and at any time: who doesn't get the claim does nothing. Failures of the line leave
    the file queued for later or, from the rename on, in doubt; they aren't raised.
    """
    if hold_if_restored():
        return False
    started = time.monotonic()
    claim = files.claim_outgoing(outgoing_id=outgoing_id, lease=limits().lease)
    if claim is None:
        doubt_forgotten(outgoing_id=outgoing_id)
        return False
    return _upload_and_deliver(_Upload(claim=claim, deadline=_deadline(started)), channel_of)


def _upload_and_deliver(upload: "_Upload", channel_of: OpenChannel) -> bool:
    """Do both, and note what went wrong before the rename, so that the file is tried again or looked at."""
    claim = upload.claim
    try:
        channel = channel_of(claim.outgoing.connection)
        upload.write_part(channel)
        note_heard(claim.outgoing.connection)
        return _deliver(upload, channel)
    except BankChannelError as error:
        note_failure(claim.outgoing.connection, error)
        wait = backoff(claim.outgoing.failures, permanent=error.permanent)
        files.put_back(claim, reason=str(error), wait=wait)
    except StoredBytesChangedError as error:
        _refuse_changed_bytes(claim, error)
    except _LeaseLostError:
        logger.warning("%s: attempt %s lost its lease while it uploaded", claim.outgoing.pk, claim.attempt)
    return False


@dataclass(slots=True)
class _Upload:
    claim: files.Claim
    # Monotonic seconds after which this worker gives up; shorter than its lease.
    deadline: float

    @property
    def part(self) -> str:
        return self.claim.outgoing.part_name(self.claim.attempt)

    def write_part(self, channel: Channel) -> None:
        _note(self.claim, "begin")
        channel.upload_part(self.part, self._checked_bytes())

    def is_late(self) -> bool:
        return time.monotonic() >= self.deadline

    def _checked_bytes(self) -> Iterator[bytes]:
        """Yield the stored bytes, hashed again on their way; keep the lease while they go."""
        outgoing = self.claim.outgoing
        digest = hashlib.sha256()
        last = b""
        for chunk in _stored_chunks(outgoing.path):
            # The last piece goes only when the whole is known to be right.
            if last:
                yield last
            digest.update(chunk)
            last = chunk
            self._keep_lease()
        if digest.hexdigest() != outgoing.sha256:
            raise StoredBytesChangedError(outgoing.path)
        yield last

    def _keep_lease(self) -> None:
        bounds = limits()
        now = time.monotonic()
        if self.deadline - now > (bounds.lease - bounds.lease_margin) / 2:
            return
        if now >= self.deadline or not files.extend_lease(self.claim, lease=bounds.lease):
            raise _LeaseLostError
        self.deadline = _deadline(now)


def _stored_chunks(path: str) -> Iterator[bytes]:
    try:
        yield from read_chunks(path, size=_UPLOAD_BYTES)
    except OSError as error:
        raise StoredBytesChangedError(path) from error


def _deliver(upload: _Upload, channel: Channel) -> bool:
    """Commit "renaming", rename if still in time, commit "sent". A rename that fails in any way leaves doubt."""
    claim = upload.claim
    outgoing = claim.outgoing
    if upload.is_late() or not files.begin_rename(claim):
        return False
    if upload.is_late():
        files.give_up_rename(claim)
        return False
    try:
        channel.rename_uploaded(upload.part, outgoing.name)
    except BankChannelError as error:
        note_failure(outgoing.connection, error)
        files.mark_in_doubt(outgoing_id=outgoing.pk, attempt=claim.attempt, only_expired=False)
        return False
    _note(claim, "renamed")
    if not files.mark_sent(outgoing_id=outgoing.pk, attempt=claim.attempt, business_at=business_now()):
        _report_late_delivery(claim)
    return True


def _deadline(now: float) -> float:
    bounds = limits()
    return now + bounds.lease - bounds.lease_margin


def _note(claim: files.Claim, event: journal.Event) -> None:
    files.note_in_journal(claim.outgoing, event=event, attempt=claim.attempt)


def _refuse_changed_bytes(claim: files.Claim, error: StoredBytesChangedError) -> None:
    outgoing = claim.outgoing
    files.put_back(claim, reason="the stored bytes have changed", wait=limits().longest_backoff)
    raise_alarm(
        code="stored_bytes_changed",
        severity="red",
        company_id=outgoing.company_id,
        subject_kind="outgoing_file",
        subject_id=outgoing.pk,
        params={"name": outgoing.name, "path": str(error)},
        dedupe_key=f"stored_bytes_changed:{outgoing.pk}",
    )


def _report_late_delivery(claim: files.Claim) -> None:
    """Raise a red alarm when a file was delivered by a worker that had lost it: the bank may have two copies."""
    outgoing = claim.outgoing
    given_up = files.note_delivered_after_all(
        outgoing_id=outgoing.pk, attempt=claim.attempt, business_at=business_now()
    )
    outgoing.refresh_from_db()
    if outgoing.attempt == claim.attempt and not given_up:
        return
    raise_alarm(
        code="outgoing_delivered_late",
        severity="red",
        company_id=outgoing.company_id,
        subject_kind="outgoing_file",
        subject_id=outgoing.pk,
        params={"name": outgoing.name, "attempt": claim.attempt},
        dedupe_key=f"outgoing_delivered_late:{outgoing.pk}:{claim.attempt}",
    )
