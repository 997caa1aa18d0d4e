"""Answers from banks (pain.002): matched to the file they answer by the bank's message id, then taken by its room."""

from dataclasses import replace
from uuid import UUID

from django.db import connection as database
from django.db.models.functions import Now

from bank_gateway.messages.pain002.header import StatusReportHeader
from bank_gateway.models import Deviation, DeviationKind, IncomingFile, OutgoingFile, OutgoingState
from bank_gateway.relay.services.doubting import in_collision, weigh_answer
from bank_gateway.relay.services.headings import moment_of
from bank_gateway.relay.services.restored import settle_forgotten
from bank_gateway.relay.services.staging import StagedFile
from bank_gateway.relay.services.sweeping import no_answer_key
from bank_gateway.takers import PAIN002, Reason, StagedReport, listener_of, takers_of
from companies.services import clear_alarm, raise_alarm

_REJECTED = "RJCT"
# ISO external status reason codes: duplication, MsgId not unique, duplicate payment.
_DUPLICATE = frozenset({"AM05", "DU01", "DUPL"})
# What banks write when they give no code but text.
_ONLY_TEXT = frozenset({"NARR", ""})

_UNFINISHED = (OutgoingState.QUEUED, OutgoingState.UPLOADING, OutgoingState.RENAMING, OutgoingState.IN_DOUBT)


def apply_report(file: IncomingFile, staged: StagedFile, *, only_row: int | None = None) -> bool:
    """Apply a report whose statuses are staged, and return whether it answers a file of ours.

    One that doesn't becomes a deviation and an alarm. `only_row`: of a report that was applied before, the one status
    that a person releases; what it says of the whole file was heard then.
    """
    header = staged.header
    outgoing = (
        OutgoingFile.objects.select_for_update(of=("self",))
        .select_related("connection")
        .filter(connection=file.connection, bank_message_id=header.original_message_id)
        # One that was given up after an upload had begun may be answered: the bank has it after all.
        .exclude(state=OutgoingState.WITHDRAWN, renames=0)
        .first()
    )
    if outgoing is None:
        _keep_unknown(file, header)
        return False
    report = _report(file, header, outgoing)
    if only_row is None:
        _note_answer(outgoing, report)
    else:
        report = replace(report, group_status="", may_be_duplicate=False)
        _leave_row(only_row)
    taken = [taker.take_report(report=report) for taker in takers_of(PAIN002)]
    weigh_answer(outgoing, collision=report.may_be_duplicate and not report.delivered_more_than_once)
    _keep_unplaced(file, outgoing, everything=not any(taken))
    return True


def _leave_row(row: int) -> None:
    with database.cursor() as cursor:
        cursor.execute("DELETE FROM staged_status WHERE row <> %s", [row])


def _report(file: IncomingFile, header: StatusReportHeader, outgoing: OutgoingFile) -> StagedReport:
    reasons = tuple(Reason(code=code or "", text=text or "") for code, text in header.group_reasons)
    twice = outgoing.renames > 1
    return StagedReport(
        file_id=file.pk,
        connection_id=file.connection_id,
        company_id=outgoing.company_id,
        bank=file.connection.bank,
        message_id=header.message_id,
        created_at=moment_of(header.created_at),
        original_message_id=header.original_message_id,
        original_message_name=header.original_message_name,
        group_status=header.group_status or "",
        reasons=reasons,
        outgoing_id=outgoing.pk,
        subject_kind=outgoing.subject_kind,
        subject_id=outgoing.subject_id,
        generation=outgoing.generation,
        may_be_duplicate=header.group_status == _REJECTED and _may_be_duplicate(reasons, twice=twice),
        delivered_more_than_once=twice,
        rejected_before=outgoing.state == OutgoingState.REJECTED,
    )


