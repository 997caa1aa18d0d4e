"""Ledger batches as they lie in the database. What must hold of them is held there (migration 0002)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7


class BatchKind(models.TextChoices):
    """Which way the money went."""

    OUTGOING = "outgoing", _("Outgoing payments")
    INCOMING = "incoming", _("Incoming payments")


class BatchStatus(models.TextChoices):
    """Where a batch stands with the ERP."""

    READY = "ready", _("Ready to post")
    LEASED = "leased", _("Being fetched")
    POSTED = "posted", _("Posted")
    FAILED = "failed", _("Failed")
    SUPERSEDED = "superseded", _("Superseded")


class LedgerBatch(models.Model):
    """Everything to post from one bank file for one agreement and currency (money.md 6).

    Numbered without holes per company. Only its status changes, never what is to be posted.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    number = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=BatchKind.choices)
    # The composite foreign key of migration 0002 also says that the agreement is the company's own.
    agreement = models.ForeignKey("agreements.Agreement", on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    line_count = models.IntegerField()
    # Which bank file it comes from; the relay keeps the file.
    source_file_id = models.UUIDField(null=True)
    auto_post = models.BooleanField()
    posting_employee_id = models.UUIDField(null=True)
    posting_employee_name = models.CharField(max_length=150, blank=True)
    posting_employee_chosen_by = models.CharField(max_length=40, blank=True)
    supersedes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="superseded_by")
    created_at = models.DateTimeField()

    status = models.CharField(max_length=10, choices=BatchStatus.choices, default=BatchStatus.READY)
    # The latest lease, kept after its end: who held it last may still report.
    lease_id = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True)
    voucher_numbers = models.JSONField(null=True)
    failed_reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="ledger_batch_number_once_per_company"),
            models.UniqueConstraint(fields=["company", "id"], name="ledger_batch_of_company"),
            models.CheckConstraint(condition=Q(kind__in=BatchKind.values), name="ledger_batch_kind_known"),
            models.CheckConstraint(condition=Q(status__in=BatchStatus.values), name="ledger_batch_status_known"),
            models.CheckConstraint(condition=Q(total__gt=0, line_count__gte=2), name="ledger_batch_not_empty"),
            models.CheckConstraint(
                condition=~Q(status="leased") | Q(lease_id__isnull=False, lease_expires_at__isnull=False),
                name="ledger_batch_leased_by_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(status="posted", posted_at__isnull=False) | ~Q(status="posted") & Q(posted_at__isnull=True),
                name="ledger_batch_posted_at_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["company", "-id"],
                condition=~Q(status__in=["posted", "superseded"]),
                name="ledger_batch_unfinished",
            ),
            models.Index(fields=["company", "-id"], name="ledger_batch_by_company"),
        ]

    def __str__(self) -> str:
        return f"ledger batch {self.number} of {self.company_id}"


class Voucher(models.Model):
    """One booked bank entry: one bank line as on the statement, and its counter-lines. Debits equal credits."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company_id = models.UUIDField()
    batch = models.ForeignKey(
        LedgerBatch, on_delete=models.PROTECT, related_name="vouchers", db_constraint=False, db_index=False
    )
    # 1, 2, 3 ... within the batch, in the order of the bank's file.
    number = models.IntegerField()
    # The transaction that wrote it, the only one that may add lines.
    written_in = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="voucher_number_once_per_batch"),
            models.UniqueConstraint(fields=["company_id", "batch", "id"], name="voucher_of_batch"),
        ]

    def __str__(self) -> str:
        return f"voucher {self.number} of {self.batch_id}"


class LedgerLine(models.Model):
    """One posting line. Only ever inserted, in the transaction of its voucher.

    `debit` and `credit` in minor units of the batch's currency, one of them zero; `currency_amount` in minor units
    of `currency` where the money was in another.
    """

    pk = models.CompositePrimaryKey("batch_id", "number")
    company_id = models.UUIDField()
    batch = models.ForeignKey(
        LedgerBatch, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False
    )
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="lines", db_constraint=False)
    # 1, 2, 3 ... within the batch.
    number = models.IntegerField()
    account = models.CharField(max_length=20)
    debit = models.BigIntegerField()
    credit = models.BigIntegerField()
    customer = models.TextField(null=True)  # noqa: DJ001 (unknown is not empty)
    supplier = models.TextField(null=True)  # noqa: DJ001
    kid = models.TextField(null=True)  # noqa: DJ001
    document = models.TextField(null=True)  # noqa: DJ001
    end_to_end_id = models.TextField(null=True)  # noqa: DJ001
    erp_reference = models.TextField(null=True)  # noqa: DJ001
    text = models.TextField()
    date = models.DateField()
    value_date = models.DateField(null=True)
    currency = models.CharField(max_length=3)
    currency_amount = models.BigIntegerField(null=True)
    rate = models.DecimalField(max_digits=18, decimal_places=8, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(debit__gte=0, credit__gte=0) & (Q(debit=0) | Q(credit=0)), name="ledger_line_on_one_side"
            ),
        ]

    def __str__(self) -> str:
        return f"line {self.number} of {self.batch_id}"


class LedgerBatchFile(models.Model):
    """A batch as a file of one format: rendered once, its bytes kept for ever."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(LedgerBatch, on_delete=models.PROTECT, related_name="files")
    format = models.CharField(max_length=20)
    path = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    rendered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "format"], name="ledger_batch_file_once_per_format")]

    def __str__(self) -> str:
        return f"{self.format} of {self.batch_id}"


class LedgerBatchEvent(models.Model):
    """What happened to a batch, when, by whom: its history, and which leases it ever had."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(LedgerBatch, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    event = models.CharField(max_length=20)
    actor_kind = models.CharField(max_length=10)
    actor_user_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=150)
    lease_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [models.Index(fields=["batch", "id"], name="ledger_batch_events")]

    def __str__(self) -> str:
        return f"{self.event} of {self.batch_id}"
