"""The operators' page of the relay: alarms, lines, files out and in, deviations, pauses, and what to do about them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from autopay_portal.core.pages import asks_for_part, do
from autopay_portal.core.paging import page_request
from bank_gateway.forms import PauseForm
from bank_gateway.models import DeviationKind, DeviationState, IncomingState, OutgoingState
from bank_gateway.relay import access, queries, services
from bank_gateway.relay.deviation_words import words_of
from bank_gateway.relay.faults import fault_text
from bank_gateway.relay.standing_pauses import get_standing_pause, get_standing_pauses
from companies.actors import Actor
from companies.alarm_kinds import alarm_words
from companies.queries import get_worst_alarms
from companies.second_factor import require_fresh_factor_if_any
from companies.signed_in import user_of

_MOST_ALARMS = 8


@never_cache
@require_safe
@login_required
def relay(request: HttpRequest) -> HttpResponse:
    """Show how the relay stands; `?show=` opens files to banks, files from banks, or deviations."""
    access.require_operator(user=request.user)
    if asks_for_part(request, "relay-now"):
        return render(request, "bank_gateway/relay_now.html", _standing())
    show = request.GET.get("show", "")
    shown = {"out": _outgoing, "in": _incoming, "deviations": _deviations}.get(show)
    if shown is None:
        return render(request, "bank_gateway/relay.html", {"show": "", **_standing(), "form": PauseForm()})
    numbers = {"show": show, "numbers": queries.get_relay_numbers()}
    return render(request, f"bank_gateway/relay_{show}.html", {**numbers, **shown(request)})


def _standing() -> dict[str, Any]:
    """Return the worst alarms, the lines and the pauses."""
    alarms = get_worst_alarms(company_id=None, most=_MOST_ALARMS + 1)
    return {
        "alarms": [(alarm, alarm_words(code=alarm.code, params=alarm.params)) for alarm in alarms[:_MOST_ALARMS]],
        "more_alarms": len(alarms) > _MOST_ALARMS,
        "lines": queries.get_connections(),
        "pauses": get_standing_pauses(),
        "numbers": queries.get_relay_numbers(),
    }


def _outgoing(request: HttpRequest) -> dict[str, Any]:
    state = _chosen(request, "state", OutgoingState.values)
    rows, following = queries.get_outgoing_page(page_request(request.GET), state=state)
    return {"rows": rows, "following": following, "state": state, "states": OutgoingState.choices}


def _incoming(request: HttpRequest) -> dict[str, Any]:
    state = _chosen(request, "state", IncomingState.values)
    files, following = queries.get_incoming_page(page_request(request.GET), state=state)
    rows = [(file, [fault_text(fault) for fault in file.errors[:20]]) for file in files]
    return {"rows": rows, "following": following, "state": state, "states": IncomingState.choices}


def _deviations(request: HttpRequest) -> dict[str, Any]:
    state = _chosen(request, "state", DeviationState.values) or DeviationState.OPEN.value
    kind = _chosen(request, "kind", DeviationKind.values)
    found, following = queries.get_deviation_page(page_request(request.GET), state=state, kind=kind)
    known = queries.accounts_known_now(found)
    return {
        "rows": [
            (each, words_of(each, releasable=services.is_releasable(each), known_accounts=known)) for each in found
        ],
        "following": following,
        "state": state,
        "states": DeviationState.choices,
        "kind": kind,
        "kinds": DeviationKind.choices,
    }


def _chosen(request: HttpRequest, name: str, known: list[str]) -> str:
    value = request.GET.get(name, "")
    return value if value in known else ""


def _do(request: HttpRequest, work: Callable[[], object], done: str, *, show: str = "") -> HttpResponse:
    """Do one thing, say what came of it, and lead back to where it was asked for."""
    do(request, work, done)
    return redirect(reverse("relay") + (f"?show={show}" if show else ""))


@require_POST
@login_required
def replay(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Take a file out of quarantine to be read again."""
    user = user_of(request)
    file = access.access_incoming_file(user=user, file_id=file_id)
    done = _("The file is read again. If it still can't be, it goes back to quarantine.")
    return _do(request, lambda: services.replay_quarantined(file_id=file.pk, actor=Actor.user(user)), done, show="in")


@require_POST
@login_required
def set_aside(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Set a file in quarantine aside with a note, because the bank has sent what stood in it in another file."""
    user = user_of(request)
    file = access.access_incoming_file(user=user, file_id=file_id)
    note = request.POST.get("note", "").replace("\0", "")
    done = _("The file is set aside. Nothing of it was applied; it is kept whole.")
    return _do(
        request,
        lambda: services.set_aside_quarantined(file_id=file.pk, actor=Actor.user(user), note=note),
        done,
        show="in",
    )


@require_POST
@login_required
def pause(request: HttpRequest) -> HttpResponse:
    """Pause outgoing files of everything, a bank, a company or an agreement."""
    user = user_of(request)
    access.require_operator(user=user)
    form = PauseForm(request.POST)
    if not form.is_valid():
        context = {"show": "", **_standing(), "form": form}
        return render(request, "bank_gateway/relay.html", context, status=422)
    asked = form.cleaned_data
    done = _("Paused. What is being uploaded right now is finished; nothing more is sent.")
    return _do(
        request,
        lambda: services.pause_outgoing(
            scope=asked["scope"], actor=Actor.user(user), reason=asked["reason"], **asked["target"]
        ),
        done,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def lift(request: HttpRequest, pause_id: UUID) -> HttpResponse:
    """Ask whether a pause is to be lifted, saying what is sent then; POST lifts it."""
    user = user_of(request)
    found = access.access_pause(user=user, pause_id=pause_id)
    if found.lifted_at is not None:
        messages.info(request, _("Somebody has lifted the pause already."))
        return redirect("relay")
    require_fresh_factor_if_any(request)
    if request.method != "POST":
        return render(request, "bank_gateway/lift_pause.html", {"standing": get_standing_pause(pause=found)})
    done = _("The pause is lifted. What waited is sent within a minute.")
    return _do(request, lambda: services.lift_pause(pause_id=found.pk, actor=Actor.user(user)), done)
