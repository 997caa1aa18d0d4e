"""The only path from an agreement's, a draft's or a share's id in a request to the thing itself."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from agreements.models import Agreement, Draft, Share
from agreements.page_queries import AgreementView, get_agreement_view
from autopay_portal.core.errors import NotFoundError
from bank_gateway.relay.access import require_operator
from companies.access import (
    Permission,
    access_company,
    access_with_permissions,
    as_uuid,
    companies_visible_to,
)
from companies.models import Company, User

Reader = User | AnonymousUser


def access_agreement(
    *, user: Reader, agreement_id: UUID | str, permission: Permission, company_id: UUID | None = None
) -> Agreement:
    """Return the agreement that a request names, if the user may do `permission` in its company.

    `company_id` is the company whose page or key the request came by: an agreement of another is NotFoundError,
    whatever the user may there. Raises UserLacksRoleError as `access_company` does.
    """
    agreements = Agreement.objects.filter(pk=as_uuid(agreement_id), company__in=companies_visible_to(user=user))
    if company_id is not None:
        agreements = agreements.filter(company_id=company_id)
    agreement = agreements.select_related("company__customer", "owner", "connection", "shared_from").first()
    if agreement is None:
        raise NotFoundError()
    access_company(user=user, company_id=agreement.company_id, permission=permission)
    return agreement


def access_agreement_view(
    *, user: Reader, company_id: UUID, agreement_id: UUID, permission: Permission
) -> tuple[Company, AgreementView, frozenset[Permission]]:
    """Return an agreement with all that its page shows, for who may do `permission` in its company.

    Raises NotFoundError, UserLacksRoleError.
    """
    company, permissions = access_with_permissions(user=user, company_id=company_id, permission=permission)
    view = get_agreement_view(agreement_id=agreement_id, company_id=company.pk)
    if view is None:
        raise NotFoundError()
    view.agreement.company = company
    return company, view, permissions


def access_draft(*, user: Reader, company_id: UUID, draft_id: UUID | str) -> Draft:
    """Return a company's draft of an agreement, for who may work on its agreements.

    Raises NotFoundError, UserLacksRoleError.
    """
    company = access_company(user=user, company_id=company_id, permission=Permission.AGREEMENTS)
    draft = Draft.objects.filter(company=company, pk=as_uuid(draft_id)).select_related("company", "agreement").first()
    if draft is None:
        raise NotFoundError()
    return draft


def access_share(*, user: Reader, company_id: UUID, share_id: UUID | str) -> Share:
    """Return a share that a company offers, is offered, or sends on, for who may work on its agreements.

    Raises NotFoundError, UserLacksRoleError.
    """
    company = access_company(user=user, company_id=company_id, permission=Permission.AGREEMENTS)
    share = Share.objects.filter(pk=as_uuid(share_id)).select_related("agreement", "used_by").first()
    if share is None or not (share.agreement.company_id == company.pk or share.org_number == company.org_number):
        raise NotFoundError()
    return share


def access_agreement_of_any_company(*, user: Reader, agreement_id: UUID | str) -> Agreement:
    """Return any company's agreement, for an operator. Raises UserLacksRoleError, NotFoundError."""
    require_operator(user=user)
    found = Agreement.objects.select_related("company__customer", "owner", "connection", "shared_from")
    agreement = found.filter(pk=as_uuid(agreement_id)).first()
    if agreement is None:
        raise NotFoundError()
    return agreement
