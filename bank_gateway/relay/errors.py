"""Refusals of the relay: their codes and English texts."""

from autopay_portal.core.errors import noop, register_texts

_TEXTS = {
    "connection_exists": noop("The company has a line to %(bank)s already."),
    "connection_key_unreadable": noop("The %(which)s can't be read as an SSH key."),
    "connection_of_another_company": noop("The line to the bank belongs to another company."),
    "outgoing_name_invalid": noop("%(name)s can't be the name of a file to a bank."),
    "pause_scope_invalid": noop("A pause names exactly what it covers: everything, a bank, a company or an agreement."),
    "pause_exists": noop("This is paused already."),
    "pause_reason_missing": noop("Say why outgoing files are paused, so that whoever lifts the pause knows."),
    "not_in_quarantine": noop("The file isn't in quarantine."),
    "deviation_not_open": noop("Somebody has settled this deviation already."),
    "deviation_not_releasable": noop("A deviation of this kind can be closed, but not released."),
    "account_still_unknown": noop("No agreement takes payments on the account %(account)s at this bank yet."),
    "note_missing": noop("Say how it was settled, so that whoever asks later knows."),
}


def register() -> None:
    """Make the relay's texts known to the edge."""
    register_texts(_TEXTS)
