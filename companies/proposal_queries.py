"""What pages read about proposals: what waits for another administrator, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.paging import PageRequest, newest_first
from companies.models import Proposal, ProposalState, User
from companies.services.proposals import Description, kind_of
from companies.services.proposals.kinds import central_kinds


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal as a page shows it, in the reader's language."""

    proposal: Proposal
    description: Description
    mine: bool
    over: bool

    @property
    def word(self) -> str:
        """Return what it is about in a word or two, empty where its kind says none."""
        return str(kind_of(self.proposal.kind).word)


def get_proposal_page(
    *, customer_id: UUID, reader: User, decided: bool, page: PageRequest
) -> tuple[list[ProposalRow], UUID | None]:
    """Return a customer's open or decided proposals, the newest first, and where the next page begins. One query."""
    found = Proposal.objects.filter(customer_id=customer_id).select_related("company", "proposed_by", "decided_by")
    found = found.exclude(state=ProposalState.OPEN) if decided else found.filter(state=ProposalState.OPEN)
    proposals, following = newest_first(found, page)
    return _rows(proposals, reader=reader), following


def count_proposals_for(*, customer_id: UUID, user_id: UUID) -> int:
    """Return how many proposals of a customer wait for this administrator: others', and not over. One query."""
    waiting = Proposal.objects.filter(customer_id=customer_id, state=ProposalState.OPEN, expires_at__gt=machine_now())
    return waiting.exclude(proposed_by_id=user_id).count()


def get_open_proposals(*, customer_id: UUID, kind: str, subject_ids: list[str]) -> dict[str, Proposal]:
    """Return the proposals of a kind that wait, by their subjects' ids, for pages that mark what is pending."""
    found = Proposal.objects.filter(
        customer_id=customer_id,
        kind=kind,
        subject_id__in=subject_ids,
        state=ProposalState.OPEN,
        expires_at__gt=machine_now(),
    ).select_related("proposed_by")
    return {each.subject_id: each for each in found}


def get_open_about(*, customer_id: UUID, subject_kind: str, subject_id: str) -> list[ProposalRow]:
    """Return what waits for another administrator about one thing. One query."""
    found = Proposal.objects.filter(
        customer_id=customer_id, subject_kind=subject_kind, subject_id=subject_id, state=ProposalState.OPEN
    ).select_related("company", "proposed_by", "decided_by")
    return _rows(found.filter(expires_at__gt=machine_now()), reader=None)


def get_central_page(*, reader: User, page: PageRequest) -> tuple[list[ProposalRow], UUID | None]:
    """Return the open proposals of all customers that AutoPay Central may confirm, the newest first. One query."""
    found = Proposal.objects.filter(state=ProposalState.OPEN, kind__in=central_kinds())
    joined = found.select_related("company", "customer", "proposed_by", "decided_by")
    proposals, following = newest_first(joined, page)
    return _rows(proposals, reader=reader), following


def _rows(proposals: Iterable[Proposal], *, reader: User | None) -> list[ProposalRow]:
    now = machine_now()
    return [
        ProposalRow(
            proposal=each,
            description=kind_of(each.kind).describe(each),
            mine=reader is not None and each.proposed_by_id == reader.pk,
            over=each.state == ProposalState.OPEN and each.expires_at <= now,
        )
        for each in proposals
    ]
