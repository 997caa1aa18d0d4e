"""Signing keys of companies, and which ERP user names have used them."""

from django.db import models

from autopay_portal.core.ids import uuid7


class SigningKey(models.Model):
    """A secret that a company's ERP signs its requests with.

    Encrypted at rest. At most two are live at once, each in a slot of its own, so that an ERP can go
    over to a new one while the old still works.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="signing_keys")
    slot = models.SmallIntegerField()
    secret_encrypted = models.BinaryField()
    created_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    # When the overlap with the key after it is over: from that second it doesn't work, swept or not.
    ends_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.GenericIPAddressField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(slot__in=[1, 2]), name="signing_key_slot_1_or_2"),
            models.UniqueConstraint(
                fields=["company", "slot"],
                condition=models.Q(revoked_at__isnull=True),
                name="signing_key_at_most_two_live",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class ErpUser(models.Model):
    """A user whose AutoPay name an ERP has signed with in a company, and when it last did."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="erp_users")
    user = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    first_used_at = models.DateTimeField()
    last_used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "user"], name="erp_user_once_per_company")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.company_id}"
