"""Companies that come in many at a time, and companies that go from one customer to another."""

from django.db import models
from django.utils.translation import pgettext_lazy

from autopay_portal.core.ids import uuid7


class CompanyImport(models.Model):
    """A file of companies as it was read: what each line says and what is wrong with it, until somebody imports it.

    `lines` holds per line `{"line", "fields": {...}, "faults": [{"field", "code", "params"}], "known": bool}`. What the
    button imports is what was shown here, once.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("companies.Customer", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    lines = models.JSONField()
    read_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    # Machine time.
    read_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True)
    imported_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    imported_count = models.IntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "read_at"], name="import_by_customer")]

    def __str__(self) -> str:
        return f"{self.file_name} for {self.customer_id}"


class HandoverState(models.TextChoices):
    PROPOSED = "proposed", pgettext_lazy("handover", "Waits for the receiving customer")
    AGREED = "agreed", pgettext_lazy("handover", "Waits for AutoPay Central")
    DONE = "done", pgettext_lazy("handover", "Handed over")
    DECLINED = "declined", pgettext_lazy("handover", "Declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("handover", "Withdrawn")


class CompanyHandover(models.Model):
    """A company's way from one customer to another: proposed by the one, agreed by the other, confirmed by Central.

    `to_number` is what the giving administrator wrote. Whether there is such a customer is not said to him; who
    administers it finds the proposal.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    from_customer = models.ForeignKey("companies.Customer", on_delete=models.PROTECT, related_name="+")
    to_number = models.CharField(max_length=20)
    # Set when the other side agrees.
    to_customer = models.ForeignKey("companies.Customer", on_delete=models.PROTECT, null=True, related_name="+")
    keeps_keys = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=HandoverState.choices, default=HandoverState.PROPOSED)
    reason = models.CharField(max_length=500, blank=True)
    proposed_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    # Machine time.
    proposed_at = models.DateTimeField()
    agreed_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    agreed_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company"],
                condition=models.Q(state__in=["proposed", "agreed"]),
                name="handover_open_once_per_company",
            ),
            models.CheckConstraint(condition=models.Q(state__in=HandoverState.values), name="handover_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state__in=["agreed", "done"])
                | models.Q(to_customer__isnull=False, agreed_by__isnull=False)
                & ~models.Q(to_customer=models.F("from_customer")),
                name="handover_agreed_by_another_customer",
            ),
        ]
        indexes = [
            models.Index(fields=["to_number"], condition=models.Q(state="proposed"), name="handover_to_agree"),
            models.Index(fields=["id"], condition=models.Q(state="agreed"), name="handover_to_confirm"),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} to {self.to_number}"
