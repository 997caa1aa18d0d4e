"""Changing an agreement: settings, mail lists, mandates, sharing, what was posted by hand."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from autopay_portal.core.errors import DomainError
from autopay_portal.core.pages import do, say_refusal
from companies.access import Permission, as_uuid
from companies.actors import Actor
from companies.signed_in import user_of

from ..access import access_agreement, access_share
from ..models import Agreement, ContactKind
from ..services import (
    ask_contact_again,
    change_mail_lists,
    change_settings,
    end_share,
    note_mandates,
    offer_share,
    take_tick_back,
    tick_posted_by_hand,
)
from ..services.settings import Changed, settings_of
from .one import SEEN_SALT, page_context, settings_form


@require_POST
@login_required
def settings(request: HttpRequest, company_id: UUID, agreement_id: UUID) -> HttpResponse:
    """Change settings; fewer approvers wait for another administrator."""
    found = _mine(request, company_id, agreement_id)
    form = settings_form(found, request.POST)
    if not form.is_valid():
        context = page_context(request, company_id, agreement_id, form=form, settings_open=True)
        return render(request, "agreements/agreement.html", context, status=422)
    try:
        seen: dict[str, Any] = signing.loads(request.POST.get("seen", ""), salt=SEEN_SALT)
    except signing.BadSignature:
        seen = settings_of(found)
    try:
        changed = change_settings(agreement_id=found.pk, wanted=form.cleaned_data, seen=seen, user=user_of(request))
    except DomainError as error:
        say_refusal(request, error)
    else:
        _say_changed(request, changed)
    return redirect("agreement", company_id=company_id, agreement_id=found.pk)


@require_POST
@login_required
def contacts(request: HttpRequest, company_id: UUID, agreement_id: UUID) -> HttpResponse:
    """Put an address on a mail list, or take one off."""
    found = _mine(request, company_id, agreement_id)
    kind, remove = request.POST.get("kind", ""), request.POST.get("remove", "")
    if asked := request.POST.get("ask", ""):
        done = _("The address is asked once more; the earlier link has ended.")
        actor = Actor.user(user_of(request))
        do(
            request,
            lambda: ask_contact_again(agreement=found, contact_id=as_uuid(asked), actor=actor),
            done,
        )
        return redirect("agreement", company_id=company_id, agreement_id=found.pk)
    if not remove and kind not in ContactKind.values:
        return redirect("agreement", company_id=company_id, agreement_id=found.pk)
    try:
        changed = change_mail_lists(
            agreement_id=found.pk,
            add={kind: request.POST.get("email", "")},
            remove=as_uuid(remove) if remove else None,
            user=user_of(request),
        )
    except DomainError as error:
        say_refusal(request, error)
    else:
        _say_changed(request, changed)
    return redirect("agreement", company_id=company_id, agreement_id=found.pk)


@require_POST
@login_required
def mandates(request: HttpRequest, company_id: UUID, agreement_id: UUID) -> HttpResponse:
    """Note what the bank has registered: how many signers, and who holds its mandate."""
    found = _mine(request, company_id, agreement_id)
    signers = request.POST.get("signers", "")
    holders = [as_uuid(each) for each in request.POST.getlist("holders")[:200]]
    done = _("Noted. Nothing at the bank was changed by it.")
    do(
        request,
        lambda: note_mandates(
            agreement=found,
            signers=int(signers) if signers in {"0", "1", "2", "3", "4"} else -1,
            holders=holders,
            user=user_of(request),
        ),
        done,
    )
    return redirect("agreement", company_id=company_id, agreement_id=found.pk)


@require_POST
@login_required
def share(request: HttpRequest, company_id: UUID, agreement_id: UUID) -> HttpResponse:
    """Offer the outgoing part to another company by its organisation number."""
    found = _mine(request, company_id, agreement_id)
    try:
        changed = offer_share(
            agreement_id=found.pk, org_number=request.POST.get("org_number", "")[:40], user=user_of(request)
        )
    except DomainError as error:
        say_refusal(request, error)
    else:
        if changed.waits:
            _say_changed(request, changed)
        else:
            done = _("The account is offered. An administrator of that company must accept, if it uses AutoPay.")
            messages.success(request, done)
    return redirect("agreement", company_id=company_id, agreement_id=found.pk)


@require_POST
@login_required
def stop_sharing(request: HttpRequest, company_id: UUID, share_id: UUID) -> HttpResponse:
    """End a share, or take an offer back."""
    found = access_share(user=request.user, company_id=company_id, share_id=share_id)
    mine = found.agreement if found.agreement.company_id == company_id else found.used_by
    if mine is None:
        return redirect("agreements", company_id=company_id)
    company = mine.company
    done = _("The account isn't shared any more. What the bank has goes on.")
    do(request, lambda: end_share(share_id=found.pk, company=company, user=user_of(request)), done)
    return redirect("agreement", company_id=company_id, agreement_id=mine.pk)


@require_POST
@login_required
def posted_by_hand(request: HttpRequest, company_id: UUID, agreement_id: UUID) -> HttpResponse:
    """Tick that a payment which the old agreement left unpaid is posted by hand, or take the tick back."""
    found = _mine(request, company_id, agreement_id)
    payment_id = as_uuid(request.POST.get("payment", ""))
    user = user_of(request)
    if request.POST.get("posted") == "no":
        do(
            request,
            lambda: take_tick_back(agreement_id=found.pk, payment_id=payment_id, user=user),
            _("The tick is taken back."),
        )
    else:
        do(
            request,
            lambda: tick_posted_by_hand(agreement_id=found.pk, payment_id=payment_id, user=user),
            _("Ticked: posted by hand."),
        )
    return redirect("agreement", company_id=company_id, agreement_id=found.pk)


def _say_changed(request: HttpRequest, changed: Changed) -> None:
    if changed.waits:
        messages.info(request, _("It waits for another administrator: he finds it under what waits for two."))
    elif changed.done or changed.proposal is not None:
        messages.success(request, _("The change is made."))
    else:
        messages.info(request, _("Nothing was changed: it stands so already."))


def _mine(request: HttpRequest, company_id: UUID, agreement_id: UUID) -> Agreement:
    return access_agreement(
        user=request.user, agreement_id=agreement_id, permission=Permission.AGREEMENTS, company_id=company_id
    )
