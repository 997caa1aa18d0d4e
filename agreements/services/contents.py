"""What stands in an agreement: its account and settings, KID definitions, contacts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Max

from agreements.kid import KidRule, fault_of
from agreements.letters import ask_contact, hash_of
from agreements.models import (
    Agreement,
    BankApproval,
    Contact,
    ContactKind,
    KidDefinition,
    Kind,
    Notify,
    PaidEvidence,
    RejectMode,
    Status,
    TwoStep,
)
from agreements.services.lifecycle import note_step
from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError, ErrorDetail, NotFoundError
from bank_gateway.norway.accounts import is_valid_account
from companies.actors import Actor
from companies.models import Company
from companies.services import record_audit

_MOST_DEFINITIONS = 3
# Statements (camt.053) aren't read yet: a payment on an agreement that waits for one would never be paid.
# What a company that an account is shared with takes over from the owner's agreement.
_SHARED_FIELDS = (
    "kind", "bank", "connection", "account", "currency", "customer_id", "division", "bank_agreement_id",
    "approvers_required", "paid_evidence", "reject_mode", "hold_duplicates", "bank_approval", "two_step",
)  # fmt: skip
# How long the link of a letter works, and how soon another may be written.
_LINK_LASTS = timedelta(days=14)
_ASKED_AGAIN_AFTER = timedelta(hours=1)
_PAID_EVIDENCE = frozenset({PaidEvidence.CAMT054, PaidEvidence.ACSC})


@dataclass(frozen=True, kw_only=True)
class NewAgreement:
    """What an agreement is made from; ledger accounts and evidence are as most companies have them."""

    kind: Kind
    bank: str
    account: str
    currency: str = "NOK"
    customer_id: str = ""
    division: str = ""
    bank_agreement_id: str = ""
    transfers_direct: bool = False
    approvers_required: int = 1
    paid_evidence: PaidEvidence = PaidEvidence.CAMT054
    reject_mode: RejectMode = RejectMode.FILE
    hold_duplicates: bool = True
    two_step: TwoStep = TwoStep.APPROVAL
    bank_approval: BankApproval = BankApproval.IN_NET_BANK
    auto_post: bool = False
    notify: Notify = Notify.CAMT054
    bank_ledger_account: str = "1920"
    interim_ledger_account: str = ""
    supplier_ledger_account: str = "2400"
    salary_ledger_account: str = "2930"
    tax_ledger_account: str = ""
    pension_ledger_account: str = ""
    intercompany_ledger_account: str = ""
    fee_ledger_account: str = "7770"
    customer_ledger_account: str = "1500"
    unplaced_ledger_account: str | None = None


@transaction.atomic
def create_agreement(
    *,
    company: Company,
    new: NewAgreement,
    actor: Actor,
    kid: Sequence[KidRule] = (),
    number: int | None = None,
) -> Agreement:
    """Draft an agreement of a company and return it; its number is the company's next unless given.

    Raises DomainError (422) `agreement_account_invalid`, `agreement_approvers_invalid`,
    `agreement_evidence_unsupported`, `kid_definition_invalid`; ConflictError (409) `agreement_number_taken`, or
    `agreement_exists` when the company has one of this kind for the account and the bank's agreement id that isn't
    closed or refused.
    """
    _check(new)
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    agreement = Agreement(company=company, owner=company, number=number or _next_number(company), **asdict(new))
    try:
        with transaction.atomic():
            agreement.save(force_insert=True)
    except IntegrityError as error:
        raise _conflict(error=error, agreement=agreement) from None
    _write_kid_definitions(agreement=agreement, rules=kid)
    note_step(agreement=agreement, from_status="", actor=actor)
    return agreement


@transaction.atomic
def create_shared_agreement(*, company: Company, source: Agreement, actor: Actor) -> Agreement:
    """Make the agreement on which `company` sends from `source`'s account, in force at once, and return it.

    The bank's ids, the line and the approvers are the owner's; its ERP switches it on after a test of its own. Raises
    ConflictError (409) `agreement_exists`.
    """
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    shared = Agreement(
        company=company,
        owner=source.owner,
        shared_from=source,
        number=_next_number(company),
        status=Status.ACTIVE,
        **{field: getattr(source, field) for field in _SHARED_FIELDS},
    )
    try:
        with transaction.atomic():
            shared.save(force_insert=True)
    except IntegrityError as error:
        raise _conflict(error=error, agreement=shared) from None
    note_step(agreement=shared, from_status="", actor=actor)
    return shared


@transaction.atomic
def set_kid_definitions(*, agreement: Agreement, rules: Sequence[KidRule], actor: Actor) -> None:
    """Replace an agreement's KID definitions. Raises DomainError `kid_definition_invalid` (422) naming each bad one."""
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    agreement.kid_definitions.all().delete()
    _write_kid_definitions(agreement=agreement, rules=rules)
    record_audit(
        company_id=agreement.company_id,
        actor=actor,
        action="agreement.kid_definitions",
        subject_kind="agreement",
        subject_id=agreement.pk,
        details={"kid": [asdict(rule) for rule in rules]},
    )


