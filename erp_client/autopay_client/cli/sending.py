"""`autopay send`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn, TransferSpeedColumn

from ..errors import Refused, Unreachable
from ..orders import Order, UnreadableOrderError, open_order
from ..shapes import Money, Remittance, Trial
from .context import DONE, REFUSED, UNABLE, Context
from .problems import show_refusal, show_suspicions, show_warnings
from .screen import STATUS_STYLES


def send(context: Context) -> int:
    """Send the file that was named, or have it checked, and say what the server said."""
    path = context.options.file
    try:
        order = open_order(path)
    except UnreadableOrderError as error:
        context.screen.tell(context.texts(f"order_{error.reason}", path=path), "red")
        return UNABLE
    except OSError as error:
        context.screen.tell(context.texts("file_unreadable", path=path, reason=error.strerror or error), "red")
        return UNABLE
    with order.file:
        return _try(context, order) if context.options.dry_run else _send(context, order)


def _try(context: Context, order: Order) -> int:
    with _progress(context, order) as tell:
        trial = context.client.try_order(order, progress=tell)
    _show_trial(context, trial)
    return DONE


def _show_trial(context: Context, trial: Trial) -> None:
    said = {"payments": context.texts.payments(trial["payment_count"]), "total": totals(context, trial["total"])}
    context.screen.say(context.texts("valid", **said), "bold green")
    show_warnings(context, trial["warnings"])
    if trial["duplicates_suspected"]:
        context.screen.say(context.texts("suspected", count=trial["duplicates_suspected"]), "bold yellow")


def _send(context: Context, order: Order) -> int:
    try:
        with _progress(context, order) as tell:
            receipt = context.client.send(order, progress=tell)
    except Refused as refusal:
        if refusal.code != "duplicate_message" or refusal.earlier_remittance is None:
            raise
        return _say_duplicate(context, refusal, refusal.earlier_remittance)
    except Unreachable as error:
        context.screen.tell(context.texts("unreachable", url=error.url, reason=error), "bold red")
        context.screen.tell(context.texts("unreachable_send"))
        return UNABLE
    before, remittance = receipt.received_before, receipt.remittance
    # The receipt is the first answer again; since then the remittance may have moved.
    _show_received(context, context.client.remittance(remittance["id"]) if before else remittance, before=before)
    return DONE


def _say_duplicate(context: Context, refusal: Refused, remittance_id: str) -> int:
    """Say that an order was there before: done where its bytes are the same, refused where they aren't.

    The same bytes mean that a 201 was lost or that the file was sent by other means: what the file asks for is in
    AutoPay once. Another file with a used message id isn't, and to call that done would lose payments.
    """
    same = refusal.problem.get("same_bytes")
    if same:
        _show_received(context, context.client.remittance(remittance_id), before=True)
        return DONE
    show_refusal(context, refusal)
    code = "duplicate_other" if same is False else "duplicate_unknown"
    context.screen.tell(context.texts(code, remittance=remittance_id), "bold")
    return REFUSED


def _show_received(context: Context, remittance: Remittance, *, before: bool) -> None:
    texts = context.texts
    said = {"payments": texts.payments(remittance["payment_count"]), "total": totals(context, remittance["total"])}
    context.screen.say(texts("received_before" if before else "received", **said), "bold green")
    status = remittance["status"]
    rows = [
        (texts("remittance"), remittance["id"], "bold"),
        (texts("message_id"), remittance["message_id"], ""),
        (texts("status"), texts.status(status), STATUS_STYLES.get(status, "")),
    ]
    if remittance["approvals_required"]:
        rows.append((texts("approvals"), approvals(context, remittance), ""))
    context.screen.facts(rows)
    show_warnings(context, remittance["warnings"])
    show_suspicions(context, remittance["duplicates_suspected"])
    if remittance["duplicates_suspected"] and not remittance["approvals_required"]:
        context.screen.say(texts("suspected_held"), "yellow")
    context.screen.say(texts("follow_it", command=context.command("status", remittance["id"], "--follow")))


def totals(context: Context, total: Sequence[Money]) -> str:
    """Return the sums of an order, one per currency."""
    return ", ".join(context.texts.money(money["amount"], money["currency"]) for money in total)


def approvals(context: Context, remittance: Remittance) -> str:
    """Return how many have approved, of how many, and who."""
    given = remittance["approvals"]
    words = context.texts("approvals_given", given=len(given), required=remittance["approvals_required"])
    return f"{words} ({', '.join(approval['user'] for approval in given)})" if given else words


@contextmanager
def _progress(context: Context, order: Order) -> Iterator[Callable[[int], None] | None]:
    """Show how far the file has come, on a terminal, and take it away when the answer is there."""
    if not context.screen.err.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeElapsedColumn()
    )  # fmt: skip
    with Progress(*columns, console=context.screen.err, transient=True) as progress:
        task = progress.add_task(context.texts("sending"), total=order.size)

        def tell(sent: int) -> None:
            words = context.texts("checking" if sent >= order.size else "sending")
            progress.update(task, completed=sent, description=words)

        yield tell
