"""Second factors beside allauth's rows: what was used, who confirmed a new one, challenges that are answered once."""

from django.conf import settings
from django.db import models

from autopay_portal.core.ids import uuid7


class TotpStep(models.Model):
    """The last 30-second step of which a user's authenticator app gave a code: it and earlier ones count no more."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="+")
    step = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.user_id} at {self.step}"


class FactorConfirmation(models.Model):
    """Another's word that a new factor is the user's, so that it may approve at a customer before a day has passed.

    A row of no customer and nobody is the sandbox's own: its seeded factors count as confirmed everywhere.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    authenticator = models.ForeignKey("mfa.Authenticator", on_delete=models.CASCADE, related_name="confirmations")
    customer = models.ForeignKey("companies.Customer", on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authenticator", "customer"], name="factor_confirmed_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(customer__isnull=True, confirmed_by__isnull=True)
                | models.Q(customer__isnull=False, confirmed_by__isnull=False),
                name="factor_confirmed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authenticator_id} at {self.customer_id}"


class FactorChallenge(models.Model):
    """A challenge for one passkey assertion: of one user, in one session, about one content, answered at most once.

    What the authenticator signs is SHA-256 over the nonce and the content's hash (WebAuthn, 13.4.3), so an assertion
    made for one content fits no other.
    """

    class Purpose(models.TextChoices):
        """What the assertion is for."""

        APPROVE = "approve"
        STEP_UP = "step_up"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    session_hash = models.CharField(max_length=64)
    purpose = models.CharField(max_length=16, choices=Purpose)
    subject_id = models.CharField(max_length=36, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    nonce = models.BinaryField()
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="factor_challenge_by_age")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class EmailChange(models.Model):
    """A user's wish to sign in with another address, which counts when somebody who reads it there has confirmed it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    old_email = models.CharField(max_length=254)
    new_email = models.CharField(max_length=254)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # Confirmed, replaced by a later wish, or taken back.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ended_at__isnull=True), name="email_change_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.pk}"
