"""Refusals of this room: their codes and English texts."""

from autopay_portal.core.errors import noop, register_texts

_TEXTS = {
    "agreement_account_invalid": noop(
        "%(account)s is not a Norwegian account number: eleven digits, the last a check digit."
    ),
    "agreement_exists": noop("There is an agreement of this kind for account %(account)s already."),
    "agreement_number_taken": noop("The company has an agreement with the number %(number)s already."),
    "agreement_step_impossible": noop("An agreement that is %(from_status)s can't become %(to_status)s."),
    "agreement_without_line": noop("The agreement has no line to the bank yet, so it can't be set active."),
    "agreement_evidence_unsupported": noop(
        "%(evidence)s can't prove that a payment is paid: choose camt054, a booked debit, or acsc, the bank's word."
    ),
    "agreement_approvers_invalid": noop(
        "An agreement has 0 to 4 approvers; with none, the bank's own approval must apply."
    ),
    "test_not_passed": noop("Test the agreement first: it can be activated once a test has passed."),
    "kid_definition_invalid": noop("The KID definitions can't be used: %(count)s of them have a fault."),
    "kid_length_invalid": noop("KID definition %(number)s: a KID has 2 to 25 characters."),
    "kid_length_twice": noop("KID definition %(number)s: there is one of this length already."),
    "kid_positions_invalid": noop("KID definition %(number)s: positions run from 1 and end before the check digit."),
    "kid_definitions_too_many": noop("KID definition %(number)s: an agreement has at most three."),
    "agreement_taken": noop(
        "There is an agreement of this kind for account %(account)s at the bank already, so a second can't be made. If "
        "the account is the company's, ask the bank which agreement it is and have that one closed or shared."
    ),
    "agreement_over": noop("The agreement has ended, so nothing of it can be changed."),
    "settings_changed": noop(
        "Somebody has changed the agreement since you opened the page. It stands below as it is now: look at it, and "
        "change what you still want changed."
    ),
    "setting_is_the_owners": noop("The account's owner decides this; here it follows the owner's agreement."),
    "too_many_drafts": noop("The company has %(count)s drafts already. Finish or throw away some of them first."),
    "draft_finished": noop("This draft has become an agreement already."),
    "draft_changed": noop(
        "This step was filled in otherwise in another tab or by somebody else since you opened it. It stands below as "
        "it is kept now; what you wrote wasn't kept."
    ),
    "draft_incomplete": noop("A step isn't filled in yet."),
    "mandate_signers_invalid": noop("A bank wants 0 to 4 signers on an account."),
    "mandate_holder_unknown": noop("Who holds a mandate must be a user with a role in the company."),
    "central_has_not_confirmed": noop(
        "Only an agreement that AutoPay Central has confirmed can be set active, and by somebody else than who did."
    ),
    "reason_needed": noop("Say why, in the bank's words."),
    "connection_missing": noop(
        "The company has no line to %(bank)s yet. AutoPay Central sets the line up first, then the agreement can be "
        "confirmed."
    ),
    "division_missing": noop("%(bank)s demands a division: it rejects a file without the right one."),
    "activation_file_unreadable": noop(
        "The file can't be read. Its first line must name the columns %(columns)s, in that order."
    ),
    "activation_file_too_large": noop("The file is too large: at most 5,000 lines and 1 MB."),
    "activation_line_invalid": noop("The line doesn't have the columns %(columns)s, or its result is no result."),
    "activation_line_date": noop("%(date)s is no date; a date is written 2026-11-24."),
    "activation_line_unknown": noop("No ordered agreement at this bank is about the account."),
    "activation_line_ambiguous": noop("Several agreements are about the account, and the line doesn't say which."),
    "share_impossible": noop("Only an own remittance agreement that is active can be shared."),
    "share_with_itself": noop("This is the company's own organisation number."),
    "share_exists": noop("The account is offered to, or shared with, the company %(org_number)s already."),
    "share_decided": noop("The offer is decided already: %(status)s."),
    "share_in_use": noop(
        "%(count)s payments sent on it aren't final yet. End it when they are; to stop new ones now, pause it."
    ),
    "switch_date_invalid": noop("%(day)s can't be the day of the switch: choose a day from today and within a year."),
    "already_converted": noop("The agreement is converted already, from %(day)s."),
    "open_items": noop(
        "%(count)s payments are still open on the old agreement. Convert when each of them is paid or cancelled and "
        "its return data is fetched: after the switch nothing comes back for them."
    ),
    "close_changed": noop(
        "%(count)s payments on the agreement aren't final now, other than you saw. Look at it again before you "
        "close it."
    ),
    "contact_answered": noop("The address has said yes already."),
    "contact_asked": noop("The address was asked less than an hour ago. Give the letter time to arrive."),
    "contact_email_invalid": noop("%(email)s is not an e-mail address."),
}


def register() -> None:
    """Make this room's texts known to the edge."""
    register_texts(_TEXTS)
