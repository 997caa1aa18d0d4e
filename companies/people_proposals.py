"""The kinds of changes of people that take two administrators."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autopay_portal.core.errors import ConflictError
from companies.access import is_operator
from companies.actors import Actor
from companies.models import SEE_SALARY, CustomerMember, Proposal, Role, User
from companies.role_words import words_of
from companies.services.administrators import (
    MAKE_ADMINISTRATOR,
    REMOVE_ADMINISTRATOR,
    begin_administration,
    end_administration,
    is_administrator,
)
from companies.services.departures import end_everything
from companies.services.invitations import register_acceptance
from companies.services.members import accept_membership
from companies.services.proposals.kinds import Description, ProposalKind, administers, register_proposal_kind
from companies.services.rights import GRANT_RIGHT, hold, holds, right_of


def register() -> None:
    """Make these kinds known, and what an invitation that is accepted brings."""
    register_acceptance(_accept)
    register_proposal_kind(
        ProposalKind(
            code=GRANT_RIGHT,
            describe=_describe_right,
            apply=_give_right,
            basis=_right_basis,
            word=gettext_lazy("Rights"),
        )
    )
    register_proposal_kind(
        ProposalKind(
            code=MAKE_ADMINISTRATOR,
            describe=_describe_making,
            apply=_make_administrator,
            basis=_administrator_basis,
            word=Role.CUSTOMER_ADMINISTRATOR.label,
        )
    )
    register_proposal_kind(
        ProposalKind(
            code=REMOVE_ADMINISTRATOR,
            describe=_describe_removal,
            apply=_remove_administrator,
            basis=_administrator_basis,
            may_confirm=_administers_or_operates,
            may_decline=_is_about_another,
            applies_alone=False,
            central=True,
            word=Role.CUSTOMER_ADMINISTRATOR.label,
        )
    )


def _accept(customer_id: UUID, user: User) -> None:
    accept_membership(customer_id=customer_id, user=user)


def _describe_right(proposal: Proposal) -> Description:
    params = proposal.params
    if params["right"] == SEE_SALARY:
        what = _("%(name)s (%(email)s) is to see salary in %(company)s") % params
        return Description(what, _("He then sees the names and amounts of everybody's salary in the company."))
    named = {**params, "right": str(words_of(params["right"]).name).lower()}
    what = _("%(name)s (%(email)s) becomes %(right)s in %(company)s") % named
    return Description(what, _("He then approves payments, so that money leaves the company's accounts."))


def _right_basis(proposal: Proposal) -> Mapping[str, Any]:
    found = right_of(proposal)
    if found is None:
        return {}
    member, company, right = found
    return {"email": member.email, "held": holds(member=member, company=company, right=right)}


def _give_right(proposal: Proposal, actor: Actor) -> None:
    found = right_of(proposal)
    if found is None:
        raise ConflictError("proposal_stale")
    member, company, right = found
    hold(member=member, company=company, right=right, actor=actor)


def _describe_making(proposal: Proposal) -> Description:
    return Description(
        _("%(name)s (%(email)s) becomes customer administrator") % proposal.params,
        _("He then makes companies, users and agreements, and confirms what others propose."),
    )


def _describe_removal(proposal: Proposal) -> Description:
    return Description(
        _("%(name)s (%(email)s) is no longer customer administrator") % proposal.params,
        _("He can then change nobody's rights and confirm nothing."),
    )


def _administrator_basis(proposal: Proposal) -> Mapping[str, Any]:
    member = _member_of(proposal)
    return {} if member is None else {"email": member.email, "administers": is_administrator(member)}


def _make_administrator(proposal: Proposal, actor: Actor) -> None:
    begin_administration(member=_known(proposal), actor=actor)


def _remove_administrator(proposal: Proposal, actor: Actor) -> None:
    member = _known(proposal)
    if proposal.params.get("leaves"):
        end_everything(member=member, actor=actor)
    else:
        end_administration(member=member, actor=actor)


def _administers_or_operates(user: User, proposal: Proposal) -> bool:
    return administers(user, proposal) or is_operator(user=user)


def _is_about_another(user: User, proposal: Proposal) -> bool:
    """Return whether a removal is another's: who is to go could else stay for ever by declining each."""
    member = _member_of(proposal)
    return member is None or member.user_id != user.pk


def _member_of(proposal: Proposal) -> CustomerMember | None:
    members = CustomerMember.objects.select_related("user", "customer").filter(customer_id=proposal.customer_id)
    return members.filter(pk=proposal.params["member"]).first()


def _known(proposal: Proposal) -> CustomerMember:
    member = _member_of(proposal)
    if member is None:
        raise ConflictError("proposal_stale")
    return member
