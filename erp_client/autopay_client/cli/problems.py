"""How refusals and warnings look."""

from collections.abc import Sequence

from ..errors import Refused
from ..shapes import ErrorItem, Suspicion, Warned
from .context import Context
from .screen import cell, harmless, new_table

# What a pain.001's paths begin with, every one of them.
_ROOT = "/Document/CstmrCdtTrfInitn/"
_LEAST_SHOWN = 8
_LINES_AROUND = 9
_LINES_PER_ERROR = 3
_MOST_WARNINGS = 20
_MOST_SUSPICIONS = 5


def show_refusal(context: Context, refusal: Refused) -> None:
    """Write to standard error what the server refused and why: on a terminal a screenful, elsewhere all it listed."""
    texts, screen = context.texts, context.screen
    status = {"status": refusal.status, "code": refusal.code}
    screen.tell(texts("refused" if refusal.code else "refused_bare", **status), "bold red")
    screen.tell(texts.detail(refusal.problem))
    if not refusal.code:
        screen.tell(texts("not_autopay"))
    if refusal.retry_after is not None:
        screen.tell(texts("retry_after", seconds=round(refusal.retry_after)))
    if refusal.errors:
        _show_errors(context, refusal)


def _show_errors(context: Context, refusal: Refused) -> None:
    texts, screen = context.texts, context.screen
    errors = refusal.errors[: _screenful(context)] if screen.err.is_terminal else refusal.errors
    screen.tell()
    screen.tell(texts.count("one_error", "errors", refusal.error_count), "bold")
    if screen.err.is_terminal:
        _table_of_errors(context, errors)
    else:
        for error in errors:
            screen.tell(_line_of_error(context, error))
    if len(errors) < refusal.error_count:
        screen.tell(texts("errors_shown", shown=len(errors), count=refusal.error_count), "yellow")
    if len(errors) < len(refusal.errors):
        screen.tell(texts("errors_rest"))


def _screenful(context: Context) -> int:
    return max(_LEAST_SHOWN, (context.screen.err.size.height - _LINES_AROUND) // _LINES_PER_ERROR)


def _table_of_errors(context: Context, errors: Sequence[ErrorItem]) -> None:
    texts = context.texts
    has_lines, has_ids = (any(name in error for error in errors) for name in ("line", "end_to_end_id"))
    columns = [(texts("line"), has_lines), (texts("end_to_end_id"), has_ids), (texts("what"), True)]
    table = new_table(*(name for name, shown in columns if shown), right=[texts("line")])
    for error in errors:
        what = cell(texts.detail(error))
        if place := _place(error):
            what.append(f"\n{harmless(place.removeprefix(_ROOT))}", style="dim")
        cells = [(cell(str(error.get("line", ""))), has_lines), (cell(error.get("end_to_end_id") or ""), has_ids)]
        table.add_row(*(each for each, shown in cells if shown), what)
    context.screen.err.print(table)


def _line_of_error(context: Context, error: ErrorItem) -> str:
    """Return an error as one line, its parts apart by tabs that survive as two spaces."""
    line = f"{context.texts('line')} {error['line']}" if "line" in error else ""
    parts = [line, error.get("end_to_end_id") or "", context.texts.detail(error), _place(error)]
    return "  ".join(part for part in parts if part)


def _place(error: ErrorItem) -> str:
    return error.get("xpath") or error.get("pointer") or ""


def show_warnings(context: Context, warnings: Sequence[Warned]) -> None:
    """Write what was changed or left out of an order."""
    for warning in warnings[:_MOST_WARNINGS]:
        words = [context.texts("warning"), warning.get("end_to_end_id") or "", context.texts.detail(warning)]
        context.screen.say(": ".join(word for word in words if word), "yellow")
    if len(warnings) > _MOST_WARNINGS:
        context.screen.say(context.texts("warnings_more", count=len(warnings) - _MOST_WARNINGS), "yellow")


def show_suspicions(context: Context, suspicions: Sequence[Suspicion]) -> None:
    """Write which payments look like earlier ones."""
    if not suspicions:
        return
    context.screen.say(context.texts("suspected", count=len(suspicions)), "bold yellow")
    for suspicion in suspicions[:_MOST_SUSPICIONS]:
        known = suspicion["earlier_payment"] is not None
        context.screen.say(context.texts("suspected_one" if known else "suspected_lost", **suspicion), "yellow")
