"""Money out: remittances as ERPs sent them, their payments, approvals, and everything that happened to them."""

from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from agreements.models import PaidEvidence
from autopay_portal.core.ids import uuid7
from companies.second_factor.proofs import Means

from .fields import PositionsField
from .states import PaymentStatus, RemittanceStatus


class Remittance(models.Model):
    """One order file or JSON document from an ERP: a batch of payments from one account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    agreement = models.ForeignKey("agreements.Agreement", on_delete=models.PROTECT, related_name="+")
    # The ERP's MsgId: ours to show, never the bank's.
    message_id = models.CharField(max_length=35)
    format = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=120)
    size = models.BigIntegerField()
    debtor_account = models.CharField(max_length=11)
    status = models.CharField(max_length=20, choices=RemittanceStatus, default=RemittanceStatus.RECEIVED)
    payment_count = models.IntegerField()
    # Minor units per currency of the order as it was sent: {"NOK": 1074960}.
    totals = models.JSONField()
    # Payments per state, kept by the same statement that moves them.
    counts = models.JSONField()
    # Over every payment's own hash in order: what an approver saw (see services/content.py).
    content_hash = models.CharField(max_length=64)
    approvals_required = models.SmallIntegerField()
    # Holds a remittance that needs no approval because a payment looks like one sent before.
    held_for_duplicates = models.BooleanField(default=False)
    duplicate_count = models.IntegerField(default=0)
    warnings = models.JSONField(default=list)
    has_salary = models.BooleanField(default=False)
    generation = models.SmallIntegerField(default=0)
    # Machine time from which the sweep takes the next step, if the hint to a worker was lost; null: nothing to do.
    next_step_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key_id = models.CharField(max_length=64)
    # Business time (the sandbox's clock) and the machine's.
    created_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "message_id"], name="remittance_message_id_once"),
            models.UniqueConstraint(fields=["company", "sha256"], name="remittance_bytes_once"),
            models.UniqueConstraint(fields=["company", "id"], name="remittance_company_id"),
            models.CheckConstraint(condition=models.Q(payment_count__gt=0), name="remittance_has_payments"),
            models.CheckConstraint(
                condition=models.Q(approvals_required__range=(0, 4)), name="remittance_approvals_range"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "-id"], name="remittance_newest"),
            models.Index(
                fields=["next_step_at"], condition=models.Q(next_step_at__isnull=False), name="remittance_to_move"
            ),
            # What the sweep of alarms looks at, however many have ended.
            models.Index(
                fields=["status"],
                condition=models.Q(
                    status__in=["received", "awaiting_approval", "approved", "sent", "received_by_bank", "in_doubt"]
                ),
                name="remittance_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"remittance {self.message_id} ({self.id})"

    @property
    def signing_company_id(self) -> UUID:
        """The company whose approvers sign: the account's owner, whoever sends from it."""
        return self.agreement.owner_id


