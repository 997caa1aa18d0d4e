"""What takes two administrators: proposed by one, done when another has confirmed it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from autopay_portal.core.ids import uuid7


class ProposalState(models.TextChoices):
    OPEN = "open", _("Waits for another administrator")
    APPLIED = "applied", pgettext_lazy("proposal", "Confirmed and done")
    DECLINED = "declined", pgettext_lazy("proposal", "Declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("proposal", "Withdrawn")
    EXPIRED = "expired", pgettext_lazy("proposal", "Nobody confirmed it in time")
    STALE = "stale", pgettext_lazy("proposal", "What it was about changed meanwhile")


class Proposal(models.Model):
    """A change that one administrator wants and another must confirm (four eyes).

    `params` are what is done, as they were shown; `basis` is how the subject stood then. Neither ever changes: who
    wants something else withdraws this and proposes anew.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("companies.Customer", on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=100)
    params = models.JSONField()
    basis = models.JSONField()
    state = models.CharField(max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN)
    proposed_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    # Machine time, as all of this: a confirmation is a person's, not the bank's.
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # Whoever confirmed, declined or withdrew it; of one that was done at once the proposer himself.
    decided_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    # Done at once, as the customer had nobody else who could confirm.
    alone = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "subject_kind", "subject_id"],
                condition=models.Q(state="open"),
                name="proposal_one_open_per_subject",
            ),
            models.CheckConstraint(condition=models.Q(state__in=ProposalState.values), name="proposal_state_known"),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at__isnull=True)
                | ~models.Q(state="open") & models.Q(decided_at__isnull=False),
                name="proposal_open_or_decided",
            ),
            # The second pair of eyes is another's; the database holds it too.
            models.CheckConstraint(
                condition=~models.Q(state="applied")
                | models.Q(alone=True, decided_by=models.F("proposed_by"))
                | models.Q(alone=False, decided_by__isnull=False) & ~models.Q(decided_by=models.F("proposed_by")),
                name="proposal_confirmed_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "id"], condition=models.Q(state="open"), name="proposal_open"),
            models.Index(fields=["customer", "id"], name="proposal_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_id}"
