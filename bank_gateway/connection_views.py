"""AutoPay Central / Banklinjer: every line to a bank, its keys, and whether it answers now. Secrets are never shown."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.pages import do
from autopay_portal.core.paging import page_request
from bank_gateway.models import Connection
from bank_gateway.profiles import bank_ids, bank_name
from bank_gateway.relay import access, queries
from bank_gateway.relay.services import rotating
from bank_gateway.relay.services.probing import probe_line
from companies.actors import Actor
from companies.signed_in import user_of


@never_cache
@require_safe
@login_required
def connections(request: HttpRequest) -> HttpResponse:
    """Show the lines to banks, searched by company, bank and whether they answer."""
    access.require_operator(user=request.user)
    bank = request.GET.get("bank", "")
    bank = bank if bank in bank_ids() else ""
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    down = request.GET.get("show") == "down"
    rows, following = queries.get_connection_page(page_request(request.GET), bank=bank, text=text, down=down)
    context = {
        "rows": rows,
        "following": following,
        "bank": bank,
        "text": text,
        "down": down,
        "banks": [(each, bank_name(each)) for each in bank_ids()],
    }
    return render(request, "bank_gateway/connections.html", context)


@never_cache
@require_safe
@login_required
def connection(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Show one line: host, user, fingerprints, last contact, and the keys that are changing."""
    found = access.access_connection(user=request.user, connection_id=connection_id)
    context = {
        "line": found,
        "fingerprint": rotating.fingerprint_of(found.host_key),
        "next_fingerprint": rotating.fingerprint_of(found.next_host_key) if found.next_host_key else "",
        "our_next_fingerprint": rotating.fingerprint_of(found.next_public_key) if found.next_public_key else "",
    }
    return render(request, "bank_gateway/connection.html", context)


@require_POST
@login_required
def test_connection(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Sign in at the bank now and say what it answered."""
    found = access.access_connection(user=request.user, connection_id=connection_id)
    fault = probe_line(connection=found)
    if fault:
        messages.error(request, _("The line doesn't work: %(reason)s") % {"reason": fault})
    else:
        messages.success(request, _("The bank answered, and showed the host key that is pinned."))
    return redirect("central_connection", connection_id=found.pk)


@require_POST
@login_required
def change_key(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Make, switch to, or throw away a new key of ours."""
    user = user_of(request)
    found = access.access_connection(user=user, connection_id=connection_id)
    actor = Actor.user(user)
    deeds: dict[str, tuple[Callable[..., Connection], str]] = {
        "make": (
            rotating.make_next_key,
            _("A new key is made. Give its public half to the bank."),
        ),
        "switch": (rotating.switch_to_next_key, _("The bank let the new key in, and it is used from now.")),
        "drop": (rotating.drop_next_key, _("The new key is thrown away. The old one stays in use.")),
    }
    deed = deeds.get(request.POST.get("deed", ""))
    if deed is not None:
        work, done = deed
        do(request, lambda: work(connection_id=found.pk, actor=actor), done)
    return redirect("central_connection", connection_id=found.pk)


@require_POST
@login_required
def change_host_key(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Trust the bank's next host key beside the old one, or end with one of them."""
    user = user_of(request)
    found = access.access_connection(user=user, connection_id=connection_id)
    actor, deed = Actor.user(user), request.POST.get("deed", "")
    if deed == "add":
        host_key = request.POST.get("host_key", "").replace("\0", "")[:4000]
        do(
            request,
            lambda: rotating.trust_next_host_key(connection_id=found.pk, host_key=host_key, actor=actor),
            _("Both host keys are trusted until you leave one of them."),
        )
    elif deed in {"take", "leave"}:
        do(
            request,
            lambda: rotating.settle_host_key(connection_id=found.pk, take=deed == "take", actor=actor),
            _("One host key is pinned again."),
        )
    return redirect("central_connection", connection_id=found.pk)
