"""Nonces, answers to repeat, and the message feed."""

from django.db import models

from autopay_portal.core.ids import uuid7


class Nonce(models.Model):
    """A nonce that a valid signature used, kept until no signature with it could pass any more (security.md 3)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key_id = models.UUIDField()
    nonce = models.CharField(max_length=64)
    keep_until_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key_id", "nonce"], name="nonce_once_per_key")]
        indexes = [models.Index(fields=["keep_until_at"], name="nonce_by_end")]

    def __str__(self) -> str:
        return f"{self.nonce} of {self.key_id}"


class IdempotentAnswer(models.Model):
    """The answer to a request that was done, given again when the request comes again (money.md 4).

    Only answers of the 200s are kept: a refusal leaves its key free.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    body_sha256 = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    # The JSON text as first given: a JSON column would order its names anew.
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "key"], name="idempotent_answer_once_per_key"),
            models.CheckConstraint(
                condition=models.Q(status__gte=200, status__lt=300), name="idempotent_answer_is_no_refusal"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.company_id}"


class MessageKind(models.TextChoices):
    """What a message in the feed tells of; codes are the contract's."""

    PAYMENT_STATUS = "payment_status"
    REMITTANCE_STATUS = "remittance_status"
    LEDGER_BATCH_READY = "ledger_batch_ready"
    INCOMING_PAYMENTS = "incoming_payments"
    STATEMENT = "statement"
    AGREEMENT_STATUS = "agreement_status"


class Message(models.Model):
    """One message of a company's feed. Its number comes from the company's row, so it has no holes and its order
    is the order of the commits; it is never changed and never deleted by an acknowledgement."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    sequence = models.BigIntegerField()
    kind = models.CharField(max_length=30, choices=MessageKind.choices)
    subject_id = models.UUIDField()
    data = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "sequence"], name="message_sequence_once_per_company"),
            models.CheckConstraint(condition=models.Q(kind__in=MessageKind.values), name="message_kind_known"),
        ]

    def __str__(self) -> str:
        return f"message {self.sequence} of {self.company_id}"
