"""What becomes of a proposal: another confirms or declines it, or its proposer takes it back."""

from uuid import UUID

from django.db import transaction

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, NotFoundError
from companies.actors import Actor
from companies.errors import UserLacksRoleError
from companies.models import Company, CustomerAdministrator, Operator, Proposal, ProposalState, RoleGrant, User
from companies.services.locking import lock_customer
from companies.services.proposals.kinds import kind_of
from companies.services.proposals.proposing import audit, plain


def confirm(*, proposal_id: UUID, actor: Actor) -> Proposal:
    """Do what another administrator has proposed, exactly as it was shown.

    Raises NotFoundError for a proposal that the actor can't know of; ConflictError (409) `proposal_own` to its
    proposer, `proposal_decided` when it is decided already, `proposal_expired` after its days, `proposal_stale` when
    what it is about has changed meanwhile: then it is ended, and can be proposed anew; and whatever doing it raises.
    """
    with transaction.atomic():
        proposal, user = _take(proposal_id, actor)
        if proposal.proposed_by_id == user.pk:
            raise ConflictError("proposal_own")
        ended = _over(proposal)
        if ended is None:
            known = kind_of(proposal.kind)
            _decide(proposal, ProposalState.APPLIED, user)
            known.apply(proposal, actor)
            audit(proposal, actor=actor, action="proposal.confirmed")
            return proposal
        _decide(proposal, ended, None)
    # Raised when that it is over is kept.
    raise ConflictError("proposal_stale" if ended == ProposalState.STALE else "proposal_expired")


@transaction.atomic
def decline(*, proposal_id: UUID, actor: Actor) -> Proposal:
    """Refuse what another has proposed; nothing is done.

    Raises as `confirm` does, and ConflictError (409) `proposal_about_you` to somebody who can only agree to it.
    """
    proposal, user = _take(proposal_id, actor)
    if proposal.proposed_by_id == user.pk:
        raise ConflictError("proposal_own")
    if not kind_of(proposal.kind).may_decline(user, proposal):
        raise ConflictError("proposal_about_you")
    _decide(proposal, ProposalState.DECLINED, user)
    audit(proposal, actor=actor, action="proposal.declined")
    return proposal


@transaction.atomic
def withdraw(*, proposal_id: UUID, actor: Actor) -> Proposal:
    """Take one's own proposal back. Raises NotFoundError for another's; ConflictError (409) `proposal_decided`."""
    proposal = _find(proposal_id)
    if proposal.proposed_by_id != actor.user_id:
        raise NotFoundError()
    lock_customer(proposal.customer_id)
    proposal = _lock_open(proposal_id)
    _decide(proposal, ProposalState.WITHDRAWN, proposal.proposed_by)
    audit(proposal, actor=actor, action="proposal.withdrawn")
    return proposal


def _take(proposal_id: UUID, actor: Actor) -> tuple[Proposal, User]:
    """Lock an open proposal for somebody who may decide it, the customer first."""
    proposal = _find(proposal_id)
    user = User.objects.filter(pk=actor.user_id, is_active=True).first() if actor.user_id else None
    if user is None:
        raise NotFoundError()
    lock_customer(proposal.customer_id)
    # Asked under the lock, which whoever takes his right from him needs too.
    if not kind_of(proposal.kind).may_confirm(user, proposal):
        raise NotFoundError() if proposal.proposed_by_id != user.pk else UserLacksRoleError()
    return _lock_open(proposal_id), user


def _find(proposal_id: UUID) -> Proposal:
    proposal = Proposal.objects.filter(pk=proposal_id).first()
    if proposal is None:
        raise NotFoundError()
    return proposal


def _lock_open(proposal_id: UUID) -> Proposal:
    proposal = Proposal.objects.select_for_update(of=("self",)).select_related("proposed_by").get(pk=proposal_id)
    if proposal.state != ProposalState.OPEN:
        raise ConflictError("proposal_decided", params={"state": ProposalState(proposal.state).label})
    return proposal


def _over(proposal: Proposal) -> ProposalState | None:
    """Return why a proposal can't be confirmed any more, or None: what was shown must be what is done."""
    if proposal.expires_at <= machine_now():
        return ProposalState.EXPIRED
    moved = (
        proposal.company_id is not None
        and not Company.objects.filter(pk=proposal.company_id, customer_id=proposal.customer_id).exists()
    )
    if moved or not _belongs(proposal.proposed_by, proposal.customer_id):
        return ProposalState.STALE
    return ProposalState.STALE if plain(kind_of(proposal.kind).basis(proposal)) != proposal.basis else None


def _belongs(user: User, customer_id: UUID) -> bool:
    """Return whether a user still has something to say at a customer: what a leaver proposed falls with his rights."""
    if not user.is_active:
        return False
    return (
        CustomerAdministrator.objects.filter(customer_id=customer_id, user=user).exists()
        or RoleGrant.objects.filter(company__customer_id=customer_id, user=user).exists()
        or Operator.objects.filter(user=user).exists()
    )


def _decide(proposal: Proposal, state: ProposalState, user: User | None) -> None:
    proposal.state, proposal.decided_at = state, machine_now()
    proposal.decided_by = user
    proposal.save(update_fields=["state", "decided_at", "decided_by"])
