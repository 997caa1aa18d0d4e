"""Telling of what changes about somebody's factors: a letter to him, and the audit."""

from typing import Any

from allauth.account.signals import password_changed, password_reset
from allauth.core import context
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from companies.actors import Actor
from companies.mail.letters import LetterKind, register_letter
from companies.models import User
from companies.services.factors import note_factor, tell_user

_CALLED = {
    Authenticator.Type.TOTP.value: _("authenticator app"),
    Authenticator.Type.WEBAUTHN.value: _("passkey"),
    Authenticator.Type.RECOVERY_CODES.value: _("recovery codes"),
}


def _factor_added(*, instance: Authenticator, created: bool, **rest: Any) -> None:
    if created:
        _told(instance, "factor.added", "factor_added")


def _factor_removed(*, instance: Authenticator, **rest: Any) -> None:
    _told(instance, "factor.removed", "factor_removed")


@transaction.atomic
def _told(authenticator: Authenticator, action: str, letter: str) -> None:
    """Note and tell what a person does to his own factors; what services do to others' they say themselves."""
    request, user = context.request, authenticator.user
    if request is None or request.user.pk != user.pk:
        return
    note_factor(user=user, actor=Actor.user(user), action=action, kind=authenticator.type)
    with override(user.language):
        called = str(_CALLED[authenticator.type])
    tell_user(user=user, kind=letter, params={"factor": called})


@transaction.atomic
def _password_changed(*, user: User, **rest: Any) -> None:
    note_factor(user=user, actor=Actor.user(user), action="user.password_changed", kind="password")
    tell_user(user=user, kind="password_changed", params={})


def register() -> None:
    """Make the letters known and begin to tell."""
    for kind in _LETTERS:
        register_letter(kind)
    # allauth's own signals come after the commit, or not at all; these come in the transaction of the change.
    post_save.connect(_factor_added, sender=Authenticator, dispatch_uid="companies.factor_added")
    post_delete.connect(_factor_removed, sender=Authenticator, dispatch_uid="companies.factor_removed")
    password_changed.connect(_password_changed, dispatch_uid="companies.password_changed")
    password_reset.connect(_password_changed, dispatch_uid="companies.password_reset")


_LETTERS = (
    LetterKind(
        "factor_added",
        _("Your account has a new second factor"),
        _(
            "A second factor (%(factor)s) was added to your account at AutoPay. A new one approves payments after 24"
            " hours, or when another administrator has confirmed it. If it wasn't you, ask an administrator at once to"
            " end your access."
        ),
    ),
    LetterKind(
        "factor_removed",
        _("A second factor was removed from your account"),
        _(
            "A second factor (%(factor)s) was removed from your account at AutoPay. If it wasn't you, ask an"
            " administrator at once to end your access."
        ),
    ),
    LetterKind(
        "factors_reset_asked",
        _("The second factors of %(name)s are to be ended"),
        _(
            "%(by)s has asked that all second factors of %(name)s are ended, as the phone is lost. It takes somebody"
            " else to confirm it. Speak with %(name)s first."
        ),
    ),
    LetterKind(
        "factors_reset",
        _("The second factors of %(name)s are ended"),
        _(
            "All second factors of %(name)s were ended, confirmed by %(by)s. A new one can be enrolled after signing"
            " in, and approves payments after 24 hours or when it is confirmed."
        ),
    ),
    LetterKind(
        "password_changed",
        _("Your password was changed"),
        _(
            "The password of your account at AutoPay was changed. Your second factors are kept. If it wasn't you, ask"
            " an administrator at once to end your access."
        ),
    ),
    LetterKind(
        "email_confirm",
        _("Confirm your new address"),
        _(
            "%(name)s wants to sign in to AutoPay with this address. It counts when you open the link, within 24 hours."
            " If it wasn't you, do nothing."
        ),
    ),
    LetterKind(
        "email_asked",
        _("Somebody wants to change your address"),
        _(
            "It was asked that you sign in to AutoPay with another address, which has been written to. If it wasn't"
            " you, change your password and ask an administrator at once to end your access."
        ),
    ),
    LetterKind(
        "email_changed",
        _("You sign in with another address now"),
        _(
            "The account that was yours by this address at AutoPay has another address now. An ERP that signs with the"
            " old address as AutoPay name is refused until it is changed there. If it wasn't you, ask an administrator"
            " at once to end the access."
        ),
    ),
)
