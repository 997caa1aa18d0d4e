"""What the readers of banks' files say, in words for operators."""

from collections.abc import Mapping
from typing import Any

from autopay_portal.core.errors import noop, register_texts, text_of

# A code of a bank's file may mean something else of a customer's: these stand under names of their own.
_PREFIX = "bank_file."

_FAULTS = {
    "amount_decimals": noop("The amount %(value)s has more decimals than its currency."),
    "amount_unreadable": noop("%(value)s can't be read as an amount."),
    "apply_failed": noop("Applying the file failed %(attempts)s times. The cause stands in the log."),
    "charges_in_several_currencies": noop("An entry's charges are in several currencies."),
    "code_unknown": noop("The code %(value)s is not one that stands here."),
    "control_character": noop("The file holds a control character."),
    "count_mismatch": noop("The bank's own count differs from what the file holds."),
    "count_unreadable": noop("%(value)s can't be read as a count."),
    "currency_unknown": noop("%(value)s is no currency."),
    "date_unreadable": noop("%(value)s can't be read as a date."),
    "doctype_not_allowed": noop("The file has a DOCTYPE, which no bank message has."),
    "element_missing": noop("%(value)s is missing."),
    "element_not_expected": noop("%(value)s stands where it doesn't belong."),
    "element_repeated": noop("%(value)s stands twice."),
    "element_too_large": noop("An element is larger than any bank writes."),
    "encoding_not_supported": noop("The file is written in %(encoding)s; UTF-8 and ISO-8859-1 are read."),
    "file_empty": noop("The file is empty."),
    "indicator_unreadable": noop("%(value)s is neither true nor false."),
    "message_not_recognised": noop("The file is no bank message that AutoPay knows."),
    "message_not_supported": noop("The file is a bank message that AutoPay doesn't read."),
    "not_well_formed": noop("The file isn't well-formed XML, or it was cut off."),
    "ocr_assignment_empty": noop("An assignment holds no payments."),
    "ocr_date_differs": noop("An end record's date %(stated)s differs from the payments' %(actual)s."),
    "ocr_end_missing": noop("An end record is missing: the file was cut off."),
    "ocr_item_missing": noop("Amount item %(item)s of payment %(transaction)s is missing."),
    "ocr_item_unexpected": noop("Amount item %(item)s of payment %(transaction)s stands where it doesn't belong."),
    "ocr_items_differ": noop("The amount items of a payment carry different numbers or types."),
    "ocr_kid_missing": noop("A payment that must have a KID has none."),
    "ocr_kid_unreadable": noop("%(value)s can't be read as a KID."),
    "ocr_line_length": noop("A line is %(length)s characters long; it should be %(expected)s."),
    "ocr_record_after_end": noop("A record stands behind the end record."),
    "ocr_record_unexpected": noop("The record %(record)s stands where it doesn't belong."),
    "ocr_record_unreadable": noop("The record %(record)s can't be read."),
    "ocr_start_missing": noop("The start record is missing."),
    "ocr_sum": noop("The control sum is %(stated)s, but the payments sum to %(summed)s."),
    "rate_unreadable": noop("%(value)s can't be read as an exchange rate."),
    "text_too_long": noop("%(value)s is %(length)s characters long; a bank's message has room for %(most)s."),
    "staged_rows_differ": noop("Two counts of the file's rows differ: %(counts)s."),
}


def fault_text(fault: Mapping[str, Any], *, language: str | None = None) -> str:
    """Return one fault of a file in quarantine (an item of `IncomingFile.errors`) in words."""
    text = text_of(_PREFIX + fault["code"], fault.get("params", {}), language=language)
    return text.removeprefix(_PREFIX)


def register() -> None:
    """Make these texts known to the edge."""
    register_texts({_PREFIX + code: text for code, text in _FAULTS.items()})
