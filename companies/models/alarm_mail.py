"""Which alarms somebody is to be told of by mail, and the mails."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7
from companies.models.alarms import Severity


class Audience(models.TextChoices):
    """Who is told: AutoPay Central's operators, or the contacts of the company whose alarm it is."""

    CENTRAL = "central", _("AutoPay Central")
    COMPANY = "company", _("The company's contacts")


class AlarmNotice(models.Model):
    """That an audience is to be told of an alarm, written in the transaction that raised it or made it worse."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    alarm = models.ForeignKey("companies.Alarm", on_delete=models.CASCADE, related_name="+")
    severity = models.CharField(max_length=5, choices=Severity.choices)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    # Machine time at which it goes out at the latest; others that wait go with it.
    due_at = models.DateTimeField()
    # When it was put into mails, or passed over because the alarm was over by then.
    gathered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alarm", "severity", "audience"], name="alarm_told_once_per_severity"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(gathered_at__isnull=True), name="alarm_notice_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.audience} of {self.alarm_id}"


class AlarmMail(models.Model):
    """What one address is told of one company's alarms, or of all: how many are new, never what they are about.

    What waits for the same reader goes out as one mail.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, null=True, related_name="+")
    recipient = models.CharField(max_length=254)
    # The reader's language; empty where nobody knows it: then the mail is in both.
    language = models.CharField(max_length=2, blank=True)
    new_red = models.IntegerField()
    new_amber = models.IntegerField()
    # Machine time. The lease is PostgreSQL's: who sends holds the mail until then.
    created_at = models.DateTimeField()
    # When it is to go out: later than it was written where its reader has just got one.
    due_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    # Refused for good by the mail server, or so old that the page says more.
    given_up_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(audience="central", company__isnull=True)
                | models.Q(audience="company", company__isnull=False),
                name="alarm_mail_of_an_audience",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="alarm_mail_waiting",
            ),
            # By whom somebody was told lately.
            models.Index(fields=["sent_at"], condition=models.Q(sent_at__isnull=False), name="alarm_mail_sent_lately"),
        ]

    def __str__(self) -> str:
        return f"{self.audience} mail {self.pk}"