class Payment(models.Model):
    """One credit transfer of a remittance."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Checked together as (company, remittance): the composite foreign key is made in 0002.
    company = models.ForeignKey(
        "companies.Company", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    remittance = models.ForeignKey(
        Remittance, on_delete=models.PROTECT, related_name="payments", db_constraint=False, db_index=False
    )
    # Place in the ERP's file, from 1; the line it begins on (null for JSON).
    position = models.IntegerField()
    line = models.IntegerField(null=True)
    status = models.CharField(max_length=20, choices=PaymentStatus, default=PaymentStatus.RECEIVED)
    end_to_end_id = models.CharField(max_length=35)
    erp_reference = models.CharField(max_length=35, null=True)  # noqa: DJ001 - null is "the ERP gave none"
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    category = models.CharField(max_length=12)
    urgent = models.BooleanField(default=False)
    batch_booking = models.BooleanField(null=True)
    charges = models.CharField(max_length=8, null=True)  # noqa: DJ001
    # The day asked for and the bank's: moved by our rules before approval, by the bank after.
    execution_date = models.DateField()
    bank_date = models.DateField()
    creditor_name = models.CharField(max_length=140)
    creditor_account = models.CharField(max_length=34)
    creditor_bic = models.CharField(max_length=11, null=True)  # noqa: DJ001
    # street, building_number, postcode, town, country, lines: only those given.
    creditor_address = models.JSONField(default=dict)
    supplier_number = models.CharField(max_length=35, null=True)  # noqa: DJ001
    # As long as a reference of ISO 20022 may be: one that is no KID may stand on a payment refused for it.
    kid = models.CharField(max_length=35, null=True)  # noqa: DJ001
    message = models.TextField(null=True)  # noqa: DJ001
    # [{type, number, amount (minor), kid, date}] in the ERP's order.
    documents = models.JSONField(null=True)
    ledger_amount = models.BigIntegerField(null=True)
    # Payee, amount and reference, hashed: what the duplicate radar looks up (see services/content.py).
    radar_key = models.BigIntegerField()
    # Which PmtInf of the bank's file it goes into: the ERP's own groups, split by kind.
    bank_group = models.IntegerField()
    reason_code = models.CharField(max_length=35, null=True)  # noqa: DJ001
    reason_params = models.JSONField(null=True)
    bank_text = models.TextField(null=True)  # noqa: DJ001
    bank_reference = models.CharField(max_length=35, null=True)  # noqa: DJ001
    bank_says_settled = models.BooleanField(default=False)
    # Paid on the bank's word alone (the agreement's paid_evidence is acsc): its booked debit is still to come, and the
    # ledger has nothing of it yet.
    awaits_debit = models.BooleanField(db_default=False)
    # The creation time of the bank's report that set the state: the later one wins within a rank.
    bank_status_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "id"], name="payment_company_id"),
            # In this order one index also serves the search by end-to-end id over all remittances.
            models.UniqueConstraint(
                fields=["company", "end_to_end_id", "remittance"], name="payment_end_to_end_id_once"
            ),
            models.UniqueConstraint(fields=["remittance", "position"], name="payment_position_once"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0) | models.Q(amount=0, status=PaymentStatus.REJECTED_BY_AUTOPAY),
                name="payment_amount_positive",
            ),
        ]
        # No index on the state: 100,000 payments that change state then stay on their pages (heap-only tuples,
        # with the fill factor of 0002), which is nine times as fast.
        indexes: ClassVar = [
            models.Index(fields=["company", "radar_key"], name="payment_radar"),
            # Few ever stand in it: those of agreements that take the bank's word.
            models.Index(fields=["remittance"], condition=models.Q(awaits_debit=True), name="payment_awaits_debit"),
        ]

    def __str__(self) -> str:
        return f"payment {self.end_to_end_id} ({self.id})"

    @property
    def proven_by(self) -> PaidEvidence | None:
        """What proves that it is paid: a booked debit, or only the bank's word; None for one that isn't."""
        if self.status not in {PaymentStatus.PAID, PaymentStatus.RETURNED}:
            return None
        return PaidEvidence.ACSC if self.awaits_debit else PaidEvidence.CAMT054


class Cause(models.Model):
    """Why payments changed state: one row per event, the rows of `PaymentHistory` under it."""

    class Kind(models.TextChoices):
        """What happened, as the timeline names it."""

        RECEIVED = "received", _("Received from the ERP")
        AWAITING = "awaiting", _("Waits for approval")
        APPROVAL = "approval", _("Approved by one")
        APPROVED = "approved", _("Approved")
        DATES_MOVED = "dates_moved", _("The payment date passed while it waited, and was moved")
        RELEASED = "released", _("Made ready for the bank")
        REFUSED = "refused", _("Refused by an approver")
        CANCELLED = "cancelled", _("Cancelled")
        SENT = "sent", _("Sent to the bank")
        IN_DOUBT = "in_doubt", _("In doubt whether the bank has it")
        NEVER_LEFT = "never_left", _("Shown never to have left; sent again unchanged")
        STATUS_REPORT = "status_report", _("The bank's status report")
        DEBIT = "debit", _("The bank's debit notification")
        RETURN = "return", _("Returned by the bank")
        DOUBT_OPINION = "doubt_opinion", _("One operator's decision about the doubt")
        DECIDED_AT_BANK = "decided_at_bank", _("Two operators decided: the bank has it")
        DECIDED_MISSING = "decided_missing", _("Two operators decided: the bank does not have it")
        NEW_GENERATION = "new_generation", _("To be sent again in a new file")
        OLD_GENERATION = "old_generation", _("The bank has an earlier file of it after all")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, related_name="causes")
    kind = models.CharField(max_length=16, choices=Kind)
    actor = models.CharField(max_length=254)
    actor_user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    key_id = models.CharField(max_length=64, null=True)  # noqa: DJ001
    # The raw file behind it, by its id in the relay (in or out).
    file_id = models.UUIDField(null=True)
    details = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "id"], name="cause_company_id")]
        indexes: ClassVar = [models.Index(fields=["remittance", "id"], name="cause_of_remittance")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PaymentHistory(models.Model):
    """One step that some payments of a remittance took together: from which state to which, under which cause.

    A row is a set of payments, named by their places in the order: a bank that accepts 100,000 payments makes one
    row, not 100,000. Inserted with its cause, never changed.
    """

    # Checked together as (company, cause): the composite foreign key is made in 0002.
    company = models.ForeignKey(
        "companies.Company", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, related_name="steps", db_constraint=False)
    positions = PositionsField()
    from_status = models.CharField(max_length=20, choices=PaymentStatus)
    # Equal to from_status where the bank said something that changes no state (late, repeated, contradicted).
    status = models.CharField(max_length=20, choices=PaymentStatus)
    bank_status = models.CharField(max_length=8, null=True)  # noqa: DJ001
    reason_code = models.CharField(max_length=35, null=True)  # noqa: DJ001
    bank_text = models.TextField(null=True)  # noqa: DJ001

    def __str__(self) -> str:
        return f"{self.positions}: {self.from_status} to {self.status}"


class Approval(models.Model):
    """One person's yes or no to the content that he saw."""

    class Decision(models.TextChoices):
        """What he decided."""

        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        RELEASED_HELD = "released_held", _("Released although it looks like a duplicate")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, related_name="approvals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=16, choices=Decision)
    content_hash = models.CharField(max_length=64)
    # How he showed that it was he, and with which factor (allauth's row, which may be gone later).
    means = models.CharField(max_length=10, choices=Means.choices, default=Means.NONE, blank=True)
    factor_id = models.BigIntegerField(null=True)
    reason = models.TextField(blank=True)
    decided_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            # Distinct people: nobody counts twice, however often he clicks.
            models.UniqueConstraint(
                fields=["remittance", "user", "decision"],
                condition=models.Q(voided_at__isnull=True),
                name="approval_once_per_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.remittance_id} by {self.user_id}"


class BankMessage(models.Model):
    """One generation of a remittance as the bank got it: our MsgId and the outgoing file that carries it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, related_name="bank_messages")
    generation = models.SmallIntegerField()
    message_id = models.CharField(max_length=35, unique=True)
    outgoing_file = models.OneToOneField("bank_gateway.OutgoingFile", on_delete=models.PROTECT, related_name="+")
    payment_count = models.IntegerField()
    # The payments that the file carries, by their places in the order; null (all) for files older than this column.
    positions = PositionsField(null=True)
    # Those of them that it stands for no more: they go, or went, into a later file.
    given_up = PositionsField(default="{}")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["remittance", "generation"], name="bank_message_generation_once"),
        ]

    def __str__(self) -> str:
        return self.message_id


class ForgottenPayment(models.Model):
    """A payment of an uploaded file that a restored database has forgotten, as far as the radar needs it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    bank_message_id = models.CharField(max_length=35)
    # See bank_file.py: the same order sent again is known by this, and is no duplicate of itself.
    order_key = models.CharField(max_length=64, blank=True)
    end_to_end_id = models.CharField(max_length=35)
    creditor_account = models.CharField(max_length=34)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    radar_key = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bank_message_id", "end_to_end_id"], name="forgotten_payment_once"),
            models.UniqueConstraint(fields=["company", "id"], name="forgotten_payment_company_id"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "radar_key"], name="forgotten_payment_radar")]

    def __str__(self) -> str:
        return f"forgotten payment {self.end_to_end_id} of {self.bank_message_id}"


class DuplicateSuspicion(models.Model):
    """A payment that looks like an earlier one of the company: same payee, amount and reference.

    The earlier one stands in the database, or is only known to have been sent before a restore.
    """

    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    remittance = models.ForeignKey(Remittance, on_delete=models.PROTECT, related_name="suspicions")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="+")
    earlier_payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="+")
    forgotten_payment = models.ForeignKey(ForgottenPayment, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(earlier_payment__isnull=False) ^ models.Q(forgotten_payment__isnull=False),
                name="suspicion_of_one_earlier",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} looks like {self.earlier_payment_id}"


class Refusal(models.Model):
    """All that a refused order leaves behind: that it came, from whom, and why it was refused."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key_id = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    code = models.CharField(max_length=40)
    http_status = models.SmallIntegerField()
    error_count = models.IntegerField()
    # The first faults by code and place, without the file's own texts: [{code, line, xpath, pointer}].
    errors = models.JSONField(default=list)
    refused_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-id"], name="refusal_newest")]

    def __str__(self) -> str:
        return f"refused: {self.code}"
