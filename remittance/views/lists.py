"""The list of remittances, and beside it the orders that were refused at the door."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from autopay_portal.core.paging import page_request
from companies.access import Permission, access_company, may_see_salary

from .. import refusals
from ..forms import RemittanceFilterForm
from ..queries import lists


@require_safe
@login_required
def remittances(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """List a company's remittances, or with `?show=refused` the orders that were refused."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.READ)
    page = page_request(request.GET)
    if request.GET.get("show") == "refused":
        refused, following = lists.get_refusal_page(page, company_id=company.pk)
        context = {"company": company, "rows": [refusals.row_of(each) for each in refused], "following": following}
        return render(request, "remittance/refused.html", context)
    form = RemittanceFilterForm(request.GET, agreements=lists.get_remittance_agreements(company_id=company.pk))
    sees_salary = may_see_salary(user=request.user, company_id=company.pk)
    rows, following = lists.get_remittance_page(
        page, company_id=company.pk, sees_salary=sees_salary, wanted=form.wanted()
    )
    context = {"company": company, "form": form, "rows": rows, "following": following}
    return render(request, "remittance/remittances.html", context)
