"""AutoPay / Avtaler: a company's agreements, what is being filled in, and accounts that others offer to share."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.errors import DomainError
from autopay_portal.core.pages import say_refusal
from autopay_portal.core.paging import page_request
from companies.access import Permission, access_company, access_with_permissions
from companies.signed_in import user_of

from .. import page_queries as queries
from ..access import access_share
from ..services import accept_share, decline_share
from ..summary import summary_of
from .testing import run_test


@never_cache
@require_safe
@login_required
def agreements(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show the company's agreements; `?show=ended` those that have ended."""
    company, permissions = access_with_permissions(user=request.user, company_id=company_id, permission=Permission.READ)
    over = request.GET.get("show") == "ended"
    rows, following = queries.get_agreement_page(page_request(request.GET), company_id=company.pk, over=over)
    may = Permission.AGREEMENTS in permissions
    context = {
        "company": company,
        "rows": rows,
        "following": following,
        "over": over,
        "may": may,
        "drafts": [(each, summary_of(each.answers)) for each in queries.get_drafts(company_id=company.pk)]
        if may
        else [],
        "invitations": queries.get_invitations(company=company) if may else [],
    }
    return render(request, "agreements/agreements.html", context)


@require_POST
@login_required
def answer_share(request: HttpRequest, company_id: UUID, share_id: UUID) -> HttpResponse:
    """Accept or decline an account that another company offers to share."""
    share = access_share(user=request.user, company_id=company_id, share_id=share_id)
    company = access_company(user=request.user, company_id=company_id, permission=Permission.AGREEMENTS)
    user = user_of(request)
    try:
        if request.POST.get("answer") == "accept":
            agreement = accept_share(share_id=share.pk, company=company, user=user)
            run_test(agreement=agreement, user=user)
            done = _("The account is shared with the company. Test the agreement, then switch it on for the ERP.")
            messages.success(request, done)
            return redirect("agreement", company_id=company.pk, agreement_id=agreement.pk)
        decline_share(share_id=share.pk, company=company, user=user)
    except DomainError as error:
        say_refusal(request, error)
    else:
        messages.success(request, _("The offer is declined. Nothing can be sent from the account."))
    return redirect("agreements", company_id=company.pk)
