"""What a bank's status reports (pain.002) make of payments, by docs/money.md 1 and 2.6."""

from collections.abc import Iterable
from datetime import UTC, datetime

from .model import ALIVE, AT_BANK, DUPLICATE, FINAL, MEANING, SETTLED, UNSENT, File, Model, Payment
from .spoken import Report, Said

_NEVER = datetime.min.replace(tzinfo=UTC)
_ENDED = {"rejected_by_bank", "stopped"}


def hear(model: Model, report: Report) -> None:
    """Apply a report to the model."""
    file = next((file for file in model.files if file.message_id == report.original_message_id), None)
    if file is None or (file.place == "withdrawn" and not file.deliveries):
        model.alarms.add(("answer_to_unknown_file", ""))
        return
    if file.place in ("waiting", "in_doubt"):
        # Any answer proves that it was sent.
        model.delivered(file)
    if report.said.word == "RJCT" and _may_be_duplicate(file, report.said):
        _hear_duplicate_reject(model, file, report)
        return
    if report.said.word == "RJCT":
        file.refused = True
    _hear_strange_words(model, file, report)
    if any(_is_alive(file, payment, report) for payment in file.given_up):
        model.shows_life(file)
        file.place = "at_bank"
    for payment in file.carried:
        _hear_about(model, file, payment, report)


def _hear_strange_words(model: Model, file: File, report: Report) -> None:
    below = [said for group in report.groups for said in (group.said, *(one.said for one in group.named))]
    for word in (said.word for said in (report.said, *below)):
        if word is not None and word not in {*MEANING, "PART"}:
            model.alarms.add(("bank_status_unknown", file.remittance.id))
        if word == "BLCK":
            model.alarms.add(("bank_blocks_payment", file.remittance.id))


def _may_be_duplicate(file: File, said: Said) -> bool:
    return said.reason in DUPLICATE or (file.deliveries > 1 and said.reason in ("", "NARR"))


def _hear_duplicate_reject(model: Model, file: File, report: Report) -> None:
    """Change no payment where the bank may have two copies; else it is a collision: in doubt (2.6).

    Either way the bank has the file, and what it gave up comes back to it (2.7).
    """
    model.shows_life(file)
    if file.deliveries > 1:
        return
    _doubt(file.carried, report)
    model.alarms.add(("message_collision", file.remittance.id))


def _hear_about(model: Model, file: File, payment: Payment, report: Report) -> None:
    """Find the word that covers a payment: its own, else that of the nearest level above it. PART covers none."""
    above, own = _words_for(file, payment, report)
    group = above[-1] if len(above) > 1 else None
    word = own or group or above[0]
    if word is None or word not in MEANING:
        return
    if MEANING[word] in ALIVE:
        payment.alive_at = max(payment.alive_at or _NEVER, report.created_at)
    rejected_above = above if own else above[:1] if group else []
    if "RJCT" in rejected_above and MEANING[word] in ALIVE:
        # Where it says that what it rejects is settled, that is kept with the doubt.
        settled = payment.settled or word in SETTLED
        payment.settled = settled if _doubt([payment], report) else payment.settled
        model.alarms.add(("bank_contradicts_itself", file.remittance.id))
    else:
        _become(model, file, payment, word, report.created_at)


def _is_alive(file: File, payment: Payment, report: Report) -> bool:
    above, own = _words_for(file, payment, report)
    word = own or (above[-1] if len(above) > 1 else None) or above[0]
    return MEANING.get(word or "") in ALIVE


def _words_for(file: File, payment: Payment, report: Report) -> tuple[list[str | None], str | None]:
    above, own = [report.said.word], None
    for group in report.groups:
        if payment in file.groups.get(group.id, ()):
            above.append(group.said.word)
        for named in group.named:
            by_ours = not named.end_to_end_id and file.instruction_ids[payment] == named.instruction_id
            if payment.end_to_end_id == named.end_to_end_id or by_ours:
                own = named.said.word
    return above, own


def _doubt(payments: Iterable[Payment], report: Report) -> list[Payment]:
    """Put in doubt what isn't finished, and return it; what is in doubt is so from then on by the newest word."""
    doubted = [
        payment
        for payment in payments
        if payment.state in UNSENT | AT_BANK
        and (payment.state != "in_doubt" or report.created_at > (payment.said_at or _NEVER))
    ]
    for payment in doubted:
        payment.state, payment.said_at = "in_doubt", report.created_at
    return doubted


def _become(model: Model, file: File, payment: Payment, word: str, at: datetime) -> None:
    """Move a payment by a word that covers it; what would be a step back is history, or a contradiction."""
    meaning = MEANING[word]
    if _contradicts(payment, meaning, at):
        model.alarms.add(("bank_contradicts_itself", file.remittance.id))
    if _may_follow(payment, meaning, at):
        payment.state, payment.said_at = meaning, at
        payment.settled = payment.settled or word in SETTLED


def _contradicts(payment: Payment, meaning: str, at: datetime) -> bool:
    """Return whether a word goes against what the bank has said or done, in whichever order its words came."""
    said_at = payment.said_at or at
    if payment.state in _ENDED:
        return meaning in {"accepted", "pending"} and at > said_at
    if meaning not in _ENDED:
        return False
    goes_on = payment.state in {"accepted", "pending"} and at < said_at
    return payment.state in {"paid", "returned"} or payment.settled or goes_on


def _may_follow(payment: Payment, meaning: str, at: datetime) -> bool:
    later = at > (payment.said_at or _NEVER)
    if payment.state in FINAL:
        return False
    if meaning == "received_by_bank":
        return payment.state == "sent"
    if payment.state == "in_doubt":
        # What the bank had said before it contradicted itself settles nothing.
        return later
    return later or not {meaning, payment.state} <= {"accepted", "pending"}
