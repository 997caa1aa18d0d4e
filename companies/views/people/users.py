"""A customer's users: the grid of people and companies, a tick saved, somebody invited."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from autopay_portal.core.errors import DomainError, NotFoundError
from autopay_portal.core.pages import asks_for_part, say_refusal
from companies.access import access_customer, as_uuid
from companies.actors import Actor
from companies.models import Customer, CustomerMember
from companies.people_queries import Cell, get_cell, get_grid, page_number
from companies.role_words import RIGHT_WORDS
from companies.services.inviting import invite_member
from companies.services.rights import Change, set_rights
from companies.signed_in import user_of
from companies.views.people.forms import InviteForm
from companies.views.people.said import said_of, words_by_right


@never_cache
@require_safe
@login_required
def users(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show a page of users by a page of companies with what each may; its own searches ask for the grid alone."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    context = {"customer": customer, "words": RIGHT_WORDS, **_grid(request, customer), "form": InviteForm()}
    if asks_for_part(request, "grid"):
        return render(request, "companies/people/grid.html", context)
    return render(request, "companies/people/users.html", context)


def _grid(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    asked = request.GET
    user, company = asked.get("q", "")[:100], asked.get("company", "")[:100]
    grid = get_grid(
        customer_id=customer.pk,
        user=user,
        company=company,
        users_page=page_number(asked.get("page", "")),
        companies_page=page_number(asked.get("companies_page", "")),
    )
    return {"grid": grid, "user_text": user, "company_text": company, "right_names": words_by_right()}


@require_POST
@login_required
def save_rights(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Save one person's ticks in one company, and answer what came of it: to htmx the ticks that stand otherwise."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    wanted = frozenset(request.POST.getlist("rights"))
    try:
        changes = set_rights(
            customer_id=customer.pk,
            member_id=as_uuid(request.POST.get("member", "")),
            company_id=as_uuid(request.POST.get("company", "")),
            wanted=wanted,
            seen=frozenset(request.POST.get("seen", "").split()),
            actor=Actor.user(user_of(request)),
        )
    except NotFoundError:
        raise
    except DomainError as error:
        return _refused(request, customer, error)
    cell = _cell(request, customer)
    if not request.headers.get("HX-Request"):
        for said in said_of(changes, cell):
            messages.add_message(request, said.level, said.text)
        return redirect(_back(request, customer))
    return _saved(request, customer, cell, changes, wanted)


def _saved(
    request: HttpRequest, customer: Customer, cell: Cell, changes: list[Change], wanted: frozenset[str]
) -> HttpResponse:
    everything = "undo" in request.POST
    # A tick that stands as it was sent may have been pressed again meanwhile: it is left alone.
    other = [tick for tick in cell.ticks if everything or tick.proposed_by or tick.held != (tick.right in wanted)]
    undone = frozenset(change.right for change in changes if change.outcome in {"given", "taken"})
    context = {
        "customer": customer,
        "cell": cell,
        "ticks": other,
        "said": said_of(changes, cell),
        "before": sorted(frozenset(cell.seen.split()) ^ undone) if undone else None,
        "right_names": words_by_right(),
    }
    return render(request, "companies/people/saved.html", context)


def _cell(request: HttpRequest, customer: Customer) -> Cell:
    """Return the cell as it stands now, which a request named and the service found to be the customer's."""
    member = CustomerMember.objects.get(customer=customer, pk=request.POST["member"])
    return get_cell(member=member, company=customer.companies.get(pk=request.POST["company"]))


def _refused(request: HttpRequest, customer: Customer, error: DomainError) -> HttpResponse:
    if request.headers.get("HX-Request"):
        raise error
    say_refusal(request, error)
    return redirect(_back(request, customer))


def _back(request: HttpRequest, customer: Customer) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else reverse("customer_users", args=[customer.pk])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def invite_user(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Ask whom to invite; POST invites him, and leads to him in the grid."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    form = InviteForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "companies/people/invite.html", {"customer": customer, "form": form}, status=status)
    try:
        member = invite_member(
            customer=customer,
            email=form.cleaned_data["email"],
            name=form.name,
            language=form.cleaned_data["language"],
            actor=Actor.user(user_of(request)),
        )
    except DomainError as error:
        form.refuse(error)
        return render(request, "companies/people/invite.html", {"customer": customer, "form": form}, status=422)
    messages.success(request, _("%(email)s is invited. Tick what he may do below.") % {"email": member.email})
    return redirect(f"{reverse('customer_users', args=[customer.pk])}?q={member.email}")
