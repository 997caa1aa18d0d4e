"""Alarms: what is wrong, since when, how bad, whose."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7


class Severity(models.TextChoices):
    RED = "red", _("Red")
    AMBER = "amber", _("Amber")


class Alarm(models.Model):
    """Something a person must look at. It is open until cleared; the same one is raised again on the same row.

    `raised_at` and `last_raised_at` are business time (ages in alarms are the sandbox's), `recorded_at` is
    the machine's. Its text is made from `code` and `params` where it is shown.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=60)
    severity = models.CharField(max_length=5, choices=Severity.choices)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, null=True, related_name="alarms")
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=100, blank=True)
    params = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=200)
    raised_at = models.DateTimeField()
    last_raised_at = models.DateTimeField()
    times_raised = models.IntegerField(default=1)
    recorded_at = models.DateTimeField(auto_now_add=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    cleared_at = models.DateTimeField(null=True)

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
        ]
        indexes = [
            models.Index(
                fields=["company", "-raised_at"],
                condition=models.Q(cleared_at__isnull=True),
                name="alarm_open_by_company",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.severity} {self.code}"
