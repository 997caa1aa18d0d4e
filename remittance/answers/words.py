"""Why an entry that names our payments fits none of them, in words for operators: no payee, no salary."""

from autopay_portal.core.errors import noop
from bank_gateway.relay.deviation_words import KNOWN, SETTLES

_KNOWN = {
    "reversal_of_return": noop("The bank took back a return of payments of %(remittance)s."),
    "lump_of_no_group": noop("A lump of %(remittance)s names no group of payments that we know."),
    "lump_differs": noop(
        "A lump of %(amount)s doesn't equal the %(payments)s payments of its group in %(remittance)s that may still be"
        " paid."
    ),
    "names_others_too": noop("The entry names payments of %(remittance)s beside others that aren't ours."),
    "payment_unknown": noop("The entry names %(remittance)s, and a payment in it that we don't know."),
    "currency_differs": noop("The entry is in another currency than the payments of %(remittance)s that it names."),
    "payment_twice": noop("A payment of %(remittance)s is named twice in this file."),
    "amount_differs": noop(
        "The entry names payments of %(remittance)s over %(total)s, but an amount is another than the payment's."
    ),
    "already_paid": noop("The account is debited for a payment of %(remittance)s that was debited before."),
    "sum_differs": noop("The payments of %(remittance)s that the entry names sum to %(total)s, not to %(amount)s."),
    "already_returned": noop("A payment of %(remittance)s comes back that has come back before."),
    "more_than_paid": noop("More comes back than was paid: %(total)s of %(remittance)s."),
    "less_than_paid": noop(
        "Payments of %(remittance)s over %(total)s come back less %(fee)s, and the file doesn't say why."
    ),
    "not_paid": noop("A payment of %(remittance)s comes back that hasn't been debited."),
}
_SETTLES = {
    "reversal_of_return": noop("Ask the bank what was done. Book it from the statement, then close."),
    "lump_of_no_group": noop("Ask the bank which payments it paid."),
    "lump_differs": noop(
        "Wait for the bank's word on the group's other payments, then release; or find out which payments it paid."
    ),
    "names_others_too": noop("Ask the bank what the others are. Nothing of the entry is booked until all of it fits."),
    "payment_unknown": noop("Ask the bank which payment it means. If it becomes known, as after a restore, release."),
    "currency_differs": noop("Ask the bank. Book it from the statement, then close."),
    "payment_twice": noop(
        "If it is one lump that names it twice, call the bank at once. If the file's other entry is settled, release."
    ),
    "amount_differs": noop("Ask the bank. A payment is booked only with its own amount."),
    "already_paid": noop("Call the bank at once: it may have paid twice. If the statement shows it once, close."),
    "sum_differs": noop("Ask the bank what the difference is. Book the entry from the statement, then close."),
    "already_returned": noop("The bank's statement: if it shows the return once, close."),
    "more_than_paid": noop("Ask the bank. Book it from the statement, then close."),
    "less_than_paid": noop("If the bank says that the difference is its fee, release it as that."),
    "not_paid": noop("Wait for the debit, then release. If the statement shows neither, close."),
}
TEXTS = {KNOWN + code: text for code, text in _KNOWN.items()} | {
    SETTLES + code: text for code, text in _SETTLES.items()
}
