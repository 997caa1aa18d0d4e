"""The wizard *Ny*: short steps with a summary beside them, kept as a draft until it is an agreement."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from autopay_portal.core.errors import ConflictError, DomainError, NotFoundError
from autopay_portal.core.pages import say_refusal
from companies.access import Permission, access_company
from companies.actors import Actor
from companies.signed_in import user_of

from ..access import access_draft
from ..forms import AccountForm, BankForm, IncomingTermsForm, RemittanceTermsForm, profile_of
from ..kid_rows import read_kid_rows
from ..kid_trial import try_kid
from ..models import Draft, Kind
from ..services import answer_step, begin_draft, discard_draft, finish_draft
from ..services.drafts import STEPS, mark_of
from ..summary import summary_of
from .testing import run_test

SUMMARY = "summary"
_TITLES = {
    "bank": gettext_lazy("Bank"),
    "account": gettext_lazy("Account"),
    "terms": gettext_lazy("Terms"),
    SUMMARY: gettext_lazy("Summary"),
}


@require_POST
@login_required
def new_agreement(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Begin an agreement and lead to its first step."""
    company = access_company(user=request.user, company_id=company_id, permission=Permission.AGREEMENTS)
    try:
        draft = begin_draft(company=company, user=user_of(request))
    except DomainError as error:
        say_refusal(request, error)
        return redirect("agreements", company_id=company.pk)
    return redirect("agreement_draft", company_id=company.pk, draft_id=draft.pk, step=STEPS[0])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def draft_step(request: HttpRequest, company_id: UUID, draft_id: UUID, step: str) -> HttpResponse:
    """Show a step, or keep what was filled in and lead to the next; steps before it must be filled in."""
    draft = access_draft(user=request.user, company_id=company_id, draft_id=draft_id)
    if draft.agreement is not None:
        messages.info(request, _("This draft has become an agreement. Here it is."))
        return redirect("agreement", company_id=company_id, agreement_id=draft.agreement.pk)
    missing = next((each for each in STEPS[: _place(step)] if each not in draft.answers), None)
    if missing:
        return redirect("agreement_draft", company_id=company_id, draft_id=draft_id, step=missing)
    if step == SUMMARY:
        return render(request, "agreements/draft_summary.html", _context(draft, step))
    if request.method != "POST":
        return render(request, "agreements/draft.html", {**_context(draft, step), "form": _form(draft, step)})
    return _keep(request, draft, step)


def _keep(request: HttpRequest, draft: Draft, step: str) -> HttpResponse:
    form = _form(draft, step, request.POST)
    if not form.is_valid():
        context = {**_context(draft, step), "form": form, "seen": request.POST.get("seen", "")}
        return render(request, "agreements/draft.html", context, status=422)
    try:
        answer_step(draft_id=draft.pk, step=step, answers=form.cleaned_data, seen=request.POST.get("seen", ""))
    except ConflictError as error:
        draft.refresh_from_db()
        context = {**_context(draft, step), "form": _form(draft, step), "refusal": error}
        return render(request, "agreements/draft.html", context, status=409)
    following = (*STEPS, SUMMARY)[_place(step) + 1]
    return redirect("agreement_draft", company_id=draft.company_id, draft_id=draft.pk, step=following)


@require_POST
@login_required
def draft_so_far(request: HttpRequest, company_id: UUID, draft_id: UUID, step: str) -> HttpResponse:
    """Show the summary with what is being typed on a step; nothing is kept by it."""
    draft = access_draft(user=request.user, company_id=company_id, draft_id=draft_id)
    _place(step)
    answers = dict(draft.answers)
    if step != SUMMARY and all(each in answers for each in STEPS[: _place(step)]):
        form = _form(draft, step, request.POST)
        form.is_valid()
        answers[step] = form.cleaned_data
    return render(request, "agreements/draft_beside.html", {"parts": summary_of(answers), "draft": draft, "step": step})


