"""Roles as rows: per company, per customer, and the operators."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7


class Role(models.TextChoices):
    VIEWER = "viewer", _("Viewer")
    UPLOADER = "uploader", _("Uploader")
    FILE_TRANSFER = "file_transfer", _("File transfer")
    APPROVER = "approver", _("Approver")
    AUTOPAY_ADMINISTRATOR = "autopay_administrator", _("AutoPay administrator")
    CUSTOMER_ADMINISTRATOR = "customer_administrator", _("Customer administrator")
    OPERATOR = "operator", _("AutoPay Central")


COMPANY_ROLES = (Role.VIEWER, Role.UPLOADER, Role.FILE_TRANSFER, Role.APPROVER, Role.AUTOPAY_ADMINISTRATOR)


class RoleGrant(models.Model):
    """One role of one user in one company; a user may have several."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="role_grants")
    user = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=30, choices=[(role.value, role.label) for role in COMPANY_ROLES])
    granted_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "company", "role"], name="role_once_per_user_and_company"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in COMPANY_ROLES]), name="role_is_a_company_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} in {self.company_id}"


class CustomerAdministrator(models.Model):
    """A user who administers a customer, and so has the AutoPay administrator's rights in all its companies."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("companies.Customer", on_delete=models.PROTECT, related_name="administrators")
    user = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="administered_customers")
    granted_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "customer"], name="customer_administrator_once")]

    def __str__(self) -> str:
        return f"{self.user_id} administers {self.customer_id}"


class Operator(models.Model):
    """A user who runs the system (*AutoPay-sentralen*); sees every company, but no salary names and no signing keys."""

    user = models.OneToOneField(
        "companies.User", on_delete=models.PROTECT, primary_key=True, related_name="operator_row"
    )
    granted_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"operator {self.user_id}"


class SalaryAccess(models.Model):
    """The right to see salary names and amounts in one company; no role holds it by itself."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="salary_accesses")
    user = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="salary_accesses")
    granted_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="salary_access_once")]

    def __str__(self) -> str:
        return f"{self.user_id} sees salary in {self.company_id}"
