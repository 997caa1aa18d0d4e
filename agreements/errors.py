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
    "contact_email_invalid": noop("%(email)s is not an e-mail address."),
}


def register() -> None:
    """Make this room's texts known to the edge."""
    register_texts(_TEXTS)
