"""Alarms as people see them: all at AutoPay Central, a company's own at its address; taking and closing them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.clocks import business_now
from autopay_portal.core.errors import DomainError, NotFoundError
from autopay_portal.core.pages import asks_for_part, say_refusal
from companies.alarm_access import access_alarm_to_close, access_alarm_to_take, may_take, permissions_about
from companies.errors import UserLacksRoleError
from companies.models import Alarm
from companies.queries import count_alarms_since
from companies.services import acknowledge_alarm, acknowledge_alarms, close_alarm
from companies.signed_in import user_of

from .choices import AlarmFilter
from .rows import get_page, latest

_NO_NEWS = 204


@never_cache
@require_safe
@login_required
def alarms(request: HttpRequest, company_id: UUID | None = None) -> HttpResponse:
    """Show alarms; asked by its own page, only whether there are new ones."""
    permissions = permissions_about(user=request.user, company_id=company_id)
    if asks_for_part(request, "alarm-news"):
        return _news(request, company_id)
    wanted = AlarmFilter.of(request.GET)
    page = get_page(company_id=company_id, permissions=permissions, wanted=wanted)
    now = business_now()
    context = {
        "page": page,
        "company_id": company_id,
        "now": now,
        "here": _address(company_id),
        "seen": latest(page.rows, now).isoformat(),
    }
    return render(request, "overview/alarms.html", context)


def _news(request: HttpRequest, company_id: UUID | None) -> HttpResponse:
    """Answer how many alarms came after those that the page shows; nothing where none did."""
    try:
        seen = datetime.fromisoformat(request.GET.get("seen", ""))
    except ValueError:
        return HttpResponse(status=_NO_NEWS)
    if seen.tzinfo is None:
        return HttpResponse(status=_NO_NEWS)
    count = count_alarms_since(company_id=company_id, since=seen + timedelta(microseconds=1))
    if not count:
        return HttpResponse(status=_NO_NEWS)
    return render(request, "overview/alarm_news.html", {"count": count, "here": _address(company_id)})


def _address(company_id: UUID | None) -> str:
    return reverse("company_alarms", args=[company_id]) if company_id else reverse("alarms")


@require_POST
@login_required
def take(request: HttpRequest, alarm_id: UUID, company_id: UUID | None = None) -> HttpResponse:
    """Note that the reader sees to an alarm."""
    alarm = access_alarm_to_take(user=request.user, company_id=company_id, alarm_id=alarm_id)
    return _do(
        request, company_id, lambda: _said_of(acknowledge_alarm(alarm_id=alarm.pk, user=user_of(request)), request)
    )


def _said_of(alarm: Alarm, request: HttpRequest) -> str:
    """Return whose the alarm is now: whoever was first."""
    if alarm.acknowledged_by is None or alarm.acknowledged_by == request.user:
        return _("You have taken the alarm. It stands until its cause is gone.")
    return _("%(name)s has taken the alarm already.") % {"name": alarm.acknowledged_by.name}


@require_POST
@login_required
def take_all(request: HttpRequest, company_id: UUID | None = None) -> HttpResponse:
    """Note that the reader sees to every waiting alarm of one kind."""
    permissions = permissions_about(user=request.user, company_id=company_id)
    code = request.POST.get("kind", "").replace("\0", "")
    if not may_take(code=code, permissions=permissions):
        raise UserLacksRoleError()
    taken = acknowledge_alarms(code=code, company_id=company_id, user=user_of(request))
    said = ngettext("You have taken %(n)s alarm.", "You have taken %(n)s alarms.", taken)
    messages.success(request, said % {"n": taken})
    return redirect(_back(request, company_id))


@require_POST
@login_required
def close(request: HttpRequest, alarm_id: UUID, company_id: UUID | None = None) -> HttpResponse:
    """End an alarm that only a person's word can end."""
    alarm = access_alarm_to_close(user=request.user, company_id=company_id, alarm_id=alarm_id)
    note = request.POST.get("note", "").replace("\0", "")[:2000]

    def work() -> str:
        close_alarm(alarm_id=alarm.pk, user=user_of(request), note=note)
        return _("The alarm is closed. What you wrote stands with it.")

    return _do(request, company_id, work)


def _do(request: HttpRequest, company_id: UUID | None, work: Callable[[], str]) -> HttpResponse:
    """Do one thing, say what came of it and come back; that an alarm ended by itself meanwhile is no fault."""
    try:
        done = work()
    except NotFoundError:
        messages.info(request, _("The alarm is over already: its cause is gone."))
    except DomainError as error:
        say_refusal(request, error)
    else:
        messages.success(request, done)
    return redirect(_back(request, company_id))


def _back(request: HttpRequest, company_id: UUID | None) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else _address(company_id)
