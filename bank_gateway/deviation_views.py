"""The operators' page of one deviation: what is known, what each decision would do to the money, and the decision."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.errors import DomainError, text_of
from bank_gateway.models import Deviation
from bank_gateway.relay import access, queries, services
from bank_gateway.relay.deviation_words import words_of
from companies.actors import Actor
from companies.models import User
from companies.second_factor import require_fresh_factor_if_any
from companies.signed_in import user_of

_CHANGED = 409
_INVALID = 422
_RELEASE, _CLOSE = "release", "close"


@dataclass(frozen=True, slots=True)
class Asked:
    """What an operator chose (`release`, `release:DECISION` or `close`), wrote, and saw of what it would do."""

    how: str = ""
    note: str = ""
    seen: str = ""

    @property
    def decision(self) -> str:
        """Return the decision that goes with a release."""
        return self.how.partition(":")[2]

    @property
    def releases(self) -> bool:
        """Return whether a release is asked for."""
        return self.how.partition(":")[0] == _RELEASE


@never_cache
@require_safe
@login_required
def deviation(request: HttpRequest, deviation_id: UUID) -> HttpResponse:
    """Show one deviation with what may be decided about it."""
    found = access.access_deviation(user=request.user, deviation_id=deviation_id)
    return _page(request, found, Asked())


@require_POST
@login_required
def settle(request: HttpRequest, deviation_id: UUID) -> HttpResponse:
    """Show what the chosen decision would do; once that has been seen, do it."""
    user = user_of(request)
    found = access.access_deviation(user=user, deviation_id=deviation_id)
    require_fresh_factor_if_any(request)
    asked = Asked(
        how=request.POST.get("how", ""), note=request.POST.get("note", "").replace("\0", ""),
        seen=request.POST.get("seen", ""),
    )  # fmt: skip
    if lacking := _lacks(asked):
        return _page(request, found, asked, refused=lacking, status=_INVALID)
    try:
        if asked.seen:
            return _settle(request, user, found, asked)
        trial = services.try_release(deviation_id=found.pk, decision=asked.decision) if asked.releases else None
    except DomainError as error:
        found = access.access_deviation(user=user, deviation_id=deviation_id)
        return _page(request, found, asked, refused=text_of(error.code, error.params), status=_CHANGED)
    return _page(request, found, asked, trial=trial, seen=trial.seen if trial else _CLOSE)


def _lacks(asked: Asked) -> str:
    """Return what is missing in what an operator filled in; nothing when it is whole."""
    if not (asked.releases or asked.how == _CLOSE):
        return _("Choose what is to happen.")
    return "" if asked.note.strip() else text_of("note_missing", {})


def _settle(request: HttpRequest, user: User, found: Deviation, asked: Asked) -> HttpResponse:
    actor = Actor.user(user)
    if asked.releases:
        services.release_deviation(
            deviation_id=found.pk, actor=actor, note=asked.note, decision=asked.decision, seen=asked.seen
        )
        messages.success(request, _("It is released and booked."))
    else:
        services.close_deviation(deviation_id=found.pk, actor=actor, note=asked.note)
        messages.success(request, _("It is closed. Nothing was booked."))
    return redirect(reverse("relay") + "?show=deviations")


def _page(
    request: HttpRequest, found: Deviation, asked: Asked, *, refused: str = "", status: int = 200, **looked: Any
) -> HttpResponse:
    known = queries.accounts_known_now([found])
    words = words_of(found, releasable=services.is_releasable(found), known_accounts=known)
    context = {
        "show": "deviations",
        "numbers": queries.get_relay_numbers(),
        "deviation": found,
        "words": words,
        "asked": asked,
        "chosen": words.of(asked.decision if asked.releases else _CLOSE) if asked.how else "",
        "refused": refused,
        **looked,
    }
    return render(request, "bank_gateway/deviation.html", context, status=status)
