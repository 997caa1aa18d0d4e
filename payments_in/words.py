"""Why an entry on an account with an agreement for money in isn't booked, in words for operators."""

from autopay_portal.core.errors import noop
from bank_gateway.relay.deviation_words import KNOWN, SETTLES

_KNOWN = {
    "incoming_other_currency": noop("Money on the account %(account)s came in another currency than the agreement's."),
    "incoming_told_in_camt": noop(
        "An OCR giro file tells of the account %(account)s, whose receipts are booked from camt.054."
    ),
    "incoming_told_in_ocr": noop(
        "A camt.054 tells of receipts with KID on the account %(account)s, which are booked from OCR giro."
    ),
    "incoming_sum_differs": noop("The receipts in an entry of %(amount)s don't sum to it, or one has no amount."),
    "debit_reversed": noop("A debit of %(amount)s on the account %(account)s was reversed. It is no payment of ours."),
    "reversal_of_nobody": noop(
        "The bank took a receipt back from the account %(account)s, and no KID says whose it was."
    ),
}
_SETTLES = {
    "incoming_other_currency": noop("Book it from the statement, then close."),
    "incoming_told_in_camt": noop("If the camt.054 with the same receipts has come, close."),
    "incoming_told_in_ocr": noop("If the OCR giro file with the same receipts has come, close."),
    "incoming_sum_differs": noop("Ask the bank for the receipts, then book them from the statement and close."),
    "debit_reversed": noop("Find out what was reversed. Release it without a customer, or book it by hand and close."),
    "reversal_of_nobody": noop(
        "Find out whose it was. Release it without a customer and move it in the ledger, or book it by hand and close."
    ),
}
TEXTS = {KNOWN + code: text for code, text in _KNOWN.items()} | {
    SETTLES + code: text for code, text in _SETTLES.items()
}
