"""Handing a company over: offered by one customer, agreed by the other, confirmed by AutoPay Central."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from autopay_portal.core.errors import DomainError, NotFoundError
from autopay_portal.core.pages import say_refusal
from companies import services
from companies.access import access_customer, is_operator
from companies.errors import UserLacksRoleError
from companies.signed_in import user_of


@require_POST
@login_required
def propose_handover(request: HttpRequest, customer_id: UUID, company_id: UUID) -> HttpResponse:
    """Offer a company to the customer of a number."""
    customer = access_customer(user=request.user, customer_id=customer_id)

    def propose() -> str:
        services.propose_handover(
            company_id=company_id,
            customer_id=customer.pk,
            to_number=request.POST.get("to_number", ""),
            keeps_keys=request.POST.get("keys") == "keep",
            user=user_of(request),
        )
        return _("The handover is offered. If there is such a customer, its administrators are told by mail.")

    back = reverse("change_company", kwargs={"customer_id": customer.pk, "edited_id": company_id})
    return _do(request, propose, back)


@require_POST
@login_required
def answer_handover(request: HttpRequest, customer_id: UUID, handover_id: UUID) -> HttpResponse:
    """Agree to a handover or decline it, as who takes; or withdraw it, as who gives."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    user = user_of(request)

    def answer() -> str:
        if request.POST.get("answer") == "agree":
            services.agree_to_handover(handover_id=handover_id, customer_id=customer.pk, user=user)
            return _("Agreed. AutoPay Central is asked to confirm.")
        services.end_handover(
            handover_id=handover_id, customer_id=customer.pk, user=user, reason=request.POST.get("reason", "")
        )
        return _("The handover is ended. The company stays where it is.")

    return _do(request, answer, reverse("customer_companies", kwargs={"customer_id": customer.pk}))


@require_POST
@login_required
def decide_handover(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Confirm a handover or decline it, as AutoPay Central."""
    if not is_operator(user=request.user):
        raise UserLacksRoleError()
    user = user_of(request)

    def decide() -> str:
        if request.POST.get("answer") == "confirm":
            done = services.confirm_handover(handover_id=handover_id, user=user)
            return _("%(name)s is handed over.") % {"name": done.company}
        services.end_handover(handover_id=handover_id, user=user, reason=request.POST.get("reason", ""))
        return _("The handover is ended. The company stays where it is.")

    return _do(request, decide, f"{reverse('central_orders')}?show=handovers")


def _do(request: HttpRequest, deed: Callable[[], str], back: str) -> HttpResponse:
    try:
        messages.success(request, deed())
    except NotFoundError:
        raise
    except DomainError as error:
        say_refusal(request, error)
    return redirect(back)
