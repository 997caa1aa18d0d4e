"""Invitations: a person's way in. A token works once, for 14 days, and stands hashed; the link goes by mail only."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from companies.actors import Actor
from companies.models import Customer, Invitation, Language, User
from companies.services.audit import record_audit
from companies.services.letters import is_mail_address, write_letter
from companies.services.users import create_user, make_customer_administrator

LASTS = timedelta(days=14)
_TOKEN_BYTES = 32

# What else is to be done in the transaction in which somebody accepts: given the customer's id and the user.
Accepted = Callable[[UUID, User], object]
_accepted: list[Accepted] = []


def register_acceptance(accepted: Accepted) -> None:
    """Have `accepted(customer_id, user)` called whenever somebody accepts, within the same transaction."""
    if accepted not in _accepted:
        _accepted.append(accepted)


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that can be accepted, and whether its address signs in already (then no password is set)."""

    invitation: Invitation
    has_account: bool


@transaction.atomic
def invite(
    *, customer_id: UUID, email: str, name: str, language: str, actor: Actor, administrator: bool = False
) -> Invitation:
    """Invite a person to a customer and write him the letter with his link; an open invitation of his is replaced.

    With `administrator` he administers the customer from when he accepts. Raises DomainError (422) `email_invalid`,
    `field_missing`; NotFoundError for no such customer.
    """
    called = " ".join(name.split())[:150]
    if not called:
        raise DomainError("field_missing", params={"field": "name"})
    address = email.strip().lower()
    if not is_mail_address(address):
        raise DomainError("email_invalid", params={"email": email[:254]})
    customer = _locked_customer(customer_id)
    now = machine_now()
    earlier = Invitation.objects.filter(customer=customer, email=address, accepted_at=None, withdrawn_at=None).first()
    administrator = administrator or (earlier is not None and earlier.administrator and earlier.expires_at > now)
    if earlier is not None:
        _withdraw(earlier, actor=actor)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    invitation = Invitation.objects.create(
        customer=customer,
        email=address,
        name=called,
        language=language if language in Language.values else Language.NB,
        administrator=administrator,
        token_hash=hash_token(token),
        invited_at=now,
        expires_at=now + LASTS,
        invited_by_id=actor.user_id,
    )
    _write(invitation, token)
    _audit(invitation, actor=actor, action="invitation.sent")
    return invitation


@transaction.atomic
def send_again(*, invitation_id: UUID, customer_id: UUID, actor: Actor) -> Invitation:
    """Invite the same person anew: a new link for another 14 days; the old one ends.

    Raises NotFoundError; ConflictError `invitation_used` (409) for one that was accepted.
    """
    earlier = _locked(invitation_id=invitation_id, customer_id=customer_id)
    return invite(
        customer_id=customer_id,
        email=earlier.email,
        name=earlier.name,
        language=earlier.language,
        actor=actor,
        administrator=earlier.administrator,
    )


@transaction.atomic
def withdraw(*, invitation_id: UUID, customer_id: UUID, actor: Actor) -> Invitation:
    """End an invitation before it is accepted; one that was withdrawn stays so.

    Raises NotFoundError; ConflictError `invitation_used` (409) for one that was accepted.
    """
    invitation = _locked(invitation_id=invitation_id, customer_id=customer_id)
    if invitation.withdrawn_at is None:
        _withdraw(invitation, actor=actor)
    return invitation


def find_open(*, token: str) -> OpenInvitation:
    """Return the invitation of a link.

    Raises NotFoundError `invitation_ended` (404) for one that was used, withdrawn, is too old or never was: alike.
    """
    found = Invitation.objects.select_related("customer").filter(
        token_hash=hash_token(token), accepted_at=None, withdrawn_at=None, expires_at__gt=machine_now()
    )
    invitation = found.first()
    if invitation is None:
        raise NotFoundError("invitation_ended")
    user = User.objects.filter(email=invitation.email).first()
    return OpenInvitation(invitation, has_account=user is not None and user.has_usable_password())


