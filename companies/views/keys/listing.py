"""*AutoPay / Administrasjon / Firmaer*: the companies of a customer with their signing keys, never with a secret."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from companies.access import access_customer
from companies.key_queries import find_companies
from companies.people_queries import page_number


@never_cache
@require_safe
@login_required
def autopay_companies(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show a page of companies, found by name or organisation number."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    text, page = request.GET.get("q", "")[:100], page_number(request.GET.get("page", ""))
    rows, more = find_companies(customer_id=customer.pk, text=text, page=page)
    context = {
        "customer": customer,
        "rows": rows,
        "text": text,
        "page": page,
        "before": urlencode([("q", text), ("page", str(page - 1))]) if page > 1 else "",
        "after": urlencode([("q", text), ("page", str(page + 1))]) if more else "",
    }
    return render(request, "companies/keys/companies.html", context)
