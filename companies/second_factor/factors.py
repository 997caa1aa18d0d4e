"""Who has a second factor, where it is demanded, and whether it may approve yet."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from autopay_portal.core.clocks import machine_now
from companies.models import Company, FactorConfirmation, RoleGrant, User

# Recovery codes sign in but never approve.
APPROVING_TYPES: tuple[str, ...] = (Authenticator.Type.TOTP.value, Authenticator.Type.WEBAUTHN.value)
# A factor enrolled or reset under so long ago approves only when another administrator has confirmed it.
NEW_FOR = timedelta(hours=24)

# An agreement's levels that ask for a factor at approval (agreements.models: none, approval, upload).
ASKING_LEVELS = frozenset({"approval", "upload"})


def factors_of(user: User) -> "QuerySet[Authenticator]":
    """Return a user's factors that can answer for a decision: authenticator app and passkeys."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=user.pk, type__in=APPROVING_TYPES)
    return found


def has_factor(user: User) -> bool:
    """Return whether a user has an authenticator app or a passkey."""
    return factors_of(user).exists()


def has_own_factor(user: User) -> bool:
    """Return whether a user enrolled a factor himself; the sandbox's seeded ones are asked only where demanded."""
    return factors_of(user).exclude(_seeded()).exists()


def two_step_required(user: User, company_id: UUID, agreement_level: str) -> bool:
    """Return whether approving takes a second factor: where the company and the agreement's level both ask for it.

    The third level is the user's: whom it is demanded of and who has none can't approve until he enrols one.
    """
    asks = agreement_level in ASKING_LEVELS
    return asks and Company.objects.filter(pk=company_id, two_step=True).exists()


def asks_at_sign_in(user: User) -> bool:
    """Return whether a user is asked for his second factor when he signs in.

    Always, but for a seeded one of the sandbox in whose companies none demands two-step verification.
    """
    if not has_factor(user):
        return False
    if not settings.SANDBOX or has_own_factor(user):
        return True
    granted = RoleGrant.objects.filter(user_id=user.pk).values("company_id")
    mine = Q(pk__in=granted) | Q(customer__administrators__user_id=user.pk)
    return Company.objects.filter(mine, two_step=True).exists()


def usable_factors(user: User, customer_id: UUID) -> "QuerySet[Authenticator]":
    """Return a user's factors that may approve at a customer now: older than a day, or confirmed there."""
    confirmed = FactorConfirmation.objects.filter(authenticator_id=OuterRef("pk")).filter(
        Q(customer_id=customer_id) | Q(customer__isnull=True)
    )
    old = Q(created_at__lte=machine_now() - NEW_FOR)
    found: QuerySet[Authenticator] = factors_of(user).filter(old | Exists(confirmed))
    return found


def usable_factor_types(user: User, customer_id: UUID) -> frozenset[str]:
    """Return which kinds of factor a user may approve with at a customer now."""
    return frozenset(usable_factors(user, customer_id).values_list("type", flat=True))


def waiting_factors(*, customer_id: UUID, users: Sequence[UUID]) -> "QuerySet[Authenticator]":
    """Return the new factors of some users that may not approve at a customer yet, the newest first."""
    confirmed = FactorConfirmation.objects.filter(authenticator_id=OuterRef("pk")).filter(
        Q(customer_id=customer_id) | Q(customer__isnull=True)
    )
    found: QuerySet[Authenticator] = Authenticator.objects.filter(
        ~Exists(confirmed), user_id__in=users, type__in=APPROVING_TYPES, created_at__gt=machine_now() - NEW_FOR
    ).select_related("user")
    return found.order_by("-created_at")


def _seeded() -> Q:
    own = FactorConfirmation.objects.filter(authenticator_id=OuterRef("pk"), customer__isnull=True)
    return Q(Exists(own))