@transaction.atomic
def accept(*, token: str, name: str, password: str) -> User:
    """Accept an invitation as somebody who has no password yet: set name and password, and get what was promised.

    Raises NotFoundError `invitation_ended`; ConflictError (409) `sign_in_to_accept` where the address signs in already
    (a link never changes a password that somebody has), `account_ended`.
    """
    invitation = _lock_open(token)
    called = " ".join(name.split())[:150] or invitation.name
    user = User.objects.select_for_update().filter(email=invitation.email).first()
    if user is None:
        actor = Actor(kind="user", user_id=None, name=called)
        user = create_user(
            email=invitation.email,
            name=called,
            password=password,
            language=Language(invitation.language),
            actor=actor,
        )
    elif user.has_usable_password():
        raise ConflictError("sign_in_to_accept")
    else:
        user.name = called
        user.set_password(password)
        user.save(update_fields=["name", "password"])
    return _take(invitation, user)


@transaction.atomic
def accept_as(*, token: str, user: User) -> User:
    """Accept an invitation as the user who is signed in, whose address it must be.

    Raises NotFoundError `invitation_ended`; ConflictError (409) `invitation_of_another`, `account_ended`.
    """
    invitation = _lock_open(token)
    if user.email != invitation.email:
        raise ConflictError("invitation_of_another", params={"email": invitation.email})
    return _take(invitation, user)


def hash_token(token: str) -> str:
    """Return what is kept of a token: its SHA-256 in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def _take(invitation: Invitation, user: User) -> User:
    if not user.is_active:
        raise ConflictError("account_ended")
    actor = Actor.user(user)
    invitation.accepted_at, invitation.accepted_by = machine_now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    if invitation.administrator:
        make_customer_administrator(user=user, customer=invitation.customer, actor=actor)
    for accepted in _accepted:
        accepted(invitation.customer_id, user)
    _audit(invitation, actor=actor, action="invitation.accepted")
    return user


def _lock_open(token: str) -> Invitation:
    """Lock the customer and then the invitation: two who accept at once follow one another."""
    invitation = find_open(token=token).invitation
    _locked_customer(invitation.customer_id)
    fresh = Invitation.objects.select_for_update(of=("self",)).select_related("customer").get(pk=invitation.pk)
    if fresh.accepted_at is not None or fresh.withdrawn_at is not None:
        raise NotFoundError("invitation_ended")
    return fresh


def _locked(*, invitation_id: UUID, customer_id: UUID) -> Invitation:
    _locked_customer(customer_id)
    found = Invitation.objects.select_for_update().filter(pk=invitation_id, customer_id=customer_id).first()
    if found is None:
        raise NotFoundError()
    if found.accepted_at is not None:
        raise ConflictError("invitation_used")
    return found


def _locked_customer(customer_id: UUID) -> Customer:
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    if customer is None:
        raise NotFoundError()
    return customer


def _withdraw(invitation: Invitation, *, actor: Actor) -> None:
    invitation.withdrawn_at = machine_now()
    invitation.save(update_fields=["withdrawn_at"])
    _audit(invitation, actor=actor, action="invitation.withdrawn")


def _write(invitation: Invitation, token: str) -> None:
    write_letter(
        to=invitation.email,
        language=invitation.language,
        kind="invitation",
        params={"customer": invitation.customer.name},
        path=reverse("invitation", kwargs={"token": "x"}).removesuffix("x/"),
        secret=f"{token}/",
        customer_id=invitation.customer_id,
    )


def _audit(invitation: Invitation, *, actor: Actor, action: str) -> None:
    record_audit(
        company_id=None,
        actor=actor,
        action=action,
        subject_kind="invitation",
        subject_id=invitation.pk,
        details={"customer": str(invitation.customer_id), "administrator": invitation.administrator},
        personal={"email": invitation.email, "name": invitation.name},
    )
