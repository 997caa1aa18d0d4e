"""Convert: a direct agreement with the bank becomes an AutoPay one, with its number, when nothing is open."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from autopay_portal.core.errors import ConflictError, DomainError, text_of
from companies.access import Permission, access_company
from companies.actors import Actor
from companies.models import Company
from companies.signed_in import user_of

from ..forms import ConvertForm
from ..models import Agreement, Kind
from ..services import Converting, StatedItem, convert_agreement


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def convert(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Ask what is to be converted; refuse with the list while payments are open; else convert."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.AGREEMENTS)
    if request.method != "POST":
        return _page(request, company, ConvertForm(initial=_offered(request, company)))
    form = ConvertForm(request.POST)
    if not form.is_valid():
        return _page(request, company, form, status=422)
    asked = form.cleaned_data
    try:
        agreement = convert_agreement(
            company=company,
            asked=Converting(
                number=asked["number"],
                kind=Kind(asked["kind"]),
                bank=asked["bank"],
                account=asked["account"],
                switch_date=asked["switch_date"],
            ),
            stated=[_stated(line) for line in asked["open_items"].splitlines() if line.strip()],
            actor=Actor.user(user_of(request)),
        )
    except ConflictError as error:
        said = text_of(error.code, error.params)
        return _page(request, company, form, status=409, refusal=said, items=error.extra.get("open_items", []))
    except DomainError as error:
        form.add_error(None, text_of(error.code, error.params))
        return _page(request, company, form, status=422)
    messages.success(request, _("Converted. The number is kept; the switch is on the day agreed with the bank."))
    return redirect("agreement", company_id=company.pk, agreement_id=agreement.pk)


def _stated(line: str) -> StatedItem:
    """Return an unpaid payment as somebody wrote it: whatever it says, it is one."""
    return StatedItem(end_to_end_id=line.strip()[:35], amount="", currency="", execution_date="", creditor_name="")


def _offered(request: HttpRequest, company: Company) -> dict[str, Any]:
    """Return what the page that led here says of an agreement of the company."""
    number = request.GET.get("number", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return {"kind": Kind.REMITTANCE}
    found = Agreement.objects.filter(company=company, number=int(number)).first()
    if found is None:
        return {"kind": Kind.REMITTANCE, "number": number}
    return {"number": found.number, "kind": found.kind, "bank": found.bank, "account": found.account}


def _page(request: HttpRequest, company: Company, form: ConvertForm, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "agreements/convert.html", {"company": company, "form": form, **more}, status=status)