def _may_be_duplicate(reasons: tuple[Reason, ...], *, twice: bool) -> bool:
    """Return whether a group reject is, or may be, about a second copy (money.md 2.6).

    A code says it outright. Text alone may say it too, but only where there can be a second copy.
    """
    codes = {reason.code for reason in reasons}
    return bool(codes & _DUPLICATE) or (twice and codes <= _ONLY_TEXT)


def _note_answer(outgoing: OutgoingFile, report: StagedReport) -> None:
    """Note that the bank has the file: any answer proves it. Its room hears "sent" first if it hadn't."""
    if outgoing.state in _UNFINISHED and not in_collision(outgoing):
        outgoing.state = OutgoingState.SENT
        listener_of(outgoing.subject_kind).sent(outgoing=outgoing)
    settle_forgotten(outgoing)
    rejected = report.group_status == _REJECTED and not report.may_be_duplicate
    if rejected or outgoing.state != OutgoingState.REJECTED:
        outgoing.state = OutgoingState.REJECTED if rejected else OutgoingState.ANSWERED
    outgoing.answered_at = outgoing.answered_at or Now()
    outgoing.lease_until = None
    outgoing.save(update_fields=["state", "answered_at", "lease_until"])
    if outgoing.no_answer_alarm_at is not None:
        clear_alarm(dedupe_key=no_answer_key(outgoing.pk))


def note_booked(*, outgoing_id: UUID) -> None:
    """Note that a file left, because the bank has booked payments that stand in it; no answer proves it better.

    Joins the transaction that booked them, which holds the file's lock. What the bank took for a duplicate stays in
    doubt as far as it isn't booked.
    """
    outgoing = OutgoingFile.objects.select_for_update(of=("self",)).select_related("connection").get(pk=outgoing_id)
    if outgoing.state in _UNFINISHED and not in_collision(outgoing):
        outgoing.state = OutgoingState.ANSWERED
        outgoing.answered_at = outgoing.answered_at or Now()
        outgoing.lease_until = None
        outgoing.save(update_fields=["state", "answered_at", "lease_until"])
        listener_of(outgoing.subject_kind).sent(outgoing=outgoing)
        settle_forgotten(outgoing)
    weigh_answer(outgoing, collision=False)


def _keep_unknown(file: IncomingFile, header: StatusReportHeader) -> None:
    Deviation.objects.create(kind=DeviationKind.UNKNOWN_MESSAGE, file=file, reference=header.original_message_id[:140])
    raise_alarm(
        code="answer_to_unknown_file",
        severity="red",
        company_id=file.connection.company_id,
        subject_kind="incoming_file",
        subject_id=file.pk,
        params={"bank": file.connection.bank, "original_message_id": header.original_message_id, "name": file.name},
        dedupe_key=f"answer_to_unknown_file:{file.pk}",
    )


def _keep_unplaced(file: IncomingFile, outgoing: OutgoingFile, *, everything: bool) -> None:
    with database.cursor() as cursor:
        cursor.execute(
            """INSERT INTO bank_gateway_deviation
                   (id, kind, state, file_id, company_id, status_row, line, account, currency, direction, reference,
                    reason, created_at, note)
               SELECT uuidv7(), 'unclaimed', 'open', %s, %s, row, line, '', '', '',
                      left(coalesce(original_end_to_end_id, original_instruction_id, original_payment_information_id,
                                    original_message_id, ''), 140), 'status_of_nobody', clock_timestamp(), ''
               FROM staged_status WHERE unplaced OR %s""",
            [file.pk, outgoing.company_id, everything],
        )
        unclaimed = cursor.rowcount
    if unclaimed:
        raise_unclaimed(file, unclaimed)


def raise_unclaimed(file: IncomingFile, count: int) -> None:
    """Raise the alarm that parts of a file were claimed by nobody."""
    raise_alarm(
        code="bank_file_unclaimed",
        severity="amber",
        company_id=file.connection.company_id,
        subject_kind="incoming_file",
        subject_id=file.pk,
        params={"bank": file.connection.bank, "name": file.name, "count": count},
        dedupe_key=f"bank_file_unclaimed:{file.pk}",
    )
