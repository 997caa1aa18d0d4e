"""The only way from an id in a request to a remittance or a payment."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from autopay_portal.core.errors import NotFoundError
from companies.access import Permission, access_company, as_uuid, may_see_salary
from companies.models import Company, User

from .models import Payment, Remittance

Reader = User | AnonymousUser


def access_remittance(
    *, user: Reader, company: Company, remittance_id: UUID | str, permission: Permission
) -> Remittance:
    """Return a company's remittance for a user who may do `permission` in it.

    Raises NotFoundError (also for another company's) or ForbiddenError `user_lacks_role`.
    """
    access_company(user=user, company_id=company.pk, permission=permission)
    found = Remittance.objects.filter(company=company, pk=as_uuid(remittance_id)).select_related("agreement").first()
    if found is None:
        raise NotFoundError()
    return found


def access_payment(*, user: Reader, company: Company, payment_id: UUID | str, permission: Permission) -> Payment:
    """Return a company's payment for a user who may do `permission` in it and, for a salary, may see salaries.

    Raises NotFoundError, also for a salary to who may not see it; ForbiddenError `user_lacks_role`.
    """
    access_company(user=user, company_id=company.pk, permission=permission)
    found = Payment.objects.filter(company=company, pk=as_uuid(payment_id)).select_related("remittance").first()
    if found is None or (found.category == "salary" and not may_see_salary(user=user, company_id=company.pk)):
        raise NotFoundError()
    return found
