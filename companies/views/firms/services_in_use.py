"""Admin / Companies: which services each company uses, what each needs, and what switching it off would stop."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from autopay_portal.core.errors import DomainError, NotFoundError
from autopay_portal.core.pages import say_refusal
from companies import firm_queries as queries
from companies import services
from companies.access import access_customer
from companies.account import get_lacking
from companies.actors import Actor
from companies.blockers import blockers_of
from companies.models import Company, Service
from companies.signed_in import user_of


@require_safe
@login_required
def services_in_use(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """List the customer's companies with a button per service."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    text = request.GET.get("q", "")
    page = queries.find_customer_companies(
        customer_id=customer.pk, text=text, after=queries.place_of(request.GET.get("after", ""))
    )
    used = queries.services_of(companies=page.companies)
    context = {
        "customer": customer,
        "page": page,
        "rows": [
            (company, [(service, used[company.pk].get(service)) for service in Service]) for company in page.companies
        ],
        "services": list(Service),
        "text": text,
        "lacking": get_lacking(customer_id=customer.pk),
    }
    return render(request, "companies/firms/services.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def switch_service(request: HttpRequest, customer_id: UUID, edited_id: UUID, service: str) -> HttpResponse:
    """Switch a service on or off for a company; before AutoPay goes off, say what that would stop."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    company = Company.objects.filter(pk=edited_id, customer=customer).first()
    if company is None or service not in Service.values:
        raise NotFoundError()
    chosen = Service(service)
    if request.method != "POST":
        context = {
            "customer": customer,
            "edited": company,
            "service": chosen,
            "blockers": blockers_of(company_id=company.pk) if chosen == Service.AUTOPAY else [],
        }
        return render(request, "companies/firms/switch_off.html", context)
    actor = Actor.user(user_of(request))
    try:
        if request.POST.get("switch") == "off":
            services.switch_service_off(company=company, service=chosen, actor=actor)
            said = _("%(service)s is switched off for %(name)s.")
        else:
            services.activate_service(company=company, service=chosen, actor=actor)
            said = _("%(service)s is switched on for %(name)s.")
        messages.success(request, said % {"service": chosen.label, "name": company})
    except DomainError as error:
        say_refusal(request, error)
    address = reverse("services_in_use", kwargs={"customer_id": customer.pk})
    return redirect(f"{address}?{urlencode({'q': request.POST.get('q', '')})}" if request.POST.get("q") else address)
