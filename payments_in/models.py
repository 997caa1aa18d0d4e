"""Money in: what customers paid, as the bank reported it, with the KID that says what it pays."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7


class Source(models.TextChoices):
    """What kind of file the bank told of it in."""

    OCR = "ocr", _("OCR giro")
    CAMT054 = "camt054", _("Credit notification")


class Placement(models.TextChoices):
    """Where an incoming payment has been put in the ledger."""

    MATCHED = "matched", _("Matched by KID")
    UNPLACED = "unplaced", _("Without a customer")
    HELD = "held", _("Held")


class IncomingPayment(models.Model):
    """One payment to one of the company's accounts. Inserted with the file that told of it, never changed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Checked together with the agreement: the composite foreign key is made in 0002.
    company = models.ForeignKey(
        "companies.Company", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    agreement = models.ForeignKey(
        "agreements.Agreement", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    account = models.CharField(max_length=11)
    # Minor units; a reversal is negative, and some banks list transactions of zero.
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    booking_date = models.DateField()
    value_date = models.DateField(null=True)
    # As long as a creditor reference may be (ISO 20022, Max35Text): one that is no KID is kept too.
    kid = models.CharField(max_length=35, null=True)  # noqa: DJ001 - null is "the payer gave none"
    message = models.TextField(null=True)  # noqa: DJ001
    debtor_name = models.CharField(max_length=140, null=True)  # noqa: DJ001
    debtor_account = models.CharField(max_length=34, null=True)  # noqa: DJ001
    type = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=8, choices=Source)
    file = models.ForeignKey("bank_gateway.IncomingFile", on_delete=models.PROTECT, related_name="+")
    # The bank's own reference, where it gives one.
    reference = models.CharField(max_length=35, null=True)  # noqa: DJ001
    # Whether the KID is one of the agreement's, and what its positions say.
    matched = models.BooleanField()
    customer_number = models.CharField(max_length=25, null=True)  # noqa: DJ001
    invoice_number = models.CharField(max_length=25, null=True)  # noqa: DJ001
    # Entry and transaction of the file, so that a payment is found in it again.
    entry = models.IntegerField()
    transaction = models.IntegerField()
    # Null while it is held: nobody has said where an unplaced receipt is posted.
    ledger_batch = models.ForeignKey(
        "erp_gateway.LedgerBatch", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["file", "entry", "transaction"], name="incoming_payment_once_per_file"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "-id"], name="incoming_payment_newest"),
            models.Index(fields=["company", "kid"], name="incoming_payment_kid"),
        ]

    def __str__(self) -> str:
        return f"incoming {self.amount} {self.currency} ({self.id})"

    @property
    def placement(self) -> Placement:
        """Where it has been put: a held one is in no ledger batch until somebody says where it belongs."""
        if self.ledger_batch_id is None and self.amount:
            return Placement.HELD
        return Placement.MATCHED if self.matched else Placement.UNPLACED
