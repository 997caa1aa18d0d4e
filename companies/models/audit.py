"""The audit chain: who did what, in a form that shows any later change."""

from django.db import models

from autopay_portal.core.ids import uuid7


class AuditChain(models.Model):
    """The head of one chain: one per company, and the system's, in which all heads are recorded hourly.

    The row's lock gives events their numbers, so they have no gaps.
    """

    name = models.CharField(max_length=36, primary_key=True)
    # Not unique by itself: the name is, and a second unique index would make the first two writers of a chain collide.
    company = models.ForeignKey(
        "companies.Company", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    sequence = models.BigIntegerField()
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.name} at {self.sequence}"


class AuditEvent(models.Model):
    """One deed, chained to the one before by SHA-256. A trigger refuses UPDATE and DELETE.

    Personal fields stand outside, in AuditPersonal; the event holds their salted hash only.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    chain = models.ForeignKey(AuditChain, on_delete=models.PROTECT, related_name="events")
    sequence = models.BigIntegerField()
    recorded_at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_user_id = models.UUIDField(null=True)
    actor_key_id = models.UUIDField(null=True)
    action = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=100, blank=True)
    details = models.JSONField(default=dict)
    personal_hash = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="audit_sequence_once_per_chain")]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="audit_by_subject")]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.sequence}: {self.action}"


class AuditPersonal(models.Model):
    """Personal fields of an event (names), with their salt; deleting the row erases them and breaks no chain."""

    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, primary_key=True, related_name="personal")
    salt = models.CharField(max_length=64)
    fields = models.JSONField()

    def __str__(self) -> str:
        return f"personal fields of {self.event_id}"


class AuditSignatureKey(models.Model):
    """The Ed25519 key that signs the chains' heads; the private half is encrypted at rest."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    public_key = models.CharField(max_length=64, unique=True)
    private_key_encrypted = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.public_key
