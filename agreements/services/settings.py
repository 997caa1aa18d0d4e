"""Changing an agreement later: what is safer is done at once, what is riskier takes a second administrator."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agreements.models import Agreement, BankApproval, Contact, ContactKind, PaidEvidence, Status, TwoStep
from agreements.services.contents import add_contact
from agreements.services.sharing import invite_to_share
from autopay_portal.core.display import show_account
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from companies.actors import Actor
from companies.models import Proposal, ProposalState, User
from companies.services import record_audit
from companies.services.locking import lock_customer
from companies.services.proposals import Description, ProposalKind, propose, register_proposal_kind

_SETTINGS = (
    "approvers_required", "bank_approval", "two_step", "paid_evidence", "reject_mode", "hold_duplicates", "auto_post",
    "notify",
    "bank_ledger_account", "interim_ledger_account", "supplier_ledger_account", "salary_ledger_account",
    "tax_ledger_account", "pension_ledger_account", "intercompany_ledger_account", "fee_ledger_account",
    "customer_ledger_account", "unplaced_ledger_account",
)  # fmt: skip
# What stands on a shared agreement as on the owner's.
_FOLLOWED = frozenset({"approvers_required", "bank_approval", "paid_evidence", "two_step", "hold_duplicates"})
# From the least to the most that is asked of who approves.
_LEVELS = (TwoStep.NONE, TwoStep.APPROVAL, TwoStep.UPLOAD)
_OVER = (Status.CLOSED, Status.REFUSED_BY_BANK)
# An agreement that the bank hasn't got yet moves no money: it may be changed by one.
_NOT_IN_FORCE = (Status.DRAFT, Status.ORDERED)


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of a change: which settings are new now, and what waits for another administrator."""

    done: tuple[str, ...]
    proposal: Proposal | None

    @property
    def waits(self) -> bool:
        """Whether a part of it waits for another administrator."""
        return self.proposal is not None and self.proposal.state == ProposalState.OPEN


@transaction.atomic
def change_settings(*, agreement_id: UUID, wanted: Mapping[str, Any], seen: Mapping[str, Any], user: User) -> Changed:
    """Change an agreement's settings; lowering its number of approvers waits for another administrator.

    `seen` are the settings as the page showed them. Raises ConflictError (409) `settings_changed` when somebody has
    changed one of them meanwhile, `agreement_over`, `setting_is_the_owners` on a shared agreement; DomainError
    `agreement_approvers_invalid`, `agreement_evidence_unsupported`.
    """
    agreement = _lock(agreement_id)
    given = {name: value for name, value in wanted.items() if name in _SETTINGS}
    before = settings_of(agreement)
    if any(before[name] != seen.get(name, before[name]) for name in given):
        raise ConflictError("settings_changed")
    changes = {name: value for name, value in given.items() if before[name] != value}
    if agreement.is_shared and changes.keys() - {"reject_mode"}:
        raise ConflictError("setting_is_the_owners")
    _check({**before, **changes})
    lowered = _lowers(agreement, changes)
    kept_back = {"approvers_required", "bank_approval", "two_step"} if lowered else set()
    at_once = {name: value for name, value in changes.items() if name not in kept_back}
    _set(agreement, at_once, Actor.user(user))
    if not lowered:
        return Changed(tuple(sorted(at_once)), None)
    proposal = propose(
        kind="agreement_approvers",
        actor=Actor.user(user),
        customer_id=agreement.company.customer_id,
        company_id=agreement.company_id,
        subject_kind="agreement",
        subject_id=agreement.pk,
        params={
            "account": agreement.account,
            "company": agreement.company.name,
            "from": agreement.approvers_required,
            "to": changes.get("approvers_required", agreement.approvers_required),
            "two_step": changes.get("two_step", agreement.two_step),
            "two_step_from": agreement.two_step,
            "bank_approval": changes.get("bank_approval", agreement.bank_approval),
        },
    )
    return Changed(tuple(sorted(at_once)), proposal)


