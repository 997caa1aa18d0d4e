"""A customer with two administrators, and a kind of change that takes both."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from companies.actors import Actor
from companies.models import Company, Customer, Proposal, User
from companies.services.proposals import Description, ProposalKind, kinds, propose
from tests.companies.builders import make_company, make_customer, make_customer_admin


@dataclass
class Deeds:
    """What was done, and how the thing stands that it is about."""

    done: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    basis: dict[str, Any] = field(default_factory=lambda: {"approvers": 2})


@pytest.fixture
def deeds() -> Iterator[Deeds]:
    noted = Deeds()

    def apply(proposal: Proposal, actor: Actor) -> None:
        noted.done.append((proposal.params, actor.name))

    for code, alone in (("lower", True), ("never_alone", False)):
        kinds.register_proposal_kind(
            ProposalKind(
                code=code,
                describe=lambda each: Description(f"Lower to {each.params['to']}", "Fewer people look at it."),
                apply=apply,
                basis=lambda each: noted.basis,
                applies_alone=alone,
            )
        )
    yield noted
    for code in ("lower", "never_alone"):
        del kinds._kinds[code]


@pytest.fixture
def customer(db: None) -> Customer:
    return make_customer()


@pytest.fixture
def firm(customer: Customer) -> Company:
    return make_company(customer=customer, name="Fjord Varme AS")


@pytest.fixture
def ada(customer: Customer) -> User:
    return make_customer_admin(customer=customer)


@pytest.fixture
def bo(customer: Customer) -> User:
    return make_customer_admin(customer=customer)


def proposed(customer: Customer, user: User, *, to: int = 1, kind: str = "lower", **changes: Any) -> Proposal:
    """Propose to lower something."""
    given: dict[str, Any] = {"subject_kind": "agreement", "subject_id": "a-1", "params": {"to": to}, **changes}
    return propose(kind=kind, actor=Actor.user(user), customer_id=customer.pk, **given)
