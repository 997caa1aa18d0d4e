"""Refusals of the relay: their codes and English texts."""

from autopay_portal.core.errors import noop, register_texts

_TEXTS = {
    "connection_exists": noop("The company has a line to %(bank)s already."),
    "connection_key_unreadable": noop("The %(which)s can't be read as an SSH key."),
    "connection_of_another_company": noop("The line to the bank belongs to another company."),
    "bank_desk_refused": noop("The bank refused it: %(words)s. Nothing was changed here."),
    "bank_desk_silent": noop("The simulated bank doesn't answer. Nothing was changed here; try again."),
    "connection_key_pending": noop("A new key is waiting already. Give it to the bank, then switch to it."),
    "connection_key_none": noop("There is no new key to switch to."),
    "connection_key_unproven": noop("The bank doesn't let the new key in yet: %(reason)s. The old key stays in use."),
    "host_key_same": noop("This is the host key that is pinned already."),
    "host_key_none": noop("There is no second host key to leave."),
    "outgoing_name_invalid": noop("%(name)s can't be the name of a file to a bank."),
    "pause_scope_invalid": noop("A pause names exactly what it covers: everything, a bank, a company or an agreement."),
    "pause_exists": noop("This is paused already."),
    "pause_reason_missing": noop("Say why outgoing files are paused, so that whoever lifts the pause knows."),
    "not_in_quarantine": noop("The file isn't in quarantine."),
    "deviation_not_open": noop("Somebody has settled this deviation already."),
    "deviation_not_releasable": noop("A deviation of this kind can be closed, but not released."),
    "deviation_changed": noop(
        "What it would do has changed since you saw it, so nothing was done. Look at it again, and decide on that."
    ),
    "deviation_still_unclaimed": noop("It still fits nothing, and nothing was changed. %(why)s"),
    "decision_not_possible": noop("That isn't one of the things that can be decided about this deviation."),
    "message_still_unknown": noop("We still know of no file %(message_id)s that this bank could answer."),
    "account_still_unknown": noop("No agreement takes payments on the account %(account)s at this bank yet."),
    "doubt_settled": noop("The doubt is settled already. Look at the page again: nothing more was done."),
    "doubt_changed": noop(
        "What is known has changed since you opened the page, so your decision wasn't kept. Look at it again."
    ),
    "doubt_agreed": noop("Two operators have decided this already. It is carried out after a last look at the bank."),
    "doubt_decided_by_you": noop("You have decided this already. Another operator must decide the same."),
    "doubt_too_early": noop(
        "Before %(moment)s nobody can say that the bank doesn't have the file: it may still be on its way."
    ),
    "bank_words_missing": noop("Write what the bank said, and who there said it."),
    "bank_words_in_future": noop("The bank can't have said it at a time that hasn't come yet."),
    "bank_words_too_early": noop(
        "What the bank said before %(moment)s doesn't count: the file may have come after it. Ask the bank again."
    ),
    "verdict_unknown": noop("Choose whether the bank has it or doesn't have it."),
    "note_missing": noop("Say how it was settled, so that whoever asks later knows."),
}


def register() -> None:
    """Make the relay's texts known to the edge."""
    register_texts(_TEXTS)
