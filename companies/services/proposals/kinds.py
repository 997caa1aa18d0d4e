"""What can be proposed: each room registers its kinds in its AppConfig.ready."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from companies.actors import Actor
from companies.models import CustomerAdministrator, Proposal, User


@dataclass(frozen=True, slots=True)
class Description:
    """What a proposal would do, in the reader's language: the deed, and what it means for the money."""

    what: str
    meaning: str


def administers(user: User, proposal: Proposal) -> bool:
    """Return whether a user is an active administrator of the proposal's customer: who confirms most kinds."""
    held = CustomerAdministrator.objects.filter(customer_id=proposal.customer_id, user_id=user.pk)
    return user.is_active and held.exists()


def everybody(user: User, proposal: Proposal) -> bool:
    """Return True: most of what somebody may confirm he may decline as well."""
    return True


def no_basis(proposal: Proposal) -> Mapping[str, Any]:
    """Return nothing: for what is the same whatever happens meanwhile."""
    return {}


@dataclass(frozen=True, slots=True)
class ProposalKind:
    """A kind of change that takes two people.

    `describe` takes no query, as a page shows many: names that it says stand in `params`. `apply` does it in the
    transaction of the confirmation, in the name of whoever confirmed, under the customer's lock (the first of all
    locks); what it raises undoes all. `may_confirm` says who may, besides that he isn't the proposer. `basis` is how
    the subject stands, as plain JSON, locking it where others change it: if that is another at the confirmation, what
    was confirmed is not what was shown, and it is refused. `applies_alone` says whether it is done at once where the
    customer has no second administrator; without it somebody else, as AutoPay Central, is the second pair of eyes.
    """

    code: str
    describe: Callable[[Proposal], Description]
    apply: Callable[[Proposal, Actor], None]
    may_confirm: Callable[[User, Proposal], bool] = administers
    basis: Callable[[Proposal], Mapping[str, Any]] = no_basis
    applies_alone: bool = True
    # What it is about in a word or two, such as "Approver", above what it would do.
    word: Promise | str = ""
    # Who of those who may confirm it may also refuse it; everybody, unless a kind says otherwise.
    may_decline: Callable[[User, Proposal], bool] = everybody
    # Operators of AutoPay Central may confirm it, and see it on their page.
    central: bool = False


_kinds: dict[str, ProposalKind] = {}


def register_proposal_kind(kind: ProposalKind) -> None:
    """Register a kind. Raises ValueError where another has its code."""
    if _kinds.setdefault(kind.code, kind) != kind:
        raise ValueError(f"two kinds of proposals are called {kind.code}")


def central_kinds() -> list[str]:
    """Return the codes of what AutoPay Central may confirm."""
    return [kind.code for kind in _kinds.values() if kind.central]


def kind_of(code: str) -> ProposalKind:
    """Return a registered kind. Raises KeyError."""
    return _kinds[code]
