"""Settings / Companies: the customer's companies, one made by hand or looked up, changed, taken out of use."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from autopay_portal.core.errors import DomainError, NotFoundError, text_of
from autopay_portal.core.pages import asks_for_part, say_refusal
from companies import company_lookup, services
from companies import firm_queries as queries
from companies.access import access_customer
from companies.actors import Actor
from companies.blockers import blockers_of
from companies.limits import count_new_company
from companies.models import Company, Customer
from companies.services.company_changes import fingerprint
from companies.signed_in import user_of
from companies.views.firms.faults import show_faults


class CompanyForm(forms.Form):
    """A company's fields, as the ERP gives them too; what is wrong with them the service says."""

    org_number = forms.CharField(
        label=gettext_lazy("Organisation number"),
        max_length=60,
        help_text=gettext_lazy("Nine digits; spaces, dots, NO and MVA don't matter."),
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"}),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    address = forms.CharField(label=gettext_lazy("Address"), max_length=150)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=16)
    town = forms.CharField(label=gettext_lazy("Town"), max_length=60)


class ChangeForm(CompanyForm):
    """What can be changed of a company, and what it was filled from."""

    org_number = None  # type: ignore[assignment]  # Django's way to leave a field of the parent out
    seen = forms.CharField(widget=forms.HiddenInput)


@require_safe
@login_required
def customer_companies(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """List the customer's companies, found by name, organisation number or town, with handovers that wait."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    text, ended = request.GET.get("q", ""), request.GET.get("show") == "ended"
    after = queries.place_of(request.GET.get("after", ""))
    page = queries.find_customer_companies(customer_id=customer.pk, text=text, ended=ended, after=after)
    used = queries.services_of(companies=page.companies)
    context = {
        "customer": customer,
        "page": page,
        "rows": [(company, used[company.pk]) for company in page.companies],
        "text": text,
        "ended": ended,
        "handovers": queries.get_handovers(customer=customer),
    }
    return render(request, "companies/firms/companies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_company(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show the form of a new company, make it, or fill the form from the register."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    if request.method == "POST":
        return _make(request, customer)
    form = CompanyForm(initial={"org_number": request.GET.get("org_number", "")[:60]})
    return _show_new(request, customer, form)


def _make(request: HttpRequest, customer: Customer) -> HttpResponse:
    form = CompanyForm(request.POST)
    try:
        count_new_company(customer_id=customer.pk)
        if "look_up" in request.POST:
            return _look_up(request, customer)
        if form.is_valid():
            company = services.create_company(
                customer=customer, actor=Actor.user(user_of(request)), **form.cleaned_data
            )
            messages.success(request, _("%(name)s is created.") % {"name": company})
            return redirect("company_getting_started", company_id=company.pk)
    except DomainError as error:
        show_faults(form, error)
        return _show_new(request, customer, form, status=error.http_status)
    return _show_new(request, customer, form, status=422)


def _look_up(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Fill the form from the register; what it doesn't have is written by hand."""
    number = request.POST.get("org_number", "")
    found = company_lookup.look_up(org_number=number)
    if found is None:
        form = CompanyForm(initial={"org_number": number[:60]})
        said = _("The register has no company of this number. Check it, or fill in the fields by hand.")
        return _show_new(request, customer, form, said=said)
    initial = {field: getattr(found, field) for field in CompanyForm.base_fields}
    return _show_new(request, customer, CompanyForm(initial=initial), said=_("Filled in from the register."))


def _show_new(
    request: HttpRequest, customer: Customer, form: forms.Form, *, said: str = "", status: int = 200
) -> HttpResponse:
    template = "new_company_form" if asks_for_part(request, "new-company") else "new_company"
    context = {"customer": customer, "form": form, "looks_up": company_lookup.is_on(), "said": said}
    # htmx swaps in only what was answered well; the form says itself what is wrong.
    shown = 200 if template == "new_company_form" else status
    return render(request, f"companies/firms/{template}.html", context, status=shown)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_company(request: HttpRequest, customer_id: UUID, edited_id: UUID) -> HttpResponse:
    """Show a company with what it has under way, and change its name and address."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    company = _company(customer, edited_id)
    form = ChangeForm(request.POST or None, initial=_initial(company))
    if request.method == "POST" and form.is_valid():
        actor = Actor.user(user_of(request))
        try:
            services.update_company(company_id=company.pk, customer_id=customer.pk, actor=actor, **form.cleaned_data)
        except DomainError as error:
            if error.code == "company_changed":
                company = _company(customer, edited_id)
                form = ChangeForm(initial=_initial(company))
                return _show_company(request, customer, company, form, said=text_of(error.code, error.params))
            show_faults(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("change_company", customer_id=customer.pk, edited_id=company.pk)
    return _show_company(request, customer, company, form)


def _show_company(
    request: HttpRequest, customer: Customer, company: Company, form: forms.Form, *, said: str = ""
) -> HttpResponse:
    blockers = blockers_of(company_id=company.pk)
    context: dict[str, Any] = {
        "customer": customer,
        "edited": company,
        "form": form,
        "said": said,
        "blockers": blockers,
        "stopped": any(blocker.stops for blocker in blockers),
        "to_number": request.GET.get("to_number", ""),
    }
    status = 409 if said else 422 if form.errors else 200
    return render(request, "companies/firms/change_company.html", context, status=status)


@require_POST
@login_required
def use_company(request: HttpRequest, customer_id: UUID, company_id: UUID) -> HttpResponse:
    """Take a company out of use, or into use again."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    actor = Actor.user(user_of(request))
    try:
        if request.POST.get("use") == "again":
            company = services.reactivate_company(company_id=company_id, customer_id=customer.pk, actor=actor)
            messages.success(request, _("%(name)s is in use again.") % {"name": company})
        else:
            company = services.deactivate_company(company_id=company_id, customer_id=customer.pk, actor=actor)
            said = _("%(name)s is deactivated. What it has stays and can be read.")
            messages.success(request, said % {"name": company})
    except NotFoundError:
        raise
    except DomainError as error:
        say_refusal(request, error)
    return redirect("change_company", customer_id=customer.pk, edited_id=company_id)


def _company(customer: Customer, company_id: UUID) -> Company:
    """Return a company of the customer. Raises NotFoundError for another's, as for one that never was."""
    company = queries.find_with_handover(customer_id=customer.pk, company_id=company_id)
    if company is None:
        raise NotFoundError()
    return company


def _initial(company: Company) -> dict[str, str]:
    fields = {field: getattr(company, field) for field in ("name", "address", "postcode", "town")}
    return {**fields, "seen": fingerprint(company)}