@transaction.atomic
def change_mail_lists(*, agreement_id: UUID, add: Mapping[str, str], remove: UUID | None, user: User) -> Changed:
    """Put an address on a mail list (`{"rejects": address}`) or take one off; in force it takes a second administrator.

    A new address is asked by letter when it is on the list, and gets nothing else before it has said yes. Raises
    DomainError `contact_email_invalid`; NotFoundError for a contact of another agreement.
    """
    agreement = _lock(agreement_id)
    params: dict[str, Any] = {"account": agreement.account, "company": agreement.company.name}
    if remove is not None:
        contact = Contact.objects.filter(agreement=agreement, pk=remove).first()
        if contact is None:
            raise NotFoundError()
        params |= {"remove": str(contact.pk), "kind": contact.kind, "email": contact.email}
    else:
        ((kind, email),) = add.items()
        params |= {"add": True, "kind": ContactKind(kind).value, "email": check_email(email)}
    if agreement.status in _NOT_IN_FORCE:
        _change_list(agreement, params, Actor.user(user))
        return Changed((params["kind"],), None)
    proposal = propose(
        kind="agreement_mail_list",
        actor=Actor.user(user),
        customer_id=agreement.company.customer_id,
        company_id=agreement.company_id,
        subject_kind="agreement",
        subject_id=f"{agreement.pk}:{params['kind']}:{params['email']}"[:100],
        params={**params, "agreement": str(agreement.pk)},
    )
    return Changed((), proposal)


@transaction.atomic
def offer_share(*, agreement_id: UUID, org_number: str, user: User) -> Changed:
    """Offer the outgoing part to another company, once another administrator has agreed."""
    agreement = _lock(agreement_id)
    number = "".join(org_number.split()).replace(".", "")
    _try_share(agreement, number, user)
    proposal = propose(
        kind="agreement_share",
        actor=Actor.user(user),
        customer_id=agreement.company.customer_id,
        company_id=agreement.company_id,
        subject_kind="agreement",
        subject_id=agreement.pk,
        params={"account": agreement.account, "company": agreement.company.name, "org_number": number},
    )
    return Changed((), proposal)


def settings_of(agreement: Agreement) -> dict[str, Any]:
    """Return what of an agreement is a setting, by its name."""
    return {name: getattr(agreement, name) for name in _SETTINGS}


def check_email(email: str) -> str:
    """Return an address without the blanks around it. Raises DomainError `contact_email_invalid`."""
    address = email.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise DomainError("contact_email_invalid", params={"email": address[:254]}) from None
    return address


def _try_share(agreement: Agreement, number: str, user: User) -> None:
    """Refuse now what would be refused when it is confirmed."""
    with transaction.atomic():
        mark = transaction.savepoint()
        invite_to_share(agreement_id=agreement.pk, org_number=number, user=user)
        transaction.savepoint_rollback(mark)


def _lowers(agreement: Agreement, changes: Mapping[str, Any]) -> bool:
    """Return whether fewer people, or with less, would approve: what takes two once the agreement is in force."""
    if agreement.status in _NOT_IN_FORCE:
        return False
    fewer = changes.get("approvers_required", agreement.approvers_required) < agreement.approvers_required
    return bool(fewer or _LEVELS.index(changes.get("two_step", agreement.two_step)) < _LEVELS.index(agreement.two_step))


def _check(settings: Mapping[str, Any]) -> None:
    alone = settings["approvers_required"] == 0 and settings["bank_approval"] != BankApproval.IN_NET_BANK
    if settings["approvers_required"] not in range(5) or alone:
        raise DomainError("agreement_approvers_invalid")
    if settings["paid_evidence"] not in {PaidEvidence.CAMT054, PaidEvidence.ACSC}:
        raise DomainError("agreement_evidence_unsupported", params={"evidence": str(settings["paid_evidence"])})


def _set(agreement: Agreement, changes: Mapping[str, Any], actor: Actor) -> None:
    if not changes:
        return
    for name, value in changes.items():
        setattr(agreement, name, value)
    agreement.save(update_fields=list(changes))
    # Whoever sends from the account sends under the owner's rules.
    followed = {name: value for name, value in changes.items() if name in _FOLLOWED}
    if followed:
        Agreement.objects.filter(shared_from=agreement).update(**followed)
    record_audit(
        company_id=agreement.company_id,
        actor=actor,
        action="agreement.settings",
        subject_kind="agreement",
        subject_id=agreement.pk,
        details={"number": agreement.number, "to": dict(changes)},
    )


def _change_list(agreement: Agreement, params: Mapping[str, Any], actor: Actor) -> None:
    if "add" in params:
        add_contact(agreement=agreement, kind=ContactKind(params["kind"]), email=params["email"], actor=actor)
        return
    Contact.objects.filter(agreement=agreement, pk=params["remove"]).delete()
    record_audit(
        company_id=agreement.company_id,
        actor=actor,
        action="contact.removed",
        subject_kind="agreement",
        subject_id=agreement.pk,
        details={"list": params["kind"]},
        personal={"email": params["email"]},
    )


