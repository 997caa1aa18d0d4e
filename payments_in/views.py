"""The page of money in."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from autopay_portal.core.paging import page_request
from companies.access import Permission, access_company

from . import queries
from .forms import IncomingFilterForm


@require_safe
@login_required
def incoming_payments(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """List a company's incoming payments, those that are held marked with what to do."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.READ)
    form = IncomingFilterForm(request.GET, accounts=queries.get_incoming_accounts(company_id=company.pk))
    rows, following = queries.get_incoming_page(page_request(request.GET), company_id=company.pk, wanted=form.wanted())
    context = {
        "company": company,
        "form": form,
        "rows": rows,
        "following": following,
        "held": queries.get_held_incoming(company_id=company.pk),
    }
    return render(request, "payments_in/incoming_payments.html", context)
