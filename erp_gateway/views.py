"""The pages of ledger batches: the list, one batch, its files, releasing and reopening."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.errors import DomainError, text_of
from autopay_portal.core.pages import download, say_refusal
from autopay_portal.core.paging import page_request
from companies.access import Permission, access_company, permissions_in
from companies.actors import Actor
from companies.signed_in import user_of

from .errors import LedgerRefusedError
from .ledger import release_ledger_batch, reopen_ledger_batch
from .ledger.access import access_ledger_batch
from .ledger.files import file_of_ledger_batch
from .ledger.formats import FORMATS, format_named
from .ledger.reading import get_batch_alarms, get_batch_page, get_events, get_source_file, get_voucher_page
from .models import LedgerBatch
from .models.ledger import BatchKind, BatchStatus

_MOST_FAULTS_SHOWN = 50
_MOST_REASON = 1000


@require_safe
@login_required
def ledger_batches(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """List a company's ledger batches."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.READ)
    status, kind = _chosen(request, "status", BatchStatus.values), _chosen(request, "kind", BatchKind.values)
    rows, following = get_batch_page(page_request(request.GET), company_id=company.pk, status=status, kind=kind)
    context = {
        "company": company,
        "rows": rows,
        "following": following,
        "status": status,
        "kind": kind,
        "statuses": BatchStatus.choices,
        "kinds": BatchKind.choices,
    }
    return render(request, "erp_gateway/ledger_batches.html", context)


def _chosen(request: HttpRequest, name: str, known: list[str]) -> str:
    value = request.GET.get(name, "")
    return value if value in known else ""


@require_safe
@login_required
def ledger_batch(request: HttpRequest, company_id: UUID, batch_id: UUID) -> HttpResponse:
    """Show one batch with its lines by voucher."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.READ)
    batch = access_ledger_batch(company_id=company.pk, batch_id=batch_id)
    return _show(request, company, batch)


def _show(
    request: HttpRequest, company: Any, batch: LedgerBatch, *, refusal: LedgerRefusedError | None = None
) -> HttpResponse:
    after = request.GET.get("after", "")
    vouchers, following = get_voucher_page(
        batch, after=int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    )
    context = {
        "company": company,
        "batch": batch,
        "vouchers": vouchers,
        "following": following,
        "after": after,
        "events": get_events(batch),
        "alarms": get_batch_alarms(batch),
        "source": get_source_file(batch),
        "formats": [each.name for each in FORMATS.values() if each.render is not None],
        "may_administer": Permission.ADMINISTER_LEDGER in permissions_in(user=request.user, company_id=company.pk),
        "refusal": refusal and text_of(refusal.code, refusal.params),
        "faults": [text_of(each.code, each.params) for each in refusal.errors[:_MOST_FAULTS_SHOWN]] if refusal else [],
        "more_faults": max(refusal.error_count - _MOST_FAULTS_SHOWN, 0) if refusal else 0,
    }
    return render(request, "erp_gateway/ledger_batch.html", context, status=refusal.http_status if refusal else 200)


@require_safe
@login_required
def ledger_batch_file(request: HttpRequest, company_id: UUID, batch_id: UUID, file_format: str) -> HttpResponseBase:
    """Hand out a batch as a file, or say on its page which lines lack what the format demands."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.READ)
    batch = access_ledger_batch(company_id=company.pk, batch_id=batch_id)
    export_format = format_named(file_format)
    try:
        file = file_of_ledger_batch(batch=batch, export_format=export_format)
    except LedgerRefusedError as refusal:
        return _show(request, company, batch, refusal=refusal)
    return download(path=file.path, size=file.size, name=f"ledger-batch-{batch.number}.{export_format.suffix}")


@require_POST
@login_required
def release(request: HttpRequest, company_id: UUID, batch_id: UUID) -> HttpResponse:
    """Make a failed or leased batch ready again."""
    done = _("The ledger batch is ready to post again. The ERP can fetch it now.")
    return _change(request, company_id, batch_id, release_ledger_batch, done)


@require_POST
@login_required
def reopen(request: HttpRequest, company_id: UUID, batch_id: UUID) -> HttpResponse:
    """Make a posted batch ready again, for an ERP that lost it."""
    done = _("The ledger batch is ready to post again. Check in the ledger that it isn't posted twice.")
    return _change(request, company_id, batch_id, reopen_ledger_batch, done)


def _change(
    request: HttpRequest, company_id: UUID, batch_id: UUID, change: Callable[..., LedgerBatch], done: str
) -> HttpResponse:
    user = user_of(request)
    company = access_company(user=user, company_id=company_id, permission=Permission.ADMINISTER_LEDGER)
    batch = access_ledger_batch(company_id=company.pk, batch_id=batch_id)
    reason = request.POST.get("reason", "").strip()[:_MOST_REASON]
    if not reason:
        messages.error(request, _("Give a reason. Nothing was changed."))
        return redirect("ledger_batch", company_id=company.pk, batch_id=batch.pk)
    try:
        change(company_id=company.pk, batch_id=batch.pk, actor=Actor.user(user), reason=reason)
    except DomainError as error:
        say_refusal(request, error)
    else:
        messages.success(request, done)
    return redirect("ledger_batch", company_id=company.pk, batch_id=batch.pk)
