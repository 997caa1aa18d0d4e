"""One of a customer's users: what he may where, making and removing an administrator, and what ends when he leaves."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from autopay_portal.core.errors import DomainError, NotFoundError
from autopay_portal.core.pages import say_refusal
from companies.access import access_customer
from companies.actors import Actor
from companies.departure_queries import Departure, get_departure
from companies.models import Customer, CustomerMember, ProposalState, User
from companies.people_queries import get_member, get_rights_of, page_number
from companies.proposal_queries import get_open_about
from companies.second_factor import require_fresh_factor_if_any
from companies.services.administrators import propose_administrator, propose_removal
from companies.services.departures import end_membership
from companies.services.factors import propose_reset
from companies.services.inviting import invite_again
from companies.signed_in import user_of
from companies.views.people.said import words_by_right


@never_cache
@require_safe
@login_required
def person(request: HttpRequest, customer_id: UUID, member_id: UUID) -> HttpResponse:
    """Show one of the customer's users."""
    customer, member = _find(request, customer_id, member_id)
    rights, pages = get_rights_of(member=member, page=page_number(request.GET.get("page", "")))
    context = {
        "customer": customer,
        "member": member,
        "rights": rights,
        "pages": pages,
        "right_names": words_by_right(),
        "own": member.user_id == user_of(request).pk,
        "waiting": get_open_about(customer_id=customer.pk, subject_kind="member", subject_id=str(member.pk)),
    }
    return render(request, "companies/people/person.html", context)


@require_POST
@login_required
def invite_person_again(request: HttpRequest, customer_id: UUID, member_id: UUID) -> HttpResponse:
    """Write somebody who hasn't accepted yet a new invitation."""

    def work(actor: Actor) -> str:
        member = invite_again(customer_id=customer_id, member_id=member_id, actor=actor)
        return _("A new invitation is on its way to %(email)s. The link before no longer works.") % {
            "email": member.email
        }

    return _do(request, customer_id, member_id, work)


@require_POST
@login_required
def reset_factors(request: HttpRequest, customer_id: UUID, member_id: UUID) -> HttpResponse:
    """Ask that the factors of who has lost his phone are ended; somebody else confirms it."""
    _find(request, customer_id, member_id)
    require_fresh_factor_if_any(request)

    def work(actor: Actor) -> str:
        propose_reset(customer_id=customer_id, member_id=member_id, actor=actor)
        return _("Asked. It counts when another administrator, or AutoPay Central, confirms it. All are told by mail.")

    return _do(request, customer_id, member_id, work)


@require_POST
@login_required
def make_administrator(request: HttpRequest, customer_id: UUID, member_id: UUID) -> HttpResponse:
    """Propose that a user becomes an administrator."""

    def work(actor: Actor) -> str:
        proposal = propose_administrator(customer_id=customer_id, member_id=member_id, actor=actor)
        if proposal.state == ProposalState.APPLIED:
            return _("Done: he is a customer administrator.")
        return _("Proposed. It counts when another administrator confirms it under Four eyes.")

    return _do(request, customer_id, member_id, work)


@require_POST
@login_required
def remove_administrator(request: HttpRequest, customer_id: UUID, member_id: UUID) -> HttpResponse:
    """Propose that a user is no longer an administrator; of oneself it is done at once."""

    def work(actor: Actor) -> str:
        proposal = propose_removal(customer_id=customer_id, member_id=member_id, actor=actor)
        if proposal is None:
            return _("Done: you are no longer a customer administrator.")
        return _("Proposed. It counts when another administrator, he himself or AutoPay Central confirms it.")

    return _do(request, customer_id, member_id, work)


def _do(request: HttpRequest, customer_id: UUID, member_id: UUID, work: Callable[[Actor], str]) -> HttpResponse:
    customer, member = _find(request, customer_id, member_id)
    user = user_of(request)
    try:
        said = work(Actor.user(user))
    except NotFoundError:
        messages.info(request, _("Nothing was changed: somebody has done it already."))
    except DomainError as error:
        say_refusal(request, error)
    else:
        messages.success(request, said)
    still = customer.administrators.filter(user=user).exists()
    return redirect("customer_user", customer_id=customer.pk, member_id=member.pk) if still else redirect("home")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def leave(request: HttpRequest, customer_id: UUID, member_id: UUID) -> HttpResponse:
    """Show what ends when a person leaves the customer; POST ends it."""
    customer, member = _find(request, customer_id, member_id)
    user = user_of(request)
    if request.method != "POST":
        context = {"customer": customer, "member": member, "departure": _departure(member, user)}
        return render(request, "companies/people/leave.html", context)
    try:
        gone = end_membership(customer_id=customer.pk, member_id=member.pk, actor=Actor.user(user))
    except DomainError as error:
        say_refusal(request, error)
        return redirect("customer_user", customer_id=customer.pk, member_id=member.pk)
    if member.user_id == user.pk:
        return redirect("home")
    if gone:
        messages.success(
            request, _("%(name)s is no longer among the users. Nothing that he did is lost.") % {"name": member.name}
        )
        return redirect("customer_users", customer_id=customer.pk)
    messages.info(
        request,
        _("His rights in the companies have ended. That he administers ends when somebody else confirms it."),
    )
    return redirect("customer_user", customer_id=customer.pk, member_id=member.pk)


def _departure(member: Any, reader: User) -> Departure:
    return get_departure(member=member, administers=member.administers, reader=reader)


def _find(request: HttpRequest, customer_id: UUID, member_id: UUID) -> tuple[Customer, CustomerMember]:
    customer = access_customer(user=request.user, customer_id=customer_id)
    member: CustomerMember | None = get_member(customer_id=customer.pk, member_id=member_id)
    if member is None:
        raise NotFoundError()
    return customer, member
