"""Factors of people: a new one confirmed by somebody else, a lost phone, who is told of what changed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from companies.access import is_operator
from companies.actors import Actor
from companies.models import (
    Company,
    CustomerAdministrator,
    CustomerMember,
    FactorConfirmation,
    Proposal,
    User,
)
from companies.second_factor.factors import APPROVING_TYPES, factors_of
from companies.services.audit import record_audit
from companies.services.departures import end_sessions
from companies.services.letters import write_letter
from companies.services.proposals.kinds import Description, ProposalKind, administers, register_proposal_kind
from companies.services.proposals.proposing import propose

CONFIRM_FACTOR = "confirm_factor"
RESET_FACTORS = "reset_factors"
NO_TWO_STEP = "company_no_two_step"


def propose_confirmation(*, user: User, authenticator_id: int, customer_id: UUID) -> Proposal:
    """Ask another administrator of a customer to confirm one's own new factor, so that it may approve at once.

    Raises NotFoundError for a factor or a customer that isn't the user's.
    """
    factor = factors_of(user).filter(pk=authenticator_id).first()
    if factor is None or not CustomerMember.objects.filter(user=user, customer_id=customer_id).exists():
        raise NotFoundError()
    return propose(
        kind=CONFIRM_FACTOR,
        actor=Actor.user(user),
        customer_id=customer_id,
        subject_kind="factor",
        subject_id=str(factor.pk),
        params={
            "user": str(user.pk),
            "name": user.name,
            "email": user.email,
            "type": factor.type,
            "enrolled": factor.created_at.isoformat(timespec="minutes"),
        },
    )


def propose_reset(*, member_id: UUID, customer_id: UUID, actor: Actor) -> Proposal:
    """Ask that another administrator, or AutoPay Central where there is none, ends the factors of who lost his phone.

    The user and all administrators are told at once. Raises NotFoundError; DomainError `no_factor` (422) for who has
    none; ConflictError `reset_own` (409) for one's own, which one ends oneself.
    """
    member = CustomerMember.objects.filter(pk=member_id, customer_id=customer_id).select_related("user").first()
    if member is None or member.user is None:
        raise NotFoundError()
    if member.user_id == actor.user_id:
        raise ConflictError("reset_own")
    if not Authenticator.objects.filter(user_id=member.user_id).exists():
        raise DomainError("no_factor")
    with transaction.atomic():
        made = propose(
            kind=RESET_FACTORS,
            actor=actor,
            customer_id=customer_id,
            subject_kind="user",
            subject_id=str(member.user_id),
            params={"name": member.user.name, "email": member.user.email, "user": str(member.user_id)},
        )
        _tell_all(user=member.user, customer_id=customer_id, kind="factors_reset_asked", by=actor.name)
    return made


@transaction.atomic
def seed_app(*, user: User) -> str | None:
    """Give a user of the sandbox an authenticator app, confirmed everywhere, and return its secret.

    None for who has a factor already: what a person enrolled stays his. Raises ValueError outside the sandbox.
    """
    if not settings.SANDBOX:
        raise ValueError("factors are seeded in the sandbox only")
    if Authenticator.objects.filter(user_id=user.pk).exists():
        return None
    secret: str = generate_totp_secret()
    app = TOTP.activate(user, secret).instance
    FactorConfirmation.objects.create(authenticator=app, confirmed_at=machine_now())
    note_factor(user=user, actor=Actor.system("sandbox"), action="factor.added", kind=app.type)
    return secret


def describe_confirmation(proposal: Proposal) -> Description:
    """Say what a confirmation means."""
    app = proposal.params["type"] == Authenticator.Type.TOTP
    named = {**proposal.params, "factor": _("authenticator app") if app else _("passkey")}
    what = _("%(name)s (%(email)s) approves with a new %(factor)s from now on") % named
    meaning = _("Ask him first, by telephone or face to face, whether he enrolled it himself: it lets money out.")
    return Description(what, meaning)


def describe_reset(proposal: Proposal) -> Description:
    """Say what a reset means."""
    what = _("All second factors of %(name)s (%(email)s) are ended, as his phone is lost") % proposal.params
    meaning = _(
        "He then signs in by password alone until he enrols a new one, which can't approve for 24 hours unless it is"
        " confirmed. Speak with him first: whoever has his password waits for this."
    )
    return Description(what, meaning)


@transaction.atomic
def apply_confirmation(proposal: Proposal, actor: Actor) -> None:
    """Let a new factor approve at the customer."""
    authenticator = Authenticator.objects.select_for_update().filter(pk=int(proposal.subject_id)).first()
    if authenticator is None:
        raise ConflictError("proposal_stale")
    FactorConfirmation.objects.get_or_create(
        authenticator=authenticator,
        customer_id=proposal.customer_id,
        defaults={"confirmed_by_id": actor.user_id, "confirmed_at": machine_now()},
    )
    note_factor(user=authenticator.user, actor=actor, action="factor.confirmed", kind=authenticator.type)


@transaction.atomic
def apply_reset(proposal: Proposal, actor: Actor) -> None:
    """End all factors and sessions of a user, and tell him and all administrators of his customers."""
    user = User.objects.select_for_update(no_key=True).get(pk=UUID(proposal.subject_id))
    Authenticator.objects.filter(user_id=user.pk).delete()
    end_sessions(user=user)
    note_factor(user=user, actor=actor, action="factor.all_reset", kind="all")
    for customer_id in CustomerMember.objects.filter(user=user).values_list("customer_id", flat=True):
        _tell_all(user=user, customer_id=customer_id, kind="factors_reset", by=actor.name)


def note_factor(*, user: User, actor: Actor, action: str, kind: str) -> None:
    """Keep in the audit what happened to a user's factors."""
    record_audit(
        company_id=None,
        actor=actor,
        action=action,
        subject_kind="user",
        subject_id=user.pk,
        details={"factor": kind},
    )


