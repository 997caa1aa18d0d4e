"""Why a payment stands where it stands, in plain words: the banks' reason codes and our own.

Codes: ISO 20022 external status reasons as Norwegian banks use them. Banks put much into free text and use NARR
often, so the bank's own words are always shown beside these.
"""

from autopay_portal.core.errors import noop, text_of

REASONS: dict[str, str] = {
    "AC01": noop("The account number is wrong."),
    "AC02": noop("The account to be debited isn't valid."),
    "AC03": noop("The payee's account number isn't valid, or the payee has no KID agreement."),
    "AC04": noop("The account is closed."),
    "AC05": noop("The account to be debited is closed."),
    "AC06": noop("The account is blocked."),
    "AC07": noop("The payee's account is closed."),
    "AG01": noop("Payments aren't allowed on this account."),
    "AG03": noop("The bank doesn't offer this kind of payment."),
    "AG08": noop("The approver holds no mandate on the account at the bank."),
    "AM01": noop("The amount is zero."),
    "AM02": noop("The amount is larger than allowed."),
    "AM03": noop("The currency isn't allowed on the account."),
    "AM04": noop("There are not enough funds on the account."),
    "AM05": noop("The bank takes it for a duplicate of a message it has."),
    "AM09": noop("The amount is wrong."),
    "AM10": noop("The control sum is wrong."),
    "AM12": noop("The amount isn't valid."),
    "AM14": noop("The amount is above the agreed limit."),
    "BE01": noop("The name doesn't belong to the account."),
    "BE04": noop("The payee's address is missing."),
    "CH03": noop("The date lies too far ahead."),
    "CH04": noop("The date lies too far back."),
    "CH16": noop("The content breaks the bank's format."),
    "CH17": noop("The order has an element that the bank doesn't allow."),
    "CH20": noop("The amount has too many decimals."),
    "CH21": noop("Something that the bank demands is missing."),
    "CUST": noop("Cancelled by the payer."),
    "DS02": noop("Cancelled by an authorised user."),
    "DT01": noop("The date is wrong."),
    "DT03": noop("The day is no bank day."),
    "DT05": noop("The bank's cut-off had passed."),
    "DT06": noop("The bank moved the payment date."),
    "DU01": noop("The message id was used before."),
    "DU02": noop("The payment group's id was used before."),
    "DU03": noop("The payment was sent before."),
    "DU04": noop("The end-to-end id was used before."),
    "DU05": noop("The instruction id was used before."),
    "DUPL": noop("The bank takes it for a duplicate."),
    "FF01": noop("The bank couldn't read the file."),
    "MS02": noop("Refused by the bank's customer, without a reason."),
    "MS03": noop("Refused by the bank, without a reason."),
    "NARR": noop("See the bank's own words."),
    "RC01": noop("The bank code is wrong."),
    "RR05": noop("The reporting code for a payment abroad is missing."),
    "RR09": noop("The KID isn't valid for the payee."),
    "TM01": noop("It came after the bank's cut-off."),
    # Our own, of payments refused one by one and of what people did.
    "refused": noop("Refused by an approver."),
}
# Our own faults with places have texts with parameters; a payment shows its own values beside the reason.
_OWN: dict[str, str] = {
    "amount_invalid": noop("The amount isn't valid."),
    "account_invalid": noop("The payee's account number is wrong."),
    "kid_invalid": noop("The KID's check digit is wrong."),
    "kid_and_message": noop("The payment has more than one of KID, message and documents."),
    "reference_missing": noop("The payment tells the payee nothing."),
    "document_invalid": noop("A document of the payment isn't valid."),
    "documents_sum_mismatch": noop("The documents don't sum to the amount."),
}
TEXTS: dict[str, str] = {f"reason_{code}": text for code, text in (REASONS | _OWN).items()}


def reason_text(code: str, *, language: str) -> str:
    """Return a reason in `language`; a code that nobody has words for is shown as it is."""
    key = f"reason_{code}"
    return text_of(key, {}, language=language) if key in TEXTS else code
