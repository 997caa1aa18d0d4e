"""Importing many companies: choose a file, read the report line by line, and import what is without fault."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.errors import DomainError, NotFoundError
from autopay_portal.core.pages import say_refusal
from companies import firm_queries as queries
from companies import services
from companies.access import access_customer
from companies.company_files import HEADINGS, MOST_BYTES, MOST_LINES
from companies.services.imports import lines_of
from companies.signed_in import user_of

LINES_ON_A_PAGE = 100


@require_safe
@login_required
def company_imports(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Show where a file is chosen, and what it must look like."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    context = {
        "customer": customer,
        "headings": [names[0] for names in HEADINGS.values()],
        "most_lines": MOST_LINES,
        "most_bytes": MOST_BYTES // (1024 * 1024),
    }
    return render(request, "companies/firms/imports.html", context)


@require_POST
@login_required
def read_companies(request: HttpRequest, customer_id: UUID) -> HttpResponse:
    """Read a file and lead to its report; nothing is imported."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    chosen = request.FILES.get("file")
    if chosen is None:
        messages.error(request, _("Choose a file first."))
        return redirect("company_imports", customer_id=customer.pk)
    try:
        read = services.read_import(
            customer_id=customer.pk,
            file_name=chosen.name or "",
            # One byte more than is taken, so that too much is noticed and no more is held in memory.
            content=chosen.read(MOST_BYTES + 1),
            user=user_of(request),
        )
    except DomainError as error:
        say_refusal(request, error)
        return redirect("company_imports", customer_id=customer.pk)
    return redirect("company_import", customer_id=customer.pk, import_id=read.pk)


@require_safe
@login_required
def company_import(request: HttpRequest, customer_id: UUID, import_id: UUID) -> HttpResponse:
    """Show what each line of a file says and what is wrong with it, and the button that imports the rest."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    read = queries.get_import(customer_id=customer.pk, import_id=import_id)
    if read is None:
        raise NotFoundError()
    lines = lines_of(read)
    bad, known = [line for line in lines if line.faults], [line for line in lines if line.known and not line.faults]
    good = [line for line in lines if line.good]
    show = request.GET.get("show", "") or ("bad" if bad else "good")
    chosen = {"bad": bad, "known": known}.get(show, good)
    after = queries.place_of(request.GET.get("after", ""))
    more = after + LINES_ON_A_PAGE < len(chosen)
    context = {
        "customer": customer,
        "read": read,
        "show": show if show in {"bad", "known"} else "good",
        "counts": {"bad": len(bad), "known": len(known), "good": len(good), "all": len(lines)},
        "lines": chosen[after : after + LINES_ON_A_PAGE],
        "next_after": after + LINES_ON_A_PAGE if more else None,
    }
    return render(request, "companies/firms/import.html", context)


@require_POST
@login_required
def import_companies(request: HttpRequest, customer_id: UUID, import_id: UUID) -> HttpResponse:
    """Import what was shown; a second click finds it done."""
    customer = access_customer(user=request.user, customer_id=customer_id)
    try:
        read = services.import_companies(import_id=import_id, customer_id=customer.pk, user=user_of(request))
    except NotFoundError:
        raise
    except DomainError as error:
        say_refusal(request, error)
        return redirect("company_import", customer_id=customer.pk, import_id=import_id)
    count = read.imported_count or 0
    messages.success(
        request, ngettext("%(n)s company is imported.", "%(n)s companies are imported.", count) % {"n": count}
    )
    return redirect("company_import", customer_id=customer.pk, import_id=import_id)
