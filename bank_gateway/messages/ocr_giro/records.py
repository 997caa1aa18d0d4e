"""The records of OCR giro, by positions (Nets' manual "OCR giro, systemspesifikasjon", chapter 5).

Fillers are not looked at: nothing is read from them, and the manual's zeros aren't kept to by every issuer.
"""

import re
from datetime import date
from functools import lru_cache


def _record(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII | re.VERBOSE)


# 9-16 sender, 17-23 transmission number, 24-31 recipient
TRANSMISSION_START = _record(r"NY000010 ([0-9]{8}) ([0-9]{7}) ([0-9]{8}) .{49}")
# 9-17 agreement id, 18-24 assignment number, 25-35 account
ASSIGNMENT_START = _record(r"NY090020 ([0-9]{9}) ([0-9]{7}) ([0-9]{11}) .{45}")
# 5-6 type, 9-15 transaction number, 16-21 settlement date, 22-23 centre, 24-25 day code, 26 part settlement,
# 27-31 serial number, 32 sign, 33-49 amount in øre, 50-74 KID, 75-76 card issuer
AMOUNT_ITEM_1 = _record(
    r"NY09 (1[0-9]|2[01]) 30 ([0-9]{7}) ([0-9]{6}) [0-9\ ]{4} ([0-9]) ([0-9]{5}) ([0\ -]) ([0-9]{17}) (.{25}) .{6}"
)
# 9-15 transaction number, 16-25 form number, 26-34 archive reference, 42-47 order date, 48-58 debit account
AMOUNT_ITEM_2 = _record(r"NY09 (1[0-9]|2[01]) 31 ([0-9]{7}) .{10} ([0-9\ ]{9}) .{7} ([0-9]{6}) ([0-9]{11}) .{22}")
# 9-15 transaction number, 16-55 text
AMOUNT_ITEM_3 = _record(r"NY09 (1[0-9]|2[01]) 32 ([0-9]{7}) (.{40}) .{25}")
# 9-16 transactions, 17-24 records, 25-41 sum, 42-47 date, 48-53 first date, 54-59 last date
ASSIGNMENT_END = _record(r"NY090088 ([0-9]{8}) ([0-9]{8}) ([0-9]{17}) ([0-9]{6}) ([0-9]{6}) ([0-9]{6}) .{21}")
# 9-16 transactions, 17-24 records, 25-41 sum, 42-47 date
TRANSMISSION_END = _record(r"NY000089 ([0-9]{8}) ([0-9]{8}) ([0-9]{17}) ([0-9]{6}) .{33}")
# The same places in the end record of another service's assignment, as far as they are known to be the same.
OTHER_END = _record(r"NY[0-9]{2} [0-9]{2} 88 ([0-9]{8}) ([0-9]{8}) ([0-9]{17}) .{39}")
OTHER_START = _record(r"NY([0-9]{2}) ([0-9]{2}) 20 .{72}")

KID = re.compile(r"\ *([0-9]+[0-9-])", re.ASCII)
# Types with a text instead of a KID, and types that take money back: they add to the control sums (manual 2.5,
# field 7) and subtract from the account.
FREE_TEXT_TYPES = frozenset({"20", "21"})
REVERSAL_TYPES = frozenset({"18", "20"})
# Two digits of a year: the format is of the eighties, and no payment is dated decades ahead.
FIRST_YEAR_OF_THE_NINETEEN_HUNDREDS = 80


@lru_cache(maxsize=4096)
def read_date(text: str) -> str | None:
    """Read DDMMYY as an ISO date, None where there is no such day; years 80-99 are of the 1900s."""
    year = int(text[4:6])
    century = 1900 if year >= FIRST_YEAR_OF_THE_NINETEEN_HUNDREDS else 2000
    try:
        return date(century + year, int(text[2:4]), int(text[:2])).isoformat()
    except ValueError:
        return None


def none_if_zeros(text: str) -> str | None:
    """Return a number's text, None where it's blank or zeros only."""
    return text if text.strip("0 ") else None
