"""AutoPay Central / Avtaler: agreements of all customers on their way, confirmed, refused, or told of in a file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.errors import DomainError, text_of
from autopay_portal.core.pages import do, say_refusal
from autopay_portal.core.paging import page_request
from bank_gateway.relay.access import require_operator
from bank_gateway.relay.clerk import clerk_here
from companies.actors import Actor
from companies.signed_in import user_of

from .. import page_queries as queries
from ..access import access_agreement_of_any_company
from ..forms import ActivationFileForm, CentralConfirmForm
from ..models import BANKS, ActivationFile, Agreement, Status
from ..services import (
    Confirmation,
    confirm_agreement,
    import_activation_file,
    refuse_agreement,
    send_to_bank,
)

_SHOWN = (Status.ORDERED, Status.SENT_TO_BANK, Status.CONFIRMED_BY_BANK)


@never_cache
@require_safe
@login_required
def central_agreements(request: HttpRequest) -> HttpResponse:
    """Show the agreements that wait for a bank's answer or for the company, of every customer."""
    require_operator(user=request.user)
    return render(request, "agreements/central.html", _list_context(request))


def _list_context(request: HttpRequest) -> dict[str, Any]:
    status, bank = request.GET.get("status", ""), request.GET.get("bank", "")
    status = status if status in Status.values else ""
    bank = bank if bank in dict(BANKS) else ""
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    rows, following = queries.get_central_page(page_request(request.GET), status=status, bank=bank, text=text)
    counts = queries.count_by_status()
    return {
        "rows": rows,
        "following": following,
        "status": status,
        "bank": bank,
        "text": text,
        "banks": BANKS,
        "chips": [(each.value, each.label, counts.get(each.value, 0)) for each in _SHOWN],
        "form": ActivationFileForm(),
        "files": queries.get_activation_files(),
    }


@never_cache
@require_safe
@login_required
def central_agreement(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Show one agreement to AutoPay Central, with what to do about it."""
    found = access_agreement_of_any_company(user=request.user, agreement_id=agreement_id)
    return render(request, "agreements/central_one.html", _context(found))


@require_POST
@login_required
def confirm(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Note the bank's confirmation; at a simulated bank the account is made by it."""
    found = access_agreement_of_any_company(user=request.user, agreement_id=agreement_id)
    form = CentralConfirmForm(request.POST)
    if not form.is_valid():
        return render(request, "agreements/central_one.html", {**_context(found), "form": form}, status=422)
    said = Confirmation(**form.cleaned_data)
    user = user_of(request)
    try:
        confirm_agreement(agreement_id=found.pk, said=said, user=user, clerk=clerk_here())
    except DomainError as error:
        form.add_error(None, text_of(error.code, error.params))
        return render(
            request, "agreements/central_one.html", {**_context(found), "form": form}, status=error.http_status
        )
    messages.success(request, _("Confirmed. The company's administrators are told, and set it active."))
    return redirect("central_agreement", agreement_id=found.pk)


@require_POST
@login_required
def sent(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Note that the form is with the bank."""
    found = access_agreement_of_any_company(user=request.user, agreement_id=agreement_id)
    actor = Actor.user(user_of(request))
    do(request, lambda: send_to_bank(agreement_id=found.pk, actor=actor), _("Noted: the form is with the bank."))
    return redirect("central_agreement", agreement_id=found.pk)


@require_POST
@login_required
def refuse(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Note the bank's refusal with its words."""
    found = access_agreement_of_any_company(user=request.user, agreement_id=agreement_id)
    reason = request.POST.get("reason", "").replace("\0", "")
    do(
        request,
        lambda: refuse_agreement(agreement_id=found.pk, reason=reason, user=user_of(request)),
        _("Noted: the bank refuses it. The company's administrators are told why."),
    )
    return redirect("central_agreement", agreement_id=found.pk)


@require_POST
@login_required
def import_file(request: HttpRequest) -> HttpResponse:
    """Take a bank's file of registered agreements and show what came of each line."""
    user = user_of(request)
    require_operator(user=user)
    form = ActivationFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "agreements/central.html", {**_list_context(request), "form": form}, status=422)
    file = form.cleaned_data["file"]
    try:
        taken = import_activation_file(
            bank=form.cleaned_data["bank"], name=file.name, content=file.read((1 << 20) + 1), user=user
        )
    except DomainError as error:
        say_refusal(request, error)
        return redirect("central_agreements")
    return redirect("activation_file", file_id=taken.pk)


@never_cache
@require_safe
@login_required
def activation_file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Show what came of each line of a bank's file."""
    require_operator(user=request.user)
    file = ActivationFile.objects.filter(pk=file_id).select_related("imported_by").first()
    if file is None:
        return redirect("central_agreements")
    rows = [{**each, "why": text_of(each["code"], each["params"]) if each["code"] else ""} for each in file.report]
    return render(request, "agreements/activation_file.html", {"file": file, "rows": rows})


def _context(found: Agreement) -> dict[str, Any]:
    history = queries.get_history(found)
    return {
        "agreement": found,
        "history": history,
        "kid": found.kid_definitions.order_by("slot"),
        "simulated": clerk_here() is not None,
        "form": CentralConfirmForm(
            initial={
                "customer_id": found.customer_id or found.owner.org_number,
                "division": found.division,
                "bank_agreement_id": found.bank_agreement_id,
            }
        ),
        "may_confirm": found.status in {Status.ORDERED, Status.SENT_TO_BANK},
        "may_refuse": found.status == Status.SENT_TO_BANK,
    }