def tell_user(*, user: User, kind: str, params: Mapping[str, str]) -> None:
    """Write a user a letter about his own account."""
    write_letter(to=user.email, language=user.language, kind=kind, params={"name": user.name, **params}, path="/me/")


@transaction.atomic
def set_two_step(*, company_id: UUID, actor: Actor) -> None:
    """Demand a second factor of who approves in a company. Turning it off takes two (`propose_no_two_step`)."""
    if Company.objects.filter(pk=company_id, two_step=False).update(two_step=True):
        _note_two_step(company_id=company_id, actor=actor, demanded=True)


def propose_no_two_step(*, company: Company, actor: Actor) -> Proposal:
    """Ask that a company no longer demands a second factor."""
    return propose(
        kind=NO_TWO_STEP,
        actor=actor,
        customer_id=company.customer_id,
        company_id=company.pk,
        subject_kind="company",
        subject_id=str(company.pk),
        params={"company": company.name},
    )


def _describe_no_two_step(proposal: Proposal) -> Description:
    what = _("%(company)s no longer demands two-step verification") % proposal.params
    return Description(what, _("Then who knows an approver's password can let money out of the company's accounts."))


def _apply_no_two_step(proposal: Proposal, actor: Actor) -> None:
    if proposal.company_id and Company.objects.filter(pk=proposal.company_id, two_step=True).update(two_step=False):
        _note_two_step(company_id=proposal.company_id, actor=actor, demanded=False)


def _note_two_step(*, company_id: UUID, actor: Actor, demanded: bool) -> None:
    record_audit(
        company_id=company_id,
        actor=actor,
        action="company.two_step",
        subject_kind="company",
        subject_id=company_id,
        details={"demanded": demanded},
    )


def _two_step_basis(proposal: Proposal) -> Mapping[str, Any]:
    company = proposal.company
    return {"two_step": company is not None and company.two_step}


def _factor_basis(proposal: Proposal) -> Mapping[str, Any]:
    found = Authenticator.objects.filter(pk=int(proposal.subject_id), type__in=APPROVING_TYPES)
    return {"there": found.exists()}


def _factors_basis(proposal: Proposal) -> Mapping[str, Any]:
    found = Authenticator.objects.filter(user_id=UUID(proposal.subject_id)).order_by("pk")
    return {"factors": list(found.values_list("pk", flat=True))}


def _another_may(user: User, proposal: Proposal) -> bool:
    """Return whether a user may be the second pair of eyes about somebody's factors: never about his own.

    An administrator of the customer; AutoPay Central only where none is left but the proposer and whom it is about.
    """
    about = proposal.params.get("user")
    if str(user.pk) == about:
        return False
    if administers(user, proposal):
        return True
    involved = {str(proposal.proposed_by_id), about}
    others = CustomerAdministrator.objects.filter(customer_id=proposal.customer_id, user__is_active=True)
    return is_operator(user=user) and not others.exclude(user_id__in=involved).exists()


def _tell_all(*, user: User, customer_id: UUID, kind: str, by: str) -> None:
    administrators = User.objects.filter(administered_customers__customer_id=customer_id, is_active=True)
    for person in {user, *administrators}:
        write_letter(
            to=person.email,
            language=person.language,
            kind=kind,
            params={"name": user.name, "by": by},
            path="/me/" if person == user else f"/customers/{customer_id}/proposals/",
            customer_id=customer_id,
        )


def register() -> None:
    """Make these kinds of proposals known."""
    for kind in (
        ProposalKind(
            code=CONFIRM_FACTOR,
            describe=describe_confirmation,
            apply=apply_confirmation,
            basis=_factor_basis,
            may_confirm=_another_may,
            applies_alone=False,
            central=True,
            word=gettext_lazy("Second factor"),
        ),
        ProposalKind(
            code=RESET_FACTORS,
            describe=describe_reset,
            apply=apply_reset,
            basis=_factors_basis,
            may_confirm=_another_may,
            applies_alone=False,
            central=True,
            word=gettext_lazy("Lost phone"),
        ),
        ProposalKind(
            code=NO_TWO_STEP,
            describe=_describe_no_two_step,
            apply=_apply_no_two_step,
            basis=_two_step_basis,
            word=gettext_lazy("Two-step verification"),
        ),
    ):
        register_proposal_kind(kind)
