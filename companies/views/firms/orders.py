"""The order form, which anybody may fill in, and AutoPay Central's page of orders, licences and handovers."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from autopay_portal.core.errors import DomainError
from autopay_portal.core.pages import say_refusal
from companies import firm_queries as queries
from companies import services
from companies.access import is_operator
from companies.actors import Actor
from companies.errors import UserLacksRoleError
from companies.models import LicenceKind
from companies.signed_in import user_of
from companies.views.firms.faults import show_faults


class OrderForm(forms.Form):
    """What an order says."""

    customer_number = forms.CharField(
        label=gettext_lazy("Customer number"),
        max_length=40,
        help_text=gettext_lazy("As on your invoices. Spaces don't matter."),
    )
    company_name = forms.CharField(label=gettext_lazy("Name of your firm"), max_length=150)
    name = forms.CharField(
        label=gettext_lazy("Name of the administrator"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("The administrator's e-mail"),
        max_length=254,
        help_text=gettext_lazy("The answer goes there, and that person signs in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest) -> HttpResponse:
    """Show the order form, and take an order: what is answered is the same whoever exists."""
    form = OrderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.order_autopay(**form.cleaned_data, language=get_language() or "nb")
        except DomainError as error:
            show_faults(form, error)
            return render(request, "companies/firms/order.html", {"form": form}, status=error.http_status)
        return redirect("order_taken")
    return render(request, "companies/firms/order.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def order_taken(request: HttpRequest) -> HttpResponse:
    """Say what happens next, alike for everybody."""
    return render(request, "companies/firms/order_taken.html")


@require_safe
@login_required
def central_orders(request: HttpRequest) -> HttpResponse:
    """Show what waits for AutoPay Central: orders, handovers, licences to register."""
    _only_operators(request)
    show = request.GET.get("show", "")
    context: dict[str, Any] = {"show": show if show in {"answered", "licences", "handovers"} else ""}
    if context["show"] == "licences":
        text = request.GET.get("q", "")
        rows, after = queries.get_licences(text=text, after=queries.place_of(request.GET.get("after", "")))
        context |= {"licences": rows, "next_after": after, "text": text}
    elif context["show"] == "handovers":
        context["handovers"] = queries.get_handovers_for_central()
    else:
        orders, before = queries.get_orders(waiting=not context["show"], before=_id(request.GET.get("before", "")))
        context |= {"orders": orders, "next_before": before}
    return render(request, "companies/firms/central_orders.html", context)


@require_POST
@login_required
def answer_order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Accept or decline an order."""
    _only_operators(request)
    actor = Actor.user(user_of(request))
    try:
        if request.POST.get("answer") == "accept":
            wanted = bool(request.POST.get("di_elbet"))
            customer = services.accept_order(order_id=order_id, actor=actor, di_elbet=wanted)
            messages.success(request, _("%(name)s is a customer; its administrator is invited.") % {"name": customer})
        else:
            services.decline_order(order_id=order_id, reason=request.POST.get("reason", ""), actor=actor)
            messages.success(request, _("The order is declined, and whoever ordered is told why."))
    except DomainError as error:
        say_refusal(request, error)
    return redirect("central_orders")


@require_POST
@login_required
def register_licence(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Register a customer's DI-Elbet licence."""
    _only_operators(request)
    customer = services.register_di_elbet(customer_id=customer_id, actor=Actor.user(user_of(request)))
    said = _("%(licence)s is registered for %(name)s.")
    messages.success(request, said % {"licence": LicenceKind.DI_ELBET.label, "name": customer})
    return redirect(f"{reverse('central_orders')}?{urlencode({'show': 'licences', 'q': customer.number})}")


def _only_operators(request: HttpRequest) -> None:
    if not is_operator(user=request.user):
        raise UserLacksRoleError()


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
