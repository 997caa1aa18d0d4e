"""Getting started: the steps of the customer and of each company, and the stable links of the ERP's menu."""

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from autopay_portal.core.errors import NotFoundError
from companies import firm_queries as queries
from companies.access import Permission, access_company, access_customer, administered_customers, companies_visible_to
from companies.checklist import get_customer_steps, get_steps
from companies.models import Company
from companies.org_numbers import normalise_org_number

# What an ERP's menu may name, and the page that it opens: of a company, or of its customer.
_COMPANY_PAGES: Mapping[str, str] = MappingProxyType(
    {
        "agreements": "agreements",
        "company": "company_overview",
        "employee": "company_administration",
        "getting-started": "company_getting_started",
        "key": "company_administration",
        "payments": "remittances",
        "approvals": "approvals",
        "incoming": "incoming_payments",
        "batches": "ledger_batches",
    }
)
_CUSTOMER_PAGES: Mapping[str, str] = MappingProxyType(
    {
        "companies": "customer_companies",
        "licence": "customer_account",
        "services": "services_in_use",
        "users": "customer_users",
        "keys": "autopay_companies",
    }
)


@require_safe
@login_required
def getting_started(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show the steps done once, and how far each company has come."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    text = request.GET.get("q", "")
    page = queries.find_customer_companies(
        customer_id=customer.pk, text=text, after=queries.place_of(request.GET.get("after", ""))
    )
    context = {
        "customer": customer,
        "customer_steps": get_customer_steps(customer_id=customer.pk),
        "page": page,
        "rows": get_steps(companies=page.companies),
        "text": text,
    }
    return render(request, "companies/firms/getting_started.html", context)


@require_safe
@login_required
def company_getting_started(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show a company's steps, each with the page where it is done."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.AGREEMENTS)
    (steps,) = get_steps(companies=[company])
    administers = administered_customers(user=request.user).filter(pk=company.customer_id).exists()
    context = {"company": company, "steps": steps, "administers": administers}
    return render(request, "companies/firms/company_getting_started.html", context)


@require_safe
@login_required
def go(request: HttpRequest, what: str) -> HttpResponse:
    """Open a page as an ERP's menu names it, for the company of an organisation number; signs nobody in.

    `?page=` names a place within it. A company of another customer reads like one that never was.
    """
    wanted = request.GET.get("page") or what
    if wanted not in _COMPANY_PAGES and wanted not in _CUSTOMER_PAGES:
        raise NotFoundError()
    number = normalise_org_number(request.GET.get("org_number", ""))
    if not number:
        return _without_company(request, wanted)
    company = companies_visible_to(user=request.user).filter(org_number=number[:20]).first()
    if company is None:
        raise NotFoundError()
    if wanted in _CUSTOMER_PAGES:
        address = _address(_CUSTOMER_PAGES[wanted], customer_id=company.customer_id)
        return redirect(f"{address}?{urlencode({'q': company.org_number})}" if address else _start(company))
    return redirect(_address(_COMPANY_PAGES[wanted], company_id=company.pk) or _start(company))


def _without_company(request: HttpRequest, wanted: str) -> HttpResponse:
    """Lead to the only customer's page, or to the choice of a company that opens the page wanted."""
    if wanted in _CUSTOMER_PAGES:
        customers = list(administered_customers(user=request.user)[:2])
        address = _address(_CUSTOMER_PAGES[wanted], customer_id=customers[0].pk) if len(customers) == 1 else ""
        return redirect(address or "home")
    return redirect(f"{reverse('companies')}?{urlencode({'page': _COMPANY_PAGES[wanted]})}")


def _address(name: str, **arguments: UUID) -> str:
    try:
        return reverse(name, kwargs=arguments)
    except NoReverseMatch:
        return ""


def _start(company: Company) -> str:
    return reverse("company_overview", kwargs={"company_id": company.pk})
