"""Norwegian organisation numbers: nine digits, the last a check digit by modulus 11 (Brønnøysundregistrene)."""

import re

from stdnum.exceptions import ValidationError
from stdnum.no import orgnr

from companies.plain_text import one_line

# What people write around the nine digits: spaces, dots, hyphens; NO before and MVA behind it.
_AROUND = re.compile(r"[\s.\-\u2010-\u2015]+")
_MARKS = re.compile(r"(?:NO)?([0-9]{9})(?:MVA)?", re.ASCII)


def normalise_org_number(text: str) -> str:
    """Return an organisation number as it is kept: `NO 974.760.673 MVA` is `974760673`; else the text."""
    line = one_line(text)
    joined = _AROUND.sub("", line).upper()
    found = _MARKS.fullmatch(joined)
    return found.group(1) if found else line


def is_valid_org_number(text: str) -> bool:
    """Return whether a text is a Norwegian organisation number with the right check digit (weights 3 2 7 6 5 4 3 2)."""
    try:
        orgnr.validate(text)
    except ValidationError:
        return False
    return text.isascii()
