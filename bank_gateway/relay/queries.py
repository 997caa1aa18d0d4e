"""What the operators' relay page shows: files out and in, quarantine, deviations, lines, alarms, pauses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Prefetch, Q, QuerySet

from autopay_portal.core.paging import PageRequest, newest_first
from bank_gateway.models import (
    Connection,
    Deviation,
    DeviationKind,
    DeviationState,
    Doubt,
    DoubtDecision,
    EndedBy,
    ForgottenUpload,
    IncomingFile,
    IncomingState,
    OutgoingFile,
    OutgoingState,
    Pause,
)
from bank_gateway.takers import Sum, every_taker, listener_of
from companies.models import Alarm, Company

_OUTGOING_UNFINISHED = (
    OutgoingState.QUEUED,
    OutgoingState.UPLOADING,
    OutgoingState.RENAMING,
    OutgoingState.IN_DOUBT,
    OutgoingState.SENT,
)


@dataclass(frozen=True, slots=True)
class RelayNumbers:
    """How many things of each sort there are that somebody waits for."""

    waiting: int
    in_doubt: int
    unanswered: int
    quarantined: int
    deviations: int


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A line to a bank: when it was last heard, what it said last, what waits on it and whether it's paused."""

    id: UUID
    company_id: UUID
    company_name: str
    bank: str
    address: str
    last_heard_at: datetime | None
    failures: int
    last_error: str
    last_error_at: datetime | None
    waiting: int
    paused: bool


def get_connection_page(
    page: PageRequest, *, bank: str = "", text: str = "", down: bool = False
) -> tuple[list[Connection], UUID | None]:
    """Return lines to banks, newest first, without our keys, and where the next page begins. One query.

    `text` is an organisation number or a part of the company's name; `down` narrows to those that failed last.
    """
    found = Connection.objects.select_related("company").defer("private_key", "next_private_key")
    if bank:
        found = found.filter(bank=bank)
    if down:
        found = found.filter(failures__gt=0)
    if text:
        digits = "".join(text.split())
        found = found.filter(Q(company__name__icontains=text) | Q(company__org_number=digits))
    return newest_first(found, page)


# In the order of RelayNumbers, in one round trip.
_NUMBERS = """
SELECT (SELECT count(*) FROM bank_gateway_outgoingfile WHERE state = ANY(%(waiting)s)),
       (SELECT count(*) FROM bank_gateway_doubt WHERE ended_at IS NULL),
       (SELECT count(*) FROM bank_gateway_outgoingfile WHERE state = %(sent)s AND no_answer_alarm_at IS NOT NULL),
       (SELECT count(*) FROM bank_gateway_incomingfile WHERE state = %(quarantined)s),
       (SELECT count(*) FROM bank_gateway_deviation WHERE state = %(open)s)
"""


def get_relay_numbers() -> RelayNumbers:
    """Return the counts that the page shows on top, over what isn't final: they cost little in an old house too."""
    given: dict[str, Any] = {
        "waiting": list(_OUTGOING_UNFINISHED[:3]),
        "sent": OutgoingState.SENT,
        "quarantined": IncomingState.QUARANTINED,
        "open": DeviationState.OPEN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, given)
        return RelayNumbers(*cursor.fetchone())


def get_outgoing_page(page: PageRequest, *, state: str = "", bank: str = "") -> tuple[list[OutgoingFile], UUID | None]:
    """Return files to banks, newest first, with their company and line, and where the next page begins."""
    files = OutgoingFile.objects.select_related("company", "connection")
    if state:
        files = files.filter(state=state)
    if bank:
        files = files.filter(connection__bank=bank)
    return newest_first(files, page)


def get_incoming_page(page: PageRequest, *, state: str = "", bank: str = "") -> tuple[list[IncomingFile], UUID | None]:
    """Return files from banks, newest first, with their line and company, and where the next page begins."""
    files = IncomingFile.objects.select_related("connection__company", "set_aside_by")
    if state:
        files = files.filter(state=state)
    if bank:
        files = files.filter(connection__bank=bank)
    return newest_first(files, page)


