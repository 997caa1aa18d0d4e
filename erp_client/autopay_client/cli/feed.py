"""`autopay messages`."""

from collections.abc import Callable, Mapping
from typing import Any

from rich.text import Text

from ..shapes import Message
from .context import DONE, PATIENCE_SECONDS, Context
from .screen import STATUS_STYLES, cell, clock_time, day_and_time
from .standing import why

_MOST_NAMED = 4


def messages(context: Context) -> int:
    """Show the feed from where it was asked for to its end, or for ever."""
    after: int | None = context.options.after
    if context.options.follow:
        for page in context.client.follow_pages(after=after, patience=PATIENCE_SECONDS, on_lost=context.say_lost):
            for message in page["results"]:
                _show(context, message)
        return DONE
    first, shown = after, 0
    while True:
        page = context.client.messages(after=after)
        first, after = page["last"] if first is None else first, page["last"]
        for message in page["results"]:
            _show(context, message)
        if not page["results"]:
            break
        shown += len(page["results"])
    if not shown:
        context.screen.say(context.texts("no_messages", after=first))
    return DONE


def _show(context: Context, message: Message) -> None:
    words = described(context, message)
    data = message["data"]
    if not context.screen.is_terminal:
        when = day_and_time(message["created"])
        context.screen.say(f"{message['sequence']}  {when}  {message['kind']}  {words}")
        return
    style = STATUS_STYLES.get(str(data.get("status", "")), "cyan")
    line = Text(f"{message['sequence']:>6}  ", style="dim")
    line.append(f"{clock_time(message['created'])}  ")
    line.append(cell(f"{message['kind']:<19}", style=style)).append(cell(words))
    context.screen.out.print(line, soft_wrap=True)


def described(context: Context, message: Message) -> str:
    """Return what a message says, in a line; of a kind that we don't know its data as it is."""
    describe = _KINDS.get(message["kind"])
    return describe(context, message["data"]) if describe else str(message["data"])


def _payment_status(context: Context, data: Mapping[str, Any]) -> str:
    payments = data["payments"]
    words = f"{data['message_id']}  {context.texts.status(data['status'])}: {context.texts.payments(len(payments))}"
    named = ", ".join(payment["end_to_end_id"] for payment in payments[:_MOST_NAMED])
    more = ", ..." if len(payments) > _MOST_NAMED else ""
    reasons = " / ".join(dict.fromkeys(filter(None, (why(context, payment["reason"]) for payment in payments))))
    return f"{words} ({named}{more})" + (f"  {reasons}" if reasons else "")


def _remittance_status(context: Context, data: Mapping[str, Any]) -> str:
    return f"{data['message_id']}  {context.texts.status(data['status'])}  {data['remittance']}"


def _ledger_batch_ready(context: Context, data: Mapping[str, Any]) -> str:
    texts = context.texts
    return texts(
        "message_ledger",
        number=data["number"],
        kind=texts.known(f"kind_{data['kind']}", data["kind"]),
        lines=texts.count("one_line", "lines", data["line_count"]),
        total=texts.money(data["total"], data["currency"]),
    )


def _incoming_payments(context: Context, data: Mapping[str, Any]) -> str:
    total = context.texts.money(data["total"], data["currency"])
    return context.texts(
        "message_incoming", payments=context.texts.payments(data["count"]), account=data["account"], total=total
    )


def _statement(context: Context, data: Mapping[str, Any]) -> str:
    return context.texts("message_statement", account=data["account"], date=data["date"])


def _agreement_status(context: Context, data: Mapping[str, Any]) -> str:
    return context.texts("message_agreement", number=data["number"], status=context.texts.status(data["status"]))


_KINDS: Mapping[str, Callable[[Context, Mapping[str, Any]], str]] = {
    "payment_status": _payment_status,
    "remittance_status": _remittance_status,
    "ledger_batch_ready": _ledger_batch_ready,
    "incoming_payments": _incoming_payments,
    "statement": _statement,
    "agreement_status": _agreement_status,
}
