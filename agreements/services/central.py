"""AutoPay Central's part: what a bank says of agreements, one by one or in its file, and the last step to active."""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from agreements.models import ActivationFile, Agreement, Kind, Status
from agreements.services.lifecycle import confirm_by_bank, refuse_by_bank, send_to_bank, set_active, step_impossible
from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from bank_gateway.models import Connection
from bank_gateway.profiles import OrganisationId, get_profile
from bank_gateway.relay.clerk import Application, Clerk, OpenedLine
from bank_gateway.relay.services.connections import create_connection
from companies.access import is_operator
from companies.actors import Actor
from companies.models import Operator, User
from companies.services import record_audit

_COLUMNS = ("account", "bank_agreement_id", "customer_id", "date", "result")
_RESULTS = frozenset({"activated", "refused"})
_LARGEST = 1 << 20
_MOST_LINES = 5000
_REMARK = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmation:
    """What a bank says when it has registered an agreement."""

    customer_id: str = ""
    division: str = ""
    bank_agreement_id: str = ""
    signers: int = 0
    remark: str = ""


def confirm_agreement(*, agreement_id: UUID, said: Confirmation, user: User, clerk: Clerk | None) -> Agreement:
    """Confirm an agreement in the bank's name; with a simulated bank's `clerk`, make its account there first.

    Confirmed twice, the second finds it confirmed and changes nothing. Raises ConflictError (409)
    `agreement_step_impossible`, `agreement_exists`; `connection_missing` where the company has no line to the bank yet
    and nobody makes one; DomainError (422) `division_missing`; BankDeskError when the simulated bank refuses or is
    silent: then nothing was changed here.
    """
    agreement = Agreement.objects.select_related("company", "owner").get(pk=agreement_id)
    if agreement.status in {Status.CONFIRMED_BY_BANK, Status.ACTIVE}:
        return agreement
    if agreement.status not in {Status.ORDERED, Status.SENT_TO_BANK}:
        # Before the bank is asked for anything: a draft is nobody's order.
        raise step_impossible(agreement=agreement, to=Status.CONFIRMED_BY_BANK)
    _check_ids(agreement, said)
    line = clerk.open_agreement(_application(agreement, said)) if clerk else None
    return _confirm(agreement, said=said, line=line, actor=Actor.user(user))


@transaction.atomic
def _confirm(agreement: Agreement, *, said: Confirmation, line: OpenedLine | None, actor: Actor) -> Agreement:
    if agreement.status == Status.ORDERED:
        # The bank has answered, so it has got it, whoever forgot to note so.
        send_to_bank(agreement_id=agreement.pk, actor=actor)
    connection = _connection(agreement, line, actor)
    return confirm_by_bank(
        agreement_id=agreement.pk,
        connection_id=connection.pk,
        actor=actor,
        customer_id=said.customer_id or agreement.customer_id,
        division=said.division or agreement.division,
        bank_agreement_id=said.bank_agreement_id or agreement.bank_agreement_id,
    )


def refuse_agreement(*, agreement_id: UUID, reason: str, user: User) -> Agreement:
    """Note that the bank has refused an agreement, with its words. Raises DomainError `reason_needed`."""
    if not reason.strip():
        raise DomainError("reason_needed")
    return refuse_by_bank(agreement_id=agreement_id, remark=reason.strip()[:_REMARK], actor=Actor.user(user))


@transaction.atomic
def activate_agreement(*, agreement_id: UUID, user: User) -> Agreement:
    """Set a confirmed agreement active: AutoPay Central confirmed it, and is so the second pair of eyes.

    Raises ConflictError (409) `central_has_not_confirmed` when nobody of AutoPay Central, or the same person, did;
    `agreement_step_impossible`, `agreement_without_line`. A second click finds it active and changes nothing.
    """
    agreement = Agreement.objects.select_for_update(no_key=True).filter(pk=agreement_id).first()
    if agreement is None:
        raise NotFoundError()
    if agreement.status == Status.ACTIVE:
        return agreement
    confirmed = agreement.status_changes.filter(to_status=Status.CONFIRMED_BY_BANK).order_by("-sequence").first()
    if agreement.status == Status.CONFIRMED_BY_BANK and (
        confirmed is None
        or confirmed.actor_id in {None, user.pk}
        or not Operator.objects.filter(user_id=confirmed.actor_id).exists()
    ):
        raise ConflictError("central_has_not_confirmed")
    return set_active(agreement_id=agreement_id, actor=Actor.user(user))


def import_activation_file(*, bank: str, name: str, content: bytes, user: User) -> ActivationFile:
    """Take a bank's file of registered agreements, line by line, and return it with what came of each line.

    One line is one transaction: a line that can't be taken leaves the others. The same bytes again are the file that
    was taken. Raises DomainError (422) `activation_file_unreadable`, `activation_file_too_large`; NotFoundError for who
    is no operator.
    """
    if not is_operator(user=user):
        raise NotFoundError()
    sha256 = hashlib.sha256(content).hexdigest()
    known = ActivationFile.objects.filter(bank=bank, sha256=sha256).first()
    if known is not None:
        return known
    lines = read_activation_file(content)
    # Kept when every line is through: a run that was cut off is done again, and finds what it had done.
    report = [_take_line(bank, number, line, user) for number, line in lines]
    try:
        return _keep_file(bank=bank, name=name[:120], sha256=sha256, report=report, user=user)
    except IntegrityError:
        return ActivationFile.objects.get(bank=bank, sha256=sha256)


