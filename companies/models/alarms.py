"""Alarms: what is wrong, since when, how bad, whose; and since when the house has stood still somewhere."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7


class Severity(models.TextChoices):
    """How bad it is. "red" sorts behind "amber", so that the worst come first in descending order."""

    RED = "red", _("Red")
    AMBER = "amber", _("Amber")


class Alarm(models.Model):
    """Something a person must look at. It is open until cleared; the same one is raised again on the same row.

    `since_at`, `raised_at` and `last_raised_at` are business time (ages in alarms are the sandbox's), `recorded_at`
    is the machine's. Its texts are made from `code` and `params` where it is shown (`companies.alarm_kinds`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=60)
    severity = models.CharField(max_length=5, choices=Severity.choices)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, null=True, related_name="alarms")
    # Whose contacts are told; opaque here.
    agreement_id = models.UUIDField(null=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=100, blank=True)
    params = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=200)
    # Since when its cause has stood: earlier than the alarm where something has waited too long.
    since_at = models.DateTimeField()
    raised_at = models.DateTimeField()
    last_raised_at = models.DateTimeField()
    times_raised = models.IntegerField(default=1)
    recorded_at = models.DateTimeField(auto_now_add=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    cleared_at = models.DateTimeField(null=True)
    # Who said that it is settled, and how, where it can't end by itself; null where it did.
    closed_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    closing_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key"], condition=models.Q(cleared_at__isnull=True), name="alarm_open_once"
            ),
            models.CheckConstraint(condition=models.Q(severity__in=Severity.values), name="alarm_severity_known"),
            models.CheckConstraint(
                condition=models.Q(acknowledged_at__isnull=True) | models.Q(acknowledged_by__isnull=False),
                name="alarm_acknowledged_by_someone",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_by__isnull=True)
                | models.Q(cleared_at__isnull=False) & ~models.Q(closing_note=""),
                name="alarm_closed_with_a_note",
            ),
        ]
        indexes = [
            # The worst and newest first, of everything and of one company; what is over by when it ended.
            models.Index(
                fields=["-severity", "-raised_at", "-id"],
                condition=models.Q(cleared_at__isnull=True),
                name="alarm_open_worst",
            ),
            models.Index(
                fields=["company", "-severity", "-raised_at", "-id"],
                condition=models.Q(cleared_at__isnull=True),
                name="alarm_open_of_company",
            ),
            models.Index(
                fields=["subject_id"], condition=models.Q(cleared_at__isnull=True), name="alarm_open_of_subject"
            ),
            models.Index(
                fields=["-cleared_at", "-id"], condition=models.Q(cleared_at__isnull=False), name="alarm_over"
            ),
            models.Index(
                fields=["company", "-cleared_at", "-id"],
                condition=models.Q(cleared_at__isnull=False),
                name="alarm_over_of_company",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.severity} {self.code}"


class AlarmSighting(models.Model):
    """Something that stands where it may not stand for ever: since when, and since when for too long.

    Kept by the sweep that looks for what has waited too long, so that no room needs to note when each of its rows
    came to where it stands; gone as soon as the row has moved on.
    """

    dedupe_key = models.CharField(max_length=200, primary_key=True)
    code = models.CharField(max_length=60)
    # Business time since which it stands there, as far as its room knows; else when it was first seen there.
    since_at = models.DateTimeField()
    # The machine's, of the first sight.
    seen_at = models.DateTimeField()
    # Machine time since which it has been seen too long without a break. The alarm comes a moment later: the
    # sandbox's clock may jump days ahead of what is being done about it.
    overdue_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["code"], name="alarm_sighting_code")]

    def __str__(self) -> str:
        return self.dedupe_key