def get_deviation_page(
    page: PageRequest, *, state: str = DeviationState.OPEN, kind: str = ""
) -> tuple[list[Deviation], UUID | None]:
    """Return deviations, newest first, with the file that each is of, and where the next page begins."""
    deviations = Deviation.objects.select_related("file__connection", "resolved_by").filter(state=state)
    if kind:
        deviations = deviations.filter(kind=kind)
    return newest_first(deviations, page)


def accounts_known_now(deviations: Iterable[Deviation]) -> frozenset[str]:
    """Return the accounts that have an agreement now, of those that had none when the bank told of them."""
    asked: dict[str, set[str]] = {}
    for each in deviations:
        if each.kind == DeviationKind.UNKNOWN_ACCOUNT and each.state == DeviationState.OPEN:
            asked.setdefault(each.file.connection.bank, set()).add(each.account)
    return frozenset(
        account
        for bank, accounts in asked.items()
        for taker in every_taker()
        for account in taker.known_accounts(bank=bank, accounts=sorted(accounts))
    )


def get_connections() -> list[ConnectionRow]:
    """Return every line to a bank, by bank and company, in a fixed number of queries."""
    pauses = list(get_active_pauses())
    whole = any(pause.scope == "whole" for pause in pauses)
    banks = {pause.bank for pause in pauses if pause.bank}
    companies = {pause.company_id for pause in pauses if pause.company_id}
    unsent = OutgoingFile.objects.filter(state__in=_OUTGOING_UNFINISHED[:3])
    waiting = dict(unsent.order_by().values_list("connection").annotate(Count("pk")))
    lines = Connection.objects.select_related("company")
    return [
        ConnectionRow(
            id=line.pk,
            company_id=line.company_id,
            company_name=line.company.name,
            bank=line.bank,
            address=f"{line.host}:{line.port}",
            last_heard_at=line.last_heard_at,
            failures=line.failures,
            last_error=line.last_error if line.failures else "",
            last_error_at=line.last_error_at if line.failures else None,
            waiting=waiting.get(line.pk, 0),
            paused=whole or line.bank in banks or line.company_id in companies,
        )
        for line in lines.order_by("bank", "company__name", "pk")
    ]


def get_active_pauses() -> QuerySet[Pause]:
    """Return the pauses that hold outgoing files now, newest first."""
    return Pause.objects.filter(lifted_at=None).select_related("company", "laid_by").order_by("-laid_at")


def get_relay_alarms() -> QuerySet[Alarm]:
    """Return the open alarms about files, lines and the relay itself, newest first."""
    kinds = ("relay", "connection", "outgoing_file", "incoming_file")
    return Alarm.objects.filter(cleared_at=None, subject_kind__in=kinds).order_by("-last_raised_at")


def get_outgoing_file(*, outgoing_id: UUID) -> OutgoingFile | None:
    """Return one file to a bank with its company and line."""
    return OutgoingFile.objects.select_related("company", "connection").filter(pk=outgoing_id).first()


def get_incoming_file(*, file_id: UUID) -> IncomingFile | None:
    """Return one file from a bank with its line, its company and its deviations."""
    files = IncomingFile.objects.select_related("connection__company", "repeat_of")
    return files.prefetch_related("deviations").filter(pk=file_id).first()


def find_company(*, org_number: str) -> UUID | None:
    """Return the company of an organisation number, for a pause that an operator lays."""
    return Company.objects.filter(org_number=org_number).values_list("pk", flat=True).first()


