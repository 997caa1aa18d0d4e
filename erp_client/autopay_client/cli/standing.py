"""`autopay status`."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from ..shapes import FINAL_PAYMENTS, PAYMENT_STATUSES, Payment, Reason, Remittance
from .context import DONE, Context
from .following import MOST_KEPT, POLL_SECONDS, Change, Followed, changes, counted, feed_end, read
from .problems import show_warnings
from .screen import STATUS_STYLES, cell, clock_time, day_and_time, harmless, new_table
from .sending import approvals, totals

# On a terminal without --follow.
_MOST_LISTED = 100
# Lines of a followed remittance that aren't payments.
_LINES_AROUND = 12


def status(context: Context) -> int:
    """Show a remittance and its payments, once or until all are final."""
    if context.options.follow:
        return _follow(context)
    if context.screen.is_terminal:
        followed = read(context.client, context.options.remittance)
        _show(context, followed)
    else:
        _list(context)
    return DONE


def _list(context: Context) -> None:
    """Write the remittance and every payment of it as plain lines: a large one page by page, so newest first."""
    remittance = context.client.remittance(context.options.remittance)
    _facts(context, remittance)
    found: Iterable[Payment] = context.client.payments(remittance["id"])
    if remittance["payment_count"] <= MOST_KEPT:
        found = reversed(list(found))
    for payment in found:
        context.screen.say(_line(context, payment))


def _line(context: Context, payment: Payment) -> str:
    """Return a payment as a plain line: the API's own words, two spaces apart, for grep and awk."""
    parts = [
        payment["end_to_end_id"],
        payment["status"],
        f"{payment['amount']} {payment['currency']}",
        payment["bank_date"],
        payment["creditor_name"],
        why(context, payment["reason"]),
    ]
    return "  ".join(part for part in parts if part)


def _follow(context: Context) -> int:
    after = feed_end(context.client)
    if after is None:
        context.screen.tell(context.texts("polling", seconds=POLL_SECONDS), "yellow")
    followed = read(context.client, context.options.remittance)
    if context.screen.is_terminal:
        _follow_live(context, followed, after)
        _show(context, read(context.client, followed.remittance["id"]))
    else:
        _follow_plain(context, followed, after)
    context.screen.say(context.texts("all_final"), "bold")
    return DONE


def _follow_plain(context: Context, followed: Followed, after: int | None) -> None:
    _facts(context, followed.remittance)
    # Of a large one only what moves is said.
    if followed.remittance["payment_count"] <= MOST_KEPT:
        for payment in followed.payments.values():
            context.screen.say(_line(context, payment))
    before = dict(followed.remittance["counts"])
    for moved in changes(context.client, followed, after=after, on_lost=context.say_lost):
        for change in moved:
            context.screen.say(_line_of_change(context, change))
        if followed.remittance["counts"] != before:
            before = dict(followed.remittance["counts"])
            context.screen.say(f"= {_counts_text(followed.remittance)}")


def _line_of_change(context: Context, change: Change) -> str:
    parts = [clock_time(change.at), change.end_to_end_id, change.status, why(context, change.reason)]
    return "  ".join(part for part in parts if part)


def _follow_live(context: Context, followed: Followed, after: int | None) -> None:
    waiting = Spinner("dots", Text(context.texts("waiting"), style="dim"))
    console = context.screen.out
    with Live(_picture(context, followed, waiting), console=console, transient=True, refresh_per_second=8) as live:
        for _ in changes(context.client, followed, after=after, on_lost=context.say_lost):
            live.update(_picture(context, followed, waiting))


def _picture(context: Context, followed: Followed, waiting: RenderableType) -> RenderableType:
    room = max(5, context.screen.out.size.height - _LINES_AROUND)
    return Group(_heading(context, followed.remittance), "", _payments(context, followed, room), "", waiting)


def _show(context: Context, followed: Followed) -> None:
    context.screen.out.print(_heading(context, followed.remittance))
    context.screen.say()
    context.screen.out.print(_payments(context, followed, _MOST_LISTED))
    show_warnings(context, followed.remittance["warnings"])


