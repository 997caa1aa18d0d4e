"""What stands around agreements: drafts, tests, shares, mandates, conversions, the banks' activation files."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7
from bank_gateway.profiles import bank_ids


class Draft(models.Model):
    """An agreement that somebody is filling in: the answers by step, and the agreement that came of them.

    It is kept until it is thrown away, so that one may leave and come back.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    begun_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict)
    agreement = models.ForeignKey("agreements.Agreement", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["company"], name="draft_unfinished", condition=models.Q(agreement__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"draft of {self.company_id}"


class AgreementTest(models.Model):
    """One run of an agreement's test: every check by its code, whether it passed, and what it says."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey("agreements.Agreement", on_delete=models.CASCADE, related_name="tests")
    passed = models.BooleanField()
    # As `setup_check.said_in_both` says them.
    checks = models.JSONField()
    actor_name = models.CharField(max_length=150)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"test of {self.agreement_id}"


class ShareStatus(models.TextChoices):
    INVITED = "invited", _("Invited")
    ACCEPTED = "accepted", _("Shared")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    ENDED = "ended", _("Ended")


class Share(models.Model):
    """The owner's offer to another company to send payments from an account, and what became of it.

    The other company is named by organisation number: the owner never learns whether it is in this house before it
    has accepted. `used_by` is the agreement that it sends on.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey("agreements.Agreement", on_delete=models.PROTECT, related_name="shares")
    org_number = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=ShareStatus.choices, default=ShareStatus.INVITED)
    invited_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    decided_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    used_by = models.OneToOneField("agreements.Agreement", on_delete=models.PROTECT, null=True, related_name="share")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "org_number"],
                condition=models.Q(status__in=["invited", "accepted"]),
                name="share_once_per_company",
            ),
            models.CheckConstraint(condition=models.Q(status__in=ShareStatus.values), name="share_status_known"),
        ]
        indexes = [
            models.Index(fields=["org_number"], name="share_open", condition=models.Q(status="invited")),
        ]

    def __str__(self) -> str:
        return f"share of {self.agreement_id} with {self.org_number}"


class SigningRule(models.Model):
    """How many signers the bank wants on an account, as the company knows it from its agreement with the bank."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    account = models.CharField(max_length=11)
    signers = models.SmallIntegerField()
    noted_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "account"], name="signing_rule_once_per_account"),
            models.CheckConstraint(condition=models.Q(signers__range=(0, 4)), name="signing_rule_0_to_4"),
        ]

    def __str__(self) -> str:
        return f"{self.signers} on {self.account}"


class Mandate(models.Model):
    """A user who holds the bank's mandate (*fullmakt*) on an account: the bank knows him and lets him sign."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+")
    account = models.CharField(max_length=11)
    user = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    noted_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "account", "user"], name="mandate_once_per_account"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.account}"


class Conversion(models.Model):
    """A direct agreement that becomes an AutoPay one and keeps its number, from a day agreed with the bank.

    Whoever converts has stated that nothing was open on the old one.
    """

    agreement = models.OneToOneField(
        "agreements.Agreement", on_delete=models.PROTECT, primary_key=True, related_name="conversion"
    )
    switch_date = models.DateField()
    converted_at = models.DateTimeField()
    actor_name = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"{self.agreement_id} from {self.switch_date}"


class HandPosting(models.Model):
    """A payment that the old agreement left unpaid at the switch, posted by hand: which, who ticked it, and when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversion = models.ForeignKey(Conversion, on_delete=models.PROTECT, related_name="hand_postings")
    payment_id = models.UUIDField()
    end_to_end_id = models.CharField(max_length=35)
    ticked_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    ticked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversion", "payment_id"], name="hand_posting_once_per_payment"),
        ]

    def __str__(self) -> str:
        return self.end_to_end_id


class ActivationFile(models.Model):
    """A file in which a bank tells which agreements it has registered, and what came of each of its lines."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bank = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    # One object a line: its number, account, outcome or the code of its refusal.
    report = models.JSONField(default=list)
    imported_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bank", "sha256"], name="activation_file_content_once"),
            models.CheckConstraint(condition=models.Q(bank__in=bank_ids()), name="activation_file_bank_known"),
        ]

    def __str__(self) -> str:
        return self.name
