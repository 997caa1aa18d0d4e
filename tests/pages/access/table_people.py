"""A customer's people and what takes two administrators: 404 to everybody who doesn't administer the customer."""

from typing import Any
from uuid import UUID

from companies.actors import Actor
from companies.models import CustomerMember, Language
from companies.services.administrators import propose_removal
from companies.services.inviting import invite_member
from companies.services.proposals import Description, ProposalKind, propose, register_proposal_kind
from tests.companies.builders import make_customer_admin
from tests.pages.access.rows import CUSTOMER_ADMINISTRATOR, OPERATOR, Maker, Row, deed, page
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


def make_member(world: World) -> UUID:
    """Return the viewer's place among the customer's users."""
    return CustomerMember.objects.get(user=world.people["viewer"], customer=world.company.customer).pk


def make_invited(world: World) -> UUID:
    """Invite somebody who hasn't accepted."""
    return invite_member(
        customer=world.company.customer, email="hemmelig.invitert@fjord.example", name="Hemmelig Invitert",
        language=Language.NB, actor=Actor.user(world.people["customer_administrator"]),
    ).pk  # fmt: skip


def make_second_administrator(world: World) -> UUID:
    """Make another administrator, and return his place among the users."""
    second = make_customer_admin(customer=world.company.customer)
    return CustomerMember.objects.get(user=second, customer=world.company.customer).pk


def make_removal(world: World) -> UUID:
    """Propose that the second administrator goes, which AutoPay Central may confirm."""
    found = propose_removal(
        customer_id=world.company.customer_id, member_id=world.thing("second_administrator"),
        actor=Actor.user(world.people["customer_administrator"]),
    )  # fmt: skip
    assert found is not None
    return found.pk


THINGS: dict[str, Maker] = {
    "member": make_member,
    "invited": make_invited,
    "second_administrator": make_second_administrator,
    "removal": make_removal,
    "proposal": make_proposal,
    "own_proposal": lambda world: make_proposal(world, mine=True),
}
_PROPOSALS = "/customers/{customer}/proposals/"
_USERS = "/customers/{customer}/users/"
_NEW = {"email": "ny@fjord.example", "first_name": "Ny", "last_name": "Bruker", "language": "nb"}
_TICK = {"member": "{member}", "company": "{company}", "rights": "uploader", "seen": ""}
_HIDDEN: dict[str, Any] = {"others": 404}
ROWS: tuple[Row, ...] = (
    page("proposals", _PROPOSALS, CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    page("proposals", _PROPOSALS + "?show=decided", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    deed("confirm_proposal", _PROPOSALS + "{proposal}/confirm/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    deed("decline_proposal", _PROPOSALS + "{proposal}/decline/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    deed("withdraw_proposal", _PROPOSALS + "{own_proposal}/withdraw/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    page("customer_users", _USERS, CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    page("customer_users", _USERS + "?company=&page=2", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    page("invite_user", _USERS + "invite/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    deed("invite_user", _USERS + "invite/", CUSTOMER_ADMINISTRATOR, body=_NEW, **_HIDDEN),
    deed("save_rights", _USERS + "rights/", CUSTOMER_ADMINISTRATOR, body=_TICK, **_HIDDEN),
    page("customer_user", _USERS + "{member}/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    page("customer_user", _USERS + "{invited}/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    deed("invite_person_again", _USERS + "{invited}/invite/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    page("end_membership", _USERS + "{member}/leave/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    deed("end_membership", _USERS + "{member}/leave/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    deed("reset_factors", _USERS + "{member}/factors/reset/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    deed("make_administrator", _USERS + "{member}/administrator/make/", CUSTOMER_ADMINISTRATOR, **_HIDDEN),
    deed(
        "remove_administrator",
        _USERS + "{second_administrator}/administrator/remove/",
        CUSTOMER_ADMINISTRATOR,
        **_HIDDEN,
    ),
    page("central_proposals", "/central/proposals/", OPERATOR, stranger=403),
    deed("decide_central_proposal", "/central/proposals/{removal}/decide/", OPERATOR, stranger=403),
)
