"""The only way from an id in a request to a remittance or a payment."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from autopay_portal.core.errors import NotFoundError
from companies.access import Permission, access_company, as_uuid, may_see_salary
from companies.models import Company, User

from .models import Payment, Remittance

# What the owner of a shared account may do with what is sent from it.
FOR_OWNERS = frozenset({Permission.READ, Permission.APPROVE, Permission.RELEASE_HELD})

Reader = User | AnonymousUser


def access_remittance(
    *, user: Reader, company: Company, remittance_id: UUID | str, permission: Permission, owner_too: bool = False
) -> Remittance:
    """Return a company's remittance for a user who may do `permission` in it.

    With `owner_too` also one that another company sent from an account that this one owns and shares: for the pages
    where its approvers look at it and sign. Raises NotFoundError (also for another company's) or ForbiddenError
    `user_lacks_role`.
    """
    access_company(user=user, company_id=company.pk, permission=permission)
    of_company = Q(company=company)
    if owner_too and permission in FOR_OWNERS:
        of_company |= Q(agreement__owner=company)
    remittances = Remittance.objects.filter(of_company, pk=as_uuid(remittance_id))
    found = remittances.select_related("agreement__owner", "agreement__shared_from", "company").first()
    if found is None:
        raise NotFoundError()
    return found


def access_payment(
    *, user: Reader, company: Company, payment_id: UUID | str, permission: Permission, owner_too: bool = False
) -> Payment:
    """Return a company's payment for a user who may do `permission` in it and, for a salary, may see salaries.

    Raises NotFoundError, also for a salary to who may not see it; ForbiddenError `user_lacks_role`.
    """
    access_company(user=user, company_id=company.pk, permission=permission)
    of_company = Q(company=company)
    if owner_too and permission in FOR_OWNERS:
        of_company |= Q(remittance__agreement__owner=company)
    found = Payment.objects.filter(of_company, pk=as_uuid(payment_id)).select_related("remittance").first()
    # A salary that another company pays from this one's account is shown by its own rights, which nobody here has.
    if found is None or (found.category == "salary" and not may_see_salary(user=user, company_id=found.company_id)):
        raise NotFoundError()
    return found
