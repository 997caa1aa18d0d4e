"""The people of a customer: who is among its users, what waits for his first sign-in, and what he is told."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from autopay_portal.core.ids import uuid7
from companies.models.rights import COMPANY_ROLES
from companies.models.users import Language

# A right of its own beside the roles: no role holds it by itself.
SEE_SALARY = "salary"
RIGHTS: tuple[str, ...] = (*(role.value for role in COMPANY_ROLES), SEE_SALARY)


class CustomerMember(models.Model):
    """A person among a customer's users (*bruker*), from the invitation on.

    Until he has accepted, `user` is empty and name and address are what the administrator wrote: whether there is such
    a user at another customer, and what he is called there, is nobody's to learn by inviting him. Then they follow the
    user's own (a trigger keeps them so), for lists to be searched and sorted by.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("companies.Customer", on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="memberships")
    email = models.CharField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=150)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices, default=Language.NB)
    invited_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    invited_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "user"], name="member_once_per_customer"),
            # Of the others the user's own address is unique; one who changes his to another's isn't hindered by this.
            models.UniqueConstraint(
                fields=["customer", "email"], condition=models.Q(user__isnull=True), name="member_invited_once"
            ),
            models.CheckConstraint(
                condition=models.Q(user__isnull=True, accepted_at__isnull=True)
                | models.Q(user__isnull=False, accepted_at__isnull=False),
                name="member_is_a_user_once_accepted",
            ),
        ]
        indexes = [models.Index(fields=["customer", "name", "id"], name="member_by_name")]

    def __str__(self) -> str:
        return self.name


class WaitingGrant(models.Model):
    """A right in a company that somebody invited has from when he accepts; until then he can do nothing with it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    member = models.ForeignKey(CustomerMember, on_delete=models.CASCADE, related_name="waiting_grants")
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    right = models.CharField(max_length=30, choices=[(right, right) for right in RIGHTS])
    granted_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "company", "right"], name="waiting_grant_once"),
            models.CheckConstraint(condition=models.Q(right__in=RIGHTS), name="waiting_grant_right_known"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} will be {self.right} in {self.company_id}"


class RightsNotice(models.Model):
    """That a user is to be told by mail of rights he was given: one mail for all within a few minutes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey("companies.Customer", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    # Machine time: the first of the rights, and when he is told of all of them.
    since = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "user"], name="rights_notice_once")]
        indexes = [models.Index(fields=["due_at"], name="rights_notice_due")]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.customer_id}"