@transaction.atomic
def add_contact(*, agreement: Agreement, kind: ContactKind, email: str, actor: Actor) -> Contact:
    """Put an address on one of an agreement's mail lists, unconfirmed; one that is there stays as it is.

    Raises DomainError `contact_email_invalid` (422).
    """
    address = email.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise DomainError("contact_email_invalid", params={"email": address[:254]}) from None
    contact, new = Contact.objects.get_or_create(agreement=agreement, kind=kind, email=address)
    if new:
        if actor.kind != "system":
            ask_contact(contact=contact)
        _audit_contact(contact=contact, agreement=agreement, actor=actor, action="contact.added")
    return contact


@transaction.atomic
def ask_contact_again(*, agreement: Agreement, contact_id: UUID, actor: Actor) -> Contact:
    """Write to an address that hasn't answered once more, at most once an hour; the earlier link ends.

    Raises NotFoundError for a contact of another agreement; ConflictError (409) `contact_answered`, `contact_asked`.
    """
    found = Contact.objects.select_for_update(of=("self",)).select_related("agreement__company")
    contact = found.filter(agreement=agreement, pk=contact_id).first()
    if contact is None:
        raise NotFoundError()
    if contact.confirmed_at is not None:
        raise ConflictError("contact_answered")
    if contact.asked_at is not None and machine_now() - contact.asked_at < _ASKED_AGAIN_AFTER:
        raise ConflictError("contact_asked")
    ask_contact(contact=contact)
    _audit_contact(contact=contact, agreement=agreement, actor=actor, action="contact.asked")
    return contact


def find_asked_contact(*, token: str) -> Contact | None:
    """Return the address that a letter's link is about, or None: unknown, answered, or older than its days."""
    found = Contact.objects.filter(token_hash=hash_of(token), confirmed_at=None).exclude(token_hash="")
    contact = found.select_related("agreement__company").first()
    if contact is None or contact.asked_at is None or machine_now() - contact.asked_at > _LINK_LASTS:
        return None
    return contact


@transaction.atomic
def answer_for_contact(*, token: str) -> Contact:
    """Note that the holder of an address said yes by the letter's link, which works once. Raises NotFoundError."""
    contact = find_asked_contact(token=token)
    if contact is None:
        raise NotFoundError()
    confirmed = confirm_contact(contact_id=contact.pk, actor=Actor.system("letter"))
    confirmed.token_hash = ""
    confirmed.save(update_fields=["token_hash"])
    return confirmed


@transaction.atomic
def confirm_contact(*, contact_id: UUID, actor: Actor) -> Contact:
    """Note that the holder of an address has confirmed it: mail may be sent there from now."""
    contact = Contact.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=contact_id)
    if contact.confirmed_at is None:
        contact.confirmed_at = machine_now()
        contact.save(update_fields=["confirmed_at"])
        _audit_contact(contact=contact, agreement=contact.agreement, actor=actor, action="contact.confirmed")
    return contact


def _check(new: NewAgreement) -> None:
    if not is_valid_account(new.account):
        raise DomainError("agreement_account_invalid", params={"account": new.account[:40]})
    net_bank_alone = new.approvers_required == 0 and new.bank_approval != BankApproval.IN_NET_BANK
    if new.approvers_required not in range(5) or net_bank_alone:
        raise DomainError("agreement_approvers_invalid")
    if new.paid_evidence not in _PAID_EVIDENCE:
        raise DomainError("agreement_evidence_unsupported", params={"evidence": str(new.paid_evidence)[:40]})


def _next_number(company: Company) -> int:
    last: int | None = Agreement.objects.filter(company=company).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def _conflict(*, error: IntegrityError, agreement: Agreement) -> Exception:
    """Return the refusal that a broken constraint means, or the error itself when it is a fault of ours."""
    if "agreement_number_once_per_company" in str(error):
        return ConflictError("agreement_number_taken", params={"number": agreement.number})
    if "agreement_once_per" in str(error):
        return ConflictError("agreement_exists", params={"account": agreement.account})
    return error


def _write_kid_definitions(*, agreement: Agreement, rules: Sequence[KidRule]) -> None:
    faults = _faults_of(rules)
    if faults:
        raise DomainError("kid_definition_invalid", params={"count": len(faults)}, errors=faults)
    for slot, rule in enumerate(rules, start=1):
        KidDefinition.objects.create(agreement=agreement, slot=slot, **_columns(rule))


def _faults_of(rules: Sequence[KidRule]) -> list[ErrorDetail]:
    found = [(index, fault) for index, rule in enumerate(rules) if (fault := fault_of(rule))]
    if len(rules) > _MOST_DEFINITIONS:
        found.append((_MOST_DEFINITIONS, "kid_definitions_too_many"))
    lengths = [rule.length for rule in rules]
    found += [(index, "kid_length_twice") for index, length in enumerate(lengths) if length in lengths[:index]]
    return [ErrorDetail(code=fault, params={"number": index + 1}, pointer=f"/kid/{index}") for index, fault in found]


def _columns(rule: KidRule) -> dict[str, int | str | None]:
    customer = rule.customer or (None, None)
    invoice = rule.invoice or (None, None)
    return {
        "length": rule.length,
        "modulus": rule.modulus,
        "customer_from": customer[0],
        "customer_to": customer[1],
        "invoice_from": invoice[0],
        "invoice_to": invoice[1],
    }


def _audit_contact(*, contact: Contact, agreement: Agreement, actor: Actor, action: str) -> None:
    record_audit(
        company_id=agreement.company_id,
        actor=actor,
        action=action,
        subject_kind="agreement",
        subject_id=agreement.pk,
        details={"list": contact.kind},
        personal={"email": contact.email},
    )
