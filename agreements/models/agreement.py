"""Agreements: which account, at which bank, for whom, with whose approval, and how what happens there is posted."""

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7
from bank_gateway.profiles import bank_ids, bank_name

# By their profiles, as people call them.
BANKS = [(bank_id, bank_name(bank_id)) for bank_id in bank_ids()]


class Kind(models.TextChoices):
    REMITTANCE = "remittance", _("Remittance")
    INCOMING = "incoming", _("Incoming payments")


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ORDERED = "ordered", _("Ordered")
    SENT_TO_BANK = "sent_to_bank", _("Sent to bank")
    CONFIRMED_BY_BANK = "confirmed_by_bank", _("Confirmed by bank")
    ACTIVE = "active", _("Active")
    REFUSED_BY_BANK = "refused_by_bank", _("Refused by bank")
    CLOSED = "closed", _("Closed")


class PaidEvidence(models.TextChoices):
    CAMT054 = "camt054", _("Booked debit in camt.054")
    CAMT053 = "camt053", _("Booked debit in the statement, camt.053")
    ACSC = "acsc", _("The bank's word that it is settled (weaker)")


class RejectMode(models.TextChoices):
    FILE = "file", _("One bad payment refuses the file")
    PAYMENT = "payment", _("Bad payments are refused one by one")


class BankApproval(models.TextChoices):
    RGB = "rgb", _("Approved in the accounts, executed without approval in the net bank")
    IN_NET_BANK = "in_net_bank", _("Approved in the net bank")


class TwoStep(models.TextChoices):
    """At which steps this agreement asks for a second factor, where its company demands two-step verification."""

    NONE = "none", _("Never")
    APPROVAL = "approval", _("On approval")
    UPLOAD = "upload", _("On approval and on upload")


class Notify(models.TextChoices):
    OCR = "ocr", _("OCR giro")
    CAMT054 = "camt054", _("camt.054 credit")


class Agreement(models.Model):
    """An agreement between a company and its bank about one account, for remittance or for incoming payments.

    `owner` is the company the bank knows as the account's holder; it differs from `company` where the
    agreement is shared. Ledger accounts are the company's own numbers in its general ledger.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.IntegerField(_("agreement number"))
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    bank = models.CharField(_("bank"), max_length=20, choices=BANKS)
    connection = models.ForeignKey(
        "bank_gateway.Connection", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    account = models.CharField(_("account"), max_length=11)
    currency = models.CharField(_("currency"), max_length=3, default="NOK")
    customer_id = models.CharField(_("customer id at the bank"), max_length=35, blank=True)
    division = models.CharField(_("division"), max_length=35, blank=True)
    bank_agreement_id = models.CharField(_("agreement id at the bank"), max_length=35, blank=True)
    approvers_required = models.SmallIntegerField(_("approvers"), default=1)
    paid_evidence = models.CharField(max_length=10, choices=PaidEvidence.choices, default=PaidEvidence.CAMT054)
    reject_mode = models.CharField(max_length=10, choices=RejectMode.choices, default=RejectMode.FILE)
    hold_duplicates = models.BooleanField(default=True)
    two_step = models.CharField(
        _("two-step verification"), max_length=10, choices=TwoStep.choices, default=TwoStep.APPROVAL
    )
    bank_approval = models.CharField(max_length=15, choices=BankApproval.choices, default=BankApproval.IN_NET_BANK)
    auto_post = models.BooleanField(default=False)
    notify = models.CharField(max_length=10, choices=Notify.choices, default=Notify.CAMT054)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT)
    # The agreement existed directly with the bank before: the form asks for its transfer.
    transfers_direct = models.BooleanField(default=False)
    # The owner's agreement that this one is a share of: money goes out on it, and nothing is booked on this one.
    shared_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="shared_as")
    erp_active = models.BooleanField(default=False)
    last_test_at = models.DateTimeField(null=True)
    last_test_ok = models.BooleanField(null=True)

    bank_ledger_account = models.CharField(max_length=10, default="1920")
    interim_ledger_account = models.CharField(max_length=10, blank=True)
    supplier_ledger_account = models.CharField(max_length=10, default="2400")
    salary_ledger_account = models.CharField(max_length=10, default="2930")
    tax_ledger_account = models.CharField(max_length=10, blank=True)
    pension_ledger_account = models.CharField(max_length=10, blank=True)
    intercompany_ledger_account = models.CharField(max_length=10, blank=True)
    fee_ledger_account = models.CharField(max_length=10, default="7770")
    customer_ledger_account = models.CharField(max_length=10, default="1500")
    unplaced_ledger_account = models.CharField(max_length=10, null=True, blank=True)  # noqa: DJ001 - null is "held"

    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="agreement_number_once_per_company"),
            # What composite foreign keys of money tables point at, so that a row can't cross companies.
            models.UniqueConstraint(fields=["id", "company"], name="agreement_of_company"),
            models.UniqueConstraint(
                fields=["company", "bank", "account", "kind", "bank_agreement_id"],
                condition=~models.Q(status__in=["closed", "refused_by_bank"]),
                name="agreement_once_per_company_and_account",
            ),
            # What the bank has confirmed is one company's; a draft about someone's account blocks nobody.
            models.UniqueConstraint(
                fields=["bank", "account", "kind", "bank_agreement_id"],
                condition=models.Q(status__in=["confirmed_by_bank", "active"], shared_from__isnull=True),
                name="agreement_once_per_account_and_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(shared_from__isnull=True, company=models.F("owner"))
                | (models.Q(shared_from__isnull=False, kind="remittance") & ~models.Q(company=models.F("owner"))),
                name="agreement_shared_is_of_another_company",
            ),
            models.CheckConstraint(
                condition=models.Q(account__regex=r"^[0-9]{11}$"), name="agreement_account_11_digits"
            ),
            models.CheckConstraint(
                condition=models.Q(approvers_required__range=(0, 4)), name="agreement_0_to_4_approvers"
            ),
            models.CheckConstraint(
                condition=models.Q(approvers_required__gt=0) | models.Q(bank_approval="in_net_bank"),
                name="agreement_no_approver_means_net_bank",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="agreement_kind_known"),
            models.CheckConstraint(condition=models.Q(bank__in=bank_ids()), name="agreement_bank_known"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="agreement_status_known"),
            models.CheckConstraint(
                condition=~models.Q(status="active") | models.Q(connection__isnull=False),
                name="agreement_active_has_connection",
            ),
            models.CheckConstraint(
                condition=models.Q(unplaced_ledger_account__isnull=True)
                | models.Q(unplaced_ledger_account__in=["2900", "2990"]),
                name="agreement_unplaced_account_2900_or_2990",
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "account", "kind"], name="agreement_by_connection"),
            # What AutoPay Central looks at, and the watch for what is stuck, however many are in use.
            models.Index(
                fields=["id"],
                condition=models.Q(
                    status__in=["ordered", "sent_to_bank", "confirmed_by_bank"], shared_from__isnull=True
                ),
                name="agreement_on_its_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    @property
    def is_active(self) -> bool:
        """Whether money may move on it: the bank's agreement is in force and the ERP has switched it on.

        On a shared one also the owner's must be in force; whether the owner's own ERP uses it doesn't matter.
        """
        in_force = self.status == Status.ACTIVE and self.erp_active
        return in_force and (self.shared_from is None or self.shared_from.status == Status.ACTIVE)

    @property
    def is_shared(self) -> bool:
        """Whether it is another company's account that money goes out from."""
        return self.shared_from_id is not None

    @property
    def booked_on_id(self) -> UUID:
        """Return the agreement whose company books what happens on the account, and whose pauses hold it."""
        return self.shared_from_id or self.pk