def forgotten_generation(*, connection_id: UUID, order_key: str) -> int:
    """Return the generation that an order's file takes which is written anew after a restore forgot some; 0 for none.

    The highest that was uploaded and may be at the bank, so that its message id is the one which the bank has and
    answers; or the one after what is known never to have left.
    """
    bank = Connection.objects.filter(pk=connection_id).values("bank")
    uploads = ForgottenUpload.objects.filter(bank__in=bank, order_key=order_key).aggregate(
        standing=Max("generation", filter=Q(settled_at=None)), settled=Max("generation", filter=~Q(settled_at=None))
    )
    return max(uploads["standing"] or 0, 0 if uploads["settled"] is None else uploads["settled"] + 1)


@dataclass(frozen=True, slots=True)
class ForgottenFile:
    """A file that was uploaded and that a restored database has forgotten; its bytes may still be in the vault."""

    company_id: UUID | None
    bank_message_id: str
    order_key: str
    sha256: str


def forgotten_files() -> list[ForgottenFile]:
    """Return the forgotten files, each once however often its upload was tried."""
    uploads = ForgottenUpload.objects.order_by("bank_message_id", "sha256").distinct("bank_message_id", "sha256")
    return [ForgottenFile(*row) for row in uploads.values_list("company_id", "bank_message_id", "order_key", "sha256")]


@dataclass(frozen=True, slots=True)
class DoubtRow:
    """One doubt in the list: its file, what of it is in doubt, and who has decided what."""

    doubt: Doubt
    sums: tuple[Sum, ...]
    decisions: tuple[DoubtDecision, ...]

    @property
    def differ(self) -> bool:
        """Return whether operators disagree."""
        return len({decision.verdict for decision in self.decisions}) > 1


def get_doubt_page(page: PageRequest, *, ended: bool) -> tuple[list[DoubtRow], UUID | None]:
    """Return doubts, open ones or those that have ended, newest first, and where the next page begins.

    Sums come from the rooms above, one question for each kind of subject.
    """
    doubts = Doubt.objects.select_related("outgoing__connection", "outgoing__company").prefetch_related(
        Prefetch("decisions", DoubtDecision.objects.filter(fell_at=None).select_related("user").order_by("decided_at"))
    )
    shown, following = newest_first(doubts.filter(ended_at__isnull=not ended), page)
    sums = _sums_in_doubt([doubt.outgoing for doubt in shown])
    return [DoubtRow(each, sums.get(each.outgoing_id, ()), tuple(each.decisions.all())) for each in shown], following


def _sums_in_doubt(files: list[OutgoingFile]) -> dict[UUID, tuple[Sum, ...]]:
    found: dict[UUID, tuple[Sum, ...]] = {}
    for kind in sorted({file.subject_kind for file in files}):
        mine = [file.pk for file in files if file.subject_kind == kind]
        found |= {key: tuple(sums) for key, sums in listener_of(kind).in_doubt_of(outgoing_ids=mine).items()}
    return found


@dataclass(frozen=True, slots=True)
class DoubtHistory:
    """The newest doubt about a file, open or ended, with everything that was ever decided about it."""

    doubt: Doubt
    decisions: tuple[DoubtDecision, ...]

    @property
    def standing(self) -> tuple[DoubtDecision, ...]:
        """Return the decisions that count."""
        return tuple(decision for decision in self.decisions if decision.fell_at is None)

    @property
    def ended_by_decision(self) -> bool:
        """Return whether two operators ended it."""
        return self.doubt.ended_by == EndedBy.DECISION


def get_doubt_history(*, outgoing_id: UUID) -> DoubtHistory:
    """Return the newest doubt about a file that was doubted."""
    doubt = Doubt.objects.filter(outgoing_id=outgoing_id).order_by("-pk")[0]
    decisions = doubt.decisions.select_related("user").order_by("decided_at", "pk")
    return DoubtHistory(doubt, tuple(decisions))


def incoming_files(*, file_ids: Iterable[UUID]) -> dict[UUID, IncomingFile]:
    """Return files from banks by their ids."""
    return IncomingFile.objects.in_bulk(list(file_ids))
