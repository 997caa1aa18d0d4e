"""The operators' pages of what is in doubt: the list, one file with all that is known, and the decision."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from autopay_portal.core.clocks import business_now
from autopay_portal.core.errors import DomainError, ForbiddenError, text_of
from autopay_portal.core.pages import asks_for_part, say_refusal
from autopay_portal.core.paging import page_request
from bank_gateway.forms import DoubtForm
from bank_gateway.models import OutgoingFile, Verdict
from bank_gateway.relay import access, queries, services
from bank_gateway.relay.doubt_words import words_about
from bank_gateway.relay.evidence import Facts, gather_facts
from companies.actors import Actor
from companies.models import User
from companies.second_factor import require_fresh_factor_if_any
from companies.signed_in import user_of

_NO_NEWS = 204
_CHANGED = 409
_INVALID = 422
# Refusals that leave nothing to decide: the page shows what came of it.
_OVER = frozenset({"doubt_settled", "doubt_agreed"})


@never_cache
@require_safe
@login_required
def doubts(request: HttpRequest) -> HttpResponse:
    """List what is in doubt, or with `?ended=1` what was."""
    access.require_operator(user=request.user)
    ended = request.GET.get("ended") == "1"
    rows, following = queries.get_doubt_page(page_request(request.GET), ended=ended)
    context = {"rows": rows, "following": following, "ended": ended, "now": business_now()}
    return render(request, "bank_gateway/doubts.html", {**_frame(), **context})


@never_cache
@require_safe
@login_required
def doubt(request: HttpRequest, outgoing_id: UUID) -> HttpResponse:
    """Show everything that is known about a file in doubt; asked by its own page, only whether it changed since."""
    user = user_of(request)
    file = access.access_doubted_file(user=user, outgoing_id=outgoing_id)
    history = queries.get_doubt_history(outgoing_id=file.pk)
    facts = gather_facts(history.doubt)
    if asks_for_part(request, "doubt-news"):
        same = request.GET.get("mark") == _mark(facts, history)
        return (
            HttpResponse(status=_NO_NEWS) if same else render(request, "bank_gateway/doubt_news.html", {"file": file})
        )
    form = DoubtForm(initial={"spoken_at": localtime(business_now())})
    return render(request, "bank_gateway/doubt.html", _context(user, file, history, facts, form))


@require_POST
@login_required
def decide(request: HttpRequest, outgoing_id: UUID) -> HttpResponse:
    """Keep an operator's decision; what he wrote isn't lost when it is refused."""
    user = user_of(request)
    file = access.access_doubted_file(user=user, outgoing_id=outgoing_id)
    require_fresh_factor_if_any(request)
    form = DoubtForm(request.POST)
    if not form.is_valid():
        return _shown_again(request, user, file, form, status=_INVALID)
    try:
        decision = services.decide_doubt(
            outgoing_id=file.pk,
            actor=Actor.user(user),
            verdict=form.cleaned_data["verdict"],
            bank_words=form.bank_words(),
            seen=form.cleaned_data["seen"],
        )
    except ForbiddenError:
        raise
    except DomainError as error:
        if error.code in _OVER:
            say_refusal(request, error)
            return redirect("doubt", outgoing_id=file.pk)
        form.add_error(None, text_of(error.code, error.params))
        return _shown_again(request, user, file, form, status=_CHANGED)
    messages.success(request, _said(decision))
    return redirect("doubt", outgoing_id=file.pk)


def _said(decision: services.Decision) -> str:
    if decision.differs:
        return _("Your decision is kept. Operators disagree, so nothing happens.")
    if not decision.takes_effect:
        return _("Your decision is kept. Nothing happens until another operator decides the same.")
    if decision.decision.verdict == Verdict.AT_BANK:
        return _("Two operators agree that the bank has it. The payments wait for its answer.")
    return _("Two operators agree that the bank doesn't have it. It is sent again after a last look at the bank.")


def _shown_again(request: HttpRequest, user: User, file: OutgoingFile, form: DoubtForm, *, status: int) -> HttpResponse:
    """Show the page with what is known now and what the operator wrote, to be decided on those facts."""
    history = queries.get_doubt_history(outgoing_id=file.pk)
    facts = gather_facts(history.doubt)
    return render(request, "bank_gateway/doubt.html", _context(user, file, history, facts, form), status=status)


def _mark(facts: Facts, history: queries.DoubtHistory) -> str:
    """Return a mark that is another as soon as anything on the page would be."""
    counting = len(history.standing)
    return f"{facts.seen[:16]}-{len(history.decisions)}-{counting}-{history.doubt.ended_by}-{history.doubt.agreed_at}"


def _context(
    user: User, file: OutgoingFile, history: queries.DoubtHistory, facts: Facts, form: DoubtForm
) -> dict[str, Any]:
    operators = access.operators_still(user_ids={each.user_id for each in history.standing})
    # What a decision was made on may have changed, or who made it may be no operator any more.
    counting = [each for each in history.standing if each.seen == facts.seen and each.user_id in operators]
    files = queries.incoming_files(file_ids=[said.file_id for said in facts.standing.said])
    return {
        **_frame(),
        "file": facts.outgoing,
        "doubt": history.doubt,
        "facts": facts,
        "words": words_about(facts),
        "said": [(said, files.get(said.file_id)) for said in facts.standing.said],
        "decisions": [(each, each in counting) for each in history.decisions],
        "counting": counting,
        "mine": next((each for each in counting if each.user_id == user.pk), None),
        "others": [each for each in counting if each.user_id != user.pk],
        "form": form,
        "mark": _mark(facts, history),
        "now": business_now(),
        "line_failures": file.connection.failures,
    }


def _frame() -> dict[str, Any]:
    return {"show": "doubts", "numbers": queries.get_relay_numbers()}
