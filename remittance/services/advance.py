"""A remittance's own next step: to approval, to approved, to the bank. Safe to ask for any number of times."""

from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction

from autopay_portal.core.clocks import business_now, machine_now
from autopay_portal.core.errors import DomainError
from bank_gateway.relay.queries import forgotten_generation
from bank_gateway.relay.services import queue_outgoing
from companies.actors import Actor
from companies.services import clear_alarm, raise_alarm, record_audit

from ..errors import UnableToReleaseError
from ..models import BankMessage, Cause, Remittance
from ..states import PaymentStatus, RemittanceStatus
from .bank_file import BankFile, order_key, write_bank_file
from .content import content_hash
from .delivery import SUBJECT_KIND
from .forgotten import require_same_as_sent
from .new_generation import NOTHING, uncovered_positions
from .passed_dates import settle_dates_of_approved
from .release_rights import require_approvals
from .transitions import Happening, move_all

_SYSTEM = Actor.system("autopay")
# What couldn't be released is tried again at this pace: a right may be given back, a line set up.
_REFUSED_AGAIN = timedelta(minutes=5)


def advance_remittance(*, remittance_id: UUID) -> None:
    """Take a remittance one step on: received to approval or approved, approved to a file for the bank."""
    settle_received(remittance_id=remittance_id)
    release_remittance(remittance_id=remittance_id)


@transaction.atomic
def settle_received(*, remittance_id: UUID) -> None:
    """Move a received remittance to approval where it needs one or is held, else to approved."""
    remittance = Remittance.objects.select_for_update().get(pk=remittance_id)
    if remittance.status != RemittanceStatus.RECEIVED:
        return
    waits = remittance.approvals_required > 0 or remittance.held_for_duplicates
    status = PaymentStatus.AWAITING_APPROVAL if waits else PaymentStatus.APPROVED
    kind = Cause.Kind.AWAITING if waits else Cause.Kind.APPROVED
    details = {"required": remittance.approvals_required, "held_for_duplicates": remittance.held_for_duplicates}
    with connection.cursor() as cursor:
        move_all(
            cursor,
            remittance_id=remittance.pk,
            status=status,
            happening=Happening(kind=kind, actor=_SYSTEM, occurred_at=business_now(), details=details),
            only=[PaymentStatus.RECEIVED],
        )
    if waits:
        Remittance.objects.filter(pk=remittance_id).update(next_step_at=None)


def release_remittance(*, remittance_id: UUID) -> None:
    """Make the file for the bank of an approved remittance and queue it, its bytes and MsgId fixed for ever.

    The file is written before the lock is taken and counts only if the remittance is still the same under it. What
    was written is read back and must hash to what was approved (money.md 2.9); if not, nothing is sent and an
    alarm is raised.
    """
    remittance = Remittance.objects.select_related("agreement__owner", "company").get(pk=remittance_id)
    positions = uncovered_positions(remittance_id=remittance.pk)
    if positions == NOTHING:
        Remittance.objects.filter(pk=remittance_id).exclude(status=RemittanceStatus.RECEIVED).update(next_step_at=None)
        clear_alarm(dedupe_key=_alarm_key(remittance_id))
        return
    try:
        _settle_dates(remittance_id)
        forgotten = _forgotten_generation(remittance)
        generation = max(remittance.generation + 1, forgotten)
        file = write_bank_file(remittance=remittance, generation=generation, positions=positions)
        if generation == forgotten:
            require_same_as_sent(remittance, message_id=file.message_id, generation=generation)
        _queue(remittance, file)
    except DomainError as error:
        Remittance.objects.filter(pk=remittance_id).update(next_step_at=machine_now() + _REFUSED_AGAIN)
        raise_alarm(
            code="release_refused",
            severity="red",
            company_id=remittance.company_id,
            agreement_id=remittance.agreement_id,
            subject_kind="remittance",
            subject_id=remittance.pk,
            params={
                "account": remittance.debtor_account,
                **error.params,
                "reason": error.code,
                "message_id": remittance.message_id,
            },
            dedupe_key=_alarm_key(remittance.pk),
        )


@transaction.atomic
def _settle_dates(remittance_id: UUID) -> None:
    """Look at the dates of the payments that no file carries yet. Raises UnableToReleaseError `date_passed`."""
    locked = Remittance.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=remittance_id)
    settle_dates_of_approved(locked, positions=uncovered_positions(remittance_id=remittance_id))


def _forgotten_generation(remittance: Remittance) -> int:
    """Return the number of the order's last file that was sent and that a restored database has forgotten; 0 for none.

    The file is written under that number again: its message id is the one that the bank has and answers.
    """
    line = remittance.agreement.connection_id
    return forgotten_generation(connection_id=line, order_key=_key_of(remittance)) if line else 0


def _key_of(remittance: Remittance) -> str:
    return order_key(company_id=remittance.company_id, message_id=remittance.message_id)


def _alarm_key(remittance_id: UUID) -> str:
    return f"release_refused:{remittance_id}"


@transaction.atomic
def _queue(remittance: Remittance, file: BankFile) -> None:
    locked = Remittance.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=remittance.pk)
    if locked.generation != remittance.generation or uncovered_positions(remittance_id=locked.pk) != file.positions:
        # A payment was cancelled, or given up by another file, while this one was written: the next try writes anew.
        return
    with connection.cursor() as cursor:
        actual = content_hash(cursor, remittance_id=locked.pk, debtor_account=locked.debtor_account)
    if actual != locked.content_hash:
        raise UnableToReleaseError("content_changed")
    if not locked.agreement.is_active:
        raise UnableToReleaseError("agreement_inactive")
    require_approvals(locked)
    outgoing = queue_outgoing(
        company_id=locked.company_id,
        connection_id=file.connection_id,
        subject_kind=SUBJECT_KIND,
        subject_id=locked.pk,
        generation=file.generation,
        bank_message_id=file.message_id,
        name=file.name,
        stored=file.stored,
        agreement_id=locked.agreement.booked_on_id,
        order_key=_key_of(locked),
        line_of=locked.agreement.owner_id,
    )
    BankMessage.objects.create(
        company_id=locked.company_id,
        remittance=locked,
        generation=file.generation,
        message_id=file.message_id,
        outgoing_file=outgoing,
        payment_count=file.payment_count,
        positions=file.positions,
        created_at=machine_now(),
    )
    Remittance.objects.filter(pk=locked.pk).update(
        generation=file.generation, next_step_at=None, updated_at=machine_now()
    )
    Cause.objects.create(
        company_id=locked.company_id,
        remittance=locked,
        kind=Cause.Kind.RELEASED,
        actor=_SYSTEM.name,
        file_id=outgoing.pk,
        details={"file": file.name, "bank_message_id": file.message_id, "sha256": file.stored.sha256},
        occurred_at=business_now(),
        recorded_at=machine_now(),
    )
    clear_alarm(dedupe_key=_alarm_key(locked.pk))
    record_audit(
        company_id=locked.company_id,
        actor=_SYSTEM,
        action="remittance.released",
        subject_kind="remittance",
        subject_id=locked.pk,
        details={"bank_message_id": file.message_id, "sha256": file.stored.sha256, "payments": file.payment_count},
    )
