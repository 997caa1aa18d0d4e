"""The start page, the company switcher, the reader's preferences, the clock in the bar."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from autopay_portal.core.clocks import business_now
from autopay_portal.core.display import show_clock, show_weekday
from autopay_portal.core.errors import DomainError, text_of
from companies.access import Permission, access_company, is_operator, permissions_in
from companies.signed_in import user_of

from .clock import advance_by, advance_to, advance_to_next_cutoff, read_moment
from .frame import THEMES, hue_of
from .queries import find_companies
from .start_page import get_start_page

_YEAR_SECONDS = 365 * 24 * 3600
_LATEST_COMPANY = "latest_company"


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the company looked at last, to the only one, to the list, or an operator to the relay."""
    choice = find_companies(user=request.user)
    known = {str(company.pk): company for company in choice.companies}
    latest = request.session.get(_LATEST_COMPANY)
    if latest in known or len(known) == 1:
        company_id = latest if latest in known else next(iter(known))
        return redirect("company_overview", company_id=company_id)
    return redirect("relay" if is_operator(user=request.user) and _exists("relay") else "companies")


@require_safe
@login_required
def company_overview(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show the start page of a company."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.READ)
    if request.session.get(_LATEST_COMPANY) != str(company.pk):
        request.session[_LATEST_COMPANY] = str(company.pk)
    permissions = permissions_in(user=request.user, company_id=company.pk)
    context = {
        "company": company,
        "may_approve": Permission.APPROVE in permissions,
        "start": get_start_page(
            company_id=company.pk, user=user_of(request), permissions=permissions, now=business_now()
        ),
    }
    return render(request, "overview/company.html", context)


@require_GET
@login_required
def companies(request: HttpRequest) -> HttpResponse:
    """List the companies one may choose, as a page or, asked by the switcher, as the list alone."""
    text, page = request.GET.get("q", ""), request.GET.get("page", "")
    choice = find_companies(user=request.user, text=text)
    rows = [(company, hue_of(company.pk), _page_of(page, company.pk)) for company in choice.companies]
    context = {"rows": rows, "more": choice.more, "text": text, "page": page}
    fragment = request.headers.get("HX-Target") == "companies-found"
    return render(request, "overview/companies_found.html" if fragment else "overview/companies.html", context)


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep the reader's language and theme in cookies and come back to the page he was on."""
    response = redirect(_safe_next(request))
    if (language := request.POST.get("language")) in dict(settings.LANGUAGES):
        _keep(response, settings.LANGUAGE_COOKIE_NAME, str(language))
    if (theme := request.POST.get("theme")) in (*THEMES, "system"):
        _keep(response, "theme", str(theme))
    return response


@never_cache
@require_GET
@login_required
def clock(request: HttpRequest) -> HttpResponse:
    """Answer the time in the bar."""
    _only_in_sandbox()
    return render(request, "overview/clock_time.html")


@require_POST
@login_required
def move_clock(request: HttpRequest) -> HttpResponse:
    """Move the sandbox's clock as the form says; the banks have played all on the way when this answers."""
    _only_in_sandbox()
    try:
        now = _move(request)
    except DomainError as error:
        return _moved(request, text_of(error.code, error.params), tone="wrong")
    said = _("It is %(day)s %(time)s now. The banks have played everything up to then.")
    return _moved(request, said % {"day": show_weekday(now), "time": show_clock(now)}, tone="done")


def _move(request: HttpRequest) -> datetime:
    move = request.POST.get("move")
    if move == "hour":
        return advance_by(seconds=3600)
    if move == "cutoff":
        return advance_to_next_cutoff()
    day, time_of_day = request.POST.get("day", ""), request.POST.get("time", "")
    return advance_to(at=read_moment(day=day, time_of_day=time_of_day))


def _moved(request: HttpRequest, said: str, *, tone: str) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        messages.add_message(request, messages.ERROR if tone == "wrong" else messages.SUCCESS, said)
        return redirect(_safe_next(request))
    response = render(request, "overview/clock_said.html", {"said": said, "tone": tone})
    response.headers["HX-Trigger"] = "clock-moved"
    return response


def _only_in_sandbox() -> None:
    if not settings.SANDBOX:
        raise Http404


def _safe_next(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else reverse("home")


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=_YEAR_SECONDS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)


def _page_of(name: str, company_id: UUID) -> str:
    """Return the same page of another company, or its start page where there is no such page."""
    try:
        return reverse(name, kwargs={"company_id": company_id})
    except NoReverseMatch:
        return reverse("company_overview", kwargs={"company_id": company_id})


def _exists(name: str) -> bool:
    try:
        return bool(reverse(name))
    except NoReverseMatch:
        return False
