"""Letters: one mail to one address, about something that the reader asked for or has to answer."""

from django.db import models

from autopay_portal.core.ids import uuid7


class Letter(models.Model):
    """One mail to one address, written in the transaction that it tells of, sent until the server has taken it.

    Its texts are made from `kind` and `params` when it is sent (`companies.mail.letters`). What opens something once
    (an invitation's token) stands encrypted in `secret_encrypted` until then and is erased when it is sent or given up.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40)
    recipient = models.CharField(max_length=254)
    language = models.CharField(max_length=2)
    params = models.JSONField(default=dict)
    # Where its link leads, below the portal's public address; the secret, if there is one, stands behind it.
    path = models.CharField(max_length=300)
    secret_encrypted = models.BinaryField(null=True)
    customer = models.ForeignKey("companies.Customer", on_delete=models.PROTECT, null=True, related_name="+")
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, null=True, related_name="+")
    # Machine time; the lease is PostgreSQL's: who sends holds the letter until then.
    created_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    # Refused for good by the mail server, or tried in vain for days.
    given_up_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sent_at__isnull=True) & models.Q(given_up_at__isnull=True)
                | models.Q(secret_encrypted__isnull=True),
                name="letter_secret_erased",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="letter_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
