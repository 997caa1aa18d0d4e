"""How a customer comes in: its order, AutoPay Central's answer, and the invitation of a person."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from autopay_portal.core.ids import uuid7
from companies.models.users import Language


class OrderState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("order", "Waits for an answer")
    ACCEPTED = "accepted", pgettext_lazy("order", "Accepted")
    DECLINED = "declined", pgettext_lazy("order", "Declined")
    # Who ordered administers that customer already: nobody needs to answer.
    KNOWN = "known", pgettext_lazy("order", "Had it already")


class CustomerOrder(models.Model):
    """An accounting firm's order of AutoPay: its customer number and name, and who is to administer it.

    Written by nobody who is signed in: nothing of it is true before AutoPay Central has looked at it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer_number = models.CharField(_("customer number"), max_length=20)
    company_name = models.CharField(_("company name"), max_length=150)
    email = models.CharField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=150)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.NB)
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.WAITING)
    # Machine time, as an order is a person's.
    ordered_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    customer = models.ForeignKey("companies.Customer", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer_number", "email"],
                condition=models.Q(state="waiting"),
                name="order_waits_once",
            ),
            models.CheckConstraint(condition=models.Q(state__in=OrderState.values), name="order_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state="declined") | ~models.Q(reason=""), name="order_declined_with_a_reason"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="accepted") | models.Q(customer__isnull=False),
                name="order_accepted_for_a_customer",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="waiting"), name="order_waiting"),
            models.Index(fields=["email", "ordered_at"], name="order_by_address"),
        ]

    def __str__(self) -> str:
        return f"order of {self.customer_number}"


class Invitation(models.Model):
    """A person's way in: a token that works once and for 14 days, kept as its SHA-256.

    The person becomes the customer's administrator by accepting where `administrator` says so; other rights wait with
    the customer's users. Whether there is a user of the address already is nobody's to learn by inviting him.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("companies.Customer", on_delete=models.PROTECT, related_name="+")
    email = models.CharField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=150)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.NB)
    administrator = models.BooleanField(default=False)
    token_hash = models.CharField(max_length=64, unique=True)
    # Machine time.
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    invited_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "email"],
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False, withdrawn_at__isnull=True),
                name="invitation_accepted_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation to {self.customer_id}"
