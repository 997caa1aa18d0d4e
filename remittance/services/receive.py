"""Receiving an order from an ERP: all of it or nothing of it (money.md: what is checked when)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from agreements.models import Agreement
from agreements.queries import find_remittance_agreement, switch_ahead
from autopay_portal.core import vault
from autopay_portal.core.clocks import business_now, machine_now
from autopay_portal.core.errors import DomainError, ErrorDetail
from autopay_portal.core.timing import step
from bank_gateway.norway.accounts import account_of_iban, is_valid_account
from bank_gateway.profiles import get_profile
from bank_gateway.relay.queries import forgotten_generation
from companies.actors import Actor
from companies.in_use import refuse_unless_in_use
from companies.models import Company
from companies.services import record_audit
from erp_gateway.body import SignedBody
from erp_gateway.idempotency import Answer, run_once
from erp_gateway.strict_json import parse_json

from ..errors import AgreementInactiveError, DuplicateMessageError, UnableToReceiveRemittanceError
from ..intake import checks, days, json_order, staging, storing, xml_order
from ..intake.head_start import HeadStart, Start
from ..intake.order import Group, Order
from ..models import Cause, Refusal, Remittance
from ..representation import remittance_document, warning_document
from ..states import derive_status
from .bank_file import order_key
from .content import content_hash
from .hints import nudge_release

# A refusal of these kinds says nothing about the order itself.
_NOT_REFUSALS = frozenset({"in_progress", "idempotency_conflict"})


@dataclass(frozen=True, slots=True)
class Sender:
    """The ERP that sends: its company, the person in whose name it signs, and the key."""

    company: Company
    user_id: UUID
    actor: Actor
    key_id: str


def receive_remittance(*, sender: Sender, body: SignedBody, is_xml: bool, idempotency_key: str) -> Answer:
    """Store the order in `body` and return the answer 201 with the remittance, or the answer given before.

    Everything is checked first and all faults are reported at once. Raises UnableToReceiveRemittanceError,
    AgreementInactiveError, DuplicateMessageError; then only the refusal was stored.
    """
    try:
        return run_once(
            company_id=sender.company.pk,
            key=idempotency_key,
            body_sha256=body.sha256,
            # Whoever sends the bytes has seen what is in them.
            work=lambda: Answer(201, remittance_document(_store(sender, body, is_xml=is_xml), sees_salary=True)),
        )
    except DomainError as error:
        if error.code not in _NOT_REFUSALS:
            _note_refusal(sender, body, error)
        raise


def try_remittance(*, sender: Sender, body: SignedBody, is_xml: bool) -> dict[str, Any]:
    """Return what would be said of the order, storing nothing at all (the contract's dry run).

    Raises as `receive_remittance`.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        order, _ = _read_and_check(cursor, sender, body, is_xml=is_xml)
        refuse_unless_in_use(company_id=sender.company.pk)
        result = {
            "valid": True,
            "payment_count": order.payment_count,
            "total": _staged_totals(cursor),
            "duplicates_suspected": storing.count_suspected(
                cursor, company_id=sender.company.pk, order_key=_order_key(sender, order)
            ),
            "warnings": [warning_document(warning) for warning in order.warnings],
        }
        transaction.set_rollback(True)
    return result


def _order_key(sender: Sender, order: Order) -> str:
    return order_key(company_id=sender.company.pk, message_id=order.message_id)


def _staged_totals(cursor: Any) -> list[dict[str, str]]:
    cursor.execute("SELECT currency, sum(amount::numeric) FROM staged_payment GROUP BY currency ORDER BY currency")
    return [{"currency": currency, "amount": f"{total:.2f}"} for currency, total in cursor.fetchall()]


def _store(sender: Sender, body: SignedBody, *, is_xml: bool) -> Remittance:
    _refuse_known_bytes(sender, body)
    opening = _Opening(sender, body)
    with connection.cursor() as cursor:
        order, agreement = _read_and_check(cursor, sender, body, is_xml=is_xml, opening=opening)
        with step("store"):
            remittance = _insert(cursor, sender, body, order, agreement, opening)
    # Now the row refers to the company: whoever deactivates it waits for us, or we see that he has.
    refuse_unless_in_use(company_id=sender.company.pk)
    record_audit(
        company_id=sender.company.pk,
        actor=sender.actor,
        action="remittance.received",
        subject_kind="remittance",
        subject_id=remittance.pk,
        details={"sha256": body.sha256, "payments": remittance.payment_count, "totals": remittance.totals},
    )
    nudge_release(remittance.pk)
    return remittance


def _refuse_known_bytes(sender: Sender, body: SignedBody) -> None:
    known = Remittance.objects.filter(company=sender.company, sha256=body.sha256).first()
    if known is not None:
        raise _duplicate_of(known, sha256=body.sha256)


class _Opening:
    """A remittance opened while its order is still being read, so that payments can be stored ahead of the checks."""

    def __init__(self, sender: Sender, body: SignedBody) -> None:
        # One moment for the whole order: what is stored ahead has the days that the checks set at its end.
        self.now = business_now()
        self.recorded_at = machine_now()
        self.remittance: Remittance | None = None
        self.head_start = HeadStart(self._begin)
        self._sender, self._body = sender, body

    def _begin(self, message_id: str, group: Group) -> Start | None:
        """Open the remittance, unless something about it is for the checks to refuse."""
        company = self._sender.company
        account = account_of_iban(group.debtor_account) or group.debtor_account
        agreement = find_remittance_agreement(company_id=company.pk, account=account)
        if agreement is None or not agreement.is_active or agreement.reject_mode == "payment":
            return None
        if Remittance.objects.filter(company=company, message_id=message_id).exists():
            return None
        self.remittance = _new_remittance(self._sender, self._body, agreement, self, message_id=message_id)
        _save_once(self.remittance)
        return Start(
            company_id=company.pk,
            remittance_id=self.remittance.pk,
            profile=get_profile(agreement.bank),
            now=self.now,
            recorded_at=self.recorded_at,
        )


def _read_and_check(
    cursor: Any, sender: Sender, body: SignedBody, *, is_xml: bool, opening: _Opening | None = None
) -> tuple[Order, Agreement]:
    """Stage the order and return it with its agreement; raises with every fault it has."""
    head_start = opening.head_start if opening else None
    with step("read"):
        staging.create_staging(cursor)
        order = xml_order.stage(cursor, body.file, head_start=head_start) if is_xml else _stage_json(cursor, body)
    if not is_xml:
        # Rows of JSON exist only where its form is right; of XML they always do, and are judged with the rest.
        _raise_faults(order)
    opened = opening.remittance if opening else None
    known = Remittance.objects.filter(company=sender.company, message_id=order.message_id).first()
    if known is not None and known != opened:
        raise _duplicate_of(known, sha256=body.sha256)
    agreement, now = _agreement(sender, order), opening.now if opening else business_now()
    profile = get_profile(agreement.bank) if agreement else None
    if profile is not None:
        days.set_bank_dates(order, profile=profile, now=now)
    if agreement is not None and (switch := switch_ahead(agreement, now=now)):
        days.warn_after_switch(order, switch_date=switch)
    payment_mode = agreement is not None and agreement.reject_mode == "payment"
    with step("check"):
        if profile is not None:
            checks.stage_own_dates(cursor, order, profile=profile, now=now)
            checks.check_limits(cursor, order, profile=profile)
            checks.check_carried(cursor, order, profile=profile)
        _check(cursor, order, mask=checks.ALL_FLAGS & ~checks.PAYMENT_RULES if payment_mode else checks.ALL_FLAGS)
        if profile is not None:
            checks.check_characters(cursor, order, profile=profile)
    _raise_faults(order)
    if agreement is None:
        raise RuntimeError("an order without an agreement has a fault")
    if not agreement.is_active:
        raise AgreementInactiveError(account=agreement.account)
    if agreement.is_shared:
        # From an account whose owner is out of use nobody sends.
        refuse_unless_in_use(company_id=agreement.owner_id)
    return order, agreement


def _check(cursor: Any, order: Order, *, mask: int) -> None:
    checks.stage_groups(cursor, order)
    checks.check_counts_and_sums(cursor, order)
    checks.check_message_id(order)
    checks.check_identifiers(cursor, order)
    checks.transliterate_texts(cursor, order)
    checks.check_payments(cursor, order, mask=mask)


def _stage_json(cursor: Any, body: SignedBody) -> Order:
    parsed = parse_json(body.file.read())
    order = json_order.read_json(parsed)
    if not order.errors:
        staging.copy_payments(cursor, json_order.payment_rows(parsed, order), columns=staging.JSON_COLUMNS)
        staging.copy_documents(cursor, json_order.document_rows(parsed))
    return order


def _raise_faults(order: Order) -> None:
    if order.errors:
        listed = sorted(order.errors, key=lambda error: error.line or 0)
        raise UnableToReceiveRemittanceError(
            order.errors[0].code, params=order.errors[0].params, errors=listed, error_count=order.error_count
        )


def _agreement(sender: Sender, order: Order) -> Agreement | None:
    """Return the agreement of the order's one account; note the fault where there is none."""
    first = order.groups[0]
    accounts = {account_of_iban(group.debtor_account) or group.debtor_account for group in order.groups}
    if len(accounts) > 1:
        order.refuse("several_debtor_accounts", **order.group_place(first, "DbtrAcct", "debtor_account"))
        return None
    (account,) = accounts
    agreement = (
        find_remittance_agreement(company_id=sender.company.pk, account=account) if is_valid_account(account) else None
    )
    if agreement is None:
        place = order.group_place(first, "DbtrAcct/Id", "")
        place = place if order.is_xml else {"pointer": "/debtor_account"}
        order.refuse("account_unknown", params={"account": first.debtor_account}, **place)
    return agreement


def _insert(
    cursor: Any, sender: Sender, body: SignedBody, order: Order, agreement: Agreement, opening: _Opening
) -> Remittance:
    """Write the bytes to the vault and the rows to the database; the caller's commit makes both count."""
    remittance = opening.remittance
    if remittance is None:
        remittance = _new_remittance(sender, body, agreement, opening, message_id=order.message_id)
        _save_once(remittance)
    remittance.format, remittance.warnings = order.format, order.warnings
    # The bytes go to the disk while PostgreSQL works; both are there, fsynced, before the commit.
    with ThreadPoolExecutor(max_workers=1) as beside:
        kept = beside.submit(_keep_bytes, body)
        payments = storing.insert_payments(
            cursor,
            company_id=sender.company.pk,
            remittance_id=remittance.pk,
            now=opening.recorded_at,
            payment_mode=agreement.reject_mode == "payment",
            after=opening.head_start.stored,
        )
        if payments.count != order.payment_count:
            raise RuntimeError(f"{order.payment_count} payments were read and {payments.count} stored")
        _complete(cursor, remittance, payments, agreement)
        kept.result()
    _note_received(remittance, sender, opening.recorded_at)
    return remittance


def _new_remittance(
    sender: Sender, body: SignedBody, agreement: Agreement, opening: _Opening, *, message_id: str
) -> Remittance:
    """Return a remittance that isn't stored; what only the whole order tells comes later (`_complete`)."""
    return Remittance(
        company=sender.company,
        agreement=agreement,
        message_id=message_id,
        sha256=body.sha256,
        path=vault.path_of(body.sha256),
        size=body.size,
        debtor_account=agreement.account,
        payment_count=1,
        totals={},
        counts={},
        content_hash="",
        approvals_required=agreement.approvers_required,
        sent_by_id=sender.user_id,
        key_id=sender.key_id,
        created_at=opening.now,
        recorded_at=opening.recorded_at,
        updated_at=opening.recorded_at,
    )


def _save_once(remittance: Remittance) -> None:
    """Store a new remittance, unless another with its message id or bytes was stored while this one was read."""
    try:
        with transaction.atomic():
            remittance.save(force_insert=True)
    except IntegrityError:
        same = Q(message_id=remittance.message_id) | Q(sha256=remittance.sha256)
        known = Remittance.objects.filter(same, company_id=remittance.company_id).first()
        if known is None:
            raise
        raise _duplicate_of(known, sha256=remittance.sha256) from None


def _duplicate_of(known: Remittance, *, sha256: str) -> DuplicateMessageError:
    return DuplicateMessageError(
        remittance_id=str(known.pk), message_id=known.message_id, same_bytes=known.sha256 == sha256
    )


def _complete(cursor: Any, remittance: Remittance, payments: storing.StoredPayments, agreement: Agreement) -> None:
    remittance.totals, remittance.counts = payments.totals, payments.counts
    remittance.payment_count, remittance.has_salary = payments.count, payments.has_salary
    remittance.status = derive_status(payments.counts)
    remittance.content_hash = content_hash(
        cursor, remittance_id=remittance.pk, debtor_account=remittance.debtor_account
    )
    key = order_key(company_id=remittance.company_id, message_id=remittance.message_id)
    suspected = storing.find_duplicates(
        cursor, company_id=remittance.company_id, remittance_id=remittance.pk, order_key=key
    )
    remittance.duplicate_count = suspected.count
    # That the agreement takes duplicates is about the ERP's own; what we have forgotten is held whatever it says.
    holds = suspected.count if agreement.hold_duplicates else suspected.forgotten
    remittance.held_for_duplicates = bool(
        holds and not agreement.approvers_required and not _was_sent(agreement, order_key=key)
    )
    remittance.save()


def _was_sent(agreement: Agreement, *, order_key: str) -> bool:
    """Return whether this very order was sent before a restore: its file isn't sent, so there is nothing to hold."""
    line = agreement.connection_id
    return line is not None and forgotten_generation(connection_id=line, order_key=order_key) > 0


def _keep_bytes(body: SignedBody) -> None:
    body.file.seek(0)
    stored = vault.store(iter(lambda: body.file.read(1 << 20), b""))
    if stored.sha256 != body.sha256:
        raise RuntimeError("the order's bytes changed between reading and storing")


def _note_received(remittance: Remittance, sender: Sender, now: datetime) -> None:
    Cause.objects.create(
        company=sender.company,
        remittance=remittance,
        kind=Cause.Kind.RECEIVED,
        actor=sender.actor.name,
        actor_user_id=sender.user_id,
        key_id=sender.key_id,
        occurred_at=remittance.created_at,
        recorded_at=now,
    )


def _note_refusal(sender: Sender, body: SignedBody, error: DomainError) -> None:
    """Keep that an order was refused and why, in a transaction of its own; none of the order's own texts."""
    Refusal.objects.create(
        company=sender.company,
        user_id=sender.user_id,
        key_id=sender.key_id,
        sha256=body.sha256,
        size=body.size,
        code=error.code,
        http_status=error.http_status,
        error_count=error.error_count,
        errors=[_place(detail) for detail in error.errors[:100]],
        refused_at=machine_now(),
    )


def _place(detail: ErrorDetail) -> dict[str, Any]:
    place = {"code": detail.code, "line": detail.line, "xpath": detail.xpath, "pointer": detail.pointer}
    return {name: value for name, value in place.items() if value is not None}
