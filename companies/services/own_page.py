"""What a person changes about himself: his name, the address he signs in with, his sessions."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.urls import reverse

from autopay_portal.core.clocks import machine_now
from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from companies.actors import Actor
from companies.models import CustomerMember, EmailChange, Language, User
from companies.services.audit import record_audit
from companies.services.holdings import is_valid_email
from companies.services.letters import write_letter

_CONFIRMED_WITHIN = timedelta(hours=24)


@transaction.atomic
def change_own_name(*, user: User, name: str, language: str) -> None:
    """Change one's name and the language of one's mails. Raises DomainError `field_missing` (422)."""
    called = " ".join(name.split())
    if not called:
        raise DomainError("field_missing", params={"field": "name"})
    user.name = called[:150]
    user.language = language if language in Language.values else user.language
    user.save(update_fields=["name", "language"])
    _note(user, "user.changed", {"name": user.name})


@transaction.atomic
def ask_for_email_change(*, user: User, email: str) -> EmailChange:
    """Write a link to a new address, which counts when it is opened there; the old address is told.

    What is asked for later replaces it. Raises DomainError `email_invalid` (422), `email_same` (422). Whether the
    address is another's is said only to who reads the mail there, when he confirms.
    """
    address = email.strip().lower()
    if not is_valid_email(address):
        raise DomainError("email_invalid", params={"email": email[:254]})
    if address == user.email:
        raise DomainError("email_same")
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    now, token = machine_now(), secrets.token_urlsafe(32)
    EmailChange.objects.filter(user=user, ended_at__isnull=True).update(ended_at=now)
    change = EmailChange.objects.create(
        user=user,
        old_email=user.email,
        new_email=address,
        token_hash=_hashed(token),
        created_at=now,
        expires_at=now + _CONFIRMED_WITHIN,
    )
    path = reverse("confirm_email", kwargs={"token": "x"}).removesuffix("x/")
    write_letter(
        to=address, language=user.language, kind="email_confirm", params={"name": user.name}, path=path, secret=token
    )
    write_letter(to=user.email, language=user.language, kind="email_asked", params={"name": user.name}, path="/me/")
    _note(user, "user.email_change_asked", {"new_email": address})
    return change


def find_email_change(*, token: str) -> EmailChange:
    """Return the open wish that a mailed link belongs to. Raises NotFoundError when it is over, used or was never."""
    open_ = EmailChange.objects.filter(token_hash=_hashed(token), ended_at__isnull=True, expires_at__gt=machine_now())
    change = open_.select_related("user").first()
    if change is None or not change.user.is_active or change.user.email != change.old_email:
        raise NotFoundError()
    return change


def confirm_email_change(*, token: str) -> User:
    """Let a user sign in with the address at which he has opened the link; his factors and roles stay.

    Raises NotFoundError; ConflictError `email_taken` (409) when somebody else has it.
    """
    try:
        with transaction.atomic():
            change = find_email_change(token=token)
            changed = EmailChange.objects.filter(pk=change.pk, ended_at__isnull=True).update(ended_at=machine_now())
            user = User.objects.select_for_update(no_key=True).get(pk=change.user_id)
            if not changed or user.email != change.old_email:
                raise NotFoundError()
            user.email = change.new_email
            user.save(update_fields=["email"])
            EmailAddress.objects.filter(user=user).delete()
            _note(user, "user.email_changed", {"old_email": change.old_email, "new_email": change.new_email})
            write_letter(
                to=change.old_email,
                language=user.language,
                kind="email_changed",
                params={"name": user.name},
                path="/account/login/",
            )
    except IntegrityError:
        raise ConflictError("email_taken", params={"email": change.new_email}) from None
    return user


@transaction.atomic
def end_session(*, user: User, session_id: int) -> None:
    """Sign one of a user's sessions out. Raises NotFoundError for one that isn't his or is over."""
    session = UserSession.objects.filter(pk=session_id, user=user).first()
    if session is None:
        raise NotFoundError()
    _end([session])
    _note(user, "user.session_ended", {})


@transaction.atomic
def end_other_sessions(*, user: User, keep: str) -> int:
    """Sign a user out everywhere but in the session `keep`, and return of how many."""
    others = list(UserSession.objects.filter(user=user).exclude(session_key=keep))
    _end(others)
    _note(user, "user.sessions_ended", {})
    return len(others)


def live_sessions(*, user: User) -> list[UserSession]:
    """Return a user's live sessions, the one last seen first."""
    sessions = list(UserSession.objects.filter(user=user).order_by("-last_seen_at")[:100])
    keys = [session.session_key for session in sessions]
    live = set(Session.objects.filter(pk__in=keys, expire_date__gt=machine_now()).values_list("pk", flat=True))
    return [session for session in sessions if session.session_key in live]


def customers_of(*, user: User) -> list[CustomerMember]:
    """Return where a user is among the users, by the customer's name."""
    return list(CustomerMember.objects.filter(user=user).select_related("customer").order_by("customer__name")[:20])


def _end(sessions: list[UserSession]) -> None:
    Session.objects.filter(pk__in=[session.session_key for session in sessions]).delete()
    UserSession.objects.filter(pk__in=[session.pk for session in sessions]).delete()


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _note(user: User, action: str, personal: dict[str, str]) -> None:
    subject: UUID = user.pk
    record_audit(
        company_id=None,
        actor=Actor.user(user),
        action=action,
        subject_kind="user",
        subject_id=subject,
        personal=personal or None,
    )
