"""Doubt about a file to a bank: why, what the bank's folder showed, what operators decided, how it ended."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7


class DoubtKind(models.TextChoices):
    """Why nobody knows what the bank does with a file."""

    DELIVERY = "delivery", _("Nobody knows whether it reached the bank")
    COLLISION = "collision", _("The bank takes it for a duplicate, but it was sent once")
    CONTRADICTION = "contradiction", _("The bank contradicts itself about payments of it")
    REVIVED = "revived", _("It was given up, and the bank has it after all")


class FolderShows(models.TextChoices):
    """What the bank's folder showed when it was looked at last."""

    FINAL = "final", _("The file lies there under its final name")
    OTHER_SIZE = "other_size", _("A file of another size lies there under its final name")
    PART = "part", _("Only the unfinished upload lies there")
    NOTHING = "nothing", _("Neither the file nor an unfinished upload lies there")


class EndedBy(models.TextChoices):
    """What ended a doubt."""

    EVIDENCE = "evidence", _("evidence")
    DECISION = "decision", _("two operators' decision")


class Doubt(models.Model):
    """One doubt about a file to a bank, from when it arose to what ended it. A file may be doubted more than once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    outgoing = models.ForeignKey("bank_gateway.OutgoingFile", on_delete=models.PROTECT, related_name="doubts")
    kind = models.CharField(max_length=14, choices=DoubtKind.choices)
    # Business time, as it's shown; the waits are counted from the file's own columns.
    opened_at = models.DateTimeField()
    folder_shows = models.CharField(max_length=10, choices=FolderShows.choices, blank=True)
    looked_at = models.DateTimeField(null=True)
    # Two operators agree, and it's carried out once the bank's folder has been looked at a last time.
    agreed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=8, choices=EndedBy.choices, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("outgoing",), name="doubt_one_open_per_file", condition=Q(ended_at=None)),
            models.CheckConstraint(condition=Q(kind__in=DoubtKind.values), name="doubt_kind_known"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="") | Q(ended_at__isnull=False, ended_by__in=EndedBy.values),
                name="doubt_ends_by_something",
            ),
        )
        indexes = (models.Index(fields=("opened_at",), name="doubt_open", condition=Q(ended_at=None)),)

    def __str__(self) -> str:
        return f"{self.kind} {self.outgoing_id}"


class Verdict(models.TextChoices):
    """What an operator says after he has spoken with the bank."""

    AT_BANK = "at_bank", _("The bank has it")
    NOT_AT_BANK = "not_at_bank", _("The bank does not have it")


class FellBecause(models.TextChoices):
    """Why a decision counts no more."""

    FACTS = "facts", _("the facts have changed since")
    RIGHTS = "rights", _("no longer an operator")
    CHANGED = "changed", _("decided otherwise later")


class DoubtDecision(models.Model):
    """What one operator decided about a doubt, on which facts, and with which words of the bank."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    doubt = models.ForeignKey(Doubt, on_delete=models.PROTECT, related_name="decisions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    bank_text = models.TextField()
    bank_person = models.CharField(max_length=120)
    bank_spoke_at = models.DateTimeField()
    # The hash of what was known and shown then: another decision counts beside it only on the same facts.
    seen = models.CharField(max_length=64)
    decided_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    fell_at = models.DateTimeField(null=True)
    fell_because = models.CharField(max_length=8, choices=FellBecause.choices, blank=True)

    class Meta:
        constraints = (
            # Distinct people: nobody counts twice, however often he decides.
            models.UniqueConstraint(
                fields=("doubt", "user"), name="doubt_decision_one_per_person", condition=Q(fell_at=None)
            ),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="doubt_verdict_known"),
            models.CheckConstraint(
                condition=Q(fell_at=None, fell_because="")
                | Q(fell_at__isnull=False, fell_because__in=FellBecause.values),
                name="doubt_decision_falls_for_a_reason",
            ),
            models.CheckConstraint(condition=~Q(bank_text="") & ~Q(bank_person=""), name="doubt_decision_has_words"),
        )

    def __str__(self) -> str:
        return f"{self.verdict} by {self.user_id}"
