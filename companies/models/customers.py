"""Customers (accounting firms), their companies, licences, terms and services."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7


class Customer(models.Model):
    """An accounting firm (*kunde*): it holds the licences and owns the companies."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(_("customer number"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class TermsOfService(models.Model):
    """One version of the terms of service; the newest published one is what a customer is asked to accept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.CharField(_("version"), max_length=20, unique=True)
    text_nb = models.TextField()
    text_en = models.TextField()
    published_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.version


class TermsAcceptance(models.Model):
    """A customer's acceptance of one version of the terms: who gave it and when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="terms_acceptances")
    terms = models.ForeignKey(TermsOfService, on_delete=models.PROTECT, related_name="acceptances")
    accepted_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "terms"], name="terms_accepted_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} accepted {self.terms_id}"


class LicenceKind(models.TextChoices):
    AUTOPAY = "autopay", _("AutoPay")
    DI_ELBET = "di_elbet", _("DI-Elbet")


class Licence(models.Model):
    """A customer's right to use a product; without both of them the service can't be switched on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="licences")
    kind = models.CharField(max_length=20, choices=LicenceKind.choices)
    registered_at = models.DateTimeField()
    # DI-Elbet is activated on the customer's own company, the 000 client; AutoPay needs no activation.
    activated_on = models.ForeignKey("companies.Company", on_delete=models.PROTECT, null=True, related_name="+")
    activated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind"], name="licence_once_per_customer"),
            models.CheckConstraint(
                condition=models.Q(activated_on__isnull=True, activated_at__isnull=True)
                | models.Q(activated_on__isnull=False, activated_at__isnull=False, kind="di_elbet"),
                name="licence_activated_on_a_company",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=LicenceKind.values), name="licence_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.customer_id}"


class Company(models.Model):
    """A client company (*firma*): what has agreements, a signing key, a feed and a ledger.

    Its counters are changed only by `UPDATE ... RETURNING` as the last lock before commit but the
    audit's, so they have no holes and never go backwards.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="companies")
    country = models.CharField(_("country"), max_length=2, default="NO")
    org_number = models.CharField(_("organisation number"), max_length=20)
    name = models.CharField(_("name"), max_length=150)
    address = models.CharField(_("address"), max_length=150)
    postcode = models.CharField(_("postcode"), max_length=16)
    town = models.CharField(_("town"), max_length=60)
    # The accounting firm itself as a company, the 000 client.
    is_own = models.BooleanField(default=False)
    # Machine time. A company that is deactivated sends nothing; what it has stays and can be read.
    deactivated_at = models.DateTimeField(null=True, editable=False)
    deactivated_by = models.ForeignKey(
        "companies.User", on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    posting_employee = models.ForeignKey(
        "companies.Employee", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Two-step verification: who approves here answers with a second factor, where the agreement asks for it too.
    two_step = models.BooleanField(_("two-step verification"), default=False)
    message_sequence = models.BigIntegerField(default=0, editable=False)
    acknowledged_sequence = models.BigIntegerField(default=0, editable=False)
    ledger_batch_number = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["country", "org_number"], name="company_once_per_country"),
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(is_own=True), name="company_own_once_per_customer"
            ),
            models.CheckConstraint(
                condition=~models.Q(country="NO") | models.Q(org_number__regex=r"^[0-9]{9}$"),
                name="company_norwegian_org_number",
            ),
            models.CheckConstraint(
                condition=models.Q(acknowledged_sequence__gte=0)
                & models.Q(acknowledged_sequence__lte=models.F("message_sequence")),
                name="company_acknowledged_at_most_sent",
            ),
        ]
        indexes = [models.Index(fields=["customer", "name"], name="company_by_customer")]

    def __str__(self) -> str:
        return self.name


class Service(models.TextChoices):
    AUTOPAY = "autopay", _("AutoPay")
    EXPENSE = "expense", _("Expense")
    MDM = "mdm", _("MDM")


class ServiceInUse(models.Model):
    """A service that is switched on for a company (*tjenester i bruk*)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="services")
    service = models.CharField(max_length=20, choices=Service.choices)
    activated_at = models.DateTimeField()
    activated_by = models.ForeignKey(
        "companies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "service"], name="service_once_per_company"),
            models.CheckConstraint(condition=models.Q(service__in=Service.values), name="service_known"),
        ]

    def __str__(self) -> str:
        return f"{self.service} of {self.company_id}"
