"""What takes two administrators: the page of proposals, and deciding one."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.errors import DomainError, NotFoundError
from autopay_portal.core.pages import say_refusal
from autopay_portal.core.paging import page_request
from companies.access import access_customer, is_operator
from companies.actors import Actor
from companies.errors import UserLacksRoleError
from companies.models import Proposal
from companies.proposal_queries import get_central_page, get_proposal_page
from companies.second_factor import require_fresh_factor_if_any
from companies.services.proposals import confirm, decline, withdraw
from companies.services.proposals.proposing import others_administer
from companies.signed_in import user_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@never_cache
@require_safe
@login_required
def proposals(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show what waits for another administrator, or with `?show=decided` what became of what did."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    reader = user_of(request)
    decided = request.GET.get("show") == "decided"
    rows, following = get_proposal_page(
        customer_id=customer.pk, reader=reader, decided=decided, page=page_request(request.GET)
    )
    context = {
        "customer": customer,
        "rows": rows,
        "following": following,
        "decided": decided,
        "alone": not others_administer(customer_id=customer.pk, user_id=reader.pk),
    }
    return render(request, "companies/people/proposals.html", context)


@require_POST
@login_required
def confirm_proposal(request: HttpRequest, customer_id: UUID, proposal_id: UUID) -> HttpResponse:
    """Confirm what another administrator has proposed, which does it."""
    return _decide(request, customer_id, proposal_id, confirm, _("Confirmed, and done."))


@require_POST
@login_required
def decline_proposal(request: HttpRequest, customer_id: UUID, proposal_id: UUID) -> HttpResponse:
    """Decline what another administrator has proposed."""
    return _decide(request, customer_id, proposal_id, decline, _("Declined. Nothing was changed."))


@require_POST
@login_required
def withdraw_proposal(request: HttpRequest, customer_id: UUID, proposal_id: UUID) -> HttpResponse:
    """Take one's own proposal back."""
    return _decide(request, customer_id, proposal_id, withdraw, _("Withdrawn. Nothing was changed."))


def _decide(
    request: HttpRequest, customer_id: UUID, proposal_id: UUID, deed: Callable[..., Proposal], said: "StrPromise"
) -> HttpResponse:
    customer = access_customer(user=request.user, customer_id=customer_id)
    if not Proposal.objects.filter(pk=proposal_id, customer=customer).exists():
        raise NotFoundError()
    require_fresh_factor_if_any(request)
    try:
        deed(proposal_id=proposal_id, actor=Actor.user(user_of(request)))
    except NotFoundError:
        raise
    except DomainError as error:
        say_refusal(request, error)
    else:
        messages.success(request, said)
    return redirect("proposals", customer_id=customer.pk)


@never_cache
@require_safe
@login_required
def central_proposals(request: HttpRequest) -> HttpResponse:
    """Show operators what customers have proposed that AutoPay Central may confirm."""
    _require_operator(request)
    rows, following = get_central_page(reader=user_of(request), page=page_request(request.GET))
    return render(request, "companies/people/central_proposals.html", {"rows": rows, "following": following})


@require_POST
@login_required
def decide_central_proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Confirm, or with `how` "decline" refuse, what a customer's administrator has proposed."""
    _require_operator(request)
    require_fresh_factor_if_any(request)
    declines = request.POST.get("how") == "decline"
    try:
        (decline if declines else confirm)(proposal_id=proposal_id, actor=Actor.user(user_of(request)))
    except NotFoundError:
        raise
    except DomainError as error:
        say_refusal(request, error)
    else:
        messages.success(request, _("Declined. Nothing was changed.") if declines else _("Confirmed, and done."))
    return redirect("central_proposals")


def _require_operator(request: HttpRequest) -> None:
    if not is_operator(user=request.user):
        raise UserLacksRoleError()