def _heading(context: Context, remittance: Remittance) -> Text:
    texts = context.texts
    state = remittance["status"]
    heading = Text(harmless(remittance["message_id"]), style="bold")
    heading.append(f"  {texts.status(state)}", style=STATUS_STYLES.get(state, "bold cyan"))
    count, total = texts.payments(remittance["payment_count"]), totals(context, remittance["total"])
    created = f"{texts('created').lower()} {day_and_time(remittance['created'])}"
    heading.append("\n").append(harmless(f"{remittance['id']}  {count}, {total}  {created}"), style="not bold dim")
    if remittance["approvals_required"]:
        heading.append(f"\n{texts('approvals')}: {harmless(approvals(context, remittance))}", style="not bold")
    heading.append("\n")
    for code, number in counted(remittance, PAYMENT_STATUSES):
        heading.append(f"{texts.status(code)} {number}   ", style=STATUS_STYLES.get(code, "cyan"))
    return heading


def _payments(context: Context, followed: Followed, room: int) -> RenderableType:
    texts = context.texts
    shown = _most_interesting(list(followed.payments.values()), room)
    has_reasons = any(payment["reason"] for payment in shown)
    names = [texts(code) for code in ("end_to_end_id", "status", "amount", "bank_date", "creditor")]
    table = new_table(*names, *([texts("reason")] if has_reasons else []), right=[texts("amount")])
    for payment in shown:
        row = [
            cell(payment["end_to_end_id"]),
            cell(texts.status(payment["status"]), STATUS_STYLES.get(payment["status"], "cyan")),
            cell(texts.money(payment["amount"], payment["currency"])),
            cell(payment["bank_date"]),
            cell(payment["creditor_name"]),
        ]
        table.add_row(*row, *([cell(why(context, payment["reason"]))] if has_reasons else []))
    return Group(table, *_rest(context, followed, len(shown)))


def _rest(context: Context, followed: Followed, shown: int) -> list[Text]:
    """Return what is said of the payments that aren't shown: there are too many, or they are salary."""
    hidden = followed.remittance["payment_count"] - len(followed.payments)
    salary = hidden if len(followed.payments) < MOST_KEPT else 0
    more = followed.remittance["payment_count"] - salary - shown
    lines = [context.texts("more_payments", count=more)] if more else []
    lines += [context.texts("salary_hidden", count=salary)] if salary else []
    return [Text(line, style="dim") for line in lines]


def _most_interesting(payments: Sequence[Payment], room: int) -> Sequence[Payment]:
    """Return at most `room` payments in their order: those that are not final or not paid before those that are."""
    if len(payments) <= room:
        return payments
    ranked = sorted(range(len(payments)), key=lambda place: (_rank(payments[place]), place))
    return [payments[place] for place in sorted(ranked[:room])]


def _rank(payment: Payment) -> int:
    if payment["reason"] or payment["status"] == "in_doubt":
        return 0
    return 2 if payment["status"] in FINAL_PAYMENTS else 1


def why(context: Context, reason: Reason | None) -> str:
    """Return why a payment stands where it stands: our words for the code, and the bank's own."""
    if reason is None:
        return ""
    text = reason["text_nb" if context.texts.language == "nb" else "text_en"]
    code = f"{reason['code']}: {text}" if text and text != reason["code"] else reason["code"] or ""
    bank = f"«{reason['bank_text']}»" if reason["bank_text"] else ""
    return " ".join(part for part in (code, bank) if part)


def _facts(context: Context, remittance: Remittance) -> None:
    texts = context.texts
    rows = [
        (texts("remittance"), remittance["id"], "bold"),
        (texts("message_id"), remittance["message_id"], ""),
        (texts("status"), remittance["status"], ""),
    ]
    if remittance["approvals_required"]:
        rows.append((texts("approvals"), approvals(context, remittance), ""))
    context.screen.facts(rows)
    context.screen.say(f"= {_counts_text(remittance)}")


def _counts_text(remittance: Remittance) -> str:
    return " ".join(f"{code}={number}" for code, number in counted(remittance, PAYMENT_STATUSES))
