"""A customer's people and what takes two administrators: 404 to everybody who doesn't administer the customer."""

from typing import Any
from uuid import UUID

from companies.actors import Actor
from companies.services.proposals import Description, ProposalKind, propose, register_proposal_kind
from tests.companies.builders import make_customer_admin
from tests.pages.access.rows import CUSTOMER_ADMINISTRATOR, Maker, Row, deed, page
from tests.pages.access.world import World

_KIND = ProposalKind(
    code="of_the_table",
    describe=lambda each: Description("Hemmelig endring", "Hemmelig følge"),
    apply=lambda proposal, actor: None,
)


def make_proposal(world: World, *, mine: bool = False) -> UUID:
    """Propose something, as another administrator or as the one of the table himself."""
    register_proposal_kind(_KIND)
    own = world.people["customer_administrator"]
    another = make_customer_admin(customer=world.company.customer)
    return propose(
        kind=_KIND.code, actor=Actor.user(own if mine else another), customer_id=world.company.customer_id,
        company_id=world.company.pk, subject_kind="company", subject_id=f"{mine}", params={},
    ).pk  # fmt: skip


THINGS: dict[str, Maker] = {
    "proposal": make_proposal,
    "own_proposal": lambda world: make_proposal(world, mine=True),
}
_PROPOSALS = "/customers/{customer}/proposals/"
_HIDDEN: dict[str, Any] = {"others": 404}
ROWS: tuple[Row, ...] = (
    page("proposals", _PROPOSALS, CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    page("proposals", _PROPOSALS + "?show=decided", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    deed("confirm_proposal", _PROPOSALS + "{proposal}/confirm/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    deed("decline_proposal", _PROPOSALS + "{proposal}/decline/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    deed("withdraw_proposal", _PROPOSALS + "{own_proposal}/withdraw/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
)