@transaction.atomic
def _keep_file(*, bank: str, name: str, sha256: str, report: list[dict[str, Any]], user: User) -> ActivationFile:
    file = ActivationFile.objects.create(
        bank=bank, name=name, sha256=sha256, report=report, imported_by=user, imported_at=machine_now()
    )
    record_audit(
        company_id=None,
        actor=Actor.user(user),
        action="activation_file.imported",
        subject_kind="activation_file",
        subject_id=file.pk,
        details={"bank": bank, "sha256": sha256, "lines": len(report)},
    )
    return file


def read_activation_file(content: bytes) -> Sequence[tuple[int, Mapping[str, str]]]:
    """Return the lines of a file by their numbers: UTF-8 or ISO-8859-1, semicolons, a head with the columns' names.

    Raises DomainError `activation_file_unreadable`, `activation_file_too_large`.
    """
    if len(content) > _LARGEST:
        raise DomainError("activation_file_too_large")
    text = _decoded(content)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    try:
        head = tuple(cell.strip().lower() for cell in next(rows, ()))
        if head != _COLUMNS:
            raise DomainError("activation_file_unreadable", params={"columns": ";".join(_COLUMNS)})
        lines = [
            (rows.line_num, dict(zip(_COLUMNS, (cell.strip() for cell in row), strict=False))) for row in rows if row
        ]
    except csv.Error:
        raise DomainError("activation_file_unreadable", params={"columns": ";".join(_COLUMNS)}) from None
    if len(lines) > _MOST_LINES:
        raise DomainError("activation_file_too_large")
    return lines


def _decoded(content: bytes) -> str:
    if b"\x00" in content:
        raise DomainError("activation_file_unreadable", params={"columns": ";".join(_COLUMNS)})
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("iso-8859-1")


def _take_line(bank: str, number: int, line: Mapping[str, str], user: User) -> dict[str, Any]:
    account = line.get("account", "").replace(" ", "").replace(".", "")
    told: dict[str, Any] = {"line": number, "account": account[:20], "outcome": "", "code": "", "params": {}}
    try:
        agreement = _agreement_of_line(bank, account, line)
        told["agreement"] = str(agreement.pk)
        told["outcome"] = _apply_line(agreement, line, user)
    except DomainError as error:
        told["code"] = error.code
        told["params"] = {name: str(value)[:100] for name, value in error.params.items()}
    return told


def _agreement_of_line(bank: str, account: str, line: Mapping[str, str]) -> Agreement:
    """Find the one agreement that a line is about. Raises DomainError `activation_line_...`."""
    if set(line) != set(_COLUMNS) or line["result"] not in _RESULTS:
        raise DomainError("activation_line_invalid", params={"columns": ";".join(_COLUMNS)})
    try:
        date.fromisoformat(line["date"])
    except ValueError:
        raise DomainError("activation_line_date", params={"date": line["date"][:20]}) from None
    waiting = Agreement.objects.filter(bank=bank, account=account, shared_from=None).exclude(
        status__in=(Status.DRAFT, Status.CLOSED)
    )
    # One file may tell of both directions of an account; the bank's agreement id tells them apart where it is known.
    by_id = waiting.filter(bank_agreement_id=line["bank_agreement_id"]) if line["bank_agreement_id"] else waiting
    found = list((by_id if by_id.exists() else waiting).order_by("pk")[:2])
    if not found:
        raise DomainError("activation_line_unknown")
    if len(found) > 1:
        raise DomainError("activation_line_ambiguous")
    return found[0]


def _apply_line(agreement: Agreement, line: Mapping[str, str], user: User) -> str:
    if line["result"] == "refused":
        if agreement.status == Status.REFUSED_BY_BANK:
            return "unchanged"
        refuse_agreement(agreement_id=agreement.pk, reason=line["date"], user=user)
        return "refused"
    if agreement.status in {Status.CONFIRMED_BY_BANK, Status.ACTIVE}:
        return "unchanged"
    said = Confirmation(customer_id=line["customer_id"][:35], bank_agreement_id=line["bank_agreement_id"][:35])
    confirm_agreement(agreement_id=agreement.pk, said=said, user=user, clerk=None)
    return "confirmed"


def _check_ids(agreement: Agreement, said: Confirmation) -> None:
    profile = get_profile(agreement.bank)
    demands_division = OrganisationId.DIVISION in profile.organisation_ids
    if agreement.kind == Kind.REMITTANCE and demands_division and not (said.division or agreement.division):
        raise DomainError("division_missing", params={"bank": profile.short_name})


def _application(agreement: Agreement, said: Confirmation) -> Application:
    return Application(
        bank=agreement.bank,
        org_number=agreement.owner.org_number,
        account=agreement.account,
        direction=agreement.kind,
        customer_id=said.customer_id or agreement.customer_id,
        division=said.division or agreement.division,
        notify=agreement.notify,
        kid=[{"length": each.length, "modulus": each.modulus} for each in agreement.kid_definitions.order_by("slot")],
        signers=said.signers,
    )


def _connection(agreement: Agreement, line: OpenedLine | None, actor: Actor) -> Connection:
    """Return the company's line to the bank; make it from what the simulated bank gave where there is none."""
    found = Connection.objects.filter(company_id=agreement.owner_id, bank=agreement.bank).first()
    if found is not None:
        return found
    if line is None:
        raise ConflictError("connection_missing", params={"bank": get_profile(agreement.bank).short_name})
    return create_connection(
        company_id=agreement.owner_id,
        bank=agreement.bank,
        host=line.host,
        port=line.port,
        username=line.username,
        private_key=line.private_key,
        host_key=line.host_key,
        actor=actor,
    )