def _lock(agreement_id: UUID) -> Agreement:
    """Lock an agreement, its customer first: whoever confirms a proposal about it takes them in that order."""
    customer_id = Agreement.objects.filter(pk=agreement_id).values_list("company__customer_id", flat=True).first()
    if customer_id is None:
        raise NotFoundError()
    lock_customer(customer_id)
    found = Agreement.objects.select_for_update(no_key=True, of=("self",)).select_related("company")
    agreement = found.filter(pk=agreement_id).first()
    if agreement is None:
        raise NotFoundError()
    if agreement.status in _OVER:
        raise ConflictError("agreement_over")
    return agreement


def _apply_approvers(proposal: Proposal, actor: Actor) -> None:
    agreement = _lock(UUID(proposal.subject_id))
    changes = {
        "approvers_required": proposal.params["to"],
        "bank_approval": proposal.params["bank_approval"],
        "two_step": proposal.params["two_step"],
    }
    _check({**settings_of(agreement), **changes})
    _set(agreement, changes, actor)


def _basis_of_approvers(proposal: Proposal) -> Mapping[str, Any]:
    found = Agreement.objects.filter(pk=proposal.subject_id).values(
        "approvers_required", "bank_approval", "status", "two_step"
    )
    return found.first() or {}


def _apply_mail_list(proposal: Proposal, actor: Actor) -> None:
    _change_list(_lock(UUID(proposal.params["agreement"])), proposal.params, actor)


def _apply_share(proposal: Proposal, actor: Actor) -> None:
    invite_to_share(
        agreement_id=UUID(proposal.subject_id),
        org_number=proposal.params["org_number"],
        user=proposal.proposed_by,
        confirmed_by=actor,
    )


def _describe_approvers(proposal: Proposal) -> Description:
    said = {**proposal.params, "account": show_account(proposal.params["account"])}
    what = _("Approvers on %(account)s of %(company)s: %(from)s becomes %(to)s") % said
    if proposal.params["two_step"] != proposal.params["two_step_from"]:
        said["level"] = str(TwoStep(proposal.params["two_step"]).label).lower()
        what = _("%(account)s of %(company)s: approvers %(from)s to %(to)s, second factor %(level)s") % said
    if proposal.params["to"] == proposal.params["from"]:
        return Description(what, _("Whoever approves is then asked for less to show that it is he."))
    if proposal.params["to"] == 0:
        return Description(what, _("Payments then go to the bank without anybody here having approved them."))
    return Description(what, _("Payments then go to the bank with fewer people having looked at them."))


def _describe_mail_list(proposal: Proposal) -> Description:
    said = {
        **proposal.params,
        "account": show_account(proposal.params["account"]),
        "list": ContactKind(proposal.params["kind"]).label,
    }
    if "add" in proposal.params:
        what = _("%(email)s on the mail list “%(list)s” of %(account)s, %(company)s") % said
        return Description(what, _("The address is asked first, and then told when something happens to payments."))
    what = _("%(email)s off the mail list “%(list)s” of %(account)s, %(company)s") % said
    return Description(what, _("The address isn't told any more when something happens to payments."))


def _describe_share(proposal: Proposal) -> Description:
    said = {**proposal.params, "account": show_account(proposal.params["account"])}
    what = _("The outgoing part of %(account)s, %(company)s, shared with the company %(org_number)s") % said
    meaning = _("That company may send payments from the account once it accepts. Your approvers still sign them.")
    return Description(what, meaning)


def register() -> None:
    """Register what of an agreement takes two administrators."""
    for kind in (
        ProposalKind(
            code="agreement_approvers",
            describe=_describe_approvers,
            apply=_apply_approvers,
            basis=_basis_of_approvers,
            word=gettext_lazy("Fewer approvers"),
        ),
        ProposalKind(
            code="agreement_mail_list",
            describe=_describe_mail_list,
            apply=_apply_mail_list,
            word=gettext_lazy("Mail list"),
        ),
        ProposalKind(
            code="agreement_share",
            describe=_describe_share,
            apply=_apply_share,
            word=gettext_lazy("Shared account"),
        ),
    ):
        register_proposal_kind(kind)