@require_POST
@login_required
def try_kid_out(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Show what a KID says on the definitions that stand in the form, as one types."""
    access_company(user=request.user, company_id=company_id, permission=Permission.READ)
    numbers = {name: _number(value) for name, value in request.POST.items() if not name.endswith("modulus")}
    moduli = {name: value for name, value in request.POST.items() if name.endswith("modulus")}
    definitions, _faults = read_kid_rows({**numbers, **moduli})
    trial = try_kid(kid=request.POST.get("try_kid", ""), definitions=definitions)
    return render(request, "agreements/kid_trial.html", {"trial": trial, "defined": bool(definitions)})


@require_POST
@login_required
def finish(request: HttpRequest, company_id: UUID, draft_id: UUID) -> HttpResponse:
    """Make the agreement; it is tested at once, and kept whatever the test says."""
    draft = access_draft(user=request.user, company_id=company_id, draft_id=draft_id)
    user = user_of(request)
    first = draft.agreement_id is None
    try:
        agreement = finish_draft(draft_id=draft.pk, actor=Actor.user(user))
    except DomainError as error:
        say_refusal(request, error)
        return redirect("agreement_draft", company_id=company_id, draft_id=draft_id, step=SUMMARY)
    if first:
        run_test(agreement=agreement, user=user)
        done = _("The agreement is kept as a draft. Print the form for the bank, have it signed, and order it.")
        messages.success(request, done)
    return redirect("agreement", company_id=company_id, agreement_id=agreement.pk)


@require_POST
@login_required
def discard(request: HttpRequest, company_id: UUID, draft_id: UUID) -> HttpResponse:
    """Throw a draft away."""
    draft = access_draft(user=request.user, company_id=company_id, draft_id=draft_id)
    try:
        discard_draft(draft_id=draft.pk, actor=Actor.user(user_of(request)))
    except DomainError as error:
        say_refusal(request, error)
    else:
        messages.success(request, _("The draft is thrown away. Nothing was ordered."))
    return redirect("agreements", company_id=company_id)


def _context(draft: Draft, step: str) -> dict[str, Any]:
    answers = draft.answers
    steps = [
        {
            "name": name,
            "title": title,
            "current": name == step,
            "done": name in answers,
            "open": all(each in answers for each in STEPS[: _place(name)]),
        }
        for name, title in _TITLES.items()
    ]
    return {
        "company": draft.company,
        "draft": draft,
        "step": step,
        "title": _TITLES[step],
        "place": _place(step) + 1,
        "steps": steps,
        "parts": summary_of(answers),
        "kind": answers.get("bank", {}).get("kind", ""),
        "seen": mark_of(answers.get(step)),
        "doubtful": _is_doubtful(answers),
        "previous": (*STEPS, SUMMARY)[_place(step) - 1] if _place(step) else "",
    }


def _is_doubtful(answers: Mapping[str, Any]) -> bool:
    """Return whether the account isn't among those that the bank is known to use."""
    account = answers.get("account", {}).get("account")
    return bool(account) and not profile_of(answers).may_be_account(account)


def _form(draft: Draft, step: str, given: Mapping[str, Any] | None = None) -> forms.Form:
    kept = draft.answers.get(step, {})
    if step == "bank":
        return BankForm(given, initial=kept)
    kind = draft.answers["bank"]["kind"]
    if step == "account":
        return AccountForm(given, initial=kept, profile=profile_of(draft.answers), kind=kind)
    if kind == Kind.REMITTANCE:
        return RemittanceTermsForm(given, initial=kept)
    return IncomingTermsForm(given, initial=kept)


def _place(step: str) -> int:
    """Return a step's place from 0. Raises NotFoundError for none."""
    try:
        return (*STEPS, SUMMARY).index(step)
    except ValueError:
        raise NotFoundError() from None


def _number(text: object) -> int | None:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 4 else None
