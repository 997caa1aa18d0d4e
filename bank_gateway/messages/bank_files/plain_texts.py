"""Texts as almost every bank writes them, as regular expressions: what matches one needs no further reading.

A text that matches stands in the staged row as it is, between quotation marks. What doesn't match isn't wrong: it is
read the longer way (`values`).
"""

ANY = '[^<>&"]+'
# Something but blanks, so that it counts as written.
SAID = r'[^<>&"\s][^<>&"]*'
# An id that isn't the bank's word for having none.
GIVEN = rf"(?!NOTPROVIDED\s*<){SAID}"
# With as many decimals as the currency has; without them it needs more care.
AMOUNT_OF_TWO_DECIMALS = "[0-9]{1,13}[.][0-9]{2}"
NORWEGIAN_ACCOUNT = "[0-9]{11}"
DIRECTION = "CRDT|DBIT"
# As `references.is_kid` has it: type SCOR, an issuer but ISO.
KID_TYPE = "SCOR"
KID_ISSUER = "(?!ISO<)[A-Z0-9]*"
KID = "[0-9]{1,24}[0-9-]"
STATUS = "[A-Z]{4}"