class KidDefinition(models.Model):
    """How a KID of one length is built on an incoming agreement: modulus, and where customer and invoice stand.

    Positions are 1-based and inclusive and leave out the check digit, which is last. At most three per
    agreement, all of different lengths (the OCR giro agreement's terms).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="kid_definitions")
    slot = models.SmallIntegerField()
    length = models.SmallIntegerField()
    modulus = models.CharField(max_length=5, choices=[("mod10", "mod10"), ("mod11", "mod11")])
    customer_from = models.SmallIntegerField(null=True)
    customer_to = models.SmallIntegerField(null=True)
    invoice_from = models.SmallIntegerField(null=True)
    invoice_to = models.SmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "slot"], name="kid_definition_slot_once"),
            models.CheckConstraint(condition=models.Q(slot__range=(1, 3)), name="kid_definition_at_most_three"),
            models.UniqueConstraint(fields=["agreement", "length"], name="kid_definition_length_once"),
            models.CheckConstraint(condition=models.Q(length__range=(2, 25)), name="kid_definition_length_2_to_25"),
            models.CheckConstraint(condition=models.Q(modulus__in=["mod10", "mod11"]), name="kid_definition_modulus"),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{part}_from__isnull": True, f"{part}_to__isnull": True})
                    | models.Q(
                        **{
                            # A check passes on NULL, so half a pair must be refused by name.
                            f"{part}_from__isnull": False,
                            f"{part}_to__isnull": False,
                            f"{part}_from__gte": 1,
                            f"{part}_from__lte": models.F(f"{part}_to"),
                            f"{part}_to__lt": models.F("length"),
                        }
                    ),
                    name=f"kid_definition_{part}_inside",
                )
                for part in ("customer", "invoice")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.length} {self.modulus}"


class ContactKind(models.TextChoices):
    REJECTS = "rejects", _("Told of rejects")
    APPROVERS = "approvers", _("Told that something waits for approval")


class Contact(models.Model):
    """An e-mail address on an agreement's list; nothing is sent to it before it is confirmed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=10, choices=ContactKind.choices)
    email = models.CharField(max_length=254)
    confirmed_at = models.DateTimeField(null=True)
    # The SHA-256 of what the letter's link carries; empty when nothing is asked, or when it was answered.
    token_hash = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "kind", "email"], name="contact_once_per_kind"),
            models.CheckConstraint(condition=models.Q(kind__in=ContactKind.values), name="contact_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.agreement_id}"


class StatusChange(models.Model):
    """One step of an agreement's life: from what to what, when, by whom, with what remark."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="status_changes")
    sequence = models.IntegerField()
    from_status = models.CharField(max_length=20, blank=True)
    to_status = models.CharField(max_length=20, choices=Status.choices)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150)
    remark = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "sequence"], name="agreement_change_sequence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.from_status} to {self.to_status}"
