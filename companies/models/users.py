"""Users and their link to a company as its employees."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7


class Language(models.TextChoices):
    NB = "nb", _("Norwegian (bokmål)")
    EN = "en", _("English")


class UserManager(BaseUserManager["User"]):
    """Finds users by the name they sign in with; users are made by `companies.services`."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user of a sign-in name, case ignored."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person who signs in with his e-mail address, which is also his AutoPay name at the API.

    The address is printable ASCII in lower case, so that it can stand in a signed header and one
    person can't be two by letter case.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.CharField(_("e-mail"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=150)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.NB)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
            models.CheckConstraint(condition=models.Q(email__regex=r"^[!-~]+@[!-~]+$"), name="user_email_is_ascii"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """Return the person's name, as Django's pages and mails ask for it."""
        return self.name

    def get_short_name(self) -> str:
        """Return the person's name; nobody here has a shorter one."""
        return self.name


class Employee(models.Model):
    """A user linked to a company as its employee: what may stand as *Medarbeider* on automatic batches."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="employees")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="employments")
    linked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "user"], name="employee_once_per_company"),
            models.UniqueConstraint(fields=["id", "company"], name="employee_of_company"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.company_id}"
