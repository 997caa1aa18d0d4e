"""Four eyes: what one administrator proposes and another confirms before it is done."""

from companies.services.proposals.decisions import confirm, decline, withdraw
from companies.services.proposals.kinds import Description, ProposalKind, administers, kind_of, register_proposal_kind
from companies.services.proposals.proposing import DAYS_OPEN, propose

__all__ = [
    "DAYS_OPEN",
    "Description",
    "ProposalKind",
    "administers",
    "confirm",
    "decline",
    "kind_of",
    "propose",
    "register_proposal_kind",
    "withdraw",
]
