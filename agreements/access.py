"""The only path from an agreement's id in a request to the agreement."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from agreements.models import Agreement
from autopay_portal.core.errors import NotFoundError
from companies.access import Permission, access_company, as_uuid, companies_visible_to
from companies.models import User


def access_agreement(
    *, user: User | AnonymousUser, agreement_id: UUID | str, permission: Permission, company_id: UUID | None = None
) -> Agreement:
    """Return the agreement that a request names, if the user may do `permission` in its company.

    `company_id` is the company whose page or key the request came by: an agreement of another is NotFoundError,
    whatever the user may there. Raises UserLacksRoleError as `access_company` does.
    """
    agreements = Agreement.objects.filter(pk=as_uuid(agreement_id), company__in=companies_visible_to(user=user))
    if company_id is not None:
        agreements = agreements.filter(company_id=company_id)
    agreement = agreements.select_related("company", "owner").first()
    if agreement is None:
        raise NotFoundError()
    access_company(user=user, company_id=agreement.company_id, permission=permission)
    return agreement
