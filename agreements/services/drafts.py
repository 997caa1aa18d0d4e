"""An agreement that is being filled in: begun, answered step by step, finished or thrown away."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from agreements.kid import KidRule
from agreements.models import (
    Agreement,
    BankApproval,
    ContactKind,
    Draft,
    Kind,
    Notify,
    PaidEvidence,
    RejectMode,
    TwoStep,
)
from agreements.queries import is_account_taken
from agreements.services.contents import NewAgreement, add_contact, create_agreement
from autopay_portal.core.errors import ConflictError, NotFoundError
from companies.actors import Actor
from companies.models import Company, User
from companies.services import record_audit

STEPS = ("bank", "account", "terms")
_TEXTS = ("customer_id", "division", "bank_agreement_id")
_LEDGER = (
    "bank", "interim", "supplier", "salary", "tax", "pension", "intercompany", "fee", "customer", "unplaced",
)  # fmt: skip
_MOST_DRAFTS = 50


@transaction.atomic
def begin_draft(*, company: Company, user: User) -> Draft:
    """Begin an agreement and return its draft; one that the same person has begun and not answered is taken again.

    Raises ConflictError (409) `too_many_drafts`.
    """
    Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    unfinished = Draft.objects.filter(company=company, agreement=None)
    empty = unfinished.filter(begun_by=user, answers={}).first()
    if empty is not None:
        return empty
    if unfinished.count() >= _MOST_DRAFTS:
        raise ConflictError("too_many_drafts", params={"count": _MOST_DRAFTS})
    return Draft.objects.create(company=company, begun_by=user)


@transaction.atomic
def answer_step(*, draft_id: UUID, step: str, answers: Mapping[str, Any], seen: str) -> Draft:
    """Keep what somebody filled in on one step; `seen` is the mark (`mark_of`) of what stood there when he opened it.

    Raises ConflictError (409) `draft_finished`, or `draft_changed` when somebody (or he himself, in another tab) has
    changed the step meanwhile to something else. A change of direction empties the step that hangs on it.
    """
    draft = _lock(draft_id)
    if draft.agreement_id is not None:
        raise ConflictError("draft_finished")
    stored = draft.answers.get(step)
    given = dict(answers)
    if stored != given and mark_of(stored) != seen:
        raise ConflictError("draft_changed")
    if step == "bank" and stored and stored.get("kind") != given.get("kind"):
        draft.answers.pop("terms", None)
    draft.answers[step] = given
    draft.save(update_fields=["answers", "changed_at"])
    return draft


@transaction.atomic
def discard_draft(*, draft_id: UUID, actor: Actor) -> None:
    """Throw a draft away; one that has become an agreement stays."""
    draft = _lock(draft_id)
    if draft.agreement_id is not None:
        raise ConflictError("draft_finished")
    company_id = draft.company_id
    draft.delete()
    record_audit(
        company_id=company_id, actor=actor, action="draft.discarded", subject_kind="draft", subject_id=draft_id
    )


@transaction.atomic
def finish_draft(*, draft_id: UUID, actor: Actor) -> Agreement:
    """Make the agreement that a draft describes, with its mail lists, and return it; a second time, the same one.

    Raises ConflictError (409) `draft_incomplete`, `agreement_taken` where the bank has confirmed the account for an
    agreement of this kind already, whosever; and what `create_agreement` raises.
    """
    draft = _lock(draft_id)
    if draft.agreement is not None:
        return draft.agreement
    if any(step not in draft.answers for step in STEPS):
        raise ConflictError("draft_incomplete")
    new = new_agreement_of(draft.answers)
    if is_account_taken(bank=new.bank, account=new.account, kind=new.kind, bank_agreement_id=new.bank_agreement_id):
        raise ConflictError("agreement_taken", params={"account": new.account})
    agreement = create_agreement(company=draft.company, new=new, kid=kid_rules_of(draft.answers["terms"]), actor=actor)
    for kind in ContactKind:
        for email in draft.answers["terms"].get(kind.value, []):
            add_contact(agreement=agreement, kind=kind, email=email, actor=actor)
    draft.agreement = agreement
    draft.save(update_fields=["agreement", "changed_at"])
    return agreement


def mark_of(answers: Mapping[str, Any] | None) -> str:
    """Return a short mark of what stands on a step, to tell whether it is the same later."""
    written = json.dumps(answers, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def new_agreement_of(answers: Mapping[str, Any]) -> NewAgreement:
    """Return the agreement that complete answers describe."""
    bank, account, terms = (answers[step] for step in STEPS)
    kind = Kind(bank["kind"])
    common: dict[str, Any] = {
        "kind": kind,
        "bank": bank["bank"],
        "transfers_direct": bank["origin"] == "transfer",
        "account": account["account"],
        "auto_post": terms["auto_post"],
        **{field: account.get(field, "") for field in _TEXTS},
        **{
            f"{name}_ledger_account": account[f"{name}_ledger_account"] or (None if name == "unplaced" else "")
            for name in _LEDGER
            if f"{name}_ledger_account" in account
        },
    }
    if kind == Kind.INCOMING:
        return NewAgreement(**common, notify=Notify(terms["notify"]))
    return NewAgreement(
        **common,
        approvers_required=terms["approvers_required"],
        bank_approval=BankApproval(terms["bank_approval"]),
        paid_evidence=PaidEvidence(terms["paid_evidence"]),
        reject_mode=RejectMode(terms["reject_mode"]),
        hold_duplicates=terms["hold_duplicates"],
        two_step=TwoStep(terms.get("two_step", TwoStep.APPROVAL)),
    )


def kid_rules_of(terms: Mapping[str, Any]) -> tuple[KidRule, ...]:
    """Return the KID definitions among the answers."""
    return tuple(
        KidRule(
            length=kid["length"],
            modulus=kid["modulus"],
            customer=tuple(kid["customer"]) if kid.get("customer") else None,
            invoice=tuple(kid["invoice"]) if kid.get("invoice") else None,
        )
        for kid in terms.get("kid", [])
    )


def _lock(draft_id: UUID) -> Draft:
    draft = Draft.objects.select_for_update(of=("self",)).select_related("company").filter(pk=draft_id).first()
    if draft is None:
        raise NotFoundError()
    return draft
