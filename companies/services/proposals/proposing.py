"""Proposing a change that takes two people."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, NotFoundError
from autopay_portal.core.ids import uuid7
from companies.actors import Actor
from companies.models import Company, CustomerAdministrator, Proposal, ProposalState
from companies.services.audit import record_audit
from companies.services.locking import lock_customer
from companies.services.proposals.kinds import ProposalKind, kind_of
from companies.services.proposals.telling import tell_administrators

DAYS_OPEN = 14


@transaction.atomic
def propose(
    *,
    kind: str,
    actor: Actor,
    customer_id: UUID,
    company_id: UUID | None = None,
    subject_kind: str,
    subject_id: UUID | str,
    params: Mapping[str, Any],
) -> Proposal:
    """Propose a change; where the customer has nobody else to confirm it, it is done at once and audited as such.

    The caller has checked that the actor may ask for it. The same proposed again by the same person is the one that
    stands. Raises NotFoundError for a company that isn't the customer's; ConflictError (409) `proposal_open` when
    another change of this kind waits for this subject, and whatever doing it raises where it is done at once.
    """
    if actor.user_id is None:
        raise ValueError("a proposal is a person's")
    customer = lock_customer(customer_id)
    if company_id is not None and not Company.objects.filter(pk=company_id, customer=customer).exists():
        raise NotFoundError()
    known = kind_of(kind)
    now = machine_now()
    wanted = Proposal(
        id=uuid7(),
        customer=customer,
        company_id=company_id,
        kind=kind,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        params=plain(params),
        proposed_by_id=actor.user_id,
        proposed_at=now,
        expires_at=now + timedelta(days=DAYS_OPEN),
    )
    wanted.basis = plain(known.basis(wanted))
    standing = _standing(wanted)
    if standing is not None:
        return standing
    if known.applies_alone and not others_administer(customer_id=customer.pk, user_id=actor.user_id):
        return _do_at_once(wanted, known=known, actor=actor)
    wanted.save(force_insert=True)
    tell_administrators(wanted)
    audit(wanted, actor=actor, action="proposal.made")
    return wanted


def others_administer(*, customer_id: UUID, user_id: UUID) -> bool:
    """Return whether a customer has an active administrator besides a user."""
    administrators = CustomerAdministrator.objects.filter(customer_id=customer_id, user__is_active=True)
    return administrators.exclude(user_id=user_id).exists()


def audit(proposal: Proposal, *, actor: Actor, action: str) -> None:
    """Note in the audit what became of a proposal; the names in it stay out."""
    record_audit(
        company_id=proposal.company_id,
        actor=actor,
        action=action,
        subject_kind=proposal.subject_kind,
        subject_id=proposal.subject_id,
        details={
            "proposal": str(proposal.pk),
            "kind": proposal.kind,
            "customer": str(proposal.customer_id),
            "alone": proposal.alone,
        },
    )


def plain(content: Mapping[str, Any]) -> Any:
    """Return a mapping as it comes back from the database."""
    return json.loads(json.dumps(content, cls=DjangoJSONEncoder, allow_nan=False))


def _standing(wanted: Proposal) -> Proposal | None:
    """Return the open proposal that says the same already; end one whose time is over or whose subject changed."""
    found = (
        Proposal.objects.select_for_update()
        .filter(
            customer_id=wanted.customer_id,
            kind=wanted.kind,
            subject_kind=wanted.subject_kind,
            subject_id=wanted.subject_id,
            state=ProposalState.OPEN,
        )
        .first()
    )
    if found is None:
        return None
    state = ProposalState.EXPIRED if found.expires_at <= wanted.proposed_at else ProposalState.STALE
    if state == ProposalState.EXPIRED or found.basis != wanted.basis:
        found.state, found.decided_at = state, wanted.proposed_at
        found.save(update_fields=["state", "decided_at"])
        return None
    if (found.params, found.proposed_by_id) == (wanted.params, wanted.proposed_by_id):
        return found
    raise ConflictError("proposal_open")


def _do_at_once(proposal: Proposal, *, known: ProposalKind, actor: Actor) -> Proposal:
    proposal.alone = True
    proposal.state = ProposalState.APPLIED
    proposal.decided_by_id, proposal.decided_at = actor.user_id, proposal.proposed_at
    proposal.save(force_insert=True)
    known.apply(proposal, actor)
    audit(proposal, actor=actor, action="proposal.applied_alone")
    return proposal
